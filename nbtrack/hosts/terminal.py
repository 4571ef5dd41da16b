"""Runs as a terminal shows them. Every text of a user is made visible first, so that none can move the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from nbtrack.hosts.terminal_verdict import verdict_cell, verdict_lines
from nbtrack.model.direction import direction
from nbtrack.query.changes import Change, is_number
from nbtrack.query.compare import SECTIONS, TITLES, Diff, left_out, listed, traits
from nbtrack.view.diff_sentence import diff_sentence
from nbtrack.view.escape import shown, shown_code
from nbtrack.view.number import aligned, decimals, figure
from nbtrack.view.wording import duration_text, state_text, value_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

    from rich.console import RenderableType

    from nbtrack.model.run import Comment, Run
    from nbtrack.query.compare import Space, Trait
    from nbtrack.query.source_diff import Line

    _Place = tuple[Space, str]
    Make = Callable[[Sequence[Run], Space, str], "Column"]

MISSING: Final = "-"
ANY_WIDTH: Final = 10_000
PIPED_WIDTH: Final = 160  # of a table that goes to a file or a pipe, unless asked for all of it
_WIDEST: Final = 28
_STATUS: Final = {"finished": "green", "failed": "red", "interrupted": "yellow", "lost": "magenta", "running": "cyan"}
_SIGNS: Final = {"=": ("  ", "dim"), "-": ("- ", "red"), "+": ("+ ", "green")}
_CONTEXT: Final = 3
_GAP: Final = 2
_NAMED: Final = 100  # columns named below a table at most
_ROOMY: Final = 100  # a narrower table gives room to values before times
_SPACES: Final[tuple[Space, ...]] = ("metrics", "params", "tags")


def console(file: TextIO, width: int | None = None) -> Console:
    """Return a console that writes colours to a terminal and plain lines of any length elsewhere."""
    if width is None and not file.isatty():
        width = ANY_WIDTH
    return Console(file=file, width=width, force_jupyter=False, highlight=False, markup=False, emoji=False)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of runs: a text a run, or a ``Text`` where its parts differ in style.

    ``summaries`` are what it says of each group of runs, where they are grouped.
    """

    title: str
    texts: tuple[str, ...]
    style: str = ""
    right: bool = False
    best: frozenset[int] = frozenset()
    cells: tuple[Text, ...] = ()
    summaries: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many columns of the terminal it takes."""
        return max(map(cell_len, (self.title, *self.texts, *self.summaries)))


class Section(NamedTuple):
    """A group of rows under a heading of their own."""

    title: str
    rows: tuple[int, ...]


def runs_table(
    runs: Sequence[Run], width: int, make: Make | None = None, sections: Sequence[Section] = ()
) -> RenderableType:
    """Return runs as a table at most ``width`` wide: what differs comes first, what does not fit is named below.

    Params that nobody chose are counted below, and shown only when nothing else tells the runs apart. ``make`` makes
    the column of a param, metric or tag; ``sections`` are rows that stand together, where they are grouped.
    """
    runs = list(runs)  # each is built once, however many columns ask
    if not runs:
        return Text("no runs")
    traits, defaults = _shown_traits(runs)
    layout = _laid_out(runs, traits, width, make or value_column, sections)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in layout.columns:
        table.add_column(Text(column.title), justify="right" if column.right else "left", no_wrap=True)
    for at, section in enumerate(sections or [Section("", tuple(range(len(runs))))]):
        if sections:
            table.add_row(*(Text(_summary(column, at), style="bold") for column in layout.columns))
        for row in section.rows:
            table.add_row(*(_cell(column, row) for column in layout.columns))
    footer = _footer(layout.left_out, defaults, width)
    return Group(table, Text(footer, style="dim")) if footer else table


def run_panel(run: Run) -> RenderableType:
    """Return everything a person asks of one run, section after section."""
    parts: list[RenderableType] = [_headline(run), _facts(run)]
    parts += _section("metrics", _metrics_table(run)) if run.metrics else []
    for title, values in (("params", run.params), ("tags", run.tags), ("hardware", run.hardware)):
        parts += _section(title, _pairs(values, run.sources.get(title, {}))) if values else []
    files = {
        artifact.name: f"{artifact.size:,} bytes  {artifact.object.rpartition(':')[2][:12]}"
        for artifact in run.artifacts
    }
    parts += _section("artifacts", _pairs(files)) if files else []
    parts += _section("warnings", Text("\n".join(map(shown, run.warnings)), style="yellow")) if run.warnings else []
    parts += _section("error", Text(shown_code(_error(run.error)), style="red")) if run.error else []
    parts += _section("reproduced", verdict_lines(run.reproductions)) if run.reproductions else []
    parts += _section("cell", Text(shown_code(run.cell.source))) if run.cell and run.cell.source else []
    return Group(*parts)


def diff_views(diffs: Sequence[Diff]) -> RenderableType:
    """Return several differences, one below the other."""
    gap = Text()
    return Group(*[part for diff in diffs for part in (gap, diff_view(diff))][1:])


def diff_view(diff: Diff) -> RenderableType:
    """Return two runs' differences, the sections in which they are the same, and those that neither recorded."""
    parts: list[RenderableType] = [
        Text(f"- {_called(diff.a)}", style="red"),
        Text(f"+ {_called(diff.b)}", style="green"),
    ]
    parts.append(Text(f"\n{diff_sentence(diff)}"))
    for section in SECTIONS:
        if not diff.same(section):
            body = _source(diff.source) if section == "source" else _changes(listed(diff, section))
            parts += _section(TITLES.get(section, section), body)
            parts += [Text(f"  {words}", style="dim") for words in left_out(diff, section)]
            parts += _sources_behind(diff, section)
    parts += [Text(f"\nthe same: {', '.join(diff.alike)}", style="dim")] if diff.alike else []
    parts += [Text(f"\nnot recorded: {', '.join(diff.absent)}", style="dim")] if diff.absent else []
    return Group(*parts)


