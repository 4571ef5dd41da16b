"""Every metric as recorded beside what it is now: how far apart, and whether that is the same."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final, NamedTuple

from nbtrack.errors import NbtrackError
from nbtrack.model.number import as_float, plain
from nbtrack.model.reproduction import MetricDifference
from nbtrack.model.run import Run
from nbtrack.model.tagged import Described, Json, untag
from nbtrack.query.changes import same
from nbtrack.reproduce.consistency import prediction_interval
from nbtrack.reproduce.timing import measures_time
from nbtrack.reproduce.tolerance import Tolerances

SAME: Final = "identical"
CLOSE: Final = "within tolerance"
LIKELY: Final = "statistically consistent"
OTHER: Final = "different"
MISSING: Final = "missing"
NEW: Final = "new"
UNJUDGED: Final = "not judged"
_WORSE: Final = (SAME, CLOSE, LIKELY, OTHER)
_LONGEST: Final = 5_000_000  # points of a series that are compared one by one
_ROUNDING: Final = 1 + 1e-9  # 1.05 is 5 % more than 1, whatever its binary digits say
LAST_DIGITS: Final = 1e-12  # relative: what adding up in another order changes, as threads do; no result is that exact
_TEXT: Final = 200  # characters of a metric that is no number


class _Seen(NamedTuple):
    """One metric of one reproduction: its value, how far it is, and how its series differs if it does."""

    value: Any
    change: float | None
    same: bool
    near: bool
    series: str


def judged_metrics(was: Run, now: Sequence[Run], tolerances: Tolerances) -> dict[str, MetricDifference]:
    """Return what became of each metric, those of the recorded run first. The order of ``now`` is of no matter.

    A value that is the same is ``identical`` (NaN is NaN, 1 is 1.0), and so must be every point of a series; apart by
    no more than ``LAST_DIGITS`` is the same, unless the tolerance is 0. A number whose relative change, and that of the
    extremes of its series, is allowed is ``within tolerance`` - in every reproduction. Of several reproductions that
    vary, the recorded value may lie where one more of them is expected: ``statistically consistent``. All else is
    ``different``; ``missing`` where a reproduction lacks it.
    """
    recorded, found = _values(was), [_values(run) for run in now]
    seen: dict[str, list[_Seen]] = {}
    for name, old in recorded.items():
        if now and all(name in each for each in found) and not _is_clock(was, name):
            pairs = zip(now, found, strict=True)
            seen[name] = [_seen(name, was, run, old, each[name], tolerances.of(name)) for run, each in pairs]
    varying = sum(not all(each.same for each in several) for several in seen.values())
    judged: dict[str, MetricDifference] = {}
    for name, old in recorded.items():
        values = [each[name] for each in found if name in each]
        if name in seen:
            judged[name] = _judged(old, seen[name], tolerances.of(name), varying)
        else:
            judged[name] = _difference(values, UNJUDGED if _is_clock(was, name) or not now else MISSING)
            judged[name]["was"] = told(old)
    for name in dict.fromkeys(name for each in found for name in each if name not in recorded):
        judged[name] = _difference([each[name] for each in found if name in each], NEW)
    return judged


def _is_clock(was: Run, metric: str) -> bool:
    return measures_time(metric, str(was.sources.get("metrics", {}).get(metric, "")))


def worst(levels: Iterable[str]) -> str | None:
    """Return the verdict on all judged metrics together; None where none was judged.

    >>> worst(["identical", "within tolerance", "new"]), worst(["missing", "identical"]), worst(["not judged"])
    ('within tolerance', 'different', None)
    """
    judged = [OTHER if level == MISSING else level for level in levels if level not in {UNJUDGED, NEW}]
    return max(judged, key=_WORSE.index, default=None)


def told(value: Any) -> Json:
    """Return a metric's value as a record holds it; what is no number as a short text."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            return plain(value)
        case Decimal():
            return {"$d": str(value)}
    return str(value)[:_TEXT]


def number(value: Any) -> float | None:
    """Return a recorded value as a float, infinite where no float is as large; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return float(as_float(value))
    except (OverflowError, ValueError):
        return None


def relative_change(was: float, now: float) -> float | None:
    """Return ``now - was`` relative to the size of ``was``, as it is where that is 0; None where it is no number.

    >>> relative_change(0.5, 0.25), relative_change(0.0, 0.1), relative_change(1.0, float("nan"))
    (-0.5, 0.1, None)
    """
    if not (isfinite(was) and isfinite(now)):
        return None
    change = now / abs(was) - (1.0 if was > 0 else -1.0) if was else now
    exact = (now - was) / abs(was) if was and isfinite(now - was) else change
    return exact if isfinite(exact) else None


def _values(run: Run) -> dict[str, Any]:
    """Return the metrics with whole numbers as exact as they were recorded."""
    given: Any = run.document["metrics"]
    return {str(name): untag(value) for name, value in given.items()} if isinstance(given, Mapping) else {}


def _difference(values: Sequence[Any], level: str) -> MetricDifference:
    """Return what is known of a metric's values now: one as it is, several in an order of no meaning."""
    if not values:
        return {"level": level}
    now: Json = told(values[0]) if len(values) == 1 else sorted(map(told, values), key=repr)
    return {"now": now, "level": level}


