"""All runs of a folder, kept up to date: what is settled is never looked at again, what is open costs what is new.

Settled runs are in the layers of the index, which are columns on disk and not objects in memory. Beside them stand,
as documents, the runs that are open or have changed since; when those are many they become a layer of their own.
"""

import os
import threading
import time
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.model.document import RunDocument
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.model.verdict import sealed_writers
from nbtrack.store.index.index import Index, Layer, Snapshot, kept_below, no_collection, together
from nbtrack.store.index.rows import LooseRows, age_of
from nbtrack.store.index.sheet import Entry
from nbtrack.store.index.sheet_writing import from_entries
from nbtrack.store.index.table import Place, RunsTable
from nbtrack.store.runs.live import META, Live
from nbtrack.store.runs.metascan import changes, changes_of, meta_writer, months
from nbtrack.store.runs.packs import Packs, pack_name
from nbtrack.store.runs.reading import Reading
from nbtrack.store.system.disk import names as names_in

_SAVE = 32  # changed rows that are worth an index file
_BULK = 2_000  # settled runs whose documents are in memory at most, while ever so many are read
_LISTED = 1_000  # names in a month that are worth an index file, only so that nobody lists them again
_RACY = 100_000_000  # ns; a folder that changed so lately may change again without its times showing it

_NOWHERE = [0]  # the signature of a folder that is not there

Signature = list[int]
Identity = tuple[str, str, str]


class _Row(NamedTuple):
    """A run whose document is in memory."""

    document: RunDocument
    clock: int
    settled: bool


