"""What a report is made of, before anybody decides how it looks: plain frozen values, nothing of HTML.

Everything textual in here has been searched for secrets (and, where asked, for names of people and machines), and is
text all the same: the page escapes it, and renders as Markdown only what is called ``Markdown``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NewType

from nbtrack.model.run import Run
from nbtrack.query.checklist.checklist import Checklist
from nbtrack.query.source_diff import Line

Markdown = NewType("Markdown", str)
SectionName = Literal[
    "summary", "comparison", "curves", "parallel", "importance", "diffs", "checklist", "again", "runs"
]
SECTIONS: Final[tuple[SectionName, ...]] = (
    "summary", "comparison", "curves", "parallel", "importance", "diffs", "checklist", "again", "runs",
)  # fmt: skip  # in the order of the page


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that the summary says: ``kind`` tells what it is about, ``runs`` the ids that it speaks of.

    ``about`` is what the text begins with where it is true of a part of the runs only: ``"On wine: "``.
    """

    text: str
    kind: Literal["tried", "won", "certainty", "unknown"]
    runs: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name with its value as text, and where the value came from or what it means, if that is known."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that the cell showed or kept: an image, a table, a figure, a text.

    ``content`` is None where it is not in the report; ``why`` says why. ``media_type`` is that of ``content``.
    """

    name: str
    media_type: str
    size: int
    content: bytes | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CellText:
    """The source of one execution of a run's slice, as it was typed; the run's own is the last."""

    label: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A note or comment that somebody left on a run; ``at`` in ms since 1970, ``by`` may be empty."""

    text: Markdown
    at: int | None
    by: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """All that a report tells of one run. ``anchor`` is the fragment that links to it, the same in every report."""

    run: Run
    anchor: str
    facts: tuple[Fact, ...]  # when, how long, status, notebook, session
    params: tuple[Fact, ...]
    metrics: tuple[Fact, ...]
    shown: tuple[Shown, ...]
    cells: tuple[CellText, ...]  # empty with --no-source
    data: tuple[Fact, ...]
    code: tuple[Fact, ...]
    environment: tuple[Fact, ...]
    environment_key: str  # equal for runs whose packages are the same: a list is in the report once
    verdict: tuple[Fact, ...]  # of the last reproduction; empty where there was none
    condition: tuple[str, ...]  # what the card said: order of execution, doubts, warnings
    comments: tuple[Comment, ...]
    error: str


@dataclass(frozen=True, slots=True)
class Side:
    """One named part of a difference: rows of ``(name, old, new)``, or changed lines of code; both empty: the same."""

    name: str
    rows: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class RunDifference:
    """How two runs of the report differ, the part that is likeliest to have moved the metric first."""

    old: str  # ids
    new: str
    title: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A text of the author's, standing after a section of the page; ``after`` "" is the top."""

    text: Markdown
    after: SectionName | Literal[""] = "summary"


@dataclass(frozen=True, slots=True)
class Origin:
    """What the report was made from: where nothing may be told, the text is empty."""

    version: str  # of nbtrack
    made: str  # UTC, ISO 8601
    store: str  # the store's id
    digest: str  # of the records of all runs, see ``report.digest``
    records: Mapping[str, str]  # run id -> digest of its records
    question: str  # the filter or the ids that were asked for
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Run id -> the first digits of the digest of each part of its records: what changed since can be told by them."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. ``runs`` are the runs compared, in the order of the page, without secrets."""

    title: str
    origin: Origin
    summary: tuple[Sentence, ...]
    notes: tuple[Note, ...]
    sections: tuple[SectionName, ...]  # which there are, in order
    runs: Sequence[Run]
    pages: tuple[RunPage, ...]
    diffs: tuple[RunDifference, ...]
    packages: Mapping[str, tuple[Fact, ...]]  # environment_key -> the packages
    checklists: Mapping[str, Checklist]  # run id -> its checklist, of the best runs
    again: tuple[Fact, ...]  # how to reproduce: a step and the command of each
    program: str  # the best run's program as a script, empty with --no-source or where there is none
    shared: tuple[Fact, ...]  # what this file contains: what is shared with whoever opens it
    removed: Mapping[str, int] = field(default_factory=dict)  # run (short id) or place -> secrets left out of it
    plotly: Literal["inline", "none"] = "inline"  # whether figures of plotly are drawn
    anonymous: bool = False
    sets: Mapping[str, str] = field(default_factory=dict)  # run id -> its set of data, where there are several
