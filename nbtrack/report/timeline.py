"""The history of one cell: every execution that was a run, oldest to newest, and what changed from each to the next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.direction import direction
from nbtrack.model.folds import results_first
from nbtrack.model.run import Run
from nbtrack.query.changes import changes, is_number
from nbtrack.query.facts import data_facts, upstream_names
from nbtrack.query.source_diff import Line, source_diff
from nbtrack.report.run_page import anchor
from nbtrack.view.change import Change, change
from nbtrack.view.number import figure
from nbtrack.view.thin import thin
from nbtrack.view.wording import (
    MARKS,
    STYLES,
    duration_text,
    error_text,
    moment_text,
    state_text,
    value_text,
    verdict_text,
)

_METRICS: Final = 4  # shown of one execution
_PARAMS: Final = 12
_LINES: Final = 60  # of a difference; the whole source is on the run's page
_NEAR: Final = 2  # equal lines shown around a change
_WIDTH, _HEIGHT, _EDGE = 120, 24, 3
_NOISE: Final = 1e-12  # of a value: what adding up in another order makes of it
_POINTS: Final = 48  # of a series
_READ: Final = 100_000  # points of a series that are read to draw it


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of one execution: its figure, exact value, and move since the execution before."""

    name: str
    value: str
    exact: str
    change: Change | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A param that is not what it was; ``old`` or ``new`` None where it was not there."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of a difference: its ``kind`` (same, gone, new, fold), and its text in pieces, marked or not."""

    kind: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One execution that was a run, beside the one before it; ``best`` where no other had a better chosen metric."""

    run: Run
    anchor: str
    at: str
    took: str
    mark: str
    state: str
    metrics: tuple[Measured, ...]
    params: tuple[Moved, ...]
    more_params: int
    code: tuple[CodeLine, ...]
    also: tuple[str, ...]  # what else differs: data, cells before it, …
    error: str
    verdict: str
    verdict_style: str
    doubt: str
    best: bool
    first: bool


@dataclass(frozen=True, slots=True)
class Spark:
    """The chosen metric over the executions: a polyline with its dots, and what it shows in words."""

    points: str
    dots: tuple[tuple[str, str, bool], ...]  # x, y, whether it is the best
    text: str
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history of one cell; ``metric`` is the one its sparkline draws, "" where no run has a number."""

    moments: tuple[Moment, ...]
    metric: str
    spark: Spark | None

    @property
    def latest(self) -> Moment:
        """The newest execution."""
        return self.moments[-1]

    @property
    def best(self) -> Moment | None:
        """The execution with the best chosen metric, None where its name does not tell which way is better."""
        return next((moment for moment in self.moments if moment.best), None)


def timeline(
    runs: Sequence[Run], metric: str | None = None, doubts: Mapping[str, str] | None = None, *, source: bool = True
) -> Timeline:
    """Return the history of a cell from its runs, oldest first.

    Args:
        runs: at least one.
        metric: which one to draw; by default the first metric of the latest run that has any.
        doubts: what is doubtful about a run's being of this cell, by its id.
        source: whether differences of the source are told.
    """
    chosen = metric if metric and any(metric in run.metrics for run in runs) else _first_metric(runs)
    best = _best(runs, chosen)
    moments = [
        _moment(
            run, runs[at - 1] if at else None, chosen, (doubts or {}).get(run.id, ""), source=source, best=run is best
        )
        for at, run in enumerate(runs)
    ]
    return Timeline(tuple(moments), chosen, spark(runs, chosen, best))


def _first_metric(runs: Sequence[Run]) -> str:
    for run in reversed(runs):
        for name in results_first(run.metrics):
            if is_number(run.metrics[name]):
                return name
    return ""


def _best(runs: Sequence[Run], metric: str) -> Run | None:
    """Return the run with the best value, the first of equals; None where all are alike or no direction is known."""
    way = direction(metric) if metric else None
    measured = [run for run in runs if is_number(run.metrics.get(metric))]
    if way is None or len({run.metrics[metric] for run in measured}) < 2:
        return None
    pick = max if way == "max" else min
    return pick(measured, key=lambda run: run.metrics[metric])


def _moment(run: Run, before: Run | None, metric: str, doubt: str, *, source: bool, best: bool) -> Moment:
    params = list(_params(run, before))
    return Moment(
        run=run,
        anchor=anchor(run.id),
        at=moment_text(run.document["started"]),
        took=duration_text(run.duration) if run.duration is not None else "",
        mark=MARKS.get(run.status, "?"),
        state=state_text(run),
        metrics=tuple(_metrics(run, before, metric)),
        params=tuple(params[:_PARAMS]),
        more_params=max(0, len(params) - _PARAMS),
        code=tuple(_code(run, before)) if source and before is not None else (),
        also=tuple(_also(run, before)) if before is not None else (),
        error=error_text(run),
        verdict=verdict_text(run.verdict) if run.verdict else "",
        verdict_style=STYLES.get(run.verdict or "", "bad"),
        doubt=doubt,
        best=best,
        first=before is None,
    )


