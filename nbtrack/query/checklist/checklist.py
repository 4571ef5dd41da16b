"""The reproducibility checklist of a run: every row with its evidence, and what to do about those that fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.query import runs as asking
from nbtrack.query.caret import shown
from nbtrack.query.checklist import experiment, paper
from nbtrack.query.checklist.known import Known
from nbtrack.query.checklist.row import FAIL, PASS, UNKNOWN, Row
from nbtrack.query.plugged import html
from nbtrack.store.base import Store

MARKS: Final = {PASS: "✓", FAIL: "✗", UNKNOWN: "?"}
SOURCE: Final = "J. Pineau et al., The Machine Learning Reproducibility Checklist, v2.0, 2020"


@dataclass(frozen=True, slots=True, repr=False)
class Checklist:
    """What can be said of a run without running it.

    ``experiment`` are the nine checks of an experiment, ``verified`` the verdict of its last reproduction, ``paper``
    what the ML Reproducibility Checklist asks of a published result.
    """

    run: Run
    experiment: tuple[Row, ...]
    verified: Row
    paper: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows."""
        return (*self.experiment, self.verified, *self.paper)

    @property
    def blocking(self) -> tuple[Row, ...]:
        """The rows that are critical and fail."""
        return tuple(row for row in self.rows if row.priority == "Critical" and row.status == FAIL)

    @property
    def ok(self) -> bool:
        """Whether nothing critical fails."""
        return not self.blocking

    def sentence(self) -> str:
        """Return the outcome in one sentence."""
        counts = {status: sum(row.status == status for row in self.experiment) for status in (PASS, FAIL, UNKNOWN)}
        told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        end = f"; {len(self.blocking)} critical" if self.blocking else ""
        verdict = self.verified.evidence[0] if self.verified.evidence else "not reproduced"
        if self.verified.status != UNKNOWN:
            verdict = f"reproduced: {verdict}"
        return f"{told} of {len(self.experiment)} checks{end}; {verdict}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        return {
            "run": self.run.id,
            "name": self.run.name,
            "ok": self.ok,
            "answer": self.sentence(),
            "experiment": [row.as_dict() for row in self.experiment],
            "verified": self.verified.as_dict(),
            "paper": {"source": SOURCE, "rows": [row.as_dict() for row in self.paper]},
        }

    def markdown(self) -> str:
        """Return it as Markdown tables, for a pull request or an appendix."""
        head = [f"# Reproducibility of {_cell(self.run.name)} ({self.run.short})", "", _cell(self.sentence())]
        parts = [
            *_table("Experiment", [*self.experiment, self.verified]),
            *_table("Paper", self.paper),
            "",
            f"Rows of the second table after {SOURCE}, in our own words.",
        ]
        return "\n".join([*head, *parts]) + "\n"

    def __repr__(self) -> str:
        """Return a line for each row, with evidence where it is not a pass."""
        lines = [f"{self.run.name} {self.run.short}: {self.sentence()}"]
        for row in self.rows:
            lines.append(f"  {MARKS[row.status]} {row.category}: {row.check}")
            lines += [f"      {each}" for each in row.evidence[:3] if row.status != PASS]
            lines += [f"      → {row.todo}"] if row.todo and row.status != PASS else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html(self)


def check(run: Run | str, *, store: Store | str | PathLike[str] | None = None) -> Checklist:
    """Return the reproducibility checklist of a run, judged from its records: nothing is run, fetched or changed.

    Args:
        run: a run, or its id or a prefix of it.
        store: where to look for the id; None for the store of this notebook or folder.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("by hand", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> found = nbtrack.check(opened.id, store=store)
    >>> found.ok, found.blocking[0].check
    (False, 'The git commit is recorded, with whatever differed from it')

    Raises:
        RunNotFound, AmbiguousRun: the id is not one of a run.
    """
    known = Known.of(run if isinstance(run, Run) else asking.run(run, store))
    return Checklist(
        known.run,
        tuple(_row(rule, known) for rule in experiment.RULES),
        _row(paper.VERIFIED, known),
        tuple(_row(rule, known) for rule in paper.RULES),
    )


def _row(rule: experiment.Rule, known: Known) -> Row:
    found = rule.judge(known)
    return Row(rule.category, rule.check, rule.priority, found.status, found.evidence, found.todo)


def _table(title: str, rows: "list[Row] | tuple[Row, ...]") -> Iterator[str]:
    yield from (
        "",
        f"## {title}",
        "",
        "| | category | check | priority | evidence | to do |",
        "|---|---|---|---|---|---|",
    )
    for row in rows:
        evidence = "<br>".join(map(_cell, row.evidence[:5]))
        todo = _cell(row.todo) if row.status != PASS else ""
        yield f"| {row.status} | {row.category} | {row.check} | {row.priority} | {evidence} | {todo} |"


def _cell(text: str) -> str:
    """Return text that stays in its cell and is no markup, whatever a run's name or source holds."""
    plain = shown(" ".join(text.split()))
    return "".join(f"\\{letter}" if letter in "\\|`*_[]<>#!~" else letter for letter in plain)
