"""Keeping copies of what runs were given: after them, in a thread of its own, and never more than a run may keep."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from nbtrack.capture.asked.keep_data import Bounds
from nbtrack.capture.asked.preferences import Project
from nbtrack.capture.data.data_paths import Folder
from nbtrack.capture.data.findings import Entry, Findings
from nbtrack.capture.data.keeping import Keeper, Wish, too_much
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.later import Later
from nbtrack.model import event
from nbtrack.model.document import DataDocument
from nbtrack.store.base import Store

if TYPE_CHECKING:
    from nbtrack.model.tagged import Json

_OFTEN: Final = 0.5  # seconds


class Copies:
    """Keeps what the runs of a session were given."""

    def __init__(self) -> None:
        self._background = Background()
        self._project = Project()
        self._keeper = Keeper()
        self._is_ending = False

    def known(self, store: Store | None) -> Callable[[Entry], DataDocument | None]:
        """Return what says of a file what was kept of it before, at once."""

        def kept(entry: Entry) -> DataDocument | None:
            stamp = None if isinstance(entry.told, Folder) else entry.told.stamp
            sha256 = (entry.found or {}).get("sha256")
            return self._keeper.known(store, stamp, sha256) if store is not None and stamp and sha256 else None

        return kept

    def soon(self, later: Later, findings: Findings, folder: Path) -> None:
        """Keep what is not yet, and record it with the run. All hashes are known by now."""
        if any(entry.is_given and entry.found and entry.kept is None for entry in findings.local):
            self._background.soon(lambda: self._keep(later, findings, folder))

    def now(self, later: Later, findings: Findings, folder: Path) -> None:
        """Keep what is not yet, because the process is about to end."""
        self._is_ending = True
        self._keep(later, findings, folder)

    def close(self) -> None:
        """Finish what was begun."""
        self._background.close()

    def _keep(self, later: Later, findings: Findings, folder: Path) -> None:
        limits = self._project.preferences(folder).keep_data
        store = later.run.store
        if store is None or not limits.file or not later.run.begun or later.run.discards:
            return
        room, recorded = limits.run, time.monotonic()
        for entry in sorted(findings.local, key=lambda each: each.size):
            if entry.is_given and entry.found:
                if entry.kept is None:
                    entry.kept = self._kept(store, entry, limits, room)
                room -= entry.size if entry.kept and entry.kept.get("kept") else 0
            if time.monotonic() - recorded > _OFTEN:  # the process may end before the rest is kept
                _record(later, findings)
                recorded = time.monotonic()
        _record(later, findings)

    def _kept(self, store: Store, entry: Entry, limits: Bounds, room: int) -> DataDocument | None:
        if isinstance(entry.told, Folder):
            return self._kept_folder(store, entry, entry.told, limits, room)
        sha256 = (entry.found or {}).get("sha256")
        if entry.told.stamp is None or not sha256:
            return None
        wish = Wish(entry.told.path, entry.told.stamp, sha256, is_elsewhere=entry.is_cached)
        return self._one(store, wish, limits, room)

    def _kept_folder(
        self, store: Store, entry: Entry, folder: Folder, limits: Bounds, room: int
    ) -> DataDocument | None:
        """Keep all files of a folder, and the list of them, or none: a part of a data set is no data set."""
        sha256 = (entry.found or {}).get("sha256")
        if not sha256:
            return None
        if folder.size > room:
            return too_much()
        wishes = [
            Wish(use.path, use.stamp, entry.sums[use.path])
            for use in folder.files
            if use.stamp is not None and use.path in entry.sums
        ]
        if len(wishes) < len(folder.files):
            return None
        document = self._keeper.keep_all(store, wishes, limits, self._pause)
        if not document["kept"]:
            return document
        store.put(folder.listing(entry.sums))
        return {**document, "sha256": sha256}

    def _one(self, store: Store, wish: Wish, limits: Bounds, room: int) -> DataDocument:
        if wish.stamp.size > room and wish.stamp.size <= limits.file:
            return too_much()
        return self._keeper.keep(store, wish, limits, self._pause)

    def _pause(self, seconds: float) -> None:
        if not (self._background.closing or self._is_ending):
            time.sleep(seconds)


def _record(later: Later, findings: Findings) -> None:
    if kept := findings.kept():
        later.record(event.DATA, cast("Json", kept))
