"""The run card: what a person sees under each tracked cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.condition import WHOLE, is_refusal
from nbtrack.model.folds import FOLDS, SPREAD, behind, means
from nbtrack.model.run import History, Run
from nbtrack.view.bundle import Bundle
from nbtrack.view.change import Change, change
from nbtrack.view.escape import render, sheet, shown
from nbtrack.view.lineage import Fact, doubts, lineage_text
from nbtrack.view.lineage import context as context_of
from nbtrack.view.number import figure
from nbtrack.view.thin import thin
from nbtrack.view.wording import (
    MARKS,
    STYLES,
    duration_text,
    error_text,
    moment_text,
    value_text,
    verdict_text,
)

if TYPE_CHECKING:
    from markupsafe import Markup

_METRICS, _PARAMS = 6, 8  # what stands on the card itself; the rest is one click away
_SPARK_POINTS, _SPARK_LIMIT = 48, 100_000
_REMEMBERED: Final = 64
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric as the card shows it: its figure, its move since the previous run, its series as a polyline.

    Of a mean over folds ``spread`` is how far they lie apart, and the series are the folds.
    """

    name: str
    value: str
    spread: str
    exact: str
    source: str
    change: Change | None
    spark: str


@dataclass(frozen=True, slots=True)
class ParamLine:
    """One param as the card shows it; ``old`` is None where the previous run had the same value, or no run is."""

    name: str
    value: str
    source: str
    old: str | None
    new: bool
    override: bool

    @property
    def told(self) -> bool:
        """Whether the card itself shows it: an estimator's default is one click away, unless it was something else.

        So is what was a secret, of which nothing is left to tell runs apart by.
        """
        secret = self.value.startswith("[redacted:") and self.value.find("]") == len(self.value) - 1
        return self.old is not None or not (secret or self.source.endswith(" default"))


def run_card(run: Run, previous: Run | None = None, drawn: Mapping[str, History] = MappingProxyType({})) -> Bundle:
    """Return the card of ``run``.

    Args:
        run: the run.
        previous: the run before it of the same cell, against which its changes are shown.
        drawn: series that need not be read for their picture.
    """
    metrics, params = _metric_lines(run, previous, drawn), _param_lines(run, previous)
    told = [line for line in params if line.told]
    aside = behind(run.metrics)
    results = [line for line in metrics if line.name not in aside]
    head = _head(run)
    doubted, facts, notices = doubts(run), context_of(run), _notices(run, head)
    context = {
        **_sheet(),
        **head,
        "previous": _other_name(run, previous),
        "previous_id": previous.short if previous else "",
        "metrics": results[:_METRICS],
        "more_metrics": len(results) - _METRICS,
        "params": told[:_PARAMS],
        "more_params": len(told) - _PARAMS,
        "defaults": sum(line.source.endswith(" default") for line in params if not line.told),
        "all_metrics": metrics,
        "all_params": params,
        "dropped": _dropped(run, previous),
        "doubts": doubted,
        "facts": _facts(tuple(facts)) if facts else "",
        "notices": notices,
        "reproduced": _reproduced(run),
        "error": error_text(run),
    }
    lines = _card_text(run, head, results, told)
    lines += [f"  {shown(line, 240)}" for line in lineage_text(run, doubted, facts)]
    lines += [f"  ! {shown(notice, 160)}" for notice in notices]
    return Bundle(str(render("card.html", context)), "\n".join(lines))


def _other_name(run: Run, previous: Run | None) -> str:
    """Return what the previous run was called, where that says more than its id.

    It does not where the cell has its name still, or where nobody named it but the count of its execution.
    """
    if previous is None or previous.name == run.name:
        return ""
    counted = previous.cell is not None and previous.name == f"cell {previous.cell.count}"
    return "" if counted else previous.name


@cache
def _sheet() -> Mapping[str, str]:
    return sheet("card.css")


@lru_cache(maxsize=_REMEMBERED)
def _facts(facts: tuple[Fact, ...]) -> "Markup":
    """Return the context line: from run to run, it is nearly always the same."""
    return render("card_facts.html", {"facts": facts})


def _head(run: Run) -> dict[str, str]:
    """Return what the first line says, under the names it has in the template."""
    whole = run.health["ok"] and run.condition == WHOLE
    return {
        "name": run.name,
        "id": run.id,
        "short": run.short,
        "status": run.status,
        "mark": MARKS[run.status],
        "duration": duration_text(run.duration) if run.duration is not None else "",
        "condition": WHOLE if whole else run.condition,
        "damage": "" if whole else run.damage,
    }


def _metric_lines(run: Run, previous: Run | None, drawn: Mapping[str, History]) -> list[MetricLine]:
    before = previous.metrics if previous else {}
    sources = run.sources.get("metrics", {})
    folded = means(run.metrics)
    return [
        MetricLine(
            name,
            _metric_text(value),
            _spread_text(run.metrics[folded[name] + SPREAD]) if name in folded else "",
            value_text(value),
            sources.get(name, ""),
            change(name, before.get(name), value),
            _spark(run, folded[name] + FOLDS if name in folded else name, drawn),
        )
        for name, value in run.metrics.items()
    ]


