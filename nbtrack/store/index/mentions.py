"""Which runs speak of some bytes: found in the documents as they lie, without making objects of them.

A document takes thirty microseconds to read and a tenth of one to look through. What stands around a hash is read
only where it was found, and only the innermost object: for a file, a stored artifact or a module that is all of it.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from nbtrack.store.index.rows import Rows
from nbtrack.store.index.sheet import Sheet
from nbtrack.store.index.weave import Documents, Span

_TOGETHER: Final = 8 << 20  # bytes that are looked through in one go
_FEW: Final = 24  # texts sought one by one; more are told from everything that looks like them
_HASHES: Final = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])")
_WORD: Final = re.compile(r"[0-9A-Za-z._/+-]+")


class Mention(NamedTuple):
    """That the document at ``position`` has ``text`` in it, and the innermost object around it.

    ``within`` is None where that is not simple: the document has to be asked.
    """

    position: int
    text: str
    within: Mapping[str, Any] | None


def mentions(documents: Documents, texts: Collection[str]) -> Iterator[Mention]:
    """Yield where any of ``texts`` stands in the documents, oldest run first; in one run perhaps several times.

    Args:
        documents: those of a table.
        texts: words of letters, digits and ``._/+-`` only, which JSON writes as they are. Hashes in hex may be many.

    Raises:
        ValueError: one of them is written otherwise in JSON.
    """
    for text in texts:
        if not _WORD.fullmatch(text):
            raise ValueError(f"{text[:80]!r} may be written otherwise in JSON")
    sought = {text.encode("ascii"): text for text in texts}
    position = 0
    for span in documents.spans if sought else ():
        for first, ends, content in _pieces(span):
            for at, word in _found(content, sought):
                row = bisect_right(ends, at)
                yield Mention(position + first + row - span.start, sought[word], _around(content, at))
        position += span.stop - span.start


def _pieces(span: Span) -> Iterator[tuple[int, list[int], bytes]]:
    """Yield the first row of some neighbours, where the text of each ends, and their texts in a row."""
    rows, row = span.rows, span.start
    if not isinstance(rows, Sheet):
        yield from _written(rows, span)
        return
    while row < span.stop:
        begin, end = rows.extent(row, row + 1)
        first, ends = row, [end - begin]
        while row + 1 < span.stop and ends[-1] < _TOGETHER:
            row += 1
            ends.append(rows.extent(row, row + 1)[1] - begin)
        try:
            content = rows.content.read(begin, ends[-1])
        except OSError:
            content = b""
        if len(content) == ends[-1]:
            yield first, ends, content
        else:  # the file is gone or cut: the records have it all
            yield from _written(rows, Span(rows, first, row + 1))
        row += 1


def _written(rows: Rows, span: Span) -> Iterator[tuple[int, list[int], bytes]]:
    for row, document in enumerate(rows.documents(span.start, span.stop), span.start):
        content = json.dumps(document, separators=(",", ":"), default=str).encode("ascii")
        yield row, [len(content)], content


def _found(content: bytes, sought: Mapping[bytes, str]) -> Iterator[tuple[int, bytes]]:
    words = list(sought)
    if len(words) > _FEW:
        yield from ((match.start(), match[0]) for match in _HASHES.finditer(content) if match[0] in sought)
        words = [word for word in words if not _HASHES.fullmatch(word)]
    for word in words:
        at = content.find(word)
        while at >= 0:
            yield at, word
            at = content.find(word, at + len(word))


def _around(content: bytes, at: int) -> Mapping[str, Any] | None:
    """Return the object of texts and numbers in which a place of a line of JSON lies."""
    try:
        found = orjson.loads(content[content.rindex(b"{", 0, at) : content.index(b"}", at) + 1])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
