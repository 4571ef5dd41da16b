"""``nbtrack gc``: what nobody needs goes to the trash, and what was there for 14 days goes for good.

objects that no record mentions, for 14 days        what a crash or an interrupt left behind
objects that only deleted runs mention              with the records of those runs
artifacts that only runs mention which a rule lets go   the records of those runs stay
"""

import json
import os
import re
from calendar import timegm
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import strptime
from typing import Final, NamedTuple

from nbtrack.errors import MaintenanceLocked
from nbtrack.model.ids import is_run_id
from nbtrack.store.housekeeping.maintenance import Lock
from nbtrack.store.housekeeping.marking import Marks, loose_files, mark
from nbtrack.store.housekeeping.trash import DELETED, GRACE, RULE, UNREFERENCED, Batch, Item, Trash
from nbtrack.store.housekeeping.unpacking import take_out
from nbtrack.store.runs.live import META, Live, Marker
from nbtrack.store.runs.packs import Packs
from nbtrack.store.system.disk import names, read
from nbtrack.store.system.process import Process, is_alive, process_of, this_process

_MARGIN: Final = 2 * 86_400.0  # objects are touched when they are used again, but at most once a day
_SILENT: Final = 600.0  # a marker that cannot be read, or is from before a restart, is nobody's when silent so long
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_REST: Final = re.compile(r"[0-9a-f]{62}")


