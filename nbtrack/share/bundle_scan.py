"""Looking for secrets in what a bundle would hand on, by the strict rules of whatever leaves as a file.

The bytes cannot be changed, because hashes name them; so a finding says where it is, and a person decides.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple

from nbtrack.errors import StoreError
from nbtrack.export.inlined import clean_inlined
from nbtrack.model.tagged import Json
from nbtrack.secret.strict import redact_strictly
from nbtrack.secret.walk import Names, Walk
from nbtrack.share.meter import Meter
from nbtrack.store.exchange.holdings import Item
from nbtrack.store.lines.record import decode

_MARK: Final = re.compile(r"\[redacted:([a-z0-9-]+)\]")
_PART: Final = 1 << 20  # characters of a long text that are looked at together
_BINARY: Final = 1 << 12  # bytes in which a NUL tells that it is no text
_KEPT: Final = 20_000  # texts whose answer is remembered: runs repeat each other


class Finding(NamedTuple):
    """Something that looks like a secret: where it is, by which rules it was found, how often.

    ``line`` is that of a record file, None for objects.
    """

    place: str
    line: int | None
    rules: tuple[str, ...]
    many: int


class Scan:
    """Looks at items, and remembers the texts it has seen."""

    def __init__(self) -> None:
        self._clean = lru_cache(maxsize=_KEPT)(_clean)

    def item(self, item: Item, meter: Meter) -> list[Finding]:
        """Return what is found in one, and count its bytes.

        Points of metrics are numbers, and files that are no text are passed over.
        """
        if item.kind == "object":
            return self._object(item, meter)
        meter.add(item.size)
        if item.kind == "segment" and not item.place.rpartition("/")[2].startswith("ev-"):
            return []
        return list(self._records(item))

    def _records(self, item: Item) -> Iterator[Finding]:
        for number, line in enumerate(item.content().split(b"\n"), 1):
            record = decode(line).record
            record.pop("c", None)
            yield from self._found(item.place, number, record)

    def _object(self, item: Item, meter: Meter) -> list[Finding]:
        rules: set[str] = set()
        count = 0
        before = meter.done
        with suppress(StoreError):  # damaged: told by whoever writes it
            for text in _texts(meter.passing(item.chunks())):
                for each in self._text(item.place, text):
                    rules.update(each.rules)
                    count += each.many
        meter.add(item.size - (meter.done - before))  # what is no text is not read to its end
        return [Finding(item.place, None, tuple(sorted(rules)), count)] if count else []

    def _text(self, place: str, text: str) -> Iterator[Finding]:
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = text
        yield from self._found(place, None, told)

    def _found(self, place: str, line: int | None, told: Json) -> Iterator[Finding]:
        marks: list[str] = []

        def clean(text: str) -> tuple[str, int]:
            cleaned, count = self._clean(text)
            if count:
                marks.extend(_MARK.findall(cleaned))
            return cleaned, count

        walk = Walk(clean, Names(clean))
        walk.json(told)
        if walk.found:
            yield Finding(place, line, tuple(sorted(set(marks))) or ("name",), walk.found)


def _clean(text: str) -> tuple[str, int]:
    """Return a text without secrets, and how many there were, in what it holds in base64 as well."""
    plain, inside = clean_inlined(text, redact_strictly)
    clean, found = redact_strictly(plain)
    return clean, found + inside


def _texts(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the text of an object in parts that end with a line; nothing where it is no text."""
    tail = b""
    is_first = True
    for chunk in chunks:
        if is_first and b"\0" in chunk[:_BINARY]:
            return
        is_first = False
        tail += chunk
        if len(tail) >= _PART:
            end = tail.rfind(b"\n") + 1 or len(tail)
            yield tail[:end].decode("utf-8", "replace")
            tail = tail[end:]
    yield tail.decode("utf-8", "replace")
