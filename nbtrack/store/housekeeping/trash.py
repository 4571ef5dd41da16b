"""The trash: what ``nbtrack gc`` took away, as it was, until its time of grace is over.

Each time something is moved there it is a batch, a folder ``trash/<time>-<random>/`` with the files under the paths
they had, and ``list.jsonl``, which was complete and flushed before the first of them was moved. When a batch is purged
the files go and the list stays, so that a missing object can still be explained.
"""

import filecmp
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbtrack.errors import AmbiguousRun, StoreError, UsageError
from nbtrack.model import event
from nbtrack.model.ids import is_run_id, matches, month_of, new_run_id
from nbtrack.store.housekeeping.maintenance import Lock, maintaining
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    link,
    make_folders,
    names,
    read,
    refuse_links,
    remove_folder,
    unlink,
    write,
)

GRACE: Final = 14 * 86_400.0  # seconds in the trash before anything is removed for good
UNREFERENCED: Final = "unreferenced"
RULE: Final = "rule"
DELETED: Final = "deleted"
_LIST: Final = "list.jsonl"
_OBJECT: Final = re.compile(r"cas/(?:sha256|blake3)/([0-9a-f]{2})/([0-9a-f]{62})")
_RUN_FILE: Final = re.compile(r"runs/([0-9]{4}-[0-9]{2})/([0-9a-z-]{24})/[a-z0-9][a-z0-9.-]{0,99}")
_FEW: Final = 200  # runs named in one line of a list


