"""The summary of a metric's series, kept while points are added and merged where several writers had a part."""

from collections.abc import Iterable, Mapping
from math import inf

from nbtrack.model.document import Curve
from nbtrack.model.number import plain
from nbtrack.model.tagged import Json

Tallies = dict[str, "Tally"]


class Tally:
    """The running summary of one series. Its last point is the one with the highest step, not the latest written."""

    __slots__ = ("count", "high", "last", "low", "step")

    def __init__(self, step: int = -1) -> None:
        self.count = 0
        self.step = step
        self.last: Json = None
        self.low: float = inf
        self.high: float = -inf

    def add(self, value: Json, step: int) -> None:
        """Count one point in."""
        if step >= self.step or not self.count:
            self.last = value
            self.step = step
        self.count += 1
        if (type(value) is float or type(value) is int) and -inf < value < inf:
            if value < self.low:  # noqa: PLR1730 - min() would double the cost of a point
                self.low = value
            if value > self.high:  # noqa: PLR1730 - same
                self.high = value

    def curve(self) -> Curve:
        """Return the summary as it stands in a run's document; extremes are of finite points only."""
        finite = self.low <= self.high
        low, high = (self.low, self.high) if finite else (None, None)
        return {"last": plain(self.last), "min": low, "max": high, "count": self.count, "step": self.step}


def tally(tallies: Tallies, values: Mapping[str, Json], step: int) -> None:
    """Count one record of points in."""
    for name, value in values.items():
        if name not in tallies:
            tallies[name] = Tally()
        tallies[name].add(value, step)


def curves(tallies: Mapping[str, Tally]) -> dict[str, Curve]:
    """Return the summaries of all series that have points."""
    return {name: each.curve() for name, each in tallies.items() if each.count}


def merge(parts: Iterable[Mapping[str, Curve]]) -> dict[str, Curve]:
    """Return the summaries of series that several writers wrote; give the parts in the order of the writers' names."""
    merged: dict[str, Curve] = {}
    for part in parts:
        for name, curve in part.items():
            merged[name] = _joined(merged[name], curve) if name in merged else curve
    return merged


def _joined(one: Curve, two: Curve) -> Curve:
    latest = two if two["step"] >= one["step"] else one
    lows = [curve["min"] for curve in (one, two) if isinstance(curve["min"], int | float)]
    highs = [curve["max"] for curve in (one, two) if isinstance(curve["max"], int | float)]
    return {
        "last": latest["last"],
        "min": min(lows, default=None),
        "max": max(highs, default=None),
        "count": one["count"] + two["count"],
        "step": latest["step"],
    }
