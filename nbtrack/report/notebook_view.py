"""A notebook with its runs beside its cells, as ``static/report/notebook.html`` draws it."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from markupsafe import Markup

from nbtrack.model.run import Run
from nbtrack.report.cell_state import Stale, Staleness, out_of_order
from nbtrack.report.cells import Matching, tracked_line
from nbtrack.report.figures import Drawn, drawn
from nbtrack.report.notebook_file import SavedCell, SavedNotebook
from nbtrack.report.notebook_outputs import CellOutput, Displayed, Printed, Told, outputs
from nbtrack.report.run_page import anchor
from nbtrack.report.timeline import Measured, Moment, Timeline, series, timeline
from nbtrack.view.escape import notebook_markdown, picture, pictures
from nbtrack.view.source_words import Lines, coloured
from nbtrack.view.wording import STYLES, moment_text, value_text, verdict_text

_PARAMS: Final = 8
_LISTED: Final = 400  # entries of the table of contents
_DEEPEST: Final = 3  # headings that are in it
_NAMED: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class OutputView:
    """One output: exactly one of its parts is there."""

    printed: Printed | None = None
    drawn: Drawn | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a tracked cell: its latest run, what to doubt about it, and its history."""

    run: Run
    latest: Moment
    history: Timeline
    metrics: tuple[tuple[Measured, str], ...]  # each with its series, see ``timeline.series``
    more_metrics: int
    params: tuple[tuple[str, str], ...]
    more_params: int
    stale: tuple[Stale, ...]
    verdict: str
    verdict_style: str
    verdict_date: str
    verdict_text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell as the page has it: rendered Markdown, or lines of code with outputs and perhaps runs."""

    kind: str
    anchor: str
    number: int
    prompt: str = ""
    html: Markup | str = ""
    lines: Lines = ()
    outputs: tuple[OutputView, ...] = ()
    beside: Beside | None = None
    order: str = ""
    unrun: bool = False  # it begins with %%track and has no run
    hidden: bool = False  # its source is left out


@dataclass(frozen=True, slots=True)
class FormerView:
    """A cell that is gone: its name, its latest source, and its runs."""

    title: str
    lines: Lines
    beside: Beside


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of contents: a heading (``level`` 1 to 3), or a cell with runs (``mark`` of the latest)."""

    level: int
    text: str
    anchor: str
    mark: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class NotebookView:
    """The whole notebook; ``needs`` are the types of traces that its figures of plotly are made of."""

    name: str
    cells: tuple[CellView, ...]
    former: tuple[FormerView, ...]
    by_hand: tuple[tuple[str, str, str], ...]  # anchor, name, short id
    contents: tuple[Entry, ...]
    facts: tuple[str, ...]
    needs: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a notebook is to be shown: the metric of the sparklines, whether sources are, whether plotly may draw.

    ``clean`` takes what is said of records that were not searched, and returns it as it may be shown.
    """

    metric: str | None = None
    source: bool = True
    plotly: bool = True
    clean: Callable[[str], str] = str


def notebook_view(
    saved: SavedNotebook, shown: SavedNotebook, matching: Matching, runs: Mapping[str, Run], asked: Asked
) -> NotebookView:
    """Return a notebook as the page draws it.

    Args:
        saved: the notebook as its file has it, with which the runs are compared.
        shown: the same with nothing in it that may not be shown.
        matching: which recorded runs are of which cell.
        runs: by id, those runs as they may be shown.
        asked: how.
    """
    return _Builder(saved, shown, matching, runs, asked).view()


class _Builder:
    def __init__(
        self, saved: SavedNotebook, shown: SavedNotebook, matching: Matching, runs: Mapping[str, Run], asked: Asked
    ) -> None:
        self._saved, self._shown, self._matching, self._runs, self._asked = saved, shown, matching, runs, asked
        self._staleness = Staleness(saved)
        self._order = out_of_order(saved)
        self._env: dict[str, Any] = {}
        self._anchors: set[str] = set()
        self._contents: list[Entry] = []

    def view(self) -> NotebookView:
        cells = tuple(self._cell(was, cell) for was, cell in zip(self._saved.cells, self._shown.cells, strict=True))
        former = tuple(filter(None, (self._former(each.runs, at) for at, each in enumerate(self._matching.former, 1))))
        return NotebookView(
            name=self._shown.name,
            cells=cells,
            former=former,
            by_hand=tuple((anchor(run.id), run.name, run.short) for run in self._known(self._matching.by_hand)),
            contents=tuple(self._contents[:_LISTED]),
            facts=tuple(_facts(cells, former)),
            needs=frozenset[str]().union(*(each.drawn.needs for cell in cells for each in cell.outputs if each.drawn)),
        )

    def _cell(self, was: SavedCell, cell: SavedCell) -> CellView:
        place = self._anchor(cell)
        if cell.kind == "code":
            return self._code(was, cell, place)
        if cell.kind == "raw":
            return CellView("raw", place, cell.place + 1, lines=coloured(cell.source, "text"))
        return CellView("markdown", place, cell.place + 1, html=self._markdown(cell))

    def _anchor(self, cell: SavedCell) -> str:
        """Return the cell's fragment: by its id, which stays when cells are added, else by its number."""
        name = f"cell-{cell.id}" if cell.id and _NAMED.fullmatch(cell.id) else f"cell-{cell.place + 1}"
        while name in self._anchors:
            name = f"{name}-{cell.place + 1}"
        self._anchors.add(name)
        return name

    def _markdown(self, cell: SavedCell) -> Markup:
        heading = f"{'#' * cell.level} {cell.source}" if cell.kind == "heading" else cell.source
        self._env |= {"pictures": dict(_pictures(cell)), "headings": [], "looks": 0}
        html = notebook_markdown(heading, self._env)
        self._contents += [Entry(level, text, at) for level, text, at in self._env["headings"] if level <= _DEEPEST]
        return html

    def _code(self, was: SavedCell, cell: SavedCell, place: str) -> CellView:
        matches = self._matching.cells.get(cell.place, ())
        doubts = {one.run.id: one.doubt for one in matches}
        beside = self._beside([one.run for one in matches], doubts, was)
        if beside is not None:
            self._contents.append(Entry(4, beside.run.name, place, beside.latest.mark, beside.run.status))
        tracked = tracked_line(cell.source) is not None
        return CellView(
            "code",
            place,
            cell.place + 1,
            prompt=f"In [{cell.count}]" if cell.count is not None else "In [ ]",
            lines=coloured(cell.source, self._saved.language) if self._asked.source else (),
            outputs=tuple(self._outputs(cell)),
            beside=beside,
            order=self._order.get(cell.place, ""),
            unrun=tracked and beside is None,
            hidden=not self._asked.source,
        )

    def _outputs(self, cell: SavedCell) -> Iterator[OutputView]:
        called = f"Output of cell {cell.place + 1}"
        for each in outputs(cell.outputs, called):
            if isinstance(each, Displayed):
                yield _drawn(each, called, plotly=self._asked.plotly)
            else:
                yield _plain(each)

    def _former(self, runs: Sequence[Run], number: int) -> FormerView | None:
        beside = self._beside(runs, {})
        if beside is None:
            return None
        source = beside.run.cell.source if beside.run.cell is not None else ""
        self._contents.append(
            Entry(4, f"{beside.run.name} (former)", f"former-{number}", beside.latest.mark, beside.run.status)
        )
        return FormerView(beside.run.name, coloured(source, self._saved.language) if self._asked.source else (), beside)

    def _beside(self, runs: Sequence[Run], doubts: Mapping[str, str], was: SavedCell | None = None) -> Beside | None:
        known = self._known(runs)
        if not known:
            return None
        history = timeline(known, self._asked.metric, doubts, source=self._asked.source)
        run, latest = known[-1], history.latest
        found = self._staleness.of(was, runs[-1], runs) if was is not None else ()
        stale = tuple(replace(each, text=self._asked.clean(each.text)) for each in found)
        params = [(name, value_text(value, 80)) for name, value in run.params.items() if not _is_default(run, name)]
        last: Any = run.reproductions[-1] if run.reproductions else {}
        return Beside(
            run=run,
            latest=latest,
            history=history,
            metrics=tuple((each, series(run, each.name)) for each in latest.metrics),
            more_metrics=len(run.metrics) - len(latest.metrics),
            params=tuple(params[:_PARAMS]),
            more_params=max(0, len(run.params) - len(params[:_PARAMS])),
            stale=stale,
            verdict=verdict_text(run.verdict) if run.verdict else "",
            verdict_style=STYLES.get(run.verdict or "", "bad"),
            verdict_date=moment_text(last.get("at")) if run.verdict else "",
            verdict_text=str(last.get("text", "")),
            anchor=anchor(run.id),
        )

    def _known(self, runs: Iterable[Run]) -> list[Run]:
        return [self._runs[run.id] for run in runs if run.id in self._runs]