class Item(NamedTuple):
    """A file in the trash: the path it had in the store, its size, why it went, and the runs that let go of it."""

    path: str
    size: int
    why: str
    runs: tuple[str, ...] = ()

    @property
    def digest(self) -> str | None:
        """The hash of the object that it is, None for a file of a run."""
        found = _OBJECT.fullmatch(self.path)
        return found[1] + found[2] if found else None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was moved to the trash at one time (``at``, seconds since 1970), and whether it is still there."""

    name: str
    at: float
    reason: str
    items: tuple[Item, ...]
    purged: bool

    @property
    def size(self) -> int:
        """How many bytes it has, or had."""
        return sum(item.size for item in self.items)

    def is_due(self, now: float, grace: float = GRACE) -> bool:
        """Tell whether its time of grace is over."""
        return not self.purged and now - self.at >= grace


class Trash:
    """The trash of a store. Whoever calls a method that changes it holds the maintenance lock."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "trash"

    def batches(self) -> list[Batch]:
        """Return the batches there are, oldest first."""
        found = [self._load(name) for name in names(self._folder) if is_run_id(name)]
        return sorted((batch for batch in found if batch is not None), key=lambda batch: (batch.at, batch.name))

    def present(self, batch: Batch) -> list[Item]:
        """Return what of a batch is in the trash: an interrupted move leaves the rest where it was."""
        return [item for item in batch.items if (self._folder / batch.name / item.path).is_file()]

    def tell(self, digest: str) -> str:
        """Say what became of an object that went to the trash; nothing about any other."""
        found = [batch for batch in self.batches() if any(item.digest == digest for item in batch.items)]
        if not found:
            return ""
        batch = found[-1]
        back = "it was removed for good" if batch.purged else f"`nbtrack gc --undo --batch {batch.name}` brings it back"
        return f"`nbtrack gc` moved it to the trash {_when(batch.at)} ({batch.reason}): {back}"

    def move(
        self,
        items: Iterable[Item],
        lock: Lock,
        *,
        now: float,
        reason: str,
        still: Callable[[Path], bool] = lambda _: True,
    ) -> Batch | None:
        """Move files here, as one batch; None when there is nothing to move.

        Args:
            items: what to move.
            lock: the maintenance lock, checked again and again.
            now: seconds since 1970.
            reason: in words, for the list.
            still: asked of each file right before and right after it is moved; one that is wanted again goes back.
        """
        wanted = tuple(items)
        if not wanted:
            return None
        refuse_links(self._root, "trash")
        make_folders(self._folder)
        self._ignore()
        batch = Batch(new_run_id(now), now, reason, wanted, purged=False)
        self._write_list(batch)
        pairs = [(self._root / item.path, self._folder / batch.name / item.path) for item in wanted]
        there = _linked(pairs, lock)
        for source, target in there:
            lock.check()
            _leave(source, target, still)
        for source, _ in there:
            _tidy(source, self._root / "runs")
        return batch

    def restore(self, batch: Batch, lock: Lock, only: Callable[[Item], bool] = lambda _: True) -> list[Item]:
        """Move what is in a batch back to where it was, and return it; the batch goes when nothing is left of it.

        Raises:
            UsageError: it was purged.
        """
        if batch.purged:
            raise UsageError(
                f"what went to the trash {_when(batch.at)} was removed for good; it cannot be brought back"
            )
        places = {self._folder / batch.name / item.path: item for item in filter(only, self.present(batch))}
        pairs = [(source, self._root / item.path) for source, item in places.items()]
        restored: list[Item] = []
        for source, target in _linked(pairs, lock):
            lock.check()
            if _is_same(source, target):  # what came back in the meantime and is something else stays, and so does ours
                unlink(source, missing_ok=True)
                restored.append(places[source])
        if not self.present(batch):
            self._drop(batch)
        return restored

    def purge(self, batch: Batch, lock: Lock, now: float) -> int:
        """Remove a batch's files for good and return how many bytes that freed; its list stays.

        Raises:
            StoreError: its time of grace is not over.
        """
        if not batch.is_due(now):
            raise StoreError(f"the trash of {_when(batch.at)} has time until {_when(batch.at + GRACE)}")
        freed = 0
        self._mark_purged(batch, now)
        for item in self.present(batch):
            lock.check()
            freed += item.size
            unlink(self._folder / batch.name / item.path, missing_ok=True)
        _remove_empty(self._folder / batch.name)
        return freed

    def finish(self, lock: Lock) -> None:
        """Remove what an interrupted purge has left."""
        for batch in self.batches():
            for item in self.present(batch) if batch.purged else ():
                lock.check()
                unlink(self._folder / batch.name / item.path, missing_ok=True)

    # --- the list

    def _write_list(self, batch: Batch) -> None:
        folder = self._folder / batch.name
        make_folders(folder)
        fd = create(folder / _LIST)
        try:
            write(fd, b"".join(_lines(batch)))
            flush(fd)
        finally:
            os.close(fd)
        flush_folder(folder)

    def _mark_purged(self, batch: Batch, now: float) -> None:
        """Say so in a file of its own before anything goes: a list is never written twice."""
        with suppress(FileExistsError):
            fd = create(self._folder / batch.name / "purged.jsonl")
            try:
                write(fd, encode({"k": "purged", "t": int(now * 1000)}))
                flush(fd)
            finally:
                os.close(fd)
        flush_folder(self._folder / batch.name)

    def _load(self, name: str) -> Batch | None:
        folder = self._folder / name
        try:
            lines = read(folder / _LIST).split(b"\n")[:-1]
        except OSError:
            return None
        records = [record for state, record in map(decode, lines) if state == "ok"]
        if not records or records[0].get("k") != "trash" or records[0].get("min_reader", 0) > event.FORMAT:
            return None
        items = [item for item in map(_item, records[1:]) if item is not None]
        moment, reason = records[0].get("t"), str(records[0].get("why", ""))
        at = moment / 1000 if isinstance(moment, int) else 0.0
        return Batch(name, at, reason, tuple(_joined(items)), (folder / "purged.jsonl").exists())

    def _drop(self, batch: Batch) -> None:
        folder = self._folder / batch.name
        unlink(folder / _LIST, missing_ok=True)
        _remove_empty(folder)
        with suppress(OSError):
            remove_folder(folder)

    def _ignore(self) -> None:
        """Keep the trash out of git: what one person takes away is not for the others."""
        with suppress(FileExistsError):
            fd = create(self._folder / ".gitignore")
            try:
                write(fd, b"*\n")
            finally:
                os.close(fd)


