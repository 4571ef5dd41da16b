r"""Metric blocks: the points of a sealed segment as columns, from which each of its lines can be had back.

A block is the magic ``nbtrack\0block 1\n`` and then parts. A part is a record on a line of its own, the ``size`` bytes
that it announces, and a newline:

    mb   points of one writer: the columns ``n``, ``s`` and ``t``, and one for each metric in ``v``
    ml   lines as they stood in the segment

``docs/store-format.md`` has every member. ``expand`` gives back the segment, byte for byte; in a terminal,
``python -m nbtrack.store.lines.block FILE`` does.
"""

import os
import re
import sys
from array import array
from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from math import isfinite
from pathlib import Path
from struct import calcsize
from typing import Any, BinaryIO, Final, NamedTuple, Union

from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import LIMIT, decode, dumps, exact
from nbtrack.store.system.disk import open_to_read

MAGIC: Final = b"nbtrack\0block 1\n"  # by the NUL, git and others see that these are no lines to rewrite the ends of
POINTS: Final = "mb"
LINES: Final = "ml"
ROWS: Final = 1 << 16  # of a part at most, so that a reader knows what it lets itself in for
TYPES: Final = {"f8": "d", "u1": "B", "u4": "I", "i8": "q"}  # in a block, always little-endian, and in an array
_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_NEXT: Final = re.compile(rb'\n(?=\{"k":"m[bl]",)')
_DAMAGED: Final = b"a part of a block that is damaged\n"
_MALFORMED: Final = (ArithmeticError, LookupError, TypeError, AttributeError, ValueError)
_SOME: Final = 1000  # lines that are handed over together
Cells = Union[range, list[Any], "memoryview[Any]"]
About = Mapping[str, Any]


class Flaw(NamedTuple):
    """Something in a block that cannot be believed: where it is and what is wrong with it."""

    offset: int
    problem: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a block: its head, where that stands, and access to its bytes while the block is open."""

    head: About
    offset: int
    _file: BinaryIO
    _start: int

    @property
    def metrics(self) -> Mapping[str, About]:
        """The columns of the metrics by name; a part that is lines has none."""
        found = self.head.get("v")
        return found if isinstance(found, dict) and self.head["k"] == POINTS else {}

    def lines(self) -> bytes:
        """Return the bytes of a part that is lines.

        Raises:
            ValueError: they are damaged.
        """
        return self._bytes(0, int(self.head["size"]), self.head.get("check"))

    def column(self, about: About) -> Cells:
        """Return a column that has a cell for each row: a range, or a view of numbers.

        Raises:
            ValueError: it is damaged, or of a kind that this version does not know.
        """
        rows = _rows(self.head)
        return self._cells(about, rows)

    def values(self, about: About) -> Cells:
        """Return the values of a metric, for the rows that have it: a view of floats, or a list of JSON.

        Raises:
            ValueError: as ``column``.
        """
        rows = about.get("rows")
        if type(rows) is not int or not 0 <= rows <= _rows(self.head):
            raise ValueError("more values than rows")
        return self._cells(about, rows)

    def runs(self) -> Iterable[tuple[int, int]]:
        """Return which set of metrics the rows have, as (place in ``sets``, how many rows in a row).

        Raises:
            ValueError: as ``column``.
        """
        about = self.head.get("in")
        if about is None:
            return [(0, _rows(self.head))]
        if "runs" not in about:
            return [(which, len(list(same))) for which, same in groupby(self.column(about))]
        runs = about["runs"]
        if sum(runs[1::2]) != _rows(self.head):
            raise ValueError("rows without metrics")
        return zip(runs[::2], runs[1::2], strict=True)

    def _cells(self, about: About, rows: int) -> Cells:
        try:
            cells = self._read(about, rows)
        except _MALFORMED as error:
            raise ValueError(f"a column is damaged: {error}") from error
        if len(cells) != rows:
            raise ValueError("a column is too short or too long")
        return cells

    def _read(self, about: About, rows: int) -> Cells:
        if "by" in about:
            return range(about["from"], about["from"] + rows * about["by"], about["by"])
        if about["as"] == "json":
            return list(exact(self._bytes(about["at"], about["size"], about["check"])))
        kind: Any = TYPES[about["as"]]
        cells = memoryview(self._bytes(about["at"], rows * calcsize(kind), about["check"])).cast(kind)
        return cells if sys.byteorder == "little" else _swapped(cells)

    def _bytes(self, at: int, size: int, check: Any) -> bytes:
        if not 0 <= at <= at + size <= self.head["size"]:
            raise ValueError("it lies outside its part")
        self._file.seek(self._start + at)
        content = self._file.read(size)
        if len(content) != size or f"{crc32(content):08x}" != check:
            raise ValueError("it does not match its checksum")
        return content


def is_block(content: bytes) -> bool:
    """Tell whether the first bytes of a file are those of a block."""
    return content.startswith(MAGIC)


@contextmanager
def opened(path: Path, start: int = 0, size: int | None = None) -> Iterator[Iterator[Part | Flaw]]:
    """Give the parts of a block: a file of its own, or ``size`` bytes of a pack from ``start`` on.

    Raises:
        OSError: the file cannot be read, or is a link.
    """
    with os.fdopen(open_to_read(path), "rb") as file:
        end = os.fstat(file.fileno()).st_size if size is None else start + size
        yield parts(file, start, end)


def parts(file: BinaryIO, start: int, end: int) -> Iterator[Part | Flaw]:
    """Yield the parts of a block in a file; after something damaged, go on at the next part."""
    file.seek(start)
    if file.read(len(MAGIC)) != MAGIC:
        yield Flaw(0, "damaged")
        return
    at = start + len(MAGIC)
    while at < end:
        file.seek(at)
        line = file.readline(min(LIMIT + 1, end - at))
        state, head = decode(line[:-1], quick)
        following = at + len(line) + head["size"] + 1 if state == "ok" and _is_head(head) else end + 1
        if following <= end:
            yield Part(head, at - start, file, at + len(line))
            at = following
        else:
            yield Flaw(at - start, "damaged")
            file.seek(at)
            found = _NEXT.search(file.read(end - at))
            at = at + found.end() if found else end


def _is_head(head: About) -> bool:
    if head.get("k") not in (POINTS, LINES) or type(head.get("size")) is not int or head["size"] < 0:
        return False
    return head["k"] == LINES or (isinstance(head.get("v"), dict) and isinstance(head.get("w"), str))


def origin_of(about: About) -> int:
    """Return what is to be added to each number of a column of whole numbers; only times have it."""
    origin = about.get("from", 0) if "as" in about else 0
    if type(origin) is not int:
        raise ValueError("a column begins nowhere")
    return origin


def _rows(head: About) -> int:
    if type(head["rows"]) is not int or not 0 < head["rows"] <= ROWS:
        raise ValueError("a part has between 1 and 65,536 rows")
    return head["rows"]


def expand(found: Iterable[Part | Flaw], flaws: list[Flaw] | None = None) -> Iterator[bytes]:
    """Yield the bytes of the segment that a block stands for; what is damaged is left out and told in ``flaws``."""
    for part in found:
        try:
            yield from _told(part)
        except _MALFORMED:
            if flaws is not None:
                flaws.append(Flaw(part.offset, "damaged"))


def block_lines(path: Path, start: int = 0, size: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that a block stands for, with their newlines and the offset of their part.

    In place of what is damaged comes a line that is no record, for those who count such lines.

    Raises:
        OSError: the file cannot be read, or is a link.
    """
    with opened(path, start, size) as found:
        for part in found:
            flaws: list[Flaw] = []
            for content in expand([part], flaws):
                yield from ((start + part.offset, line) for line in _LINE.findall(content))
            yield from ((start + flaw.offset, _DAMAGED) for flaw in flaws)


