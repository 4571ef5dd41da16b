"""Charts for where no script runs: the first metric of each run, and its learning curves, as plain SVG.

They are drawn in the colour of the text around them, so they read in light and dark and on paper, and lean on no style
sheet. What they show also stands in the table beside them.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final, NamedTuple

from nbtrack.errors import NbtrackError
from nbtrack.model.direction import Direction, direction
from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.view.columns import ONE_SET, Sets
from nbtrack.view.number import aligned, decimals
from nbtrack.view.thin import Point, thin

WIDTH: Final = 620
_LEFT: Final = 64
_RIGHT: Final = WIDTH - 14
_NAMED: Final = 10  # runs that get a line with their name; more are dots in the order of time
_ROW: Final = 18
_DOTS: Final = 150  # more runs than that are bars of several
_BARS: Final = 75
_HEIGHT: Final = 132
_TOP, _BOTTOM = 12, _HEIGHT - 12
_NAMES: Final = 170
_VALUES: Final = 64
_CURVES: Final = 12
_POINTS: Final = 22


class Tick(NamedTuple):
    """A number on an axis and where it stands."""

    at: int
    text: str


class Dot(NamedTuple):
    """A run on a line of its own."""

    x: int
    y: int
    name: str
    text: str
    best: bool


@dataclass(frozen=True, slots=True)
class DotChart:
    """The last value of one metric for each run; ``path`` holds the dots of runs that have no line of their own.

    ``drawn`` says what stands for a run, or for several.
    """

    metric: str
    better: str
    height: int
    ticks: tuple[Tick, ...]
    rows: tuple[Dot, ...]
    path: str
    best: str
    summary: str
    drawn: str = "A line for each run"


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Learning curves of one metric: a path a run, that of the best run drawn heavier."""

    metric: str
    height: int
    ticks: tuple[Tick, ...]
    last: str
    paths: tuple[tuple[str, bool], ...]
    summary: str


class _Scale(NamedTuple):
    low: float
    high: float
    start: int
    stop: int

    def __call__(self, value: float) -> int:
        span = self.high / 2 - self.low / 2  # halves: the whole may be beyond all numbers
        return round(self.start + (value / 2 - self.low / 2) / (span or 1) * (self.stop - self.start))


def dot_chart(runs: Sequence[Run], sets: Sets = ONE_SET) -> DotChart | None:
    """Return how the runs, oldest first, did by the metric that most have, one whose better direction is known if any.

    None of them is marked as the best where ``sets`` says that they were measured on several sets of data.

    None where fewer than two runs have a metric, or all have the same value.
    """
    metric = _metric(runs)
    if metric is None:
        return None
    values = _values(runs, metric)
    numbers = [value for value in values.values() if value is not None]
    way = direction(metric)
    best = {"max": max, "min": min}[way](numbers) if way and not sets else None
    texts = _texts(numbers)
    better = {"max": "higher is better", "min": "lower is better", None: ""}[way]
    head = f"{metric}: {len(numbers)} runs from {texts(min(numbers))} to {texts(max(numbers))}"
    winner = next((run.name for run, value in zip(runs, values.values(), strict=True) if value == best), "")
    summary = f"{head}; best {texts(best)} ({winner})" if best is not None else head
    draw = _rows if len(values) <= _NAMED else _cloud
    return draw(metric, better, values, runs, best, summary)


def _rows(
    metric: str, better: str, values: dict[int, float | None], runs: Sequence[Run], best: float | None, summary: str
) -> DotChart:
    numbers = [value for value in values.values() if value is not None]
    scale = _Scale(min(numbers), max(numbers), _NAMES + 12, WIDTH - _VALUES - 12)
    texts = _texts(numbers)
    known = [(at, value) for at, value in values.items() if value is not None]
    rows = tuple(
        Dot(scale(value), _ROW * place + 10, runs[at].name, texts(value), value == best)
        for place, (at, value) in enumerate(known)
    )
    return DotChart(metric, better, _ROW * len(rows) + 4, (), rows, "", "", summary)


def _cloud(
    metric: str, better: str, values: dict[int, float | None], _: Sequence[Run], best: float | None, summary: str
) -> DotChart:
    known = [(at, value) for at, value in values.items() if value is not None]
    numbers = [value for _, value in known]
    across = _Scale(0, len(values) - 1, _LEFT + 8, _RIGHT)
    up = _Scale(min(numbers), max(numbers), _BOTTOM, _TOP)
    places = {value: f"M{across(at)} {up(value)}h0" for at, value in reversed(known)}
    path = "".join(f"M{across(at)} {up(value)}h0" for at, value in known)
    if len(known) > _DOTS:
        path = "".join(_spans(known, across, up))
    ticks = _ticks(up, _texts(numbers))
    marked = places[best] if best is not None else ""
    drawn = "A dot for each run" if len(known) <= _DOTS else "A bar for some runs in succession, from lowest to highest"
    return DotChart(metric, better, _HEIGHT, ticks, (), path, marked, summary, f"{drawn}; the oldest are on the left")


