"""A store that lives as long as the object: for tests, and for trying things out."""

import threading
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LimitExceeded, ObjectMissing, RunClosed, RunNotFound, UsageError
from nbtrack.model import event
from nbtrack.model.curves import Tallies, curves, tally
from nbtrack.model.document import RunDocument
from nbtrack.model.event import Status
from nbtrack.model.fold import fold
from nbtrack.model.ids import is_run_id
from nbtrack.model.number import plain
from nbtrack.model.run import History
from nbtrack.model.tagged import Json
from nbtrack.store.base import Noted, ObjectRef, Plotted, Store, Writer
from nbtrack.store.lines.record import STEPS, decode, encode, refuse_step
from nbtrack.store.objects.hashing import SHA256, algorithm_for, name_of
from nbtrack.store.objects.source import Source

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable

Record = dict[str, Any]


class MemoryStore(Store):
    """A store in memory. It keeps the same contract as a folder, but nothing outlives the process.

    >>> store = MemoryStore()
    >>> writer = store.begin("20261121t101530-7k3m9q2x", {"name": "trial"})
    >>> writer.point({"loss": 0.5})
    >>> writer.close("finished", 1.5)
    >>> store.runs().documents[0]["metrics"]
    {'loss': 0.5}
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[str, list[Record]] = {}
        self._objects: dict[str, bytes] = {}
        self._documents: dict[str, tuple[int, RunDocument]] = {}
        self._table: RunsTable | None = None
        self._numbers = count(1)

    def begin(self, run_id: str, start: Mapping[str, Json]) -> Writer:
        """Open a new run with its ``run.start`` value."""
        if not is_run_id(run_id):
            raise UsageError(f"not a run id: {run_id[:80]!r}")
        with self._lock:
            if run_id in self._records:
                raise UsageError(f"the store has a run {run_id} already")
            self._add(run_id, {"k": event.START, "v": start}, "memory")
        return _MemoryWriter(self, run_id)

    def annotate(self, run_id: str, kind: str, value: Json) -> None:
        """Record a later change of a run."""
        with self._lock:
            self._of(run_id)
            self._add(run_id, {"k": kind, "run": run_id, "v": value}, "meta")

    def runs(self) -> "RunsTable":
        """Return the table of all runs as they are now."""
        from nbtrack.store.index.table import RunsTable  # noqa: PLC0415 - a program that only records never pays for it

        with self._lock:
            documents = [self.read(run_id) for run_id in self._records]
            documents.sort(key=lambda document: (document["started"], document["id"]))
            if self._table is None or not _same(documents, self._table):
                self._table = RunsTable.of(documents)
            return self._table

    def read(self, run_id: str, *, changes: bool = True) -> RunDocument:  # noqa: ARG002 - they cost nothing here
        """Return one run from its own records."""
        with self._lock:
            records = self._of(run_id)
            known, document = self._documents.get(run_id, (0, None))
            if document is None or known != len(records):
                document = fold(run_id, records)
                self._documents[run_id] = len(records), document
            return document

    def points(self, run_id: str, metric: str) -> History:
        """Return the whole history of a metric."""
        from nbtrack.store.runs.points import history, no_metric  # noqa: PLC0415 - as in runs

        with self._lock:
            found = history(metric, self._of(run_id))
            if found is None:
                raise no_metric(self.read(run_id), metric)
            return found

    def put(self, content: bytes | Path) -> ObjectRef:
        """Keep bytes, or a copy of a file's bytes, by content."""
        kept = _content(content) if isinstance(content, Path) else bytes(content)
        name = name_of(kept, algorithm_for(len(kept)) if isinstance(content, Path) else SHA256)
        self._objects[name] = kept
        return ObjectRef(name, len(kept))

    def get(self, name: str) -> bytes:
        """Return the bytes of an object."""
        if name not in self._objects:
            raise ObjectMissing(f"object {name[:80]!r} is not in this store")
        return self._objects[name]

    def _of(self, run_id: str) -> list[Record]:
        if run_id not in self._records:
            raise RunNotFound(f"no run {run_id[:80]!r} in this store")
        return self._records[run_id]

    def _add(self, run_id: str, members: Mapping[str, Any], writer: str) -> None:
        """Keep a record as a file would give it back; one clock serves all, so later records win."""
        self._add_all(run_id, [members], writer)

    def _add_all(self, run_id: str, records: Sequence[Mapping[str, Any]], writer: str) -> None:
        """Keep several records, or none where one is too long."""
        lines = []
        for members in records:
            clock = next(self._numbers)
            lines.append(encode({**members, "w": writer, "n": clock, "l": clock, "t": time_ns() // 1_000_000}))
        with self._lock:
            self._records.setdefault(run_id, []).extend(decode(line[:-1]).record for line in lines)


class _MemoryWriter(Writer):
    def __init__(self, store: MemoryStore, run_id: str) -> None:
        self.run_id = run_id
        self._store = store
        self._tallies: Tallies = {}
        self._closed = False

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        self.append_all([(kind, value, sources)])

    def append_all(self, records: Sequence[Noted]) -> None:
        self._check()
        kept = [{"k": kind, "v": value, **({"src": dict(src)} if src else {})} for kind, value, src in records]
        self._store._add_all(self.run_id, kept, "memory")  # noqa: SLF001 - one file

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        with self._store._lock:  # noqa: SLF001 - one file
            self._check()
            known = [self._tallies[name].step for name in values if name in self._tallies]
            self.points([(max(known, default=-1) + 1 if step is None else int(step), values)])

    def points(self, rows: Sequence[Plotted]) -> None:
        for step, _ in rows:
            if not -STEPS < step < STEPS:
                refuse_step(step)
        kept = [(step, {name: plain(value) for name, value in values.items()}) for step, values in rows]
        with self._store._lock:  # noqa: SLF001 - one file
            self._check()
            records = [{"k": event.POINT, "s": step, "v": values} for step, values in kept]
            self._store._add_all(self.run_id, records, "memory")  # noqa: SLF001 - one file
            for step, values in kept:
                tally(self._tallies, values, step)

    def sync(self) -> None:
        """Nothing is safer than memory here."""

    def close(self, status: Status, duration: float) -> None:
        if not self._closed:
            try:
                self._end(status, {"duration": duration, "curves": curves(self._tallies)})
            except LimitExceeded:  # too many metrics for one record: the points tell them
                self._end(status, {"duration": duration, "curves": None})
            self._closed = True

    def _end(self, status: Status, value: Mapping[str, object]) -> None:
        self._store._add(self.run_id, {"k": event.END, "st": status, "v": value}, "memory")  # noqa: SLF001 - one file

    def _check(self) -> None:
        if self._closed:
            raise RunClosed(f"run {self.run_id} has ended; nothing more can be recorded in it")


def _content(path: Path) -> bytes:
    with Source(path) as source:
        return source.content(source.stamp().size)


def _same(documents: list[RunDocument], table: "RunsTable") -> bool:
    known = table.everything
    return len(documents) == len(known) and all(one is two for one, two in zip(documents, known, strict=True))
