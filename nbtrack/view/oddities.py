"""What the words of a packed column stand for, where that is not text: a filter tells ``None`` from ``"None"``."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

_EXACT: Final = 2**53


def oddities(values: Sequence[Any]) -> list[str]:
    """Return the kinds of values that JSON cannot tell from others, among the values that runs have.

    ``none``: the word None is no value. ``date``: words that are dates are moments. ``map``: words that are JSON are
    lists and mappings. ``number``: words that are numbers are numbers. ``float``: whole numbers are floats.

    >>> oddities([None, 3.0, "text", 1, [1, 2]])
    ['float', 'map', 'none']
    """
    return sorted({kind for value in values if (kind := _kind(value))})


def _kind(value: Any) -> str:
    if type(value) is str:  # what most values are
        return ""
    match value:
        case None:
            return "none"
        case float():
            return "float" * value.is_integer()
        case int():
            return "number" * (abs(value) > _EXACT)
        case Decimal():
            return "number"
    return "date" if isinstance(value, date) else "map" * isinstance(value, (dict, list, tuple, Mapping))