def _metrics(run: Run, before: Run | None, metric: str) -> Iterator[Measured]:
    old = before.metrics if before is not None else {}
    names = sorted(results_first(run.metrics), key=lambda name: name != metric)[:_METRICS]
    for name in names:
        value = run.metrics[name]
        text = figure(value) if is_number(value) else value_text(value, 24)
        yield Measured(name, text, value_text(value), _moved(name, old.get(name), value))


def _moved(metric: str, old: Any, new: Any) -> Change | None:
    """Return how a metric moved; in its last digits, which no figure shows, it did not."""
    if is_number(old) and is_number(new) and isclose(old, new, rel_tol=_NOISE, abs_tol=0.0):
        return change(metric, new, new)
    return change(metric, old, new)


def _params(run: Run, before: Run | None) -> Iterator[Moved]:
    """Yield what was set otherwise before; an estimator's default that comes or goes with it is nobody's change."""
    if before is None:
        return
    for each in changes(before.params, run.params):
        old, new = (
            None if gone else value_text(value, 120)
            for value, gone in ((each.old, each.kind == "added"), (each.new, each.kind == "removed"))
        )
        if (
            (old is None and _is_default(run, each.name))
            or (new is None and _is_default(before, each.name))
            or old == new
        ):
            continue
        yield Moved(each.name, old, new)


def _is_default(run: Run, param: str) -> bool:
    return str(run.sources.get("params", {}).get(param, "")).endswith(" default")


def _code(run: Run, before: Run) -> Iterator[CodeLine]:
    """Yield the changed lines with a few around them; nothing where the source is the same."""
    old, new = (each.cell.source if each.cell is not None else "" for each in (before, run))
    if old == new:
        return
    lines = source_diff(old, new)
    changed = [at for at, line in enumerate(lines) if line.sign != "="]
    near = {at + step for at in changed for step in range(-_NEAR, _NEAR + 1)}
    last = shown = 0
    for at, line in enumerate(lines):
        if at not in near:
            continue
        if shown == _LINES:
            yield CodeLine("fold", (("… more lines; both sources are on the runs' pages", False),))
            return
        if at > last:
            yield CodeLine("fold", (("⋯", False),))
        yield CodeLine({"=": "same", "-": "gone", "+": "new"}[line.sign], tuple(_parts(line)))
        last, shown = at + 1, shown + 1


def _parts(line: Line) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end in line.marks:
        yield from ((line.text[at:start].expandtabs(4), False), (line.text[start:end], True))
        at = end
    yield line.text[at:].expandtabs(4), False


def _also(run: Run, before: Run) -> Iterator[str]:
    """Yield in words what differs beside params and source: what a reader looks for when a metric moved on its own."""
    data = changes(data_facts(before), data_facts(run))
    if data:
        names = ", ".join(each.name for each in data[:3]) + (", …" if len(data) > 3 else "")
        yield f"data: {names}"
    old, new = upstream_names(before), upstream_names(run)
    if old is not None and new is not None and old != new:
        yield "cells it depends on"
    if _differs(run.environment, before.environment, "sha256") and _packages(run) != _packages(before):
        yield "packages"
    if _differs(run.code, before.code, "commit"):
        yield "commit"


def _differs(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return None not in (one.get(name), other.get(name)) and one.get(name) != other.get(name)


def _packages(run: Run) -> Any:
    return run.environment.get("digest")


def series(run: Run, metric: str) -> str:
    """Return the series of a run's metric as the points of a polyline, 64 by 16; "" where there is none to draw."""
    curve = run.curves.get(metric)
    if curve is None or not 2 < curve["count"] <= _READ:
        return ""
    try:
        history = run.history(metric)
    except NbtrackError:  # damaged, or still being written: its last value is told all the same
        return ""
    points = thin(history.steps, history.values, _POINTS)
    if len(points) < 2:
        return ""
    low, high = min(y for _, y in points), max(y for _, y in points)
    across, up = (points[-1][0] - points[0][0]) or 1, (high - low) or 1
    return " ".join(f"{62 * (x - points[0][0]) / across + 1:.1f},{15 - 14 * (y - low) / up:.1f}" for x, y in points)


def spark(runs: Sequence[Run], metric: str, best: Run | None) -> Spark | None:
    """Return how a metric went over the executions; None where fewer than two of them have a number."""
    measured = [(at, run) for at, run in enumerate(runs) if is_number(run.metrics.get(metric))]
    if len(measured) < 2:
        return None
    values = [float(run.metrics[metric]) for _, run in measured]
    low, high = min(values), max(values)
    across, up = measured[-1][0] - measured[0][0], (high - low) or 1.0
    inner, tall = _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE
    dots = [
        (
            f"{_EDGE + inner * (at - measured[0][0]) / across:.1f}",
            f"{_HEIGHT - _EDGE - tall * ((value - low) / up if high > low else 0.5):.1f}",
            run is best,
        )
        for (at, run), value in zip(measured, values, strict=True)
    ]
    went = f"from {figure(values[0])} to {figure(values[-1])}, between {figure(low)} and {figure(high)}"
    return Spark(" ".join(f"{x},{y}" for x, y, _ in dots), tuple(dots), f"{metric} over {len(values)} runs: {went}")