def _sources_behind(diff: Diff, section: str) -> list[RenderableType]:
    """Return the cells before the runs' own, and the uncommitted changes, that differ, as changed lines."""
    parts: list[RenderableType] = []
    for cell in diff.upstream if section == "slice" else ():
        parts += [Text(f"  cell {cell.number} of {cell.total} before it", style="dim"), _source(cell.lines)]
    if section == "code" and diff.patch:
        parts += [Text("  uncommitted changes", style="dim"), _source(diff.patch)]
    return parts


def _summary(column: Column, section: int) -> str:
    return column.summaries[section] if column.summaries else ""


def _fixed_columns(runs: Sequence[Run], sections: Sequence[Section]) -> list[Column]:
    return [
        Column("run", tuple(run.short for run in runs), "bold"),
        Column(
            "name",
            tuple(_clipped(shown(run.name)) for run in runs),
            summaries=tuple(_clipped(section.title) for section in sections),
        ),
        Column("status", tuple(map(state_text, runs))),
        *_verdict_column(runs),
    ]


def _verdict_column(runs: Sequence[Run]) -> list[Column]:
    """Return what reproducing the runs found, where some were reproduced."""
    levels = [run.verdict for run in runs]
    cells = tuple(Text(MISSING, "dim") if level is None else verdict_cell(level) for level in levels)
    return [Column("verdict", tuple(cell.plain for cell in cells), cells=cells)] if any(levels) else []


