"""How far a share of test rows may be from the truth, where the records tell how many rows there were."""

import re
from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Any, Final, NamedTuple

from nbtrack.model.direction import is_of_training
from nbtrack.model.run import Run
from nbtrack.model.tagged import untag

_NORMAL: Final = 1.959963984540054  # the normal distribution's 97.5 % point
_NAME: Final = re.compile(r"[^\W\d]\w*")
_ACCURACY: Final = re.compile(r"(?:^|[^a-z])(?:acc|accuracy|accuracies)(?![a-z])", re.IGNORECASE)
_OTHER: Final = re.compile(r"balanced|top_?k|cross_val|mean|std", re.IGNORECASE)


class Rows(NamedTuple):
    """``hits`` of ``n`` rows; ``name`` is the variable that tells how many there were."""

    name: str
    n: int
    hits: int


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927), which holds for small ``n`` and shares near 0 or 1.

    >>> low, high = wilson(110, 114)
    >>> round(low, 4), round(high, 4)
    (0.9132, 0.9863)
    """
    share, z = hits / n, _NORMAL
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def scored_rows(run: Run, metric: str) -> Rows | None:
    """Return on how many rows an accuracy was counted; None where the records do not prove it.

    The number is the length of a variable that the metric's expression names, and is believed only if the accuracy is
    a whole number of hits among so many rows.
    """
    value, source = run.metrics.get(metric), origin_of(run, metric)
    if not isinstance(value, float | int) or not 0 <= value <= 1 or not _is_accuracy(metric, source):
        return None
    named = {name: length for name, length in _lengths(run).items() if name in set(_NAME.findall(source))}
    if len(set(named.values())) != 1:
        return None
    name = min(named, key=lambda each: (not each.startswith("y"), each))
    n = named[name]
    return Rows(name, n, round(value * n)) if n and abs(value * n - round(value * n)) < 1e-6 else None


def on_training_data(run: Run, metric: str) -> bool:
    """Tell whether a metric says, by its name or the variables it was computed of, that it is one of training data."""
    return is_of_training(metric, origin_of(run, metric))


def measured_on(run: Run, metric: str) -> Mapping[str, str]:
    """Return the digest of each variable with data that a metric's expression names."""
    names = set(_NAME.findall(origin_of(run, metric)))
    return {
        str(each["name"]): str(each["digest"])
        for each in _variables(run)
        if each.get("digest") and each.get("name") in names
    }


def origin_of(run: Run, metric: str) -> str:
    """Return the expression that a metric came from, empty where none is recorded."""
    return str(run.sources.get("metrics", {}).get(metric, ""))


def _is_accuracy(metric: str, source: str) -> bool:
    text = f"{metric} {source}"
    return _ACCURACY.search(text) is not None and _OTHER.search(text) is None


def _lengths(run: Run) -> dict[str, int]:
    found = ((each.get("name"), each.get("shape")) for each in _variables(run))
    return {
        str(name): shape[0]
        for name, shape in found
        if isinstance(shape, list) and shape and type(shape[0]) is int and isfinite(shape[0])
    }


def _variables(run: Run) -> list[Mapping[str, Any]]:
    entries = [untag(each) for each in run.document["data"]]
    return [each for each in entries if isinstance(each, Mapping) and each.get("kind") == "variable"]
