"""Columns of numbers that are longer than a curve may be: every second of them, every fourth, and always the last."""

from collections.abc import Callable, Sequence
from typing import Any

from nbtrack.model.tagged import Json


class Spaced(list[Json]):
    """Numbers out of a longer column, with the places where they stood in it."""

    def __init__(self, numbers: Sequence[Json], steps: Sequence[int]) -> None:
        super().__init__(numbers)
        self.steps = steps


def spaced(values: Sequence[Any], most: int, number: Callable[[Any], Json]) -> list[Json]:
    """Return a column's numbers, ``most`` of them at most, evenly spaced; what ``number`` knows as none is None.

    >>> found = spaced([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 3, float)
    >>> found, steps_of(found), steps_of(spaced([0.5], 3, float))
    ([0.0, 0.4, 0.6], [0, 4, 6], ())
    """
    if len(values) <= most:
        return [number(value) for value in values]
    every = 1 << ((len(values) - 1) // (most - 1)).bit_length()
    steps = [*range(0, len(values) - 1, every), len(values) - 1]
    return Spaced([number(values[step]) for step in steps], steps)


def thinned(values: Sequence[Json], steps: Sequence[int | None], most: int) -> tuple[list[Json], Sequence[int | None]]:
    """Return the same of numbers that have steps."""
    places = steps_of(spaced(range(len(values)), most, int)) or range(len(values))
    return [values[place] for place in places], [steps[place] for place in places]


def steps_of(column: Sequence[Json]) -> Sequence[int]:
    """Return the steps of a column that is not whole; those of any other are counted from 0."""
    return column.steps if isinstance(column, Spaced) else ()
