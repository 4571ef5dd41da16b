"""How a metric moved between two runs, and whether that is good."""

import math
from typing import Any, Literal, NamedTuple

from nbtrack.model.direction import direction
from nbtrack.view.number import figure

Verdict = Literal["better", "worse", "changed", "same"]


class Change(NamedTuple):
    """A metric's move: ``delta`` in words (``+0.012``), the ``arrow`` of its sign, and the ``verdict``."""

    delta: str
    arrow: str
    verdict: Verdict


def change(metric: str, old: Any, new: Any) -> Change | None:
    """Return how ``metric`` moved from ``old`` to ``new``; None when either is not a number.

    >>> change("accuracy", 0.9, 0.95)
    Change(delta='+0.05', arrow='▲', verdict='better')
    >>> change("loss", 0.9, 0.95).verdict, change("epoch", 1, 2).verdict
    ('worse', 'changed')
    """
    if not (_number(old) and _number(new)):
        return None
    delta = new - old
    if delta == 0:
        return Change("±0", "=", "same")
    sign, arrow = ("+", "▲") if delta > 0 else ("−", "▼")  # noqa: RUF001 - a minus sign, as wide as the plus
    return Change(sign + figure(abs(_clean(delta, old, new)), 3), arrow, _verdict(metric, rising=delta > 0))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _clean(delta: float, old: float, new: float) -> float:
    """Drop the digits that only the subtraction made: 0.95 - 0.9 is 0.05."""
    return delta if isinstance(delta, int) else round(delta, 12 - math.floor(math.log10(max(abs(old), abs(new)))))


def _verdict(metric: str, *, rising: bool) -> Verdict:
    match direction(metric):
        case "max":
            return "better" if rising else "worse"
        case "min":
            return "worse" if rising else "better"
    return "changed"
