"""A report file searched for secrets once more before it leaves: its text, its attributes, and the data it carries."""

import base64
import html
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final, NamedTuple

from nbtrack.secret.redact import redact
from nbtrack.secret.strict import redact_strictly
from nbtrack.secret.walk import Names, Walk
from nbtrack.view.escape import shown

_PROGRAMS: Final = frozenset({"nbt-report-code", "nbt-report-style", "nbt-report-plotly"})  # nbtrack's own
_ISLAND: Final = re.compile(r'<script type="text/plain" (?:id|class)="([\w-]+)"[^>]*>([^<]*)</script>')
_CODE: Final = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_PICTURE: Final = re.compile(r"data:[\w/+.;=-]+,[A-Za-z0-9+/=%_-]+")
_POLICY: Final = re.compile(r"<meta\b[^<>]*>")
_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*>")
_QUOTED: Final = re.compile(r'"([^"]{8,})"')
_MARK: Final = re.compile(r"\[redacted:([a-z0-9-]+)\]")
_EARLIER: Final = "[redacted:earlier]"
_MOST: Final = 200_000_000  # bytes that an island may hold
_BEFORE: Final = 30  # characters before a value that are shown


class Suspect(NamedTuple):
    """A value that looks like a secret: the rule that says so, and where it is. The value itself is nowhere in it."""

    rule: str
    place: str

    def __str__(self) -> str:
        """Say both.

        >>> str(Suspect("name", "line 12, after 'password = '"))
        "line 12, after 'password = ' (rule name)"
        """
        return f"{self.place} (rule {self.rule})"


def secrets_in(page: str) -> list[Suspect]:
    r"""Return the values in an HTML page that look like secrets: in what it shows and in the data that it carries.

    Programs and pictures are not judged by the strict rules, under which any of them looks random.

    >>> secrets_in('<p>token</p><pre>password = "hunter2hunter2"</pre>'), secrets_in("<p>accuracy 0.95</p>")
    ([Suspect(rule='name', place='line 1, after \'password = "\'')], [])
    """
    bare = _PICTURE.sub("", page)
    blank = _POLICY.sub(_lines, _CODE.sub(_lines, bare))
    return [*_in_text(blank), *_in_tags(blank), *_in_code(bare), *_in_islands(page)]


def _lines(match: re.Match[str]) -> str:
    """Return what stands in the place of something that is not looked at, so that lines keep their numbers."""
    return " " + "\n" * match[0].count("\n")


def _in_text(page: str) -> Iterator[Suspect]:
    """Search all that is shown as one text, in which each tag is the end of a line: a table's cells do not run on."""
    text: list[str] = []
    numbers: list[int] = []
    number, at = 1, 0
    for start, end in chain((tag.span() for tag in _TAG.finditer(page)), [(len(page), len(page))]):
        lines = page[at:start].split("\n")
        text += [html.unescape(line).replace("\n", " ") for line in lines]
        numbers += range(number, number + len(lines))
        number = numbers[-1] + page.count("\n", start, end)
        at = end
    for rule, before, line in _found("\n".join(text), redact_strictly):
        yield Suspect(rule, _place(numbers[min(line, len(numbers)) - 1], before))


def _in_tags(page: str) -> Iterator[Suspect]:
    for tag in _TAG.finditer(page):
        for quoted in _QUOTED.findall(tag[0]):
            for rule, before, _ in _found(html.unescape(quoted), redact):
                name = tag[0][:_BEFORE].split(maxsplit=1)[0].lstrip("</").rstrip(">")
                yield Suspect(rule, _place(_line(page, tag.start()), before, f"in an attribute of <{shown(name)}>, "))


def _in_code(page: str) -> Iterator[Suspect]:
    for code in _CODE.finditer(page):
        if not _ISLAND.fullmatch(code[0]):
            for rule, before, line in _found(code[0], redact):
                number = _line(page, code.start()) + line - 1
                yield Suspect(rule, _place(number, before, f"in a {code[1].lower()}, "))


def _in_islands(page: str) -> Iterator[Suspect]:
    for name, text in _ISLAND.findall(page):
        if name not in _PROGRAMS:
            yield from _in_data(f"in the data {name}", _unpacked(html.unescape(text)))


def _in_data(place: str, text: str) -> Iterator[Suspect]:
    """Search JSON member by member; what is none, or too deep, as the text it is."""
    walk = Walk(redact_strictly, Names(redact_strictly))
    try:
        told = json.loads(text)
        changed = list(_changed(told, walk.json(told), ()))
    except (ValueError, RecursionError):
        yield from (Suspect(rule, _place(line, before, f"{place}, ")) for rule, before, line in _found(text, redact))
        return
    for rule, path in changed:
        yield Suspect(rule, f"{place}{', under ' if path else ''}{' / '.join(path)}")


def _found(text: str, clean: Callable[[str], tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    """Yield for each secret in a text its rule, what stands before it on its line, and the number of that line."""
    told = clean(_MARK.sub(_EARLIER, text))[0]
    line, at = 1, 0
    for mark in _MARK.finditer(told):
        line += told.count("\n", at, mark.start())
        at = mark.start()
        if mark[0] != _EARLIER:
            yield mark[1], told[told.rfind("\n", 0, at) + 1 : at], line


def _place(line: int, before: str, part: str = "") -> str:
    """Return a place in words; of what stands before the value as much as tells where on a long line it is."""
    said = shown(_MARK.sub("…", before).lstrip()[-_BEFORE:])
    return f"{part}line {line}" + (f", after {said!r}" if said.strip() else "")


def _changed(told: Any, clean: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the rule and the path of each secret that was in JSON, by what is left where it was."""
    if isinstance(told, str):
        new = Counter(_MARK.findall(clean)) - Counter(_MARK.findall(told))
        yield from ((rule, path) for rule in new.elements())
    elif isinstance(told, dict):
        for (name, item), (called, rest) in zip(told.items(), clean.items(), strict=True):
            yield from _changed(name, called, path)
            yield from _changed(item, rest, (*path, shown(called, _BEFORE)))
    elif isinstance(told, list):
        for at, (item, rest) in enumerate(zip(told, clean, strict=True)):
            yield from _changed(item, rest, (*path, str(at)))


def _line(page: str, at: int) -> int:
    return page.count("\n", 0, at) + 1


def _unpacked(text: str) -> str:
    if text[:1] in {"{", "[", '"'}:
        return text
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(base64.b64decode(text, validate=True), _MOST).decode()
    except (ValueError, zlib.error):
        return text  # not packed by nbtrack
