"""Runs as a terminal shows them. Every text of a user is made visible first, so that none can move the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from nbtrack.model.direction import direction
from nbtrack.query.changes import Change, is_number
from nbtrack.query.compare import SECTIONS, Diff, differing
from nbtrack.view.escape import shown, shown_code
from nbtrack.view.number import aligned, decimals, figure
from nbtrack.view.wording import duration_text, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from rich.console import RenderableType

    from nbtrack.model.run import Run
    from nbtrack.query.compare import Space
    from nbtrack.query.source_diff import Line

MISSING: Final = "-"
_WIDEST: Final = 28
_STATUS: Final = {"finished": "green", "failed": "red", "interrupted": "yellow", "lost": "magenta", "running": "cyan"}
_SIGNS: Final = {"=": ("  ", "dim"), "-": ("- ", "red"), "+": ("+ ", "green")}
_CONTEXT: Final = 3
_SPACES: Final[tuple[Space, ...]] = ("metrics", "params", "tags")


def console(file: TextIO, width: int | None = None) -> Console:
    """Return a console that writes colours to a terminal and plain lines of any length elsewhere."""
    if width is None and not file.isatty():
        width = 10_000
    return Console(file=file, width=width, force_jupyter=False, highlight=False, markup=False, emoji=False)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    texts: tuple[str, ...]
    style: str = ""
    right: bool = False
    best: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        return max(map(cell_len, (self.title, *self.texts)))


def runs_table(runs: Sequence[Run], width: int) -> RenderableType:
    """Return runs as a table at most ``width`` wide: what differs comes first, what does not fit is named below."""
    if not runs:
        return Text("no runs")
    columns = [*_fixed_columns(runs), *_value_columns(runs)]
    fitting = _fitting(columns, width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns[:fitting]:
        table.add_column(Text(column.title), justify="right" if column.right else "left", no_wrap=True)
    for row in range(len(runs)):
        table.add_row(*(_cell(column, row) for column in columns[:fitting]))
    left_out = [column.title for column in columns[fitting:]]
    return Group(table, Text(_left_out(left_out, width), style="dim")) if left_out else table


def run_panel(run: Run) -> RenderableType:
    """Return everything a person asks of one run, section after section."""
    parts: list[RenderableType] = [_headline(run), _facts(run)]
    parts += _section("metrics", _metrics_table(run)) if run.metrics else []
    for title, values in (("params", run.params), ("tags", run.tags), ("hardware", run.hardware)):
        parts += _section(title, _pairs(values, run.sources.get(title, {}))) if values else []
    files = {artifact.name: f"{artifact.size:,} bytes  {artifact.sha256[:12]}" for artifact in run.artifacts}
    parts += _section("artifacts", _pairs(files)) if files else []
    parts += _section("warnings", Text("\n".join(map(shown, run.warnings)), style="yellow")) if run.warnings else []
    parts += _section("error", Text(shown_code(_error(run.error)), style="red")) if run.error else []
    parts += _section("cell", Text(shown_code(run.cell.source))) if run.cell and run.cell.source else []
    return Group(*parts)


def diff_view(diff: Diff) -> RenderableType:
    """Return two runs' differences, and the sections in which they are the same."""
    parts: list[RenderableType] = [
        Text(f"- {_called(diff.a)}", style="red"),
        Text(f"+ {_called(diff.b)}", style="green"),
    ]
    same = [section for section in SECTIONS if diff.same(section)]
    for section in SECTIONS:
        if section not in same:
            body = _source(diff.source) if section == "source" else _changes(getattr(diff, section))
            parts += _section(section, body)
    return Group(*parts, Text(f"\nsame: {', '.join(same)}", style="dim")) if same else Group(*parts)


def _fixed_columns(runs: Sequence[Run]) -> list[_Column]:
    return [
        _Column("run", tuple(run.short for run in runs), "bold"),
        _Column("name", tuple(_clipped(shown(run.name)) for run in runs)),
        _Column("status", tuple(run.status for run in runs)),
        _Column("started (UTC)", tuple(run.started.strftime("%Y-%m-%d %H:%M") for run in runs), "dim"),
        _Column("took", tuple(_took(run.duration) for run in runs), "dim", right=True),
    ]


def _value_columns(runs: Sequence[Run]) -> list[_Column]:
    """What differs between the runs first; within that, metrics, params, tags."""
    if len(runs) < 2:
        return [_value_column(runs, space, name) for space in _SPACES for name in differing(runs, space)]
    columns = [_value_column(runs, space, name) for space in _SPACES for name in differing(runs, space)]
    return sorted(columns, key=lambda column: len(set(column.texts)) == 1)


