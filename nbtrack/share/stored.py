"""A store's folder as one side of an exchange: this store, or one in a folder that several people share."""

import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cached_property
from os import lstat
from pathlib import Path
from typing import Any

from nbtrack.errors import StoreError
from nbtrack.model import event
from nbtrack.share.holder import Content, Entry, Holder, Offer
from nbtrack.share.naming_objects import Mentions, objects_of
from nbtrack.store.exchange.holdings import Holdings, Item, holdings
from nbtrack.store.exchange.intake import Intake
from nbtrack.store.exchange.naming import Changes, Segment, placed
from nbtrack.store.folder import Folder
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.hashing import ALGORITHMS, is_name, tagged
from nbtrack.store.runs.metascan import changes, meta_writer, months
from nbtrack.store.runs.packs import Packs
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.runs.run_files import loose
from nbtrack.store.system.disk import names


class StoreHolder(Holder):
    """A store's folder. Readers and writers use it meanwhile as they like."""

    def __init__(self, store: LocalStore) -> None:
        self.store = store
        self.busy: set[str] = set()
        self._root = store.path
        self._packs = Packs(store.path)
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Make sure that there is a store, creating one in a folder that is empty or not there yet."""
        if not self.exists() and (there := names(self._root)):
            raise StoreError(
                f"{self._root} has other things in it ({min(there)!r}); name a folder of its own for the store"
            )
        Folder(self._root).prepare()

    def exists(self) -> bool:
        """Tell whether there is a store."""
        return bool(Folder(self._root).about())

    def records(self) -> dict[str, Entry]:
        """Return the record files there are, in packs or not; their marks are their sizes, as they only grow."""
        found = self._packs.steadily(self._segments)
        for month in months(self._root / "meta"):
            for name in names(self._root / "meta" / month):
                if meta_writer(name) is not None:
                    self._note(found, Changes(month, name).place, self._root / "meta" / month / name)
        return found

    def _segments(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for name in self._packs.names():
            for run_id, files in self._packs.open(name).runs.items():
                ours = (file for file in files if segment_name(file.name) is not None)
                found.update((Segment(run_id, file.name).place, _entry(file.size)) for file in ours)
        for month in months(self._root / "runs"):
            folder = self._root / "runs" / month
            for run_id in names(folder):
                if placed(f"runs/{month}/{run_id}/ev-000000000000-0.jsonl") is not None:
                    for file in loose(folder / run_id):
                        found[Segment(run_id, file.name).place] = _entry(file.size)
        return found

    def _note(self, found: dict[str, Entry], place: str, path: Path) -> None:
        with suppress(OSError):
            if path.is_file() and not path.is_symlink():
                found[place] = _entry(lstat(path).st_size)

    def objects(self) -> Mapping[str, int]:
        """Return the objects there are, by name, with their sizes."""
        found = {}
        for algorithm in ALGORITHMS:
            for first in names(self._root / "cas" / algorithm):
                folder = f"{self._root}/cas/{algorithm}/{first}"
                for rest in names(folder):
                    name = tagged(algorithm, first + rest)
                    if len(first) == 2 and is_name(name):
                        with suppress(OSError):
                            found[name] = lstat(f"{folder}/{rest}").st_size
        return found

    @cached_property
    def _holdings(self) -> Holdings:
        return holdings(self.store)

    def offer(self, run_id: str, places: Collection[str]) -> Offer:
        """Return what is good of a run, as far as it lies at these places, and all its objects that are here."""
        with self._lock:  # the first reads the changes of all runs
            held = self._holdings
            _ = held.changed
        found = held.run(run_id)
        files = {item.place: _content(item) for item in found.segments if item.place in places}
        flaws = tuple(f"{each.what}: {each.why}" for each in found.missing)
        return Offer(files, frozenset(found.objects), flaws)

    def offer_changes(self, places: Collection[str], chosen: Collection[str] | None) -> Offer:
        """Return the changes of the chosen runs; a file that has others, too, becomes one with only these."""
        held = self._holdings if chosen is None else holdings(self.store, chosen)
        files, mentions = {}, Mentions()
        for item in held.changes:
            if item.place in places or not (self._root / item.place).exists():
                files[item.place] = _content(item)
                mentions.take(item.chunks())
        return Offer(files, objects_of(mentions, self.objects(), lambda name: self.object_content(name).chunks()))

    def object_content(self, name: str) -> Content:
        """Return an object, checked while it is read."""
        return _content(self._holdings.object(name))

    def deletions(self) -> list[dict[str, Any]]:
        """Return the records that say which runs were deleted or restored."""
        found = []
        for month in months(self._root / "meta"):
            for name in names(self._root / "meta" / month):
                if meta_writer(name) is not None:
                    records, _ = changes(self._root / "meta" / month / name, having=b'"delete"')
                    found += [record for record in records if record.get("k") == event.DELETE]
        return found

    def add_run(self, run_id: str, files: Mapping[str, Content]) -> frozenset[str]:
        """Add files of a run; it appears with all of them at once."""
        named = {place.rpartition("/")[2]: content for place, content in files.items()}
        with Intake(self.store) as intake:
            intake.run(run_id, {name: content.chunks() for name, content in named.items()})
            intake.commit()
            return self._new(intake)

    def add_changes(self, at: Changes, content: Content) -> bool:
        """Add a file of the meta log."""
        with Intake(self.store) as intake:
            intake.changes(at, content.chunks())
            intake.commit()
            return bool(self._new(intake))

    def add_object(self, name: str, content: Content) -> None:
        """Add an object, whose bytes must be those of its name."""
        with Intake(self.store) as intake:
            intake.object(name, content.size, content.chunks())
            intake.commit()

    def has_room(self, size: int) -> bool:
        """Tell whether the disk has room for so many bytes more, as far as that can be known."""
        from shutil import disk_usage  # noqa: PLC0415 - only for what is large

        try:
            return disk_usage(self._root).free > size
        except OSError:
            return True

    def _new(self, intake: Intake) -> frozenset[str]:
        """Return what was new; what a process here is still writing is left to it, and is tried again."""
        self.busy.update(each.at.place for each in intake.taken if each.outcome == "busy")
        return frozenset(each.at.place for each in intake.taken if each.outcome not in {"busy", "known"})


def _entry(size: int) -> Entry:
    return Entry(size, str(size))


def _content(item: Item) -> Content:
    return Content(item.size, item.chunks)
