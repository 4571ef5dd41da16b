"""Whether a store still has what a report was made from. A report may come from anybody; nothing in it is executed."""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

from nbtrack.errors import LimitExceeded, RunNotFound, UsageError
from nbtrack.model.ids import short_id
from nbtrack.model.run import Run
from nbtrack.query.runs import kept_files, opened_store
from nbtrack.report.digest import LATER, changed_parts, digest_of_all, run_digest
from nbtrack.report.origin import read_origin
from nbtrack.report.parts import Origin
from nbtrack.report.seal import is_sealed
from nbtrack.store.base import Store

State = Literal["same", "annotated", "changed", "deleted", "absent"]
STATES: Final[dict[State, str]] = {
    "same": "the same",
    "annotated": "the same results; notes, tags, comments or reproductions were added or changed since",
    "changed": "changed since",
    "deleted": "deleted since",
    "absent": "not in this store",
}
LARGEST: Final = 500_000_000  # bytes of a file that is looked at
_MOST: Final = 1_000_000  # runs that a report may claim


@dataclass(frozen=True, slots=True)
class RunState:
    """What became of one run of a report: ``parts`` of its records that are not what they were."""

    id: str
    state: State
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking a report against a store found.

    ``file`` is whether the file is as nbtrack wrote it, None where it does not say; ``whole`` whether what it says of
    its records agrees with itself.
    """

    origin: Origin
    file: bool | None
    whole: bool
    runs: tuple[RunState, ...]

    @property
    def ok(self) -> bool:
        """Whether the file is unchanged and the store has exactly the records it was made from."""
        return self.file is True and self.whole and all(run.state == "same" for run in self.runs)

    def sentence(self) -> str:
        """Return the outcome in a sentence or two."""
        return f"{self._file()} {self._store()}"

    def _file(self) -> str:
        if self.file is None:
            return "The file does not say how it was when it was written."
        if not self.file or not self.whole:
            return "The file was changed after it was written."
        return "The file is as it was written."

    def _store(self) -> str:
        counts = Counter(run.state for run in self.runs)
        if not self.runs:
            return "It tells of no run."
        told = [f"{counts[state]} {words}" for state, words in STATES.items() if counts[state]]
        return f"Of {len(self.runs)} run{'s' * (len(self.runs) != 1)}: {', '.join(told)}."

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        return {
            "ok": self.ok,
            "answer": self.sentence(),
            "file_unchanged": self.file,
            "consistent": self.whole,
            "made": self.origin.made,
            "version": self.origin.version,
            "digest": self.origin.digest,
            "runs": [{"id": run.id, "state": run.state, "changed": list(run.parts)} for run in self.runs],
        }

    def __repr__(self) -> str:
        """Return the outcome, and a line for each run that is not the same."""
        lines = [
            f"  {short_id(run.id)}  {STATES[run.state]}{': ' if run.parts else ''}{', '.join(run.parts)}"
            for run in self.runs
            if run.state != "same"
        ]
        return "\n".join([self.sentence(), *lines])


def verify(path: str | PathLike[str], store: Store | str | PathLike[str] | None = None) -> Verification:
    """Return whether a report file is unchanged, and for each of its runs what a store has of it now.

    Args:
        path: the report, an HTML file.
        store: a store or its folder; None for the one of this notebook or folder.

    Raises:
        UsageError: there is no such file, or it is no report of nbtrack.
        LimitExceeded: it is larger than 500 MB, or claims more than a million runs.
    """
    content = content_of(Path(path))
    origin = read_origin(_text(content))
    if len(origin.records) > _MOST:
        raise LimitExceeded(f"the report claims {len(origin.records):,} runs; {_MOST:,} are checked at most")
    states = tuple(_states(origin, opened_store(store)))
    return Verification(origin, is_sealed(content), digest_of_all(origin.records) == origin.digest, states)


def content_of(path: Path) -> bytes:
    """Return the bytes of a plain file: what a pipe or a device would give may never end."""
    name = str(path)[:200]
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise UsageError(f"{name!r} is no file")
            if about.st_size > LARGEST:
                raise LimitExceeded(f"{name!r} has {about.st_size:,} bytes; a report of at most {LARGEST:,} is read")
            return file.read(LARGEST)
    except (OSError, ValueError) as problem:
        if isinstance(problem, UsageError | LimitExceeded):
            raise
        raise UsageError(f"{name!r} cannot be read: {getattr(problem, 'strerror', None) or problem}") from None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("this is not a report of nbtrack: it is not UTF-8 text") from None


def _states(origin: Origin, store: Store) -> Iterator[RunState]:
    table = store.runs()
    rows = {run_id: row for row, run_id in enumerate(table.column("id"))}
    kept = kept_files(store)
    for run_id, digest in origin.records.items():
        if run_id not in rows:
            yield RunState(run_id, _gone(store, run_id))
            continue
        now = run_digest(Run.from_document(table.documents[rows[run_id]], store.points, kept))
        if now.digest == digest:
            yield RunState(run_id, "same")
            continue
        parts = changed_parts(origin.parts.get(run_id, {}), now.parts) if run_id in origin.parts else ()
        later = bool(parts) and LATER.issuperset(parts)
        yield RunState(run_id, "annotated" if later else "changed", parts)


def _gone(store: Store, run_id: str) -> State:
    """Tell a run that was deleted from one that was never here."""
    try:
        return "deleted" if store.runs().find(run_id)["id"] == run_id else "absent"
    except (RunNotFound, LookupError):
        return "absent"
