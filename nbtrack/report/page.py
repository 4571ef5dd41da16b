"""A report as one HTML file that reads without scripts, does more with them, and asks nothing of any network."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from nbtrack.query.checklist.checklist import MARKS, SOURCE, Checklist
from nbtrack.query.checklist.row import PASS, Row
from nbtrack.report.figures import without_many_frames
from nbtrack.report.mentions import Said, said
from nbtrack.report.notebook_view import NotebookView
from nbtrack.report.origin import origin_data
from nbtrack.report.packed_pages import packed_pages
from nbtrack.report.parts import Fact, Note, Report, RunDifference, RunPage, SectionName, Side
from nbtrack.report.plotly_bundle import bundle_for
from nbtrack.report.run_view import leading_of, run_view
from nbtrack.view.columns import columns_of
from nbtrack.view.comparison import comparison_parts
from nbtrack.view.difference import CodeLine, code_lines
from nbtrack.view.escape import front_end, island, own, packed_front_end, render, script_hash, small_script

TITLES: Final[Mapping[SectionName, str]] = {
    "summary": "Summary",
    "comparison": "Comparison",
    "curves": "Curves",
    "parallel": "Parallel coordinates",
    "importance": "Importance",
    "diffs": "Differences",
    "checklist": "Reproducibility",
    "again": "How to reproduce",
    "runs": "Runs",
}
KINDS: Final = (
    ("won", "What did best"),
    ("certainty", "How certain that is"),
    ("unknown", "What is not known"),
    ("tried", "What was tried"),
)
WHOLE: Final = 100  # runs whose pages stand in the HTML; those of more are data, drawn when they are opened
_LISTED: Final = 60  # runs in the table of contents
_OPEN: Final = 2  # differences that are open from the start
_TABLE: Final = 60_000  # bytes of the table for readers without scripts
_EVIDENCE: Final = 6


@dataclass(frozen=True, slots=True)
class _Difference:
    anchor: str
    title: str
    ends: tuple[tuple[str, str, str, str], ...]
    sides: tuple["_Side", ...]
    same: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    rows: tuple[tuple[str, str, str], ...]
    lines: Sequence[CodeLine]


@dataclass(frozen=True, slots=True)
class _Line:
    row: Row
    mark: str
    evidence: tuple[str, ...]
    todo: str


@dataclass(frozen=True, slots=True)
class _Checklist:
    anchor: str
    name: str
    short: str
    sentence: str
    experiment: tuple[_Line, ...]
    paper: tuple[_Line, ...]
    passed: int


@dataclass(frozen=True, slots=True)
class _Packages:
    anchor: str
    facts: tuple[Fact, ...]
    count: int


def page(report: Report, *, plotly: bool | None = None, notebook: NotebookView | None = None) -> str:
    """Return the whole file.

    Args:
        report: what it tells; everything in it has been searched for secrets.
        plotly: whether figures of plotly are drawn, for which the file carries plotly.js once, else a picture or a
            table stands for each; None for what the report says.
        notebook: a notebook to show, with the runs of its cells beside them, after the summary.
    """
    plotly = report.plotly == "inline" if plotly is None else plotly
    packages = _packages(report)
    anchors = {key: each.anchor for key, each in packages.items()}
    near, far = _near(report), _far(report)
    columns = columns_of(report.runs, report.sets)
    leading = leading_of(report.runs, report.sets)
    views = [run_view(e, plotly=plotly, packages=anchors, leading=leading.get(e.run.id, ())) for e in near]
    shown = without_many_frames(view.shown for view in views)
    views = [replace(view, shown=some) for view, some in zip(views, shown, strict=True)]
    brief = [run_view(e, packages=anchors, figures=False, leading=leading.get(e.run.id, ())) for e in far]
    needs = notebook.needs if notebook else frozenset[str]()
    bundle = bundle_for(needs.union(*(f.needs for v in views for f in v.shown)))
    context = {
        "report": report,
        "notebook": notebook,
        "titles": TITLES,
        "summary": _summary(report),
        "made": _moment(report.origin.made),
        "noted": _noted(report),
        "listed": views if len(report.pages) <= _LISTED else [],
        "whole": views,
        "brief": brief,
        "packed": island(packed_pages(brief)) if brief else "",
        "packages": list(packages.values()),
        "comparison": comparison_parts(report.runs, columns, room=_TABLE, sets=report.sets),
        "differences": _differences(report),
        "checklists": [_checklist(run_id, found) for run_id, found in report.checklists.items()],
        "source": SOURCE,
        "origin": island(origin_data(report.origin)),
        "plotly": bundle.packed if bundle else "",
        **_own_parts(notebook=notebook is not None),
    }
    context["hashes"] = [*_own_hashes(), *([bundle.hash] if bundle else [])]
    return str(render("report/page.html", context))


def _own_parts(*, notebook: bool) -> dict[str, Any]:
    sheets = ["report/page.css", "static.css", "report/run.css", *(["report/notebook.css"] if notebook else [])]
    return {
        "sheets": [own(sheet) for sheet in sheets],
        "style": own("compare.css"),
        "code": packed_front_end("report"),
        "starter": small_script("report/start.js"),
    }


@cache
def _own_hashes() -> tuple[str, ...]:
    return script_hash(small_script("report/start.js")), script_hash(front_end("report"))


def _summary(report: Report) -> list[tuple[str, str, list[Said]]]:
    """Return kind, heading and sentences of each part of the summary."""
    pages = {each.run.id: each for each in report.pages} if "runs" in report.sections else {}  # links lead somewhere
    by_kind = {kind: [each for each in report.summary if each.kind == kind] for kind, _ in KINDS}
    return [(kind, title, said(by_kind[kind], pages)) for kind, title in KINDS if by_kind[kind]]


def _near(report: Report) -> list[RunPage]:
    """Return the pages that stand in the HTML, in their order: those that the report speaks of, and the first."""
    if len(report.pages) <= WHOLE:
        return list(report.pages)
    spoken = {run for sentence in report.summary for run in sentence.runs} | set(report.checklists)
    spoken |= {run for each in report.diffs for run in (each.old, each.new)}
    first = [each.run.id for each in report.pages if each.run.id in spoken]
    chosen = {
        *first[:WHOLE],
        *[each.run.id for each in report.pages if each.run.id not in spoken][: WHOLE - len(first)],
    }
    return [each for each in report.pages if each.run.id in chosen]


def _far(report: Report) -> list[RunPage]:
    near = {each.run.id for each in _near(report)}
    return [each for each in report.pages if each.run.id not in near]


def _noted(report: Report) -> dict[str, list[Note]]:
    """Return the notes by the section that they stand after; that of a section that is not there comes last."""
    last = report.sections[-1] if report.sections else ""
    noted: dict[str, list[Note]] = {}
    for note in report.notes:
        noted.setdefault(note.after if note.after in {"", *report.sections} else last, []).append(note)
    return noted


def _moment(made: str) -> str:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*(?:Z|\+00:00)", made)
    return f"{found[1]} {found[2]} UTC" if found else made


def _packages(report: Report) -> dict[str, _Packages]:
    counts = Counter(each.environment_key for each in report.pages)
    return {
        key: _Packages(f"packages-{number}", tuple(facts), counts[key])
        for number, (key, facts) in enumerate(report.packages.items(), 1)
        if facts
    }


def _differences(report: Report) -> list[_Difference]:
    anchors = {each.run.id: each.anchor for each in report.pages if "runs" in report.sections}
    ends = {run.id: (run.name, run.short, anchors.get(run.id, "")) for run in report.runs}
    return [_difference(each, ends, open_=at < _OPEN) for at, each in enumerate(report.diffs)]


def _difference(found: RunDifference, known: Mapping[str, tuple[str, str, str]], *, open_: bool) -> _Difference:
    """Tell a difference; ``known`` has the name, the short id and the anchor of each run."""
    ends = tuple((side, *known.get(run, (run, "", ""))) for side, run in (("A", found.old), ("B", found.new)))
    told = tuple(_side(side) for side in found.sides if side.rows or side.lines)
    same = tuple(side.name for side in found.sides if not (side.rows or side.lines))
    return _Difference(f"diff-{anchor_part(found.old)}-{anchor_part(found.new)}", found.title, ends, told, same, open_)


def anchor_part(run_id: str) -> str:
    """Return the part of a fragment that names a run.

    >>> anchor_part("20261121t101530-7k3m9q2x"), anchor_part('"><x y>')
    ('20261121t101530-7k3m9q2x', '-x-y-')
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", run_id)[:80]


def _side(side: Side) -> _Side:
    return _Side(side.name, side.rows, code_lines(side.lines))


def _checklist(run_id: str, found: Checklist) -> _Checklist:
    return _Checklist(
        anchor=f"checks-{anchor_part(run_id)}",
        name=found.run.name,
        short=found.run.short,
        sentence=found.sentence(),
        experiment=_lines([*found.experiment, found.verified]),
        paper=_lines(found.paper),
        passed=sum(row.status == PASS for row in found.paper),
    )


def _lines(rows: Sequence[Row]) -> tuple[_Line, ...]:
    return tuple(
        _Line(row, MARKS[row.status], row.evidence[:_EVIDENCE], row.todo if row.status != PASS else "") for row in rows
    )
