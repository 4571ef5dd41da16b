"""Two runs beside each other, and the best of many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from nbtrack.errors import MetricNotFound
from nbtrack.model.direction import Direction, direction
from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.caret import shown
from nbtrack.query.changes import Change, changes, difference, flat, is_number, metric_changes, same
from nbtrack.query.nearest import nearest
from nbtrack.query.source_diff import Line, source_diff

Space = Literal["params", "metrics", "tags"]
SECTIONS: Final = ("params", "metrics", "tags", "source", "data", "code", "environment")
_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between run ``a`` and run ``b``, section by section; an empty section says they are the same."""

    a: Run
    b: Run
    params: tuple[Change, ...]
    metrics: tuple[Change, ...]
    tags: tuple[Change, ...]
    source: tuple[Line, ...]
    data: tuple[Change, ...]
    code: tuple[Change, ...]
    environment: tuple[Change, ...]

    def same(self, section: str) -> bool:
        """Tell whether nothing recorded differs in one of ``SECTIONS``."""
        return not any(line.sign != "=" for line in self.source) if section == "source" else not getattr(self, section)


@dataclass(frozen=True, slots=True)
class Best:
    """The run with the best value of a metric, and what sets it apart from the runner-up."""

    run: Run
    metric: str
    way: Direction
    value: float
    runner_up: Run | None
    margin: float | None
    why: Diff | None

    def sentence(self) -> str:
        """Return in plain words what won, by how much, and what differs."""
        best = "lowest" if self.way == "min" else "highest"
        won = f"{_called(self.run)} has the {best} {shown(self.metric)}: {self.value:.6g}"
        if self.runner_up is None or self.why is None:
            return f"{won}. No other finished run has this metric."
        return f"{won}, {self._distance()} {_called(self.runner_up)}. {_reasons(self.why)}"

    def _distance(self) -> str:
        if not self.margin:
            return "the same as"
        return f"{self.margin:.4g} {'below' if self.way == 'min' else 'above'}"


def diff(a: Run, b: Run) -> Diff:
    """Return what differs between two runs; ``a`` is the old one."""
    return Diff(
        a,
        b,
        params=changes(a.params, b.params),
        metrics=metric_changes(a.metrics, b.metrics),
        tags=changes(a.tags, b.tags),
        source=source_diff(_source(a), _source(b)),
        data=changes(_data(a), _data(b)),
        code=changes(_flat(a, "code"), _flat(b, "code")),
        environment=changes(_flat(a, "environment"), _flat(b, "environment")),
    )


def differing(runs: Sequence[Run], space: Space) -> list[str]:
    """Return all names the runs have in ``space``, those whose values differ (or that some run lacks) first.

    Params that were left at an estimator's default in every run come after those somebody chose.
    """
    held: list[Mapping[str, Any]] = [getattr(run, space) for run in runs]
    names = dict.fromkeys(name for values in held for name in values)
    return sorted(names, key=lambda name: (_alike(name, held), space == "params" and all_defaults(name, runs)))


def all_defaults(param: str, runs: Sequence[Run]) -> bool:
    """Tell whether no run chose this param: wherever it is, it is an estimator's default."""
    return all(run.sources["params"].get(param, "").endswith(" default") for run in runs if param in run.params)


def best(runs: Sequence[Run], metric: str | None = None) -> Best | None:
    """Return the finished run with the best ``metric``; by default the metric most runs have whose name tells the way.

    None when no finished run has such a metric. NaN never wins.

    Raises:
        MetricNotFound: ``metric`` was named, and no run has it.
    """
    finished = [run for run in runs if run.status == "finished"]
    chosen = metric or _usual_metric(finished)
    if chosen is None:
        return None
    if metric and not any(metric in run.metrics for run in runs):
        raise MetricNotFound(_no_metric(metric, runs))
    way = direction(chosen) or "max"
    ranked = _ranked(finished, chosen, way)
    return _best(ranked, chosen, way) if ranked else None


def _best(ranked: Sequence[Run], metric: str, way: Direction) -> Best:
    first, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    value = first.metrics[metric]
    if second is None:
        return Best(first, metric, way, value, None, None, None)
    margin = abs(difference(value, second.metrics[metric]))
    return Best(first, metric, way, value, second, margin, diff(second, first))


def _ranked(runs: Sequence[Run], metric: str, way: Direction) -> list[Run]:
    """Best first; of equals the one that came first in time, because the later ones did not improve on it."""
    having = sorted((run for run in runs if is_number(run.metrics.get(metric))), key=lambda run: run.started)
    return sorted(having, key=lambda run: run.metrics[metric], reverse=way == "max")


def _usual_metric(runs: Sequence[Run]) -> str | None:
    """Of equally common metrics the first one recorded wins: people write the one they care about first."""
    counts = Counter(name for run in runs for name, value in run.metrics.items() if is_number(value))
    judged = {name: count for name, count in counts.items() if direction(name)}
    return max(judged, key=lambda name: judged[name], default=None)


def _no_metric(metric: str, runs: Sequence[Run]) -> str:
    near = nearest(metric, dict.fromkeys(name for run in runs for name in run.metrics))
    return f"no metric `{shown(metric)}`" + (f"; did you mean `{shown(near)}`?" if near else " in these runs")


def _alike(name: str, held: Sequence[Mapping[str, Any]]) -> bool:
    return all(name in values and same(values[name], held[0].get(name)) for values in held)


def _source(run: Run) -> str:
    return run.cell.source if run.cell else ""


def _flat(run: Run, section: Literal["code", "environment"]) -> dict[str, Any]:
    """Return a section's values by dotted name, without the place where the whole of it is kept."""
    values = flat(untag(run.document[section]))
    return {name: value for name, value in values.items() if name not in {"sha256", "size"}}


def _data(run: Run) -> dict[str, Any]:
    """Return the hash of each data file by path; a record of another shape is passed over."""
    files = [untag(each) for each in run.document["data"]]
    return {str(each.get("path")): each.get("sha256") for each in files if isinstance(each, dict)}


def _called(run: Run) -> str:
    return f"{shown(run.name)} ({run.short})" if run.name != run.short else run.short


def _reasons(why: Diff) -> str:
    """Say what differs between the winner (``why.b``) and the runner-up, the nearest cause first."""
    reasons = [_reason(change) for change in why.params[:_NAMED]]
    if len(why.params) > _NAMED:
        reasons.append(f"{len(why.params) - _NAMED} more params")
    others = {"source": "the cell's source", "data": "the data", "code": "the code", "environment": "the environment"}
    reasons += [words for section, words in others.items() if not why.same(section)]
    if not reasons:
        return "Nothing recorded differs between the two."
    return f"What differs: {', '.join(reasons)}."


def _reason(change: Change) -> str:
    name = shown(change.name)
    match change.kind:
        case "added":
            return f"{name} {_brief(change.new)} (not set there)"
        case "removed":
            return f"{name} not set ({_brief(change.old)} there)"
    return f"{name} {_brief(change.new)} instead of {_brief(change.old)}"


def _brief(value: Any) -> str:
    text = shown(str(value))
    return text if len(text) <= 40 else text[:39] + "…"