class Catalogue:
    """The runs under a store's folder. ``table`` looks for changes and returns them all; threads may share it."""

    def __init__(self, root: Path, store_id: str, live: Live) -> None:
        self._root = root
        self._live = live
        self._packs = Packs(root)
        self._index = Index(root, store_id, self._from_records)
        self._lock = threading.Lock()
        self._reset()
        self._table: RunsTable | None = None

    def _reset(self) -> None:
        self._layers: list[Layer] = []
        self._rows: dict[str, _Row] = {}
        self._open: dict[str, Reading] = {}
        self._meta: dict[str, dict[Identity, Mapping[str, Any]]] = {}
        self._months: dict[str, Signature] = {}
        self._pack_names: set[str] = set()
        self._packs_then: Signature = []
        self._meta_months: dict[str, Signature] = {}
        self._meta_sizes: dict[str, int] = {}
        self._was_writing: set[str] = set()
        self._news = 0  # changes that the files of the index do not have
        self._listed = 0  # names that this process had to list although nothing was new
        self._loaded = False

    def table(self) -> RunsTable:
        """Return the table of all runs as they are now; the same one as long as nothing changes."""
        with self._lock:
            changed = self._refresh()
            if self._table is None or changed:
                self._table = RunsTable(self._places())
            return self._table

    def clock(self, run_id: str) -> int | None:
        """Return the highest logical clock seen for a run, or None when there is no such run."""
        with self._lock:
            for _ in range(2):  # an entry that turns out damaged has no clock; without the index there is one
                if self._refresh():
                    self._table = None  # what this look has found is news to the next one who asks for the table
                row = self._rows.get(run_id)
                entry = None if row else self._entry(run_id)
                if not self._is_damaged():
                    break
            return row.clock if row else entry.clock if entry else None

    def _places(self) -> list[Place]:
        loose = sorted((row.document for row in self._rows.values()), key=age_of)
        return [*(Place(layer.sheet, layer.hidden) for layer in self._layers), Place(LooseRows(loose))]

    def _refresh(self) -> bool:
        """Look for changes; tell whether there were any. An index that turns out damaged is left at once."""
        changed = self._drop_damaged()
        changed |= self._look()
        if self._drop_damaged():
            self._look()
            changed = True
        if self._is_due():
            if self._index.newest() > self._newest():  # another process was faster: go on from there
                self._reset()
                self._look()
                changed = True
            if self._is_due():
                self._save()
        return changed

    def _look(self) -> bool:
        is_first = not self._loaded
        stale = self._load() if is_first else set()
        live: dict[str, set[str]] = {}
        for marker in self._live.markers():
            live.setdefault(marker.run, set()).add(marker.writer)
        gone, fresh = self._list_runs()
        self._listed *= is_first
        stale |= self._read_meta(live.pop(META, set())) | fresh
        stale |= {run_id for run_id in live if run_id not in self._open and self._has(run_id)}
        return self._update_all(stale, live) or gone

    def _is_due(self) -> bool:
        return self._news >= _SAVE or self._listed >= _LISTED

    # --- which runs there are

    def _has(self, run_id: str) -> bool:
        return run_id in self._rows or self._place(run_id) is not None

    def _place(self, run_id: str) -> tuple[int, int] | None:
        """Return the layer and the row of a run that is in the index."""
        for at in range(len(self._layers) - 1, -1, -1):
            row = self._layers[at].sheet.row_of(run_id)
            if row is not None and row not in self._layers[at].hidden:
                return at, row
        return None

    def _known_in(self, month: str) -> set[str]:
        """Return the ids of the known runs of a month."""
        prefix = month.replace("-", "")
        known = {run_id for run_id in (*self._rows, *self._open) if run_id.startswith(prefix)}
        for layer in self._layers:
            known |= layer.sheet.ids_beginning(prefix, layer.hidden)
        return known

    def _hide(self, run_id: str) -> bool:
        """Leave a run of the index out, because it is gone or stands elsewhere in a newer form."""
        place = self._place(run_id)
        if place is None:
            return False
        at, row = place
        self._layers[at] = self._layers[at]._replace(hidden=self._layers[at].hidden | {row})
        return True

    def _entry(self, run_id: str) -> Entry | None:
        place = self._place(run_id)
        return self._layers[place[0]].sheet.entry(place[1]) if place else None

    # --- looking for changes

    def _list_runs(self) -> tuple[bool, set[str]]:
        """Tell whether known runs are gone, which are then forgotten, and return the ids of runs that are new."""
        fresh: set[str] = set()
        gone = False
        repacked = self._months_repacked()
        for month in sorted({*months(self._root / "runs"), *self._months, *repacked}):
            folder = self._root / "runs" / month
            signature = _signature(folder)
            if signature and signature == self._months.get(month) and month not in repacked:
                continue
            known = self._known_in(month)
            loose, packed = self._packs.steadily(lambda: (set(names_in(folder)), self._packed_in(month)))  # noqa: B023 - called at once
            names = loose | packed
            fresh.update(name for name in (names - known) | (loose & packed) if is_run_id(name))
            for run_id in known - names:
                self._forget(run_id)
                gone = True
            self._months[month] = signature
            self._listed += len(names) if signature else 0
        return gone, fresh

    def _months_repacked(self) -> set[str]:
        """Return the months whose packs came or went."""
        signature = _signature(self._packs.folder)
        if signature and signature == self._packs_then:
            return set()
        known, self._pack_names = self._pack_names, set(self._packs.names())
        self._packs_then = signature
        return {found.month for found in map(pack_name, known ^ self._pack_names) if found}

    def _packed_in(self, month: str) -> set[str]:
        """Return the ids of a month's runs that lie in packs."""
        return self._packs.runs_of(month)

    def _forget(self, run_id: str) -> None:
        self._open.pop(run_id, None)
        row = self._rows.pop(run_id, None)
        if self._hide(run_id) or row is not None:
            self._news += 1

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
            self._changes(str(record["run"]))[_identity(record)] = record
        self._news += len({str(record["run"]) for record in found})
        return {str(record["run"]) for record in found}

    def _changes(self, run_id: str) -> dict[Identity, Mapping[str, Any]]:
        """Return the later changes of a run; those of a settled one come from the index when first asked for."""
        known = self._meta.get(run_id)
        if known is None:
            entry = self._entry(run_id)
            known = self._meta[run_id] = {_identity(record): record for record in entry.meta} if entry else {}
        return known

    # --- bringing runs up to date

    def _update_all(self, stale: set[str], live: Container[str]) -> bool:
        changed = False
        for run_id in [*stale, *(run_id for run_id in self._open if run_id not in stale)]:
            changed |= self._update(run_id, stale, live)
            if len(self._rows) - len(self._open) >= _BULK:
                self._settle()
        return changed

    def _update(self, run_id: str, stale: Container[str], live: Container[str]) -> bool:
        """Bring a run up to date; tell whether it changed."""
        reading = self._open.get(run_id) or self._reading(run_id)
        if reading is None:
            return False  # the meta log announces a run whose files are not here yet
        self._open[run_id] = reading
        grown = reading.refresh()
        before = self._rows.get(run_id)
        if not reading.has_records():
            return False  # just being made
        meta = self._changes(run_id).values()
        settled = reading.is_settled(sealed_writers(meta)) and run_id not in live
        if before and not (grown or run_id in stale or settled or reading.has_turned(self._live)):
            return False
        clock = max([reading.clock(), *(record["l"] for record in meta if isinstance(record.get("l"), int))])
        self._hide(run_id)
        self._rows[run_id] = _Row(reading.document(meta, self._live), clock, settled)
        if settled:
            del self._open[run_id]
            self._news += 1
        return True

    def _reading(self, run_id: str) -> Reading | None:
        if not is_run_id(run_id):
            return None
        folder = self._root / "runs" / month_of(run_id) / run_id
        is_here = self._packs.steadily(lambda: folder.is_dir() or bool(self._packs.of(run_id)))
        return Reading(run_id, folder, self._packs) if is_here else None

    def _from_records(self, run_id: str) -> RunDocument:
        """Return a document as a replay makes it, where the index has turned out damaged."""
        reading = Reading(run_id, self._root / "runs" / month_of(run_id) / run_id, self._packs)
        reading.refresh()
        return reading.document(changes_of(self._root, run_id), self._live)

    # --- the index

    def _is_damaged(self) -> bool:
        return any(layer.sheet.damaged for layer in self._layers)

    def _drop_damaged(self) -> bool:
        """Begin afresh when a part of the index turned out damaged; tell whether one did."""
        if not self._is_damaged():
            return False
        self._index.drop(layer for layer in self._layers if layer.sheet.damaged)
        self._reset()
        return True

    def _load(self) -> set[str]:
        """Start from the index; return the ids of runs that were open when it was written."""
        found = self._index.load()
        try:
            return self._start_from(found) if found else set()
        except (KeyError, TypeError, ValueError, AttributeError):  # whole, but not of a shape we know
            self._reset()
            return set()
        finally:
            self._loaded = True

    def _start_from(self, found: Snapshot) -> set[str]:
        state = found.state
        self._layers = list(found.layers)
        self._meta = {
            str(run_id): {_identity(record): record for record in records} for run_id, records in state["loose"].items()
        }
        self._months = dict(state["months"])
        self._pack_names = set(state["packs"])
        self._packs_then = list(state["packs_then"])
        self._meta_months = dict(state["meta_months"])
        self._meta_sizes = dict(state["meta"])
        self._was_writing = set(state["writing"])
        return set(state["open"])

    def _settle(self) -> None:
        """Make a layer in memory of the settled runs; it is written with the next one."""
        with no_collection():
            self._layers = [*self._layers, self._index.hold(from_entries(self._settled().values()))]
            kept = kept_below(self._layers[:-1], self._layers[-1].size, in_files=False)
            if kept < len(self._layers) - 1:
                self._layers[kept:] = [self._index.hold(together(self._layers[kept:]))]
        self._let_go()

    def _save(self) -> None:
        """Put what is settled into a file for the next process or, where that cannot be written, into memory."""
        settled = self._settled()
        kept = kept_below(self._layers, len(settled), in_files=True)
        try:
            with no_collection():
                new = from_entries(settled.values())
                if kept < len(self._layers):
                    new = together([*self._layers[kept:], self._index.hold(new)])
                layer = self._index.save(new, self._layers[:kept], self._state(settled))
            if layer is None:
                self._settle()
            else:
                self._layers[kept:] = [layer]
                self._let_go()
        except (OSError, ValueError):  # a file that the new one was to be made of can no longer be read
            self._reset()
        self._news = self._listed = 0

    def _settled(self) -> dict[str, Entry]:
        return {
            run_id: Entry(row.document, row.clock, list(self._meta.get(run_id, {}).values()))
            for run_id, row in self._rows.items()
            if row.settled
        }

    def _state(self, settled: Container[str]) -> dict[str, Any]:
        """Return what the next process must know beside the runs. An open run is only remembered for its changes."""
        loose = {run_id: list(known.values()) for run_id, known in self._meta.items() if run_id not in settled}
        return {
            "open": sorted(self._open),
            "loose": loose,
            "months": self._months,
            "packs": sorted(self._pack_names),
            "packs_then": self._packs_then,
            "meta_months": self._meta_months,
            "meta": self._meta_sizes,
            "writing": sorted(self._was_writing),
        }

    def _let_go(self) -> None:
        """Forget the documents that a layer now has."""
        for run_id in [run_id for run_id, row in self._rows.items() if row.settled]:
            del self._rows[run_id]
            self._meta.pop(run_id, None)

    def _newest(self) -> int:
        return max((layer.generation for layer in self._layers), default=0)


def _identity(record: Mapping[str, Any]) -> Identity:
    return str(record.get("w")), str(record.get("n")), str(record.get("c"))


def _signature(folder: Path) -> Signature:
    """Return what changes whenever a folder does, nothing for one that may change again within a tick of its clock.

    The time is taken first: between looking and comparing, this process may sleep.
    """
    now = time.time_ns()
    try:
        status = os.stat(folder)  # noqa: PTH116 - hundreds of times as often as anything else here
    except FileNotFoundError:
        return _NOWHERE
    except OSError:
        return []
    if now - status.st_mtime_ns <= _RACY:
        return []
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_nlink, status.st_size]