def _spans(known: Sequence[tuple[int, float]], across: _Scale, up: _Scale) -> Iterator[str]:
    """Return bars from the lowest to the highest of runs in succession, where there is no room for a dot each."""
    size = math.ceil(len(known) / _BARS)
    for start in range(0, len(known), size):
        some = known[start : start + size]
        values = [value for _, value in some]
        yield f"M{across(some[len(some) // 2][0])} {up(min(values))}V{up(max(values))}"


def curve_chart(runs: Sequence[Run]) -> CurveChart | None:
    """Return the learning curves of the metric that most runs have some of, of the best runs if many; else None."""
    counts = Counter(metric for run in runs for metric, curve in run.curves.items() if curve["count"] > 1)
    if not counts:
        return None
    metric = counts.most_common(1)[0][0]
    chosen = _chosen(runs, metric)
    series = [(run, points) for run in chosen if len(points := _points(run, metric)) > 1]
    if not series:
        return None
    return _drawn(metric, series, counts[metric])


def _drawn(metric: str, series: Sequence[tuple[Run, Sequence[Point]]], count: int) -> CurveChart:
    xs = [x for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points]
    across, up = _Scale(min(xs), max(xs), _LEFT + 4, _RIGHT), _Scale(min(ys), max(ys), _BOTTOM, _TOP)
    first = series[0][0]
    paths = tuple((_line(points, across, up), run is first) for run, points in series)
    shown = f"the best {len(series)} of {count}" if len(series) < count else f"{count}"
    runs = "run" if count == 1 else "runs"
    summary = f"{metric} by step: {shown} {runs}" + (f"; heavier: {first.name}" if len(series) > 1 else "")
    return CurveChart(metric, _HEIGHT, _ticks(up, _texts(ys)), f"step {max(xs):.0f}", paths, summary)


def _line(points: Sequence[Point], across: _Scale, up: _Scale) -> str:
    """Return a path by steps from point to point, which takes half of what places take."""
    places = [(across(x), up(y)) for x, y in points]
    moves = [f"{x - a} {y - b}" for (a, b), (x, y) in pairwise(places)]
    return f"M{places[0][0]} {places[0][1]}l" + " ".join(moves).replace(" -", "-")


def _chosen(runs: Sequence[Run], metric: str) -> list[Run]:
    """Return the runs whose last value is best, the best first; the newest where no direction is known."""
    having = [run for run in reversed(runs) if metric in run.curves and run.curves[metric]["count"] > 1]
    way = direction(metric)
    if way:
        having.sort(key=lambda run: _last(run, metric, way))
    return having[:_CURVES]


def _last(run: Run, metric: str, way: Direction) -> float:
    """Return what puts the best last value first, and values that are no number last."""
    last = run.curves[metric]["last"]
    if not isinstance(last, (int, float)) or math.isnan(last):
        return math.inf
    return -float(last) if way == "max" else float(last)


def _points(run: Run, metric: str) -> Sequence[Point]:
    try:
        history = run.history(metric)
    except NbtrackError:  # a damaged series must not cost the comparison
        return ()
    return thin(history.steps, history.values, _POINTS)


def _metric(runs: Sequence[Run]) -> str | None:
    counts = Counter(chain.from_iterable(run.metrics for run in runs))
    known_first = sorted(counts, key=lambda name: (not direction(name), -counts[name]))
    return next((name for name in known_first if len({*_values(runs, name).values()} - {None}) > 1), None)


def _values(runs: Sequence[Run], metric: str) -> dict[int, float | None]:
    """Return each run's finite value; None where it has none."""
    found = ((at, run.metrics.get(metric)) for at, run in enumerate(runs))
    return {at: float(value) if value is not None and is_number(value) else None for at, value in found}


def _texts(numbers: Sequence[float]) -> "_Texts":
    return _Texts(decimals(numbers))


class _Texts(NamedTuple):
    places: int | None

    def __call__(self, value: float) -> str:
        return aligned(value, self.places)


def _ticks(up: _Scale, texts: _Texts) -> tuple[Tick, ...]:
    return tuple(Tick(up(value), texts(value)) for value in (up.low, up.low / 2 + up.high / 2, up.high))
