"""A notebook as one HTML file: as people wrote it, with the runs of its tracked cells beside them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nbtrack.export.shareable import shareable
from nbtrack.model.run import Run
from nbtrack.query.compare import best
from nbtrack.report.anonymous import anonymous
from nbtrack.report.building import build
from nbtrack.report.cells import match
from nbtrack.report.notebook_cleaning import Clean, cleaned, texts
from nbtrack.report.notebook_file import SavedNotebook, read_notebook
from nbtrack.report.notebook_outputs import shortened
from nbtrack.report.notebook_runs import runs_of
from nbtrack.report.notebook_view import Asked, NotebookView, notebook_view
from nbtrack.report.options import Options
from nbtrack.report.page import page
from nbtrack.report.parts import Fact, Report
from nbtrack.store.base import Store

SECTIONS: Final = ("summary", "comparison", "curves", "runs")
_UNTITLED: Final = ("", Options().title)
_PLACES: Final = 5
_TITLE: Final = re.compile(r"^[ \t]{0,3}#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NotebookReport:
    """A notebook and the report of its runs; ``removed`` says from where in its cells what looked like secrets is gone.

    ``report.shared`` says what the file contains.
    """

    report: Report
    notebook: NotebookView
    removed: dict[str, int]
    plotly: bool

    def html(self) -> str:
        """Return the whole file."""
        return page(self.report, plotly=self.plotly, notebook=self.notebook)


def notebook_report(path: Path, store: Store, options: Options | None = None) -> str:
    """Return the report of a notebook as one HTML file.

    Args:
        path: the notebook; it is read, never executed.
        store: where the runs of its cells are.
        options: what was asked for; without a title the notebook's first heading is the title.

    Raises:
        UsageError: there is no such file, or it is no notebook.
        LimitExceeded: it is larger than 256 MB, or has more than 20,000 cells.
    """
    return build_notebook(path, store, options or Options()).html()


def build_notebook(path: Path, store: Store, options: Options) -> NotebookReport:
    """Return what the report of a notebook is made of, with nothing in it that may be a secret.

    Raises:
        UsageError: there is no such file, or it is no notebook.
        LimitExceeded: it is larger than 256 MB, or has more than 20,000 cells.
    """
    saved = read_notebook(path)
    runs = runs_of(saved, path, store)
    removed: dict[str, int] = {}
    clean = _cleaner(saved, runs, options, removed)
    shown = cleaned(shortened(saved), clean)
    asked_for = replace(
        options,
        title=options.title if options.title not in _UNTITLED else _title(shown),
        template=_template(options, runs),
    )
    report = build(runs[::-1], asked_for, getattr(store, "id", None) or "")
    asked = Asked(
        _metric(report, options), options.source, options.plotly == "inline", lambda text: clean(text, "a run's slice")
    )
    view = notebook_view(saved, shown, match(saved, runs), {run.id: run for run in report.runs}, asked)
    shared = (*_shared(view, removed), *report.shared)
    told = replace(report, shared=shared, removed={**report.removed, **removed})
    return NotebookReport(told, view, removed, asked.plotly)


def _cleaner(saved: SavedNotebook, runs: tuple[Run, ...], options: Options, removed: dict[str, int]) -> Clean:
    """Return what every text of the notebook passes; ``removed`` counts by place what looked like a secret."""
    secrets = shareable((), "")
    people = anonymous(runs, tuple(texts(saved))) if options.anonymous else None

    def clean(text: str, place: str) -> str:
        safe = secrets.text(text, place) if text else text
        removed.update(secrets.removed)
        return people.text(safe) if people is not None else safe

    return clean


def _metric(report: Report, options: Options) -> str | None:
    """Return the metric that the histories draw: the one asked for, else the one that the report judges by."""
    winner = best(list(report.runs), options.metric)
    return options.metric or (winner.metric if winner is not None else None)


def _template(options: Options, runs: tuple[Run, ...]) -> str:
    """Return the template asked for; by default what of a report a notebook does not say itself."""
    if options.template != Options().template:
        return options.template
    return "\n".join(f"{{{{ {name} }}}}" for name in SECTIONS) if runs else ""


def _title(shown: SavedNotebook) -> str:
    """Return the notebook's first heading of the first level, else the name of its file."""
    for cell in shown.cells:
        if cell.kind == "heading" and cell.level == 1:
            return cell.source.strip()
        if cell.kind == "markdown" and (found := _TITLE.search(cell.source)):
            return re.sub(r"[*_`]+|\[([^\]]*)\]\([^)]*\)", r"\1", found[1]).strip()
    return Path(shown.name).stem


def _shared(view: NotebookView, removed: Mapping[str, int]) -> Iterator[Fact]:
    outputs = sum(len(cell.outputs) for cell in view.cells)
    yield Fact("notebook", view.name, f"{len(view.cells):,} cells with their text and code, {outputs:,} saved outputs")
    if removed:
        places = ", ".join(list(removed)[:_PLACES]) + (
            f" and {len(removed) - _PLACES} more" if len(removed) > _PLACES else ""
        )
        yield Fact("secrets in it", f"{sum(removed.values()):,} left out", places)