class _Object(NamedTuple):
    path: str
    size: int
    mtime: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a collection would do.

    ``objects`` and ``files`` (of deleted runs) go to the trash, ``packed`` are deleted runs to be taken out of packs
    first; ``due`` goes for good, but for what is ``wanted`` again. ``young`` is what may not go yet.
    """

    objects: tuple[Item, ...] = ()
    files: tuple[Item, ...] = ()
    packed: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    wanted: tuple[tuple[Batch, Item], ...] = ()
    due: tuple[Batch, ...] = ()
    young: tuple[Item, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes go to the trash."""
        return sum(item.size for item in (*self.objects, *self.files))

    @property
    def deleted(self) -> list[str]:
        """The deleted runs whose records go."""
        return sorted({run_id for item in self.files for run_id in item.runs} | set(self.packed))

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.objects or self.files or self.packed or self.wanted or self.due)


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection did: the batch in the trash, if any, and how many bytes went for good."""

    batch: Batch | None
    freed: int
    brought_back: int


class Collector:
    """Collects what is not needed in a store.

    Args:
        root: the store's folder.
        now: seconds since 1970.
        deleted: the runs that are marked as deleted.
        released: runs whose artifacts may go, each with the rule that says so.
        ignored_hosts: hosts that are known to be gone for good, whatever their markers say.
        committed: paths in the store that git has; they stay where they are.

    Raises:
        MaintenanceLocked: another host may be writing this store, and what it needs cannot be known here.
    """

    def __init__(
        self,
        root: Path,
        *,
        now: float,
        deleted: Collection[str] = (),
        released: Mapping[str, str] | None = None,
        ignored_hosts: Collection[str] = (),
        committed: Collection[str] = (),
    ) -> None:
        self._committed = committed
        self._root = root
        self._now = now
        self._released = released or {}
        self._ignored_hosts = ignored_hosts
        self._trash = Trash(root)
        self._writing = _writers(root, ignored_hosts)
        self._deleted = frozenset(deleted) - {marker.run for marker in self._writing}

    def plan(self) -> Plan:
        """Return what would be done."""
        waiting = [(batch, item) for batch in self._trash.batches() for item in self._trash.present(batch)]
        watched = {item.digest.encode() for _, item in waiting if item.digest}
        objects = {f"{first}{rest}".encode(): found for first, rest, found in _objects(self._root)}
        marks = mark(self._root, Marks(self._released, self._deleted, watched))
        marks.follow({digest: self._root / found.path for digest, found in objects.items()})
        going, young = self._sorted(objects, marks)
        return Plan(
            objects=tuple(going),
            files=tuple(self._files()),
            packed=tuple(sorted(filter(self._is_in_own_packs, self._deleted))),
            released=tuple(sorted({run for item in going if item.why == RULE for run in item.runs})),
            wanted=tuple((batch, item) for batch, item in waiting if _is_wanted(batch, item, marks, objects)),
            due=tuple(batch for batch in self._trash.batches() if batch.is_due(self._now)),
            young=tuple(young),
        )

    def collect(self, lock: Lock, plan: Plan | None = None) -> Collected:
        """Do it.

        Raises:
            MaintenanceLocked: another host may be writing this store; or the lock was taken over.
        """
        plan = plan or self.plan()
        _writers(self._root, self._ignored_hosts)  # one may have come while people looked at the plan
        self._trash.finish(lock)
        back = 0
        for batch in {batch.name: batch for batch, _ in plan.wanted}.values():
            paths = {item.path for other, item in plan.wanted if other.name == batch.name}
            back += len(self._trash.restore(batch, lock, lambda item, paths=paths: item.path in paths))  # type: ignore[misc]  # bound now
        freed = sum(self._trash.purge(batch, lock, self._now) for batch in plan.due)
        if plan.packed:
            take_out(self._root, plan.packed, lock)
        items = [*plan.objects, *(plan.files if not plan.packed else self._files())]
        batch_made = self._trash.move(items, lock, now=self._now, reason=self._reason(plan), still=self._is_unused)
        return Collected(batch_made, freed, back)

    def _sorted(self, objects: Mapping[bytes, _Object], marks: Marks) -> tuple[list[Item], list[Item]]:
        """Return the objects that may go, and those that are too young for it."""
        going: list[Item] = []
        young: list[Item] = []
        for digest, found in sorted(objects.items()):
            if digest in marks.kept or found.path in self._committed:
                continue
            runs = marks.released.get(digest, set())
            why = UNREFERENCED if not runs else RULE if runs - self._deleted else DELETED
            item = Item(found.path, found.size, why, tuple(sorted(runs)))
            old_enough = found.mtime < min(self._floor(), self._now - (GRACE if why == UNREFERENCED else 0))
            (going if old_enough else young).append(item)
        return going, young

    def _floor(self) -> float:
        """Objects touched after this moment may be wanted by somebody who has not said so yet."""
        begun = [_began(marker.run) for marker in self._writing if marker.run != META]
        return min([self._now, *begun]) - _MARGIN

    def _is_unused(self, path: Path) -> bool:
        """Tell whether nobody has used an object since: whoever puts the same bytes again touches it."""
        in_cas = "cas" in path.parts[-4:]
        return not in_cas or path.stat().st_mtime < self._floor()

    def _files(self) -> Iterator[Item]:
        for run_id in sorted(self._deleted):
            for file in loose_files(self._root, run_id):
                place = file.path.relative_to(self._root).as_posix()
                if place not in self._committed:
                    yield Item(place, file.size, DELETED, (run_id,))

    def _is_in_own_packs(self, run_id: str) -> bool:
        packs = {f"packs/{file.path.name}" for file in Packs(self._root).of(run_id)}
        return bool(packs) and not any(pack in self._committed for pack in packs)

    def _reason(self, plan: Plan) -> str:
        rules = sorted({self._released[run_id] for run_id in plan.released if run_id in self._released})
        parts = [f"artifacts of runs {rule}" for rule in rules]
        parts += [f"{len(plan.deleted)} deleted run{'s' * (len(plan.deleted) > 1)}"] if plan.deleted else []
        parts += ["objects that no record mentions"] if any(i.why == UNREFERENCED for i in plan.objects) else []
        return "; ".join(parts)


def _is_wanted(batch: Batch, item: Item, marks: Marks, objects: Mapping[bytes, _Object]) -> bool:
    """Tell whether something in the trash is used again: by a run that did not let go of it."""
    if item.digest is None or batch.purged or item.digest.encode() in objects:
        return False
    keepers = marks.keepers.get(item.digest.encode(), set())
    return bool(keepers - set(item.runs) if item.why == RULE else keepers)


def _objects(root: Path) -> Iterator[tuple[str, str, _Object]]:
    for algorithm in ("sha256", "blake3"):
        for first in names(root / "cas" / algorithm):
            if _FOLDER.fullmatch(first):
                folder = root / "cas" / algorithm / first
                for rest in names(folder):
                    if _REST.fullmatch(rest):
                        status = os.lstat(folder / rest)
                        place = f"cas/{algorithm}/{first}/{rest}"
                        yield first, rest, _Object(place, status.st_size, status.st_mtime)


def _began(run_id: str) -> float:
    return float(timegm(strptime(run_id[:15], "%Y%m%dt%H%M%S"))) if is_run_id(run_id) else 0.0


def _writers(root: Path, ignored_hosts: Collection[str]) -> list[Marker]:
    """Return the writers of this host that are at work.

    Raises:
        MaintenanceLocked: there are some of another host.
    """
    live = Live(root)
    here: list[Marker] = []
    for marker in live.markers():
        path = root / "live" / f"{marker.run}.{marker.writer}"
        process = _process(path)
        alive = is_alive(process) if process else None
        if (process is None or _rebooted(process)) and live.silence(marker) > _SILENT:
            continue
        if alive is None and (process is None or process.host not in ignored_hosts):
            raise MaintenanceLocked(_foreign(process, path, live.silence(marker)))
        if alive:
            here.append(marker)
    return here


def _rebooted(process: Process) -> bool:
    """Tell whether a process ran on what is called like this host before its last start."""
    mine = this_process()
    return process.host == mine.host and process.boot not in {"", mine.boot}


def _process(path: Path) -> Process | None:
    try:
        told = json.loads(read(path))
    except (OSError, ValueError):
        return None
    return process_of(told) if isinstance(told, dict) else None


def _foreign(process: Process | None, path: Path, silence: float) -> str:
    who = f"host {process.host}" if process else "somebody"
    elsewhere = "before its last start, or in a container" if process and process.host == this_process().host else ""
    host = f"--ignore-host {process.host}" if process else f"remove {path}"
    return (
        f"{who} may be writing this store{f' ({elsewhere})' if elsewhere else ''}: its last sign of life is "
        f"{silence:,.0f} s old, and what it needs cannot be known here. Wait until its run has ended, or, "
        f"if it is gone for good, {'add' if process else ''} {host}".replace("  ", " ")
    )
