"""Stretches of a metric's points as they lie in the parts of blocks, and the history that they are end to end."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from math import nan
from typing import Any, NamedTuple

from nbtrack.model.column import Column, Seconds
from nbtrack.model.number import as_float
from nbtrack.model.run import History
from nbtrack.model.tagged import untag
from nbtrack.store.lines.block import Cells, Part, origin_of

Key = tuple[int, str, int]  # step, writer, number: what points are ordered by, and what makes two of them one


class Stretch(NamedTuple):
    """Points of a metric from one part of a block. ``up`` when each step is higher than the one before.

    ``numbers`` are those of all rows of the part, ``rows`` says which of them are meant: few ever ask.
    """

    writer: str
    numbers: Cells
    rows: Sequence[slice]
    steps: Cells
    values: Cells
    times: Cells
    origin: int
    up: bool

    def points(self) -> Iterator[tuple[Key, tuple[float, float]]]:
        """Yield what each point is ordered by, its value and its time in seconds."""
        numbers = _pick(self.numbers, self.rows)
        for step, number, value, time in zip(self.steps, numbers, self.values, self.times, strict=True):
            yield (step, self.writer, number), (value, (self.origin + time) / 1000)


def stretch_of(part: Part, metric: str) -> Stretch:
    """Return the points of a metric in a part of a block.

    Raises:
        ValueError, LookupError, TypeError: what is needed of the part is damaged.
    """
    head, about = part.head, part.metrics[metric]
    values, picked = part.values(about), _rows_with(part, metric)
    steps = _pick(part.column(head["s"]), picked)
    if len(steps) != len(values):
        raise ValueError("a metric has another number of steps than of values")
    return Stretch(
        head["w"],
        part.column(head["n"]),
        picked,
        steps,
        list(map(number_of, values)) if isinstance(values, list) else values,
        _pick(part.column(head["t"]), picked),
        origin_of(head["t"]),
        about.get("up") is True,
    )


def _rows_with(part: Part, metric: str) -> list[slice]:
    """Return which rows have the metric."""
    if part.metrics[metric].get("rows") == part.head["rows"]:
        return [slice(None)]
    having = [metric in names for names in part.head["sets"]]
    found: list[slice] = []
    end = 0
    for which, count in part.runs():
        start, end = end, end + count
        if having[which]:
            found.append(slice(start, end))
    return found


def _pick(cells: Cells, rows: Sequence[slice]) -> Cells:
    if len(rows) == 1:
        return cells[rows[0]]
    if not isinstance(cells, memoryview):
        return [cell for each in rows for cell in cells[each]]
    picked = bytearray()
    for each in rows:
        picked += cells[each]
    kind: Any = cells.format
    return memoryview(bytes(picked)).cast(kind)


def end_to_end(stretches: Sequence[Stretch]) -> History | None:
    """Return stretches one after the other; None when they overlap, as those of two writers or of copies may."""
    stretches = sorted((each for each in stretches if len(each.steps)), key=lambda each: each.steps[0])
    if not stretches or not all(each.up for each in stretches):
        return None
    if any(one.steps[-1] >= two.steps[0] for one, two in pairwise(stretches)):
        return None
    origin = stretches[0].origin
    one_origin = all(each.origin == origin for each in stretches)
    times = [each.times if one_origin else [each.origin + time for time in each.times] for each in stretches]
    return History(
        Column(_as_one("q", [each.steps for each in stretches])),
        Column(_as_one("d", [each.values for each in stretches])),
        Seconds(_as_one("q", times), origin if one_origin else 0),
    )


def _as_one(kind: str, columns: Sequence[Cells]) -> Sequence[Any]:
    """Return one column for several; where all are alike, without looking at their cells."""
    ranges = [each for each in columns if isinstance(each, range)]
    if len(ranges) == len(columns) and all(_continues(one, two) for one, two in pairwise(ranges)):
        return range(ranges[0].start, ranges[-1].stop, ranges[0].step)
    views = [each for each in columns if isinstance(each, memoryview)]
    forms: set[Any] = {each.format for each in views}
    if len(views) == len(columns) and len(forms) == 1:
        return memoryview(b"".join(views)).cast(forms.pop())
    return array(kind, chain.from_iterable(columns))


def _continues(one: range, two: range) -> bool:
    return one.step == two.step and one.stop == two.start


def number_of(value: Any) -> float:
    """Return a value of a record as a float; a NaN for what is no number."""
    plain = as_float(untag(value))
    return float(plain) if isinstance(plain, int | float) else nan