def _lines(batch: Batch) -> Iterator[bytes]:
    members: dict[str, Any] = {"fmt": event.FORMAT, "min_reader": event.MIN_READER, "why": batch.reason[:1000]}
    yield encode({"k": "trash", **members, "t": int(batch.at * 1000)})
    for item in batch.items:
        for first in range(0, max(len(item.runs), 1), _FEW):
            runs = list(item.runs[first : first + _FEW])
            yield encode({"k": "moved", "path": item.path, "size": item.size, "why": item.why, "runs": runs})


def _item(record: dict[str, Any]) -> Item | None:
    """Return what a line of a list names; None when it names no place where files of a store can be."""
    match record:
        case {"k": "moved", "path": str(path), "size": int(size), "why": str(why), "runs": list(runs)}:
            in_run = _RUN_FILE.fullmatch(path)
            if _OBJECT.fullmatch(path) or (in_run and is_run_id(in_run[2]) and month_of(in_run[2]) == in_run[1]):
                return Item(path, size, why, tuple(map(str, runs)))
    return None


def _joined(items: list[Item]) -> Iterator[Item]:
    """Put together what took several lines."""
    by_path: dict[str, Item] = {}
    for item in items:
        before = by_path.get(item.path)
        by_path[item.path] = item._replace(runs=before.runs + item.runs) if before else item
    yield from by_path.values()


def _linked(pairs: Sequence[tuple[Path, Path]], lock: Lock) -> list[tuple[Path, Path]]:
    """Give files a second name, durable before the first is taken from them; return those that are still there."""
    found: list[tuple[Path, Path]] = []
    for source, target in pairs:
        lock.check()
        make_folders(target.parent)
        try:
            link(source, target)
        except FileNotFoundError:
            continue
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            shutil.copy2(source, target)
            _flush(target)
        found.append((source, target))
    for folder in sorted({target.parent for _, target in found}):
        flush_folder(folder)
    return found


def _flush(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        flush(fd)
    finally:
        os.close(fd)


def _leave(source: Path, target: Path, still: Callable[[Path], bool]) -> None:
    """Take the first name from a file that has a second one, unless it is wanted again, which is asked twice."""
    try:
        if not still(source):
            unlink(target)
            return
        unlink(source)
    except FileNotFoundError:
        return
    if not still(target):
        with suppress(FileExistsError):
            link(target, source)
            flush_folder(source.parent)
        unlink(target)


def _is_same(source: Path, target: Path) -> bool:
    try:
        return source.samefile(target) or filecmp.cmp(source, target, shallow=False)
    except FileNotFoundError:
        return False


def _tidy(path: Path, runs: Path) -> None:
    """Remove the folder of a run whose last file has gone."""
    if path.parent.parent.parent == runs:
        with suppress(OSError):
            remove_folder(path.parent)


def _remove_empty(folder: Path) -> None:
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):
            remove_folder(path)


def _when(at: float) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only for a message

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def bring_back(root: Path, prefix: str) -> list[Item]:
    """Bring back what the deleted run whose id ``prefix`` begins has in the trash, and return it.

    Raises:
        AmbiguousRun: several runs in the trash have ids that begin so.
        MaintenanceLocked: somebody else is at work in the store.
    """
    trash, found = Trash(root), []
    there = [batch for batch in trash.batches() if not batch.purged]
    wanted = [batch for batch in there if any(_is_of(prefix, item) for item in batch.items)]
    runs = {run for batch in wanted for item in batch.items for run in item.runs if matches(run, prefix.lower())}
    if len(runs) > 1:
        listed = ", ".join(sorted(runs)[:8])
        raise AmbiguousRun(f"{prefix[:80]!r} is the beginning of {len(runs)} runs in the trash; write more: {listed}")
    if wanted:
        with maintaining(root, "restore") as lock:
            for batch in wanted:
                found += trash.restore(batch, lock, lambda item: _is_of(prefix, item))
    return found


def _is_of(prefix: str, item: Item) -> bool:
    return item.why == DELETED and any(matches(run_id, prefix.lower()) for run_id in item.runs)
