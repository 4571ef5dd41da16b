"""The run card: what a person sees under each tracked cell."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nbtrack.errors import NbtrackError
from nbtrack.model.condition import WHOLE, is_refusal
from nbtrack.model.folds import FOLDS, SPREAD, behind, means
from nbtrack.model.reproduction import Level
from nbtrack.model.run import History, Run
from nbtrack.view.bundle import Bundle
from nbtrack.view.change import Change, change
from nbtrack.view.escape import fill, fill_rows, render, sheet, shown, shown_ends
from nbtrack.view.lineage import Fact, Piece, doubts, lineage_text
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

_METRICS, _PARAMS, _DROPPED = 6, 8, 3  # what stands on the card itself; the rest is one click away
_SPARK_POINTS, _SPARK_LIMIT = 48, 100_000
_REMEMBERED: Final = 64
_MANY_REMEMBERED: Final = 16  # of what has no bound: a run may have thousands of params
_ABSENT = object()
_EXACT: Final = frozenset({str, int, bool, type(None)})  # those of which equal ones have the same text


class MetricLine(NamedTuple):
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


class ParamLine(NamedTuple):
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
        if self.old is not None:
            return True
        secret = self.value.startswith("[redacted:") and self.value.find("]") == len(self.value) - 1
        return not (secret or self.source.endswith(" default"))


class Reproduced(NamedTuple):
    """The last reproduction as the card shows it. Its date is whole: a saved card does not know how long ago it was."""

    text: str
    date: str
    more: str
    style: str


class Content(NamedTuple):
    """What a card says under its first line; ``results`` and ``told`` are the metrics and params before any click."""

    metrics: Sequence[MetricLine]
    results: Sequence[MetricLine]
    params: Sequence[ParamLine]
    told: Sequence[ParamLine]
    dropped: Sequence[str]
    error: str
    doubts: Sequence[Sequence[Piece]]
    notices: Sequence[str]
    reproduced: Reproduced | None
    facts: Sequence[Fact]


def run_card(run: Run, previous: Run | None = None, drawn: Mapping[str, History] = MappingProxyType({})) -> Bundle:
    """Return the card of ``run``.

    Args:
        run: the run.
        previous: the run before it of the same cell, against which its changes are shown.
        drawn: series that need not be read for their picture.
    """
    head = _head(run)
    metrics, results = _metrics(run, previous, drawn) if run.metrics else ([], [])
    params = _param_lines(run, previous) if run.params else []
    content = Content(
        metrics,
        results,
        params,
        [line for line in params if line.told] if params else [],
        _dropped(run, previous) if previous and previous.params else [],
        error_text(run) if run.error else "",
        doubts(run),
        _notices(run, head),
        _reproduced(run, run.verdict) if run.verdict is not None else None,
        context_of(run),
    )
    return Bundle(_html(run, previous, head, content), _text(run, head, content))


def _html(run: Run, previous: Run | None, head: Mapping[str, str], content: Content) -> str:
    """Return the card: its first line is filled in, and of all that may follow only what there is is drawn."""
    nothing = not (content.results or content.told or content.error)
    texts = {
        **_sheet(),
        **head,
        "label": shown(run.name, 60),
        "title": shown(run.name, 72),
        "state": " · ".join(filter(None, (head["status"], head["duration"], _compared(run, previous)))),
        "flag": "" if head["condition"] == WHOLE else fill("card/flag.html", head),
        "error": fill_rows("card/error.html", ("error",), [(shown(content.error, 240),)]) if content.error else "",
        "metrics": _metrics_html(content.results) if content.results else "",
        "params": _params_html(content) if content.told or content.dropped else "",
        "said": _said_html(content) if content.doubts or content.notices or content.reproduced else "",
        "facts": _facts(tuple(content.facts), nothing),
        "details": _details_html(content) if content.metrics or content.params else "",
    }
    return str(fill("card/card.html", texts))


def _metrics_html(results: Sequence[MetricLine]) -> "Markup":
    return _metrics_shown(tuple(results[:_METRICS]), max(0, len(results) - _METRICS))


def _params_html(content: Content) -> "Markup":
    told, params = content.told, content.params
    defaults = _defaults(params) - _defaults(told) if len(told) < len(params) else 0
    dropped = tuple(content.dropped[:_DROPPED])
    return _params_shown(tuple(told[:_PARAMS]), max(0, len(told) - _PARAMS), defaults, dropped)


def _defaults(lines: Sequence[ParamLine]) -> int:
    return len([line for line in lines if line.source.endswith(" default")])


def _said_html(content: Content) -> "Markup":
    context = {"doubts": content.doubts, "notices": content.notices, "reproduced": content.reproduced}
    return render("card/said.html", context)


def _details_html(content: Content) -> "Markup":
    rows = {
        "metric_rows": _metric_rows(content.metrics) if content.metrics else "",
        "param_rows": _param_rows(tuple(content.params)) if content.params else "",
    }
    return fill("card/details.html", rows) + "\n"


def _compared(run: Run, previous: Run | None) -> str:
    if previous is None:
        return ""
    other = _other_name(run, previous)
    return f"compared with {shown(other, 40)} {previous.short}" if other else f"compared with {previous.short}"


def _other_name(run: Run, previous: Run) -> str:
    """Return what the previous run was called, where that says more than its id.

    It does not where the cell has its name still, or where nobody named it but the count of its execution.
    """
    if previous.name == run.name:
        return ""
    counted = previous.cell is not None and previous.name == f"cell {previous.cell.count}"
    return "" if counted else previous.name


@cache
def _sheet() -> Mapping[str, str]:
    return sheet("card.css")


# From run to run of a cell, most of what its card shows is the same: the last of it is kept, by all that is in it.


@lru_cache(maxsize=_REMEMBERED)
def _metrics_shown(metrics: tuple[MetricLine, ...], more: int) -> "Markup":
    return render("card/metrics.html", {"metrics": metrics, "more_metrics": more})


@lru_cache(maxsize=_REMEMBERED)
def _params_shown(params: tuple[ParamLine, ...], more: int, defaults: int, dropped: tuple[str, ...]) -> "Markup":
    context = {"params": params, "more_params": more, "defaults": defaults, "dropped": dropped}
    return render("card/params.html", context)


@lru_cache(maxsize=_REMEMBERED)
def _facts(facts: tuple[Fact, ...], nothing: bool) -> "Markup":  # noqa: FBT001 - private
    """Return the context line and, where the card has nothing else, a line that says so."""
    return render("card/facts.html", {"facts": facts, "nothing": nothing})


@lru_cache(maxsize=_MANY_REMEMBERED)
def _param_rows(lines: tuple[ParamLine, ...]) -> "Markup":
    rows = [(line.name, shown_ends(line.name, 60), line.value, shown(line.value, 120), line.source) for line in lines]
    return fill_rows("card/param_row.html", ("name", "label", "value", "text", "source"), rows)


def _metric_rows(lines: Sequence[MetricLine]) -> "Markup":
    rows = [(line.name, shown_ends(line.name, 60), line.exact, line.source) for line in lines]
    return fill_rows("card/metric_row.html", ("name", "label", "value", "source"), rows)


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


def _metrics(run: Run, previous: Run | None, drawn: Mapping[str, History]) -> tuple[list[MetricLine], list[MetricLine]]:
    """Return all metrics, and those that do not only stand behind others."""
    folded = means(run.metrics)
    lines = _metric_lines(run, previous, drawn, folded)
    if not folded:
        return lines, lines
    aside = behind(run.metrics)
    return lines, [line for line in lines if line.name not in aside]


def _metric_lines(
    run: Run, previous: Run | None, drawn: Mapping[str, History], folded: Mapping[str, str]
) -> list[MetricLine]:
    before = previous.metrics if previous else {}
    sources = run.sources.get("metrics", {})
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
    heights = [y for _, y in points]
    low, high = min(heights), max(heights)
    first, last = points[0][0], points[-1][0]
    across, up = (last - first) or 1, (high - low) or 1
    return " ".join([f"{62 * (x - first) / across + 1:.1f},{15 - 14 * (y - low) / up:.1f}" for x, y in points])


def _param_lines(run: Run, previous: Run | None) -> list[ParamLine]:
    """Return params with what changed first, then overrides, then the rest, each in recorded order."""
    before = previous.params if previous else None
    overrides = run.cell.overrides if run.cell else {}
    sources = run.sources.get("params", {})
    lines = [
        _param_line(name, value, sources.get(name, ""), before, override=name in overrides)
        for name, value in run.params.items()
    ]
    if not overrides and not [line for line in lines if line.old is not None or line.new]:
        return lines
    return sorted(lines, key=lambda line: (line.old is None and not line.new, not line.override))


def _param_line(name: str, value: Any, source: str, before: Mapping[str, Any] | None, *, override: bool) -> ParamLine:
    text = value_text(value)
    earlier = _ABSENT if before is None else before.get(name, _ABSENT)
    if earlier is _ABSENT or (type(earlier) is type(value) and type(value) in _EXACT and earlier == value):
        old = None
    else:
        old = None if (was := value_text(earlier)) == text else was
    return ParamLine(name, text, source, old, before is not None and earlier is _ABSENT, override)


def _dropped(run: Run, previous: Run) -> list[str]:
    sources = previous.sources.get("params", {})
    gone = [name for name in previous.params if name not in run.params]
    return [name for name in gone if not sources.get(name, "").endswith(" default")]


def _notices(run: Run, head: Mapping[str, str]) -> list[str]:
    """Return what a reader must know before trusting the run, worst first."""
    notices = []
    if head["damage"]:
        where = "" if run.health["ok"] else " (`nbtrack fsck` says where)"
        notices.append(f"{head['condition']}: {head['damage']}{where}")
    if run.warnings:
        notices += [f"capture incomplete: {warning}" for warning in run.warnings if not is_refusal(warning)]
    if redacted := run.redactions:
        notices.append(f"{redacted} redacted value{'s'[: redacted > 1]}")
    return notices


def _reproduced(run: Run, verdict: Level) -> Reproduced | None:
    if not run.reproductions:
        return None
    last, tried = run.reproductions[-1], len(run.reproductions)
    date = moment_text(last.get("at")) + (f" · {tried} attempts" if tried > 1 else "")
    return Reproduced(verdict_text(verdict), date, str(last.get("text", "")), STYLES.get(verdict, "bad"))


def _text(run: Run, head: Mapping[str, str], content: Content) -> str:
    state = run.status if head["condition"] == WHOLE else f"{run.status}, {head['condition']}"
    first = f"{head['mark']} {shown(run.name, 80)}  {head['short']}  {state}"
    lines = [f"{first}  {head['duration']}" if head["duration"] else first]
    lines += map(_metric_line_text, content.results)
    if told := content.told:
        lines.append("  " + ", ".join(map(_param_text, told[:_PARAMS])) + (", …" if len(told) > _PARAMS else ""))
    if run.error:
        lines.append(f"  {shown(content.error, 160)}")
    if reproduced := content.reproduced:
        lines.append(f"  reproduced: {reproduced.text} · {reproduced.date}")
    lines += [f"  {shown(line, 240)}" for line in lineage_text(run, content.doubts, content.facts)]
    if content.notices:
        lines += [f"  ! {shown(notice, 160)}" for notice in content.notices]
    return "\n".join(lines)


def _metric_line_text(line: MetricLine) -> str:
    value = f"{line.value} {line.spread}" if line.spread else line.value
    return f"  {shown(line.name, 60)} = {value}{_change_text(line.change)}"


def _change_text(moved: Change | None) -> str:
    if moved is None or moved.verdict == "same":
        return ""
    return f" ({moved.delta}{'' if moved.verdict == 'changed' else ', ' + moved.verdict})"


def _param_text(line: ParamLine) -> str:
    value = shown(line.value, 40)
    return f"{shown(line.name, 60)}={value if line.old is None else f'{shown(line.old, 40)} → {value}'}"
