"""From the lines of a segment to a metric block: columns where the lines are as we write them, else as they stand."""

import sys
from array import array
from binascii import crc32
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import lt
from typing import Any, Final, NamedTuple

from nbtrack.errors import LimitExceeded
from nbtrack.store.lines.block import LINES, MAGIC, POINTS, TYPES
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import LIMIT, dumps, encode

CHUNK: Final = 1 << 20  # bytes of lines that become columns together: what one damaged bit may cost, some 9,000 points
_MEMBERS: Final = ["k", "s", "v", "w", "n", "t", "c"]
_BEGINS: Final = b'{"k":"m",'
_SAFE: Final = 1 << 53  # up to here a float holds every whole number
_WIDE: Final = 1 << 63
_LONG: Final = 1 << 32
_BYTE: Final = 1 << 8
_NOT_FINITE: Final = ("nan", "inf", "-inf")
_FEW: Final = 8  # rows in a run on average, for runs to be worth it
_BREATH: Final = 1000  # lines between two breaths
WORTH: Final = 0.8  # of the bytes of the lines: columns that take more are not worth it


class _Point(NamedTuple):
    number: int
    step: int
    time: int
    writer: str
    values: dict[str, Any]


def _no_breath() -> None:
    pass


def condense(
    chunks: Iterable[bytes], *, strictly: bool = False, breathe: Callable[[], None] = _no_breath
) -> Iterator[bytes]:
    """Yield the block for the bytes of a segment, given in chunks of whole lines of about ``CHUNK`` bytes.

    Whoever replaces the segment by it makes sure that ``expand`` gives the same bytes: a line that looks like ours and
    is written differently is only found out at that, or here with ``strictly``, which takes twice as long.
    """
    yield MAGIC
    origin: int | None = None
    for chunk in chunks:
        found = list(_grouped(chunk, breathe, strictly=strictly))
        if origin is None:
            origin = next((point.time for part in found if isinstance(part, list) for point in part), None)
        yield _smaller(chunk, found, origin or 0)


def _smaller(chunk: bytes, found: Iterable[bytes | list[_Point]], origin: int) -> bytes:
    """Return the parts for a chunk, or a part with its lines where columns are not worth it."""
    try:
        parts = b"".join(_lines(each) if isinstance(each, bytes) else _columns(each, origin) for each in found)
    except LimitExceeded:  # a head with tens of thousands of metrics
        return _lines(chunk)
    return parts if len(parts) <= WORTH * len(chunk) else _lines(chunk)


def _grouped(chunk: bytes, breathe: Callable[[], None], *, strictly: bool) -> Iterator[bytes | list[_Point]]:
    """Yield points of one writer that follow one another, and what stands between them."""
    points: list[_Point] = []
    others: list[bytes] = []
    *lines, torn = chunk.split(b"\n")
    for place, line in enumerate(lines):
        point = _parsed(line, strictly=strictly)
        if points and (point is None or point.writer != points[0].writer):
            yield points
            points = []
        if others and point is not None:
            yield b"".join(others)
            others = []
        if point is None:
            others.append(line + b"\n")
        else:
            points.append(point)
        if not place % _BREATH:
            breathe()
    if points:
        yield points
    if others or torn:
        yield b"".join(others) + torn


def _parsed(line: bytes, *, strictly: bool) -> _Point | None:
    """Return the point on a line, None when it is none that we would have written."""
    if len(line) > LIMIT or not line.startswith(_BEGINS):
        return None
    try:
        record = quick(line)
    except (ValueError, RecursionError):
        return None
    if type(record) is not dict or list(record) != _MEMBERS or (strictly and not _is_canonical(record, line)):
        return None
    _, step, values, writer, number, time, _ = record.values()
    whole = _is_whole(step) and _is_whole(number) and _is_whole(time)
    return (
        _Point(number, step, time, writer, values) if whole and type(writer) is str and type(values) is dict else None
    )


def _is_whole(value: Any) -> bool:
    return type(value) is int and -_WIDE <= value < _WIDE


def _is_canonical(record: dict[str, Any], line: bytes) -> bool:
    """Tell whether a line is written as we would write it, its checksum included."""
    members = {name: value for name, value in record.items() if name != "c"}
    try:
        return encode(members) == line + b"\n"
    except (ValueError, LimitExceeded):  # 1e999, deep nesting
        return False