def _swapped(cells: "memoryview[Any]") -> "memoryview[Any]":
    swapped = array(cells.format, cells)
    swapped.byteswap()
    return memoryview(swapped)


def _told(part: Part | Flaw) -> Iterator[bytes]:
    if isinstance(part, Flaw):
        raise ValueError(part.problem)  # noqa: TRY004 - it is the block that is wrong
    if part.head["k"] == LINES:
        yield part.lines()
        return
    lines = _rendered(part)
    while some := list(islice(lines, _SOME)):
        yield b"".join(some)


def _rendered(part: Part) -> Iterator[bytes]:
    """Write each record of a part again as its writer wrote it."""
    head = part.head
    numbers, steps, times, origin = *(part.column(head[name]) for name in "nst"), origin_of(head["t"])
    writer = dumps(head["w"])
    for number, step, time, values in zip(numbers, steps, times, _members(part), strict=True):
        body = f'{{"k":"m","s":{step},"v":{{{values}}},"w":{writer},"n":{number},"t":{origin + time}'.encode()
        yield b'%b,"c":"%08x"}\n' % (body, crc32(body))


def _members(part: Part) -> Iterator[str]:
    """Yield the metrics of each row as JSON members."""
    texts = {name: _texts(dumps(name) + ":", about, part.values(about)) for name, about in part.metrics.items()}
    sets = [[texts[name] for name in names] for names in part.head["sets"]]
    for which, count in part.runs():
        mine = sets[which]
        if len(mine) == 1:
            yield from islice(mine[0], count)
        else:
            yield from (",".join(map(next, mine)) for _ in range(count))


def _texts(key: str, about: About, cells: Cells) -> Iterator[str]:
    """Yield each value of a metric behind its name, as the JSON its writer wrote."""
    if about["as"] == "json":
        return (key + dumps(value) for value in cells)
    if about.get("whole"):
        return (f"{key}{int(value)}" for value in cells)
    return (f"{key}{value!r}" if isfinite(value) else f'{key}{{"$f":"{value!r}"}}' for value in cells)


if __name__ == "__main__":  # python -m nbtrack.store.lines.block FILE | jq
    for _, each in block_lines(Path(sys.argv[1])):
        sys.stdout.buffer.write(each)
