"""Whether one recorded value answers one comparison: typed, total, and the same for every namespace.

Numbers compare with numbers; text with text; a text that looks like a number compares with a number as one, so that
``'0.01'``, 0.01 and ``Decimal("0.010")`` are equal, as MLflow's users expect. True and false are 1 and 0 beside numbers
and ``true``/``false`` beside text, whatever its case. Dates compare with ISO 8601 text. Two values of other kinds are
not equal, and neither is less. NaN answers no comparison at all, not even ``!=``.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import nan
from typing import Any, Final

from nbtrack.query.likeness import like
from nbtrack.query.moments import DAY, is_day, milliseconds, read_moment
from nbtrack.query.syntax import Likeness, Operator, Scalar

Matcher = Callable[[Any], bool]
COMPARE: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?\s*", re.ASCII)
_MAX_DIGITS = 400  # longer whole numbers take time that grows with the square of their length


def matcher(sign: Operator, wanted: Scalar) -> Matcher:
    """Return the test of one present value (never None) against ``wanted``.

    >>> less = matcher("<", 0.01)
    >>> [less(value) for value in (0.001, "1e-3", True, "adam", float("nan"), [1])]
    [True, True, False, False, False, False]
    """
    if isinstance(wanted, bool):
        return _beside_truth(sign, wanted)
    if isinstance(wanted, str):
        return _beside_text(sign, wanted)
    return _beside_number(sign, wanted)


def compared_numbers(values: Sequence[float], rows: Sequence[int], sign: Operator, wanted: float) -> list[int]:
    """Return the rows whose number compares so: a loop each, because a call for each value takes twice as long.

    NaN, which stands for a missing number as well, answers no comparison; only ``!=`` must not come here.
    """
    match sign:
        case "<":
            return [row for row in rows if values[row] < wanted]
        case "<=":
            return [row for row in rows if values[row] <= wanted]
        case ">":
            return [row for row in rows if values[row] > wanted]
        case ">=":
            return [row for row in rows if values[row] >= wanted]
        case "=":
            return [row for row in rows if values[row] == wanted]
    raise ValueError(f"{sign} is true of what is missing")


def resemblance(likeness: Likeness, pattern: str) -> Matcher:
    """Return the test of one present value's text against a pattern; ``contains`` takes the pattern literally."""
    if likeness == "contains":
        return lambda value: pattern in text_of(value)
    if likeness == "like":
        same = like(pattern)
        return lambda value: same(text_of(value))
    folded = like(pattern.casefold())
    return lambda value: folded(text_of(value).casefold())


def number_of(value: Any) -> float | None:
    """Return the number that ``value`` is or looks like, or None. Booleans are 1 and 0, dates are not numbers."""
    match value:
        case int() | float():
            return value
        case Decimal():
            return nan if value.is_nan() else float(value)
        case str() if _NUMBER.fullmatch(value):
            return float(value) if len(value) > _MAX_DIGITS or not value.strip().lstrip("+-").isdigit() else int(value)
    return None


def is_nan(value: Any) -> bool:
    """Tell whether a number is not one; asked of Decimals by name, because comparing a signalling NaN raises."""
    return value.is_nan() if isinstance(value, Decimal) else bool(value != value)  # noqa: PLR0124 - true of NaN alone


def text_of(value: Any) -> str:
    r"""Return a value as text patterns see it: what ``str`` says; of mappings and lists their JSON, as tables show it.

    >>> [text_of(value) for value in ("adam", 0.1, {"a": ["it's"]})]
    ['adam', '0.1', '{"a": ["it\'s"]}']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _beside_number(sign: Operator, wanted: float) -> Matcher:
    compare = COMPARE[sign]

    def matches(value: Any) -> bool:
        number = number_of(value)
        if number is None:
            return sign == "!="
        return not is_nan(number) and compare(number, wanted)

    return matches


def _beside_truth(sign: Operator, wanted: bool) -> Matcher:  # noqa: FBT001 - private
    by_number = _beside_number(sign, int(wanted))

    def matches(value: Any) -> bool:
        truth = _truth(value)
        return by_number(value if truth is None else truth)

    return matches


def _truth(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _beside_text(sign: Operator, wanted: str) -> Matcher:
    compare = COMPARE[sign]
    number, truth = number_of(wanted), _truth(wanted)
    by_number = None if number is None else _beside_number(sign, number)
    by_moment = _beside_moment(sign, wanted)

    def matches(value: Any) -> bool:
        match value:
            case str():
                return compare(value, wanted)
            case bool() if truth is not None:
                return compare(value, truth)
            case float() | Decimal() if is_nan(value):
                return False
            case int() | float() | Decimal() if by_number:
                return by_number(value)
            case date() if by_moment:
                return by_moment(milliseconds(value))
        return sign in {"=", "!="} and compare(text_of(value), wanted)

    return matches


def _beside_moment(sign: Operator, wanted: str) -> Callable[[float], bool] | None:
    """Return the test of a moment in milliseconds; ``=`` and ``!=`` take a bare date for its whole day."""
    start = read_moment(wanted)
    if start is None:
        return None
    if sign in {"=", "!="} and is_day(wanted):
        return lambda moment: (start <= moment < start + DAY) is (sign == "=")
    compare = COMPARE[sign]
    return lambda moment: compare(moment, start)


def moment_matcher(sign: Operator, wanted: Scalar) -> Matcher | None:
    """Return the test for ``started`` and ``ended``, kept in milliseconds; None beside what is no date or number."""
    if isinstance(wanted, str):
        return _beside_moment(sign, wanted) or (None if number_of(wanted) is None else matcher(sign, wanted))
    return None if isinstance(wanted, bool) else matcher(sign, wanted)