class _Payload:
    """The bytes of a part, column after column."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def add(self, content: bytes) -> dict[str, Any]:
        """Put bytes in; return where they are and their checksum."""
        place = {"at": self.size, "check": f"{crc32(content):08x}"}
        self._pieces.append(content)
        self.size += len(content)
        return place

    def cells(self, kind: str, values: Iterable[Any]) -> dict[str, Any]:
        """Put a column of numbers in."""
        cells = array(TYPES[kind], values)
        if sys.byteorder == "big":
            cells.byteswap()
        return {"as": kind, **self.add(cells.tobytes())}

    def part(self, head: dict[str, Any]) -> bytes:
        """Return the part with these bytes."""
        return b"".join((encode({**head, "size": self.size}), *self._pieces, b"\n"))


def _lines(content: bytes) -> bytes:
    """Return a part with lines."""
    payload = _Payload()
    return payload.part({"k": LINES, "check": payload.add(content)["check"]})


def _columns(points: Sequence[_Point], origin: int) -> bytes:
    """Return a part with points."""
    payload = _Payload()
    numbers, steps, times, writers, values = zip(*points, strict=True)
    shapes = list(map(tuple, values))
    sets = {names: place for place, names in enumerate(dict.fromkeys(shapes))}
    head = {
        "k": POINTS,
        "w": writers[0],
        "rows": len(points),
        "n": _whole(payload, numbers),
        "s": _whole(payload, steps),
        "t": _times(payload, times, origin),
        "sets": list(sets),
    }
    if len(sets) > 1:
        head["in"] = _sets(payload, [sets[names] for names in shapes], len(sets))
    head["v"] = _metrics(payload, points)
    return payload.part(head)


def _sets(payload: _Payload, places: Sequence[int], count: int) -> dict[str, Any]:
    """Return which set of metrics each row has."""
    runs = [number for place, same in groupby(places) for number in (place, len(list(same)))]
    if len(runs) * _FEW < 2 * len(places):
        return {"runs": runs}
    return payload.cells("u1" if count <= _BYTE else "u4", places)


def _whole(payload: _Payload, values: Sequence[int]) -> dict[str, Any]:
    """Return a column of whole numbers, as short as it can be said."""
    first, by = values[0], values[1] - values[0] if len(values) > 1 else 1
    if by and values == tuple(range(first, first + by * len(values), by)):
        return {"from": first, "by": by}
    return payload.cells("u4" if min(values) >= 0 and max(values) < _LONG else "i8", values)


def _times(payload: _Payload, values: Sequence[int], origin: int) -> dict[str, Any]:
    """Return a column of times: all after the same moment, so that a reader need not add up anything."""
    if min(values) >= origin and max(values) < origin + _LONG:
        return {**payload.cells("u4", (value - origin for value in values)), "from": origin}
    return payload.cells("i8", values)


def _metrics(payload: _Payload, points: Sequence[_Point]) -> dict[str, dict[str, Any]]:
    """Return the columns of the metrics; ``up`` where each step is higher than the one before."""
    columns: dict[str, tuple[list[int], list[Any]]] = {}
    for _, step, _, _, values in points:
        for name, value in values.items():
            if name not in columns:
                columns[name] = [], []
            steps, cells = columns[name]
            steps.append(step)
            cells.append(value)
    return {
        name: {**_values(payload, cells), "rows": len(cells), "up": all(map(lt, steps, islice(steps, 1, None)))}
        for name, (steps, cells) in columns.items()
    }


def _values(payload: _Payload, values: Sequence[Any]) -> dict[str, Any]:
    kinds = set(map(type, values))
    if kinds == {float}:
        return payload.cells("f8", values)
    if kinds == {int} and min(values) >= -_SAFE and max(values) <= _SAFE:
        return {**payload.cells("f8", values), "whole": True}
    if kinds == {float, dict} and all(type(each) is float or _not_finite(each) for each in values):
        return payload.cells("f8", (each if type(each) is float else float(each["$f"]) for each in values))
    content = dumps(values).encode("ascii")
    return {"as": "json", **payload.add(content), "size": len(content)}


def _not_finite(value: dict[str, Any]) -> bool:
    return len(value) == 1 and value.get("$f") in _NOT_FINITE
