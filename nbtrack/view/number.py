"""Numbers as people read them: enough digits to tell runs apart, and no more."""

import math
from collections.abc import Iterable
from decimal import Decimal

_DIGITS = 4


def figure(value: float, digits: int = _DIGITS) -> str:
    """Return ``value`` with ``digits`` significant digits, whole numbers whole.

    >>> [figure(x) for x in (0.964912, 12, 1234567.0, 1e-7, 3.0, float("nan"))]
    ['0.9649', '12', '1234567', '1e-07', '3', 'nan']
    """
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else f"{Decimal(value):.{digits - 1}e}"
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.{digits}g}" if 1e-4 <= abs(value) < 10**digits else _outside(value, digits)


def _outside(value: float, digits: int) -> str:
    """Large numbers lose their decimals rather than their digits; tiny ones need an exponent."""
    return f"{value:.0f}" if 1 <= abs(value) < 1e9 else f"{value:.{digits - 1}g}"


def decimals(values: Iterable[float]) -> int | None:
    """Return how many decimals a column needs so that its values line up and differ, or None for mixed magnitudes.

    The least has two digits.
    """
    finite = [abs(value) for value in values if math.isfinite(value)]
    if not finite or all(value == int(value) for value in finite):
        return 0 if finite and max(finite) < 1e15 else None
    spread = (max(finite) - min(finite)) or max(finite) / 10
    least = min((value for value in finite if value), default=0.0)
    if max(finite) >= 1e9 or least < 1e-4:
        return None
    places = min(6, max(0, 2 - math.floor(math.log10(spread))))
    return None if least < 10**-places else min(6, max(places, 1 - math.floor(math.log10(least))))


def aligned(value: float, places: int | None) -> str:
    """Return ``value`` with a column's number of ``decimals``, or as a ``figure`` when it has none."""
    if places is None or not math.isfinite(value):
        return figure(value)
    return f"{value:.{places}f}"