def _value_column(runs: Sequence[Run], space: Space, name: str) -> _Column:
    values = [getattr(run, space).get(name) for run in runs]
    title = shown(name, _WIDEST) if space == "metrics" else f"{space}.{shown(name, _WIDEST)}"
    if space != "metrics":
        return _Column(
            title, tuple(map(_text, values)), right=all(value is None or is_number(value) for value in values)
        )
    places = decimals([value for value in values if is_number(value)])
    texts = tuple(aligned(value, places) if is_number(value) else _text(value) for value in values)
    return _Column(title, texts, "cyan", right=True, best=_best_rows(name, values))


def _best_rows(metric: str, values: Sequence[Any]) -> frozenset[int]:
    way = direction(metric)
    numbers = [value for value in values if is_number(value)]
    if way is None or len(numbers) < 2:
        return frozenset()
    best = max(numbers) if way == "max" else min(numbers)
    return frozenset(row for row, value in enumerate(values) if is_number(value) and value == best)


def _fitting(columns: Sequence[_Column], width: int) -> int:
    """Return how many columns fit; the run and its name are shown in any case."""
    used = 0
    for count, column in enumerate(columns):
        used += column.width + (2 if count else 0)
        if used > width and count >= 2:
            return count
    return len(columns)


def _cell(column: _Column, row: int) -> Text:
    text = column.texts[row]
    if column.title == "status":
        return Text(text, style=_STATUS.get(text, ""))
    if text == MISSING:
        return Text(text, style="dim")
    return Text(text, style="bold green" if row in column.best else column.style)


def _left_out(titles: Sequence[str], width: int) -> str:
    text = f"{len(titles)} more: {', '.join(titles)}"
    return text if len(text) <= width else text[: max(width - 1, 10)] + "…"


def _headline(run: Run) -> Text:
    return Text.assemble((shown(run.name), "bold"), "  ", run.id, "  ", (run.status, _STATUS.get(run.status, "")))


def _facts(run: Run) -> Table:
    facts = {
        "experiment": run.experiment,
        "started": run.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "took": _took(run.duration),
        "note": run.note,
        "commit": (run.document["code"] or {}).get("commit"),
        "records": None if run.health["ok"] else f"damaged {dict(run.health)}",
    }
    return _pairs({name: value for name, value in facts.items() if value})


def _pairs(values: Mapping[str, Any], sources: Mapping[str, str] | None = None) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in values.items():
        source = (sources or {}).get(name, "")
        grid.add_row(
            "", Text(shown(name), style="dim"), Text(shown(value_text(value))), Text(shown(source), style="dim")
        )
    return grid


def _metrics_table(run: Run) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in run.metrics.items():
        curve = run.curves.get(name)
        series = f"{curve['count']} points, {_text(curve['min'])} to {_text(curve['max'])}" if curve else ""
        source = run.sources.get("metrics", {}).get(name, "")
        grid.add_row(
            "",
            Text(shown(name), style="dim"),
            Text(_text(value), style="cyan"),
            series,
            Text(shown(source), style="dim"),
        )
    return grid


def _changes(changes: Sequence[Change]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for change in changes:
        old = Text(MISSING if change.kind == "added" else _text(change.old), style="red")
        new = Text(MISSING if change.kind == "removed" else _text(change.new), style="green")
        grid.add_row("", Text(shown(change.name), style="dim"), old, "→", new, _movement(change))
    return grid


def _movement(change: Change) -> Text:
    if not change.delta:
        return Text("")
    relative = f" ({change.relative:+.2%})" if change.relative is not None else ""
    verdict = {True: " better", False: " worse", None: ""}[change.better]
    sign = "+" if change.delta > 0 else "-"
    style = {True: "green", False: "red", None: ""}[change.better]
    return Text(f"{sign}{figure(abs(change.delta))}{relative}{verdict}", style=style)


def _source(lines: Sequence[Line]) -> Text:
    """Return the changed lines with a few around them; a gap is a line of three dots."""
    near = {i + k for i, line in enumerate(lines) if line.sign != "=" for k in range(-_CONTEXT, _CONTEXT + 1)}
    text, last = Text(), -1
    for number, line in enumerate(lines):
        if number in near:
            text.append("  ⋯\n" if number > last + 1 else "", style="dim")
            sign, style = _SIGNS[line.sign]
            text.append(f"  {sign}{shown_code(line.text)}\n", style=style)
            last = number
    text.rstrip()
    return text


def _section(title: str, body: RenderableType) -> list[RenderableType]:
    return [Text(f"\n{title}", style="bold"), body]


def _error(error: Mapping[str, Any]) -> str:
    return str(error.get("traceback") or f"{error.get('type')}: {error.get('message')}")


def _called(run: Run) -> str:
    return f"{shown(run.name)}  {run.id}"


def _took(seconds: float | None) -> str:
    return MISSING if seconds is None else duration_text(seconds)


def _text(value: Any) -> str:
    if value is None:
        return MISSING
    return _clipped(shown(figure(value, 6) if is_number(value) else value_text(value)))


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
