"""Which cell an execution is of: the front end's id where there is one, else its source, else the most similar one."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

from nbtrack.capture.asked.line import body_of
from nbtrack.model.document import RunDocument
from nbtrack.record.redact import redact

ALIKE = 0.75
ALIKE_BESIDE = 0.5  # for cells with the same neighbour
LOOK_BACK = 500


@dataclass(frozen=True, slots=True)
class CellNow:
    """The cell that is being executed: its raw source, its id (None under nbclient), its execution count.

    ``above`` is the source of the cell that was executed just before, which is most often the one above.
    """

    source: str
    id: str | None = None
    count: int | None = None
    above: str | None = None

    @property
    def hash(self) -> str:
        """Identify the cell by its source without the ``%%track`` line, secrets removed first."""
        return _hash(self.source)


@lru_cache(maxsize=4096)
def _hash(source: str) -> str:
    return hashlib.sha256(redact(body_of(source))[0].encode("utf-8", "replace")).hexdigest()[:32]


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
        if cell.id is not None:
            for other, run in reversed(self.entries):
                if other.id == cell.id:
                    return run
        wanted = cell.hash
        for other, run in reversed(self.entries):
            if other.source == cell.source or other.hash == wanted:
                return run
        return next((run for other, run in self.entries[:-21:-1] if _resembles(other, cell)), None)


def previous_in(documents: Iterable[RunDocument], cell: CellNow, experiment: str) -> str | None:
    """Return the newest run of this cell among stored runs, given newest first: of the same id, or the same source."""
    for document in islice(_of(documents, experiment), LOOK_BACK):
        kept = document["cell"] or {}
        if (cell.id is not None and kept.get("id") == cell.id) or kept.get("hash") == cell.hash:
            return document["id"]
    return None


def _of(documents: Iterable[RunDocument], experiment: str) -> Iterator[RunDocument]:
    return (document for document in documents if document["experiment"] == experiment)


def _resembles(one: CellNow, other: CellNow) -> bool:
    """A cell between the same neighbours is the same one after a larger edit; one that has another id never is."""
    if one.id is not None and other.id is not None:
        return alike(one.source, other.source)
    beside = one.above is not None and one.above == other.above
    return alike(one.source, other.source, ALIKE_BESIDE if beside else ALIKE)


def alike(one: str, other: str, ratio: float = ALIKE) -> bool:
    """Compare by words and signs: by letters any two pieces of Python are alike, by lines every edit is a new cell."""
    matcher = SequenceMatcher(None, _words(one), _words(other), autojunk=False)
    return matcher.real_quick_ratio() > ratio and matcher.quick_ratio() > ratio and matcher.ratio() > ratio


def _words(source: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", body_of(source))[:400]
