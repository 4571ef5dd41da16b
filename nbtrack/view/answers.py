"""Answers about one run or file as a notebook shows them: a checklist, a provenance, who knows a file, a lineage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbtrack.query.checklist.checklist import MARKS, SOURCE, Checklist
from nbtrack.query.checklist.row import PASS, Row
from nbtrack.query.lineage import Lineage
from nbtrack.query.provenance import Provenance
from nbtrack.query.traces import Trace
from nbtrack.query.whois import VERBS, Whois
from nbtrack.view.escape import render, sheet
from nbtrack.view.lineage_svg import lineage_svg, steps

_EVIDENCE: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a checklist as it is drawn."""

    row: Row
    mark: str
    evidence: tuple[str, ...]
    todo: str


def answer_html(answer: Any) -> str:
    """Return an answer as HTML without any script.

    Raises:
        TypeError: it is none of ours.
    """
    match answer:
        case Checklist():
            return str(render("checklist.html", _checklist(answer)))
        case Provenance():
            return str(render("provenance.html", {**_sheet(), "found": answer}))
        case Whois():
            return str(render("whois.html", {**_sheet(), "found": answer, "rows": _whois_rows(answer)}))
        case Lineage():
            context = {**_sheet(), "svg": lineage_svg(answer), "heading": answer.sentence(), "steps": steps(answer)}
            return str(render("lineage_graph.html", context))
    raise TypeError(f"nbtrack has no HTML for a {type(answer).__name__}")


def _sheet() -> dict[str, str]:
    return sheet("listing.css", "answers.css")


def _checklist(found: Checklist) -> dict[str, Any]:
    return {
        **_sheet(),
        "found": found,
        "experiment": _drawn([*found.experiment, found.verified]),
        "paper": _drawn(found.paper),
        "passed": sum(row.status == PASS for row in found.paper),
        "source": SOURCE,
    }


def _drawn(rows: Sequence[Row]) -> list[Line]:
    return [
        Line(row, MARKS[row.status], row.evidence[:_EVIDENCE], row.todo if row.status != PASS else "") for row in rows
    ]


def _whois_rows(found: Whois) -> list[tuple[str, Trace, str]]:
    """Return path, trace and verb, of a folder for each file that is known."""
    traces = [("", trace) for trace in found.traces or found.similar]
    traces += [(each.path, trace) for each in found.within[:50] for trace in each.traces[:1]]
    return [(path, trace, VERBS[trace.relation]) for path, trace in traces]