def _judged(value: Any, seen: Sequence[_Seen], tolerance: float, varying: int) -> MetricDifference:
    interval = _interval(value, seen, varying)
    judged = _difference([each.value for each in seen], _level(value, seen, interval))
    judged["was"], judged["change"] = told(value), _largest(seen)
    if number(value) is not None:
        judged["tolerance"] = tolerance
    if judged["level"] == SAME and judged["change"]:
        judged["rounding"] = True
    if series := Counter(each.series for each in seen if each.series):
        judged["series"] = min(series, key=lambda text: (-series[text], text))
    if interval:
        judged["interval"] = list(interval)
    return judged


def _largest(seen: Sequence[_Seen]) -> float | None:
    changes = [each.change for each in seen if each.change is not None]
    return max(changes, key=lambda change: (abs(change), change)) if len(changes) == len(seen) else None


def _level(value: Any, seen: Sequence[_Seen], interval: tuple[float, float] | None) -> str:
    if all(each.same for each in seen):
        return SAME
    if all(each.near for each in seen):
        return CLOSE
    size = number(value)
    return LIKELY if interval and size is not None and interval[0] <= size <= interval[1] else OTHER


def _interval(value: Any, seen: Sequence[_Seen], varying: int) -> tuple[float, float] | None:
    numbers = [number(each.value) for each in seen]
    if number(value) is None or None in numbers:
        return None
    return prediction_interval(sorted(each for each in numbers if each is not None), varying)


def _seen(name: str, was: Run, now: Run, old: Any, new: Any, tolerance: float) -> _Seen:
    rounding = LAST_DIGITS if tolerance else 0.0
    one, other = number(old), number(new)
    series, alike = series_difference(name, was, now, rounding), same(old, new)
    if one is None or other is None:
        return _Seen(new, 0.0 if alike else None, same=alike and not series, near=alike, series=series)
    change = 0.0 if alike else relative_change(one, other)
    alike = alike or (change is not None and abs(change) <= rounding)
    near = all(_near(a, b, tolerance) for a, b in ((one, other), *_extremes(name, was, now)))
    return _Seen(new, change, same=alike and not series, near=near, series=series)


def _near(was: float, now: float, tolerance: float) -> bool:
    if same(was, now):
        return True
    change = relative_change(was, now)
    return change is not None and abs(change) <= tolerance * _ROUNDING


def _extremes(name: str, was: Run, now: Run) -> Iterator[tuple[float, float]]:
    old, new = was.curves.get(name), now.curves.get(name)
    for extreme in ("min", "max") if old and new else ():
        a, b = (number(untag(each.get(extreme))) for each in (old, new) if each)
        if a is not None and b is not None:
            yield a, b


def series_difference(name: str, was: Run, now: Run, rounding: float = 0.0) -> str:
    """Return how the series of a metric differs by more than ``rounding``, in a few words; empty where it does not."""
    old, new = was.curves.get(name), now.curves.get(name)
    if not old or not new:
        counts = [int(each["count"]) if each else 0 for each in (old, new)]
        return f"{_points(counts[0])}, now {counts[1] or 'none'}" if max(counts) > 1 else ""
    if old["count"] != new["count"]:
        return f"{_points(old['count'])}, now {new['count']}"
    ends = ("last", "min", "max", "step")
    alike = all(_equal(untag(old.get(end)), untag(new.get(end)), rounding) for end in ends)
    differing = _differing_points(name, was, now, int(old["count"]), rounding)
    if differing:
        return f"{differing} of {_points(old['count'])} differ"
    return "" if alike else f"{_points(old['count'])}, not all the same"


def _equal(was: Any, now: Any, rounding: float) -> bool:
    if same(was, now):
        return True
    one, other = number(was), number(now)
    change = relative_change(one, other) if one is not None and other is not None else None
    return change is not None and abs(change) <= rounding


def _differing_points(name: str, was: Run, now: Run, count: int, rounding: float) -> int:
    """Return how many points differ, by their place; 0 also where the points of a run cannot be read."""
    if not 1 < count <= _LONGEST:
        return 0
    try:
        a, b = was.history(name), now.history(name)
    except (NbtrackError, OSError):
        return 0
    differ = 0
    for one, other, at, there in zip(a.values, b.values, a.steps, b.steps, strict=False):
        if at != there or (one != other and not _equal(one, other, rounding)):
            differ += 1
    return differ + abs(len(a.values) - len(b.values))


def _points(count: int) -> str:
    return f"{count} point{'s'[: count != 1]}"


def words(value: Json) -> str:
    """Return a value of a judged metric as people read it: ``0.95``, ``nan``, the mean of several and how many.

    >>> words(0.9423076923076924), words({"$f": "nan"}), words([0.5, 0.7])
    ('0.942308', 'nan', '0.6 (mean of 2)')
    """
    if isinstance(value, list):
        numbers = [number(untag(each)) for each in value]
        known = [each for each in numbers if each is not None]
        if known and len(known) == len(value):
            return f"{sum(each / len(known) for each in known):.6g} (mean of {len(known)})"
        return ", ".join(words(each) for each in value[:3])
    plainly = untag(value)
    if isinstance(plainly, Described):
        return plainly.text
    return f"{plainly:.6g}" if isinstance(plainly, float) else str(plainly)