def _time_columns(runs: Sequence[Run]) -> list[Column]:
    return [
        Column("started (UTC)", tuple(run.started.strftime("%Y-%m-%d %H:%M") for run in runs), "dim"),
        Column("took", tuple(_took(run.duration) for run in runs), "dim", right=True),
    ]


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of a table from left to right, and the titles of those for which there was no room."""

    columns: list[Column]
    left_out: list[str]


def _shown_traits(runs: Sequence[Run]) -> tuple[dict[Space, list[Trait]], int]:
    """Return what may become a column, and how many params are not shown because nobody chose them."""
    found = {space: traits(runs, space) for space in _SPACES}
    chosen = [trait for trait in found["params"] if not trait.default]
    if all(trait.alike for trait in (*found["metrics"], *chosen, *found["tags"])):
        chosen += [trait for trait in found["params"] if trait.default and not trait.alike]
    hidden = len(found["params"]) - len(chosen)
    return found | {"params": chosen}, hidden


def _laid_out(
    runs: Sequence[Run],
    found: Mapping[Space, Sequence[Trait]],
    width: int,
    make: Make,
    sections: Sequence[Section],
) -> _Layout:
    """Choose columns for the width: metrics get at most half of the room while params and tags differ too."""
    fixed, times = _fixed_columns(runs, sections), _time_columns(runs)
    metrics = _wanted(found, _SPACES[:1], alike=False)
    others = _wanted(found, _SPACES[1:], alike=False)
    same = _wanted(found, _SPACES, alike=True)
    room = width - _width(fixed)
    if width >= _ROOMY:
        fixed, times, room = [*fixed, *times], [], room - _width(times)
    first = _fitting(runs, metrics, room // 2 if others else room, make)
    room -= _width(first)
    second = _fitting(runs, others, room, make)
    room -= _width(second)
    more = _fitting(runs, metrics[len(first) :], room, make)  # what is too narrow for the next param may hold a metric
    room -= _width(more)
    third = _fitting(runs, same, room, make) if len(first) + len(more) == len(metrics) else []
    last = times if _width(times) <= room - _width(third) else []
    wanted = [*metrics[len(first) + len(more) :], *others[len(second) :], *same[len(third) :]]
    return _Layout([*fixed, *first, *more, *second, *third, *last], [_title(*each) for each in wanted])


def _wanted(found: Mapping[Space, Sequence[Trait]], spaces: Sequence[Space], *, alike: bool) -> list[_Place]:
    return [(space, trait.name) for space in spaces for trait in found[space] if trait.alike is alike]


def _fitting(runs: Sequence[Run], wanted: Sequence[_Place], room: int, make: Make) -> list[Column]:
    """Return the first columns that fit into the room; no more of them are made than do."""
    columns: list[Column] = []
    for space, name in wanted:
        column = make(runs, space, name)
        room -= column.width + _GAP
        if room < 0:
            break
        columns.append(column)
    return columns


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width + _GAP for column in columns)


def _title(space: Space, name: str) -> str:
    return shown(name, _WIDEST) if space == "metrics" else f"{space}.{shown(name, _WIDEST)}"


def value_column(runs: Sequence[Run], space: Space, name: str) -> Column:
    """Return the column of a param, metric or tag: its values as texts, a metric's aligned and the best marked."""
    values = [getattr(run, space).get(name) for run in runs]
    title = _title(space, name)
    if space != "metrics":
        return Column(
            title, tuple(map(_text, values)), right=all(value is None or is_number(value) for value in values)
        )
    places = decimals([value for value in values if is_number(value)])
    texts = tuple(aligned(value, places) if is_number(value) else _text(value) for value in values)
    return Column(title, texts, "cyan", right=True, best=best_rows(name, values))


def best_rows(metric: str, values: Sequence[Any]) -> frozenset[int]:
    """Return the rows with the best value; none where fewer than two have one, or its name does not tell the way."""
    way = direction(metric)
    numbers = [value for value in values if is_number(value)]
    if way is None or len(numbers) < 2:
        return frozenset()
    best = max(numbers) if way == "max" else min(numbers)
    return frozenset(row for row, value in enumerate(values) if is_number(value) and value == best)


def _cell(column: Column, row: int) -> Text:
    if column.cells:
        return column.cells[row]
    text = column.texts[row]
    if column.title == "status":
        return _state(text)
    if text == MISSING:
        return Text(text, style="dim")
    return Text(text, style="bold green" if row in column.best else column.style)


def _footer(titles: Sequence[str], defaults: int, width: int) -> str:
    """Return what is not in the table, in one line: counts always, names as far as they fit."""
    counted = f"{defaults} param{'s' * (defaults != 1)} at default" if defaults else ""
    if not titles:
        return counted
    end = f"; {counted}" if counted else ""
    text = f"{len(titles)} more: {', '.join(titles[:_NAMED])}"
    room = max(width - len(end), 10)
    return (text if len(text) <= room and len(titles) <= _NAMED else text[: room - 1] + "…") + end


def _headline(run: Run) -> Text:
    return Text.assemble((shown(run.name), "bold"), "  ", run.id, "  ", _state(state_text(run)))


def _state(text: str) -> Text:
    """Return a status and, where the records are not whole, what they are, each in its colour."""
    status, comma, condition = text.partition(", ")
    return Text.assemble((status, _STATUS.get(status, "")), comma, (condition, "bold yellow"))


def _facts(run: Run) -> Table:
    facts = {
        "experiment": run.experiment,
        "started": run.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "took": _took(run.duration),
        "note": run.note,
        "commit": (run.document["code"] or {}).get("commit"),
        "records": run.damage,
        **{f"comment {number}": _said(each) for number, each in enumerate(run.comments, 1)},
    }
    return _pairs({name: value for name, value in facts.items() if value})


def _said(comment: Comment) -> str:
    when = f"{comment.at:%Y-%m-%d %H:%M UTC}" if comment.at else ""
    when += " (edited)" if comment.edited else ""
    return f"{comment.text} - {' '.join(filter(None, (comment.by, when)))}".removesuffix(" - ")


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
    return f"{shown(run.name)}  {run.id}{f'  {verdict_text(run.verdict)}' if run.verdict else ''}"


def _took(seconds: float | None) -> str:
    return MISSING if seconds is None else duration_text(seconds)


def _text(value: Any) -> str:
    if value is None:
        return MISSING
    return _clipped(shown(figure(value, 6) if is_number(value) else value_text(value)))


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
