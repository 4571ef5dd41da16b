"""Which cell an execution is of: the front end's id where there is one, else its source, else the most similar one."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice

from nbtrack.capture.line import body_of
from nbtrack.model.document import RunDocument
from nbtrack.record.redact import redact

ALIKE = 0.75
LOOK_BACK = 500


@dataclass(frozen=True, slots=True)
class CellNow:
    """The cell that is being executed: its raw source, its id (None under nbclient), its execution count."""

    source: str
    id: str | None = None
    count: int | None = None

    @property
    def hash(self) -> str:
        """Identify the cell by its source without the ``%%track`` line, secrets removed first."""
        return hashlib.sha256(redact(body_of(self.source))[0].encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(slots=True)
class CellLog:
    """The tracked executions of this session, to find the previous run of the same cell."""

    entries: list[tuple[CellNow, str]] = field(default_factory=list)

    def add(self, cell: CellNow, run_id: str) -> None:
        """Remember that ``cell`` became a run."""
        self.entries.append((cell, run_id))
        del self.entries[:-LOOK_BACK]

    def previous(self, cell: CellNow) -> str | None:
        """Return the run to compare this one with: of this cell, of its twin, or of the one it was copied from."""
        recent = list(reversed(self.entries))
        same = next((run for other, run in recent if cell.id is not None and other.id == cell.id), None)
        exact = same or next((run for other, run in recent if other.hash == cell.hash), None)
        return exact or next((run for other, run in islice(recent, 20) if _alike(other, cell)), None)


def previous_in(documents: Iterable[RunDocument], cell: CellNow, experiment: str) -> str | None:
    """Return the newest run of this cell among stored runs, given newest first: of the same id, or the same source."""
    for document in islice(_of(documents, experiment), LOOK_BACK):
        kept = document["cell"] or {}
        if (cell.id is not None and kept.get("id") == cell.id) or kept.get("hash") == cell.hash:
            return document["id"]
    return None


def _of(documents: Iterable[RunDocument], experiment: str) -> Iterator[RunDocument]:
    return (document for document in documents if document["experiment"] == experiment)


def _alike(one: CellNow, other: CellNow) -> bool:
    """Compare by words and signs: by letters any two pieces of Python are alike, by lines every edit is a new cell."""
    matcher = SequenceMatcher(None, _words(one), _words(other), autojunk=False)
    return matcher.real_quick_ratio() > ALIKE and matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


def _words(cell: CellNow) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", body_of(cell.source))[:400]