def _drawn(displayed: Displayed, called: str, *, plotly: bool) -> OutputView:
    made = drawn(displayed.forms, plotly=plotly)[0]
    if made.kind == "absent":
        return OutputView(told=Told(f"An output ({displayed.forms[0].media_type}) is left out: {made.why}."))
    return OutputView(drawn=replace(made, name="", size="", words=called))


def _plain(output: CellOutput) -> OutputView:
    return (
        OutputView(printed=output)
        if isinstance(output, Printed)
        else OutputView(told=output if isinstance(output, Told) else None)
    )


def _pictures(cell: SavedCell) -> Iterator[tuple[str, Markup]]:
    """Yield the addresses of the pictures that are attached to a cell, by their names."""
    for name, forms in cell.attachments.items():
        for media in pictures():
            value = forms.get(media)
            text = "".join(each for each in value if isinstance(each, str)) if isinstance(value, list) else value
            if isinstance(text, str):
                try:
                    yield name, picture(media, base64.b64decode("".join(text.split()), validate=True))
                except (binascii.Error, ValueError):
                    continue
                break


def _is_default(run: Run, param: str) -> bool:
    return str(run.sources.get("params", {}).get(param, "")).endswith(" default")


def _facts(cells: Sequence[CellView], former: Sequence[FormerView]) -> Iterator[str]:
    """Yield in a few words what there is to see, what is out of date above all."""
    tracked = [cell for cell in cells if cell.beside is not None]
    yield _counted(len(cells), "cell")
    yield f"{len(tracked)} with runs"
    edited = sum(any(each.kind == "edited" for each in cell.beside.stale) for cell in tracked if cell.beside)
    if edited:
        yield f"{edited} edited since {'its' if edited == 1 else 'their'} latest run"
    upstream = sum(
        any(each.kind in {"upstream", "gone"} for each in cell.beside.stale) for cell in tracked if cell.beside
    )
    if upstream:
        yield f"{upstream} on cells that changed since"
    disorder = sum(bool(cell.order) for cell in cells)
    if disorder:
        yield f"{disorder} executed out of order"
    if former:
        yield f"runs of {_counted(len(former), 'cell')} that {'is' if len(former) == 1 else 'are'} gone"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
