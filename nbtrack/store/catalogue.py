"""All runs of a folder, kept up to date: what is settled is never looked at again, what is open costs what is new."""

import threading
import time
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.model.document import RunDocument
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.disk import names as names_in
from nbtrack.store.index import Base, Index, Snapshot, no_collection
from nbtrack.store.live import META, Live
from nbtrack.store.metascan import changes, meta_writer, months
from nbtrack.store.reading import Reading
from nbtrack.store.table import RunsTable

_SAVE = 32  # changed rows that are worth an index file
_HIGH = 8  # index files on one another before they are made one
_RACY = 100_000_000  # ns; a folder that changed so lately may change again without its times showing it

Signature = list[int]


class _Row(NamedTuple):
    """A run as the catalogue has it."""

    document: RunDocument
    clock: int
    settled: bool


class Catalogue:
    """The runs under a store's folder. ``table`` looks for changes and returns them all; threads may share it."""

    def __init__(self, root: Path, store_id: str, live: Live) -> None:
        self._root = root
        self._live = live
        self._index = Index(root, store_id)
        self._lock = threading.Lock()
        self._reset()
        self._loaded = False
        self._table: RunsTable | None = None

    def _reset(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._open: dict[str, Reading] = {}
        self._meta: dict[str, dict[tuple[str, str, str], dict[str, Any]]] = {}
        self._runs_in: dict[str, set[str]] = {}
        self._months: dict[str, Signature] = {}
        self._meta_months: dict[str, Signature] = {}
        self._meta_sizes: dict[str, int] = {}
        self._unsaved: set[str] = set()
        self._base: Base | None = None
        self._was_writing: set[str] = set()

    def table(self) -> RunsTable:
        """Return the table of all runs as they are now; the same one as long as nothing changes."""
        with self._lock:
            changed = self._refresh()
            if self._table is None or changed:
                ordered = sorted(self._rows.values(), key=_age)
                self._table = RunsTable.of([row.document for row in ordered])
            return self._table

    def clock(self, run_id: str) -> int | None:
        """Return the highest logical clock seen for a run, or None when there is no such run."""
        with self._lock:
            if self._refresh():
                self._table = None  # what this look has found is news to the next one who asks for the table
            row = self._rows.get(run_id)
            return row.clock if row else None

    def _refresh(self) -> bool:
        stale = set() if self._loaded else self._load()
        live: dict[str, set[str]] = {}
        for marker in self._live.markers():
            live.setdefault(marker.run, set()).add(marker.writer)
        known = len(self._rows)
        stale |= self._read_meta(live.pop(META, set())) | self._list_runs()
        stale |= {run_id for run_id in live if run_id in self._rows and run_id not in self._open}
        changed = [run_id for run_id in stale | self._open.keys() if self._update(run_id, stale, live)]
        if len(self._unsaved) >= _SAVE:
            self._save()
        return bool(changed) or len(self._rows) != known

    # --- looking for changes

    def _list_runs(self) -> set[str]:
        """Return the ids of runs that are new, and forget those that are gone."""
        fresh: set[str] = set()
        for month in sorted({*months(self._root / "runs"), *self._months}):
            folder = self._root / "runs" / month
            signature = _signature(folder)
            if signature and signature == self._months.get(month):
                continue
            names = {name for name in names_in(folder) if is_run_id(name)}
            before = self._runs_in.get(month, set())
            fresh |= names - before
            for run_id in before - names:
                self._forget(run_id)
            self._runs_in[month] = names
            self._months[month] = signature
        return fresh

    def _forget(self, run_id: str) -> None:
        self._open.pop(run_id, None)
        if self._rows.pop(run_id, None) is not None:
            self._unsaved.add(run_id)

    def _read_meta(self, writing: set[str]) -> set[str]:
        """Take in what was added to the meta log; return the ids of runs it is about."""
        touched: set[str] = set()
        writing, self._was_writing = writing | self._was_writing, writing  # the last change comes before the farewell
        for month in months(self._root / "meta"):
            folder = self._root / "meta" / month
            signature = _signature(folder)
            all_files = not signature or signature != self._meta_months.get(month)
            if all_files or writing:
                for name in names_in(folder):
                    writer = meta_writer(name)
                    if writer is not None and (all_files or writer in writing):
                        touched |= self._read_changes(f"{month}/{name}")
            self._meta_months[month] = signature
        return touched

    def _read_changes(self, name: str) -> set[str]:
        path = self._root / "meta" / name
        before = self._meta_sizes.get(name, 0)
        try:
            size = path.stat().st_size
        except OSError:
            return set()
        if size == before:
            return set()
        found, end = changes(path, before if size > before else 0)
        self._meta_sizes[name] = end
        for record in found:
            self._meta.setdefault(str(record["run"]), {})[_identity(record)] = record
            self._unsaved.add(str(record["run"]))
        return {str(record["run"]) for record in found}

    def _update(self, run_id: str, stale: Container[str], live: Container[str]) -> bool:
        """Bring a run's row up to date; tell whether it changed."""
        reading = self._open.get(run_id) or self._reading(run_id)
        if reading is None:
            return False  # the meta log announces a run whose files are not here yet
        self._open[run_id] = reading
        grown = reading.refresh()
        before = self._rows.get(run_id)
        if not reading.has_records():
            return False  # just being made
        settled = reading.is_settled() and run_id not in live
        if before and not (grown or run_id in stale or settled or reading.has_turned(self._live)):
            return False
        meta = self._meta.get(run_id, {}).values()
        clock = max([reading.clock(), *(record["l"] for record in meta if isinstance(record.get("l"), int))])
        self._rows[run_id] = _Row(reading.document(meta, self._live), clock, settled)
        if settled:
            del self._open[run_id]
            self._unsaved.add(run_id)
        return True

    def _reading(self, run_id: str) -> Reading | None:
        if not is_run_id(run_id):
            return None
        folder = self._root / "runs" / month_of(run_id) / run_id
        return Reading(run_id, folder) if folder.is_dir() else None

    # --- the index

    def _load(self) -> set[str]:
        """Start from the index; return the ids of runs that were open when it was written."""
        self._loaded = True
        found = self._index.load()
        if found is not None:
            try:
                with no_collection():
                    return self._start_from(found)
            except (KeyError, TypeError, ValueError, AttributeError):  # whole, but not of a shape we know
                self._reset()
        return set()

    def _start_from(self, found: Snapshot) -> set[str]:
        for run_id, row in found.rows.items():
            if row["doc"] is not None:
                self._rows[run_id] = _Row(row["doc"], row["clock"], settled=True)
            for record in row["meta"]:
                self._meta.setdefault(run_id, {})[_identity(record)] = record
        state = found.state
        for run_id in [*self._rows, *state["open"]]:
            self._runs_in.setdefault(month_of(run_id), set()).add(run_id)
        self._months = dict(state["months"])
        self._meta_months = dict(state["meta_months"])
        self._meta_sizes = dict(state["meta"])
        self._was_writing = set(state["writing"])
        self._base = found.base
        return set(state["open"])

    def _save(self) -> None:
        base = self._base
        if base and (base.height >= _HIGH or len(self._unsaved) * 5 > len(self._rows) or not self._index.has(base)):
            base = None
        wanted = self._unsaved if base else self._rows.keys() | self._meta.keys()
        state = {
            "open": sorted(self._open),
            "months": self._months,
            "meta_months": self._meta_months,
            "meta": self._meta_sizes,
            "writing": sorted(self._was_writing),
        }
        self._base = self._index.save({run_id: self._as_row(run_id) for run_id in sorted(wanted)}, state, base)
        self._unsaved.clear()

    def _as_row(self, run_id: str) -> dict[str, Any]:
        """An open run is only remembered for its changes: the next process reads its files anyway."""
        row, meta = self._rows.get(run_id), list(self._meta.get(run_id, {}).values())
        if row is None and not meta:
            return {"id": run_id, "gone": True}
        settled = row is not None and row.settled
        return {
            "id": run_id,
            "doc": row.document if row and settled else None,
            "clock": row.clock if row else 0,
            "meta": meta,
        }


def _identity(record: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(record.get("w")), str(record.get("n")), str(record.get("c"))


def _age(row: _Row) -> tuple[int, str]:
    return row.document["started"], row.document["id"]


def _signature(folder: Path) -> Signature:
    """Return what changes whenever a folder does; nothing for one that may change again within a tick of its clock.

    The time is taken first: between looking and comparing, this process may sleep.
    """
    now = time.time_ns()
    try:
        status = folder.stat()
    except OSError:
        return []
    if now - status.st_mtime_ns <= _RACY:
        return []
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_nlink, status.st_size]
