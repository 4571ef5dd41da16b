"""The store that is a folder of plain files."""

import os
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.errors import NbtrackError, ObjectMissing, RunNotFound, UsageError
from nbtrack.model import event
from nbtrack.model.document import RunDocument
from nbtrack.model.fold import retold
from nbtrack.model.ids import is_run_id
from nbtrack.model.run import History
from nbtrack.model.tagged import Json
from nbtrack.store.base import Change, ObjectRef, Store, Writer
from nbtrack.store.folder import Folder
from nbtrack.store.objects.objects import Objects
from nbtrack.store.runs.live import Live
from nbtrack.store.runs.packs import Packs
from nbtrack.store.system import forks
from nbtrack.store.system.disk import Disk, current, remove_folder
from nbtrack.store.system.refusal import refused
from nbtrack.store.writing.journal import Journal
from nbtrack.store.writing.keeper import KEEPER
from nbtrack.store.writing.metalog import MetaLog

if TYPE_CHECKING:
    from nbtrack.store.index.catalogue import Catalogue
    from nbtrack.store.index.table import RunsTable
_ADDED = frozenset({event.ARTIFACT, event.DATA, event.CODE, event.ENVIRONMENT})
_SWEEP = 60.0  # seconds between two looks for the markers of writers that are gone


class LocalStore(Store):
    """A store in a folder, which is created by the first thing written and never by reading.

    Any number of threads, processes and hosts may use the same folder at once.
    """

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self.path = path
        self._disk = disk or current()
        self._folder = Folder(path)
        self._live = Live(path)
        self._objects = Objects(path)
        self._packs = Packs(path)
        self._meta = MetaLog(path, self._live, self._disk)
        self._swept = -inf
        self._read: tuple[int, str, Catalogue] | None = None
        self._journals: weakref.WeakValueDictionary[str, Journal] = weakref.WeakValueDictionary()  # that somebody has
        weakref.finalize(self, self._meta.close)  # also when the interpreter ends

    def __repr__(self) -> str:
        return f"LocalStore({str(self.path)!r})"

    @property
    def id(self) -> str | None:
        """What the store is called however often it is copied or moved; None before anything was written."""
        about = self._folder.about()
        return str(about["id"]) if about else None

    def can_write(self) -> bool:
        """Tell whether there is any use in trying to record something; a disk that is full is found out by trying."""
        for place in (self.path / "meta", self.path, *self.path.parents):
            if place.exists():
                return os.access(place, os.W_OK)
        return False

    def begin(self, run_id: str, start: Mapping[str, Json]) -> Writer:
        """Open a new run with its ``run.start`` value; synced when this returns."""
        try:
            folder = self._folder.place(run_id)
        except ValueError as error:
            raise UsageError(str(error)) from None
        self._folder.prepare()
        try:
            self._folder.make_run(folder)
        except FileExistsError:
            raise UsageError(f"the store has a run {run_id} already") from None
        except OSError as error:
            raise refused(error, self.path) from error
        if time.monotonic() - self._swept > _SWEEP:
            self._sweep()
        journal = Journal(run_id, folder, live=self._live, keeper=KEEPER, disk=self._disk)
        try:
            journal.open(start)
        except BaseException as error:
            with suppress(OSError):  # records that may be there keep it; without any, the id is free again
                remove_folder(folder)
            if isinstance(error, OSError):
                raise refused(error, self.path) from error
            raise
        self._journals[run_id] = journal
        return journal

    def annotate(self, run_id: str, kind: str, value: Json) -> None:
        """Record a later change of a run (``tags``, ``note``, ``delete``, …) in the meta log, synced."""
        self.annotate_all([(run_id, kind, value)])

    def annotate_all(self, changes: Sequence[Change]) -> None:
        """Record later changes of several runs with one flush: all of them, or none."""
        clocked = [(*change, self._clock(*change[:2]) + 1) for change in changes]
        if clocked:
            self._folder.prepare()
            self._meta.append(clocked)

    def _clock(self, run_id: str, kind: str) -> int:
        """Return the clock that a change of this kind comes after."""
        known = self._own_clock(run_id) if kind in _ADDED else None
        clock = known if known is not None else self._catalogue().clock(run_id) if self.id else None
        if clock is None:
            raise self._unknown(run_id)
        return clock

    def runs(self) -> "RunsTable":
        """Return the table of all runs as they are now."""
        if self.id is None:
            from nbtrack.store.index.table import RunsTable  # noqa: PLC0415 - as in _catalogue

            return RunsTable.of([])
        return self._catalogue().table()

    def read(self, run_id: str, *, changes: bool = True) -> RunDocument:
        """Return one run from its own records and, unless told otherwise, the later changes."""
        written = None if changes else self._written(run_id)
        return written or self._replayed(run_id, changes=changes)

    def _replayed(self, run_id: str, *, changes: bool) -> RunDocument:
        from nbtrack.store.runs.metascan import changes_of  # noqa: PLC0415 - as in _catalogue
        from nbtrack.store.runs.reading import Reading  # noqa: PLC0415 - same

        if not is_run_id(run_id) or not self._folder.about():
            raise self._unknown(run_id)
        reading = Reading(run_id, self._folder.run(run_id), self._packs)
        reading.refresh()
        if not reading.has_records():
            raise self._unknown(run_id)
        return reading.document(changes_of(self.path, run_id) if changes else (), self._live)

    def _written(self, run_id: str) -> RunDocument | None:
        """Return a run that was just written, from memory, when it has ended and nobody else wrote anything of it."""
        journal = self._journals.get(run_id)
        records = None if journal is None else journal.written()
        return None if records is None else retold(run_id, records)

    def points(self, run_id: str, metric: str) -> History:
        """Return the whole history of a metric."""
        from nbtrack.store.runs.points import Place, find_history, loose_files, no_metric  # noqa: PLC0415 - as in _catalogue

        folder = self._run_folder(run_id)

        def files() -> list[Place]:
            packed = [Place(*file[:4]) for file in self._packs.of(run_id)]
            return [*loose_files(folder), *packed]

        found = find_history(lambda: self._packs.steadily(files), metric)
        if found is None:
            raise no_metric(self.read(run_id), metric)
        return found

    def put(self, content: bytes | Path) -> ObjectRef:
        """Keep bytes, or a copy of a file's bytes, by content; synced."""
        self._folder.prepare()
        return self._objects.put(content)

    def put_texts(self, contents: Sequence[bytes]) -> list[ObjectRef]:
        """Keep many small contents, flushed together."""
        self._folder.prepare()
        return self._objects.put_texts(contents)

    def put_all(self, paths: Sequence[str]) -> list[ObjectRef | NbtrackError]:
        """Keep copies of many files, flushed together; for each where its bytes are, or why it was not kept."""
        self._folder.prepare()
        return self._objects.put_all(paths)

    def get(self, name: str) -> bytes:
        """Return the bytes of an object, verified against its name."""
        try:
            return self._objects.get(name)
        except ObjectMissing as missing:
            raise self._explained(missing, name) from None

    def fetch(self, name: str, path: Path) -> None:
        """Write the bytes of an object, verified, to a new file, holes kept."""
        try:
            self._objects.fetch(name, path)
        except ObjectMissing as missing:
            raise self._explained(missing, name) from None

    def _explained(self, missing: ObjectMissing, name: str) -> ObjectMissing:
        """Say what became of an object that was collected, or where one may be that never came."""
        from nbtrack.store.housekeeping.trash import Trash  # noqa: PLC0415 - only when something is missing

        told = Trash(self.path).tell(name.rpartition(":")[2])
        if not told and ((self.path / "cache" / "remotes").is_dir() or (self.path / "config.toml").exists()):
            told = "if it stayed at a remote, `nbtrack pull --objects RUN` brings the objects of a run"
        return ObjectMissing(f"{missing}; {told}") if told else missing

    def close(self) -> None:
        """Release the files of the meta log; open runs stay open, and the store can be used again."""
        self._meta.close()

    def _own_clock(self, run_id: str) -> int | None:
        """Return the clock of a run's own records: enough for what adds to a run and takes nothing back."""
        from nbtrack.store.runs.reading import Reading  # noqa: PLC0415 - as in _catalogue

        if not is_run_id(run_id) or not self._folder.about():
            return None
        journal = self._journals.get(run_id)
        if journal is not None and (clock := journal.clock()) is not None:
            return clock
        reading = Reading(run_id, self._folder.run(run_id), self._packs)
        return reading.clock() if reading.refresh() else None

    def _run_folder(self, run_id: str) -> Path:
        """Return where the loose files of a run lie, or would: all of them may be in packs."""
        if self._folder.about() and is_run_id(run_id):
            folder = self._folder.run(run_id)
            if self._packs.steadily(lambda: folder.is_dir() or bool(self._packs.of(run_id))):
                return folder
        raise self._unknown(run_id)

    def _unknown(self, run_id: str) -> RunNotFound:
        return RunNotFound(f"no run {run_id[:80]!r} in {self.path}")

    def _sweep(self) -> None:
        """Clear away what writers left behind that did not live to do it."""
        self._swept = time.monotonic()
        self._live.sweep()

    def _catalogue(self) -> "Catalogue":
        """What was read so far; a forked child and a folder that was replaced begin afresh."""
        from nbtrack.store.index.catalogue import Catalogue  # noqa: PLC0415 - a program that only records never pays for it

        generation, store_id = forks.generation(), self.id or ""
        if self._read is None or self._read[:2] != (generation, store_id):
            self._read = generation, store_id, Catalogue(self.path, store_id, self._live)
        return self._read[2]