def _spread_text(value: Any) -> str:
    return f"± {figure(value, 2)}" if isinstance(value, (int, float)) else ""


def _metric_text(value: Any) -> str:
    return figure(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value_text(value, 24)


def _spark(run: Run, metric: str, drawn: Mapping[str, History]) -> str:
    """Return the points of a 64 by 16 polyline, or nothing for a metric without a series worth drawing."""
    curve = run.curves.get(metric)
    if curve is None or not 2 < curve["count"] <= _SPARK_LIMIT:
        return ""
    try:
        history = drawn.get(metric) or run.history(metric)
    except NbtrackError:  # damaged or still being written: the card shows the last value all the same
        return ""
    points = thin(history.steps, history.values, _SPARK_POINTS)
    return _polyline(points) if len(points) > 1 else ""


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    low, high = min(y for _, y in points), max(y for _, y in points)
    first, last = points[0][0], points[-1][0]
    across, up = (last - first) or 1, (high - low) or 1
    return " ".join(f"{62 * (x - first) / across + 1:.1f},{15 - 14 * (y - low) / up:.1f}" for x, y in points)


def _param_lines(run: Run, previous: Run | None) -> list[ParamLine]:
    """Return params with what changed first, then overrides, then the rest, each in recorded order."""
    before = previous.params if previous else None
    overrides = run.cell.overrides if run.cell else {}
    sources = run.sources.get("params", {})
    lines = [
        _param_line(name, value, sources.get(name, ""), before, override=name in overrides)
        for name, value in run.params.items()
    ]
    return sorted(lines, key=lambda line: (line.old is None and not line.new, not line.override))


def _param_line(name: str, value: Any, source: str, before: Mapping[str, Any] | None, *, override: bool) -> ParamLine:
    text = value_text(value)
    earlier = _ABSENT if before is None else before.get(name, _ABSENT)
    old = None if earlier is _ABSENT or value_text(earlier) == text else value_text(earlier)
    return ParamLine(name, text, source, old, before is not None and earlier is _ABSENT, override)


def _dropped(run: Run, previous: Run | None) -> list[str]:
    if previous is None:
        return []
    sources = previous.sources.get("params", {})
    gone = [name for name in previous.params if name not in run.params]
    return [name for name in gone if not sources.get(name, "").endswith(" default")]


def _notices(run: Run, head: Mapping[str, str]) -> list[str]:
    """Return what a reader must know before trusting the run, worst first."""
    where = "" if run.health["ok"] else " (`nbtrack fsck` says where)"
    notices = [f"{head['condition']}: {head['damage']}{where}"] if head["damage"] else []
    notices += [f"capture incomplete: {warning}" for warning in run.warnings if not is_refusal(warning)]
    redacted = run.redactions
    return [*notices, f"{redacted} redacted value{'s'[: redacted > 1]}"] if redacted else notices


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The last reproduction as the card shows it. Its date is whole: a saved card does not know how long ago it was."""

    text: str
    date: str
    more: str
    style: str


def _reproduced(run: Run) -> Reproduced | None:
    if run.verdict is None or not run.reproductions:
        return None
    last, tried = run.reproductions[-1], len(run.reproductions)
    date = moment_text(last.get("at")) + (f" · {tried} attempts" if tried > 1 else "")
    return Reproduced(verdict_text(run.verdict), date, str(last.get("text", "")), STYLES.get(run.verdict, "bad"))


def _card_text(
    run: Run, head: Mapping[str, str], metrics: Sequence[MetricLine], params: Sequence[ParamLine]
) -> list[str]:
    state = run.status if head["condition"] == WHOLE else f"{run.status}, {head['condition']}"
    first = f"{head['mark']} {shown(run.name, 80)}  {run.short}  {state}"
    lines = [f"{first}  {head['duration']}" if head["duration"] else first]
    lines += [f"  {shown(line.name, 60)} = {_value_text(line)}{_change_text(line.change)}" for line in metrics]
    if params:
        lines.append("  " + ", ".join(map(_param_text, params[:_PARAMS])) + (", …" if len(params) > _PARAMS else ""))
    if run.error:
        lines.append(f"  {shown(error_text(run), 160)}")
    if told := _reproduced(run):
        lines.append(f"  reproduced: {told.text} · {told.date}")
    return lines


def _value_text(line: MetricLine) -> str:
    return f"{line.value} {line.spread}" if line.spread else line.value


def _change_text(moved: Change | None) -> str:
    if moved is None or moved.verdict == "same":
        return ""
    return f" ({moved.delta}{'' if moved.verdict == 'changed' else ', ' + moved.verdict})"


def _param_text(line: ParamLine) -> str:
    value = shown(line.value, 40)
    return f"{shown(line.name, 60)}={value if line.old is None else f'{shown(line.old, 40)} → {value}'}"
