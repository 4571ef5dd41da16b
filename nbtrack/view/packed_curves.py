"""Curves, packed: the step series of many runs in a few characters a point, with their exact steps and their times.

    [{"metric": …, "dir": "max" | "min" | null,
      "series": [[run, count, first, steps, start, end, times, low, high, form, values], …]}, …]

``run`` is the number of a run, ``count`` how many points it recorded, of which the packed ones are those an eye would
keep. ``first`` is the first step; ``steps`` the distance between any two, or where it varies a text of distances.
``start`` and ``end`` are the times of the first and the last point in seconds since the run began, or null; ``times``
is empty where the points follow each other evenly, else a text: how far each point's time is from where its step would
place it, in 4095ths of the whole. These texts hold numbers of any size, five bits a character, the lowest first, 32
added to every character but a number's last; signed numbers are folded (0, -1, 1, -2 …). ``values`` is a text of two
characters a value, or three where ``form`` is 2 or more: its place between ``low`` and ``high``, of its logarithm where
``form`` is odd. The three highest places stand for -inf, inf and nan.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from nbtrack.errors import NbtrackError
from nbtrack.model.direction import direction
from nbtrack.model.downsample import largest_triangles
from nbtrack.model.run import History, Run
from nbtrack.view.label import label

_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FINE: Final = 4095  # parts of a series' duration
_EVEN: Final = 16  # of these parts: no eye sees a point that far from its time
_FEWEST: Final = 16  # points that still draw a learning curve
_MOST: Final = 400  # points that fill the width of a chart
_AROUND: Final = 52  # bytes a series takes beside its points
_POINT: Final = 3.5  # bytes a point takes, usually
_SAMPLE: Final = 8  # series that tell how long others will be
_FAR: Final = 1e300  # beyond which the distance between two values is no number any more
_ODD: Final = ("-inf", "inf", "nan")
_CLOCK: Final = frozenset({"epoch", "epochs"})


class _Place(NamedTuple):
    """The series of one metric of one run."""

    metric: str
    run: int


_Found = tuple[_Place, History]


def packed_curves(
    runs: Sequence[Run],
    room: int,
    text: int,
    *,
    fine: bool = False,
    history: "Callable[[Run, str], History | None] | None" = None,
) -> tuple[list[dict[str, Any]], int]:
    """Return the curves of every metric that has one, in about ``room`` bytes, and how many did not fit.

    Many curves are drawn with few points each; the first metrics are kept where even those are too many. ``text``
    bounds the characters of a metric's name; ``fine`` asks for values to a 262,000th of their range, not a 4,000th.
    ``history`` reads a series, by default ``history_of``.
    """
    read = history or history_of
    wanted = _wanted(runs)
    kept = _fitting(wanted, int(max(0, room) // (_AROUND + _POINT * _FEWEST)))
    histories = [(place, found) for place in kept if (found := read(runs[place.run], place.metric))]
    each = min(_MOST, int((room / len(kept) - _AROUND) // (_POINT + fine))) if kept else 0
    curves: list[dict[str, Any]] = []
    for some in (*_sample(histories), histories, histories):  # packing them all takes long; some tell how they will do
        curves = _curves(runs, some, each, text, fine=fine)
        size, allowed = len(json.dumps(curves, separators=(",", ":"))), room * len(some) / max(1, len(histories))
        if size > allowed:  # steps far apart or uneven times took more than usual
            each = max(_FEWEST // 2, int(each * allowed / size * 0.95))
        elif some is histories:
            break
    return curves, sum(map(len, wanted.values())) - len(kept)


def _sample(histories: Sequence[_Found]) -> list[Sequence[_Found]]:
    return [histories[:: len(histories) // _SAMPLE]] if len(histories) > 3 * _SAMPLE else []


def _curves(
    runs: Sequence[Run], histories: Sequence[_Found], each: int, text: int, *, fine: bool
) -> list[dict[str, Any]]:
    grouped: dict[str, list[list[Any]]] = {}
    for (metric, at), history in histories:
        series = packed(history, each, runs[at].started.timestamp(), fine=fine)
        grouped.setdefault(metric, []).append([at, *series])
    return [
        {"metric": label(metric, text), "dir": direction(metric), "series": series}
        for metric, series in grouped.items()
    ]


def _wanted(runs: Sequence[Run]) -> dict[str, list[int]]:
    """Return the runs that have each metric of which one run at least has several points; what counts epochs first."""
    metrics = dict.fromkeys(metric for run in runs for metric in run.curves if run.curves[metric]["count"] > 1)
    ordered = sorted(metrics, key=lambda metric: metric.lower() not in _CLOCK)
    return {metric: [at for at, run in enumerate(runs) if metric in run.curves] for metric in ordered}


def _fitting(wanted: Mapping[str, Sequence[int]], count: int) -> list[_Place]:
    """Return whole metrics that are ``count`` series together at most; at least the beginning of the first."""
    kept: list[_Place] = []
    for metric, places in wanted.items():
        if kept and len(kept) + len(places) > count:
            break
        kept += [_Place(metric, at) for at in places]
    return kept[:count]


def history_of(run: Run, metric: str) -> History | None:
    """Return the points of a metric, None when there are none; a damaged series must not cost the comparison."""
    try:
        history = run.history(metric)
    except NbtrackError:
        return None
    return history if len(history.values) else None


def packed(history: History, limit: int, began: float, *, fine: bool = False) -> list[Any]:
    """Return ``[count, first, steps, …]`` of a series, as the module's docstring describes: ``limit`` points or so.

    ``began`` is when its run did, in seconds since 1970.

    >>> packed(History((0, 5, 10), (1.0, 2.0, 3.0), (100.5, 101.0, 101.5)), 100, 100.0)
    [3, 0, 5, 0.5, 1.5, '', 1, 3, 0, 'AAf+/8']
    """
    places = places_to_draw(history.steps, history.values, limit)
    steps = [int(history.steps[at]) for at in places]
    values = [float(history.values[at]) for at in places]
    times = [float(history.times[at]) - began for at in places]
    return [len(history.values), steps[0], _distances(steps), *_times(steps, times), *_values(values, 2 + fine)]


def places_to_draw(steps: Sequence[float], values: Sequence[float], limit: int) -> list[int]:
    """Return the places of about ``limit`` points to draw, the ends of stretches that are not finite among them."""
    if len(values) <= limit or math.isfinite(sum(values)):
        return list(largest_triangles(steps, values, limit))
    odd = [at for at in range(len(values)) if _turns(values, at)][: max(2, limit // 2)]
    return sorted({*largest_triangles(steps, values, max(2, limit - len(odd))), *odd})


def _turns(values: Sequence[float], at: int) -> bool:
    """Whether a point that is not finite begins or ends a stretch of its kind."""
    if math.isfinite(values[at]):
        return False
    around = [str(values[near]) for near in (at - 1, at + 1) if 0 <= near < len(values)]
    return any(other != str(values[at]) for other in around)


def _distances(steps: Sequence[int]) -> int | str:
    distances = [after - before for before, after in pairwise(steps)]
    if len(set(distances)) < 2:
        return distances[0] if distances else 0
    return "".join(map(_number, distances))


def _times(steps: Sequence[int], times: Sequence[float]) -> tuple[float | None, float | None, str]:
    if not all(map(math.isfinite, times)):
        return None, None, ""
    start, span, length = times[0], times[-1] - times[0], steps[-1] - steps[0]
    if not span:
        return _short(start, 9), _short(start, 9), ""
    even = [(step - steps[0]) / length if length else 0.0 for step in steps]
    off = [round(((time - start) / span - place) * _FINE) for time, place in zip(times, even, strict=True)]
    text = "" if max(map(abs, off)) <= _EVEN else "".join(_number(2 * n if n >= 0 else -2 * n - 1) for n in off)
    return _short(start, 9), _short(times[-1], 9), text


def _values(values: Sequence[float], width: int) -> tuple[float, float, int, str]:
    finite = [min(_FAR, max(-_FAR, value)) for value in values if math.isfinite(value)] or [0.0]
    low, high = (_short(bound, 6 if width < 3 else 12) for bound in (min(finite), max(finite)))
    log = low > 0 and 100 < high / low < _FAR
    highest = 64**width - 1 - len(_ODD)
    scale = math.log if log else float
    bottom, span = scale(low), (scale(high) - scale(low)) or 1
    places = (
        min(highest, max(0, round((scale(min(_FAR, max(low, value))) - bottom) / span * highest)))
        if math.isfinite(value)
        else highest + 1 + _ODD.index(str(value))
        for value in values
    )
    return low, high, int(log) + 2 * (width > 2), "".join(_digits(place, width) for place in places)


def _digits(place: int, width: int) -> str:
    return "".join(_BASE64[place >> 6 * at & 63] for at in reversed(range(width)))


def _number(value: int) -> str:
    text = ""
    while value > 31:
        text += _BASE64[value & 31 | 32]
        value >>= 5
    return text + _BASE64[value]


def _short(value: float, digits: int) -> float:
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if abs(rounded) < 1e15 and rounded == int(rounded) else rounded
