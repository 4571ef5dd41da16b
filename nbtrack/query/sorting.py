"""Rows in the order of a column."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from nbtrack.query.matching import is_nan, number_of, text_of
from nbtrack.query.moments import milliseconds


def sorted_rows(values: Sequence[Any], rows: Sequence[int], *, descending: bool) -> list[int]:
    """Return ``rows`` by their value: numbers, then text, each in the direction asked; missing and NaN always last.

    Rows of equal value keep the order they came in. Text that looks like a number is sorted as one.
    """
    numbers: list[tuple[float, int]] = []
    texts: list[tuple[str, int]] = []
    rest: list[int] = []
    for row in rows:
        value = values[row]
        number = value if type(value) is float else _sortable(value)
        if value is None or (number is not None and is_nan(number)):
            rest.append(row)
        elif number is None:
            texts.append((text_of(value), row))
        else:
            numbers.append((number, row))
    numbers.sort(key=_first, reverse=descending)
    texts.sort(key=_first, reverse=descending)
    return [*(row for _, row in numbers), *(row for _, row in texts), *rest]


def sorted_numbers(values: Sequence[float], rows: Sequence[int], *, descending: bool) -> list[int]:
    """Return ``rows`` by their number as ``sorted_rows`` would; NaN stands for what is missing."""
    known = [row for row in rows if values[row] == values[row]]
    rest = [row for row in rows if values[row] != values[row]] if len(known) < len(rows) else []
    known.sort(key=values.__getitem__, reverse=descending)
    return known + rest


def _sortable(value: Any) -> float | None:
    return milliseconds(value) if isinstance(value, date) else number_of(value)


def _first(pair: tuple[Any, int]) -> Any:
    return pair[0]
