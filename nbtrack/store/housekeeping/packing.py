"""Putting sealed runs into packs: their loose files go only when the pack was flushed, read back and found whole.

    write tmp/pack-… -> flush -> read back, compare, verify each seal -> rename to its content's name -> flush the
    folder -> remove the loose files that have not changed meanwhile

A crash anywhere leaves a temporary file, or a run both in a pack and loose: readers count each record once, and the
next ``pack`` removes the loose copies.
"""

import dataclasses
import hashlib
import os
import re
from binascii import crc32
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, NamedTuple

from nbtrack.errors import StoreError
from nbtrack.model import event
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.housekeeping.maintenance import Lock
from nbtrack.store.housekeeping.seals import crash_seals, flaw_in
from nbtrack.store.lines.record import encode
from nbtrack.store.runs.live import Live
from nbtrack.store.runs.metascan import months
from nbtrack.store.runs.packs import CONTENTS, END, FILE, HEAD, Pack, Packs, RunFile
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    make_folders,
    names,
    read,
    refuse_links,
    remove_folder,
    replace,
    unlink,
    write,
)
from nbtrack.store.system.refusal import refused

RUNS: Final = 1000  # in a pack, so that its table of contents is quickly read
BYTES: Final = 64 << 20  # of a pack, and of a run that gains anything by being in one
DAY: Final = 86_400.0
_TEMPORARY: Final = "pack-"
_OURS: Final = re.compile(r"(?:(?:ev|mx)-[0-9a-f]{12}-[0-9]{1,9}\.jsonl|mb-[0-9a-f]{12}-[0-9]{1,9}\.block)")


@dataclass(frozen=True, slots=True)
class Packed:
    """What packing did, or would do: new packs, runs and bytes in them, and why other runs stayed as they are.

    ``cleared`` are the runs whose loose files an earlier, interrupted packing had left behind.
    """

    packs: tuple[str, ...] = ()
    runs: int = 0
    files: int = 0
    bytes: int = 0
    cleared: int = 0
    stayed: dict[str, list[str]] = field(default_factory=dict)


class _Loose(NamedTuple):
    """A loose file as it was when it was read."""

    file: RunFile
    stamp: tuple[int, int]
    check: str


class _Run(NamedTuple):
    """A run to be packed: the loose files that no pack has, and those that one has already."""

    id: str
    fresh: list[_Loose]
    leftovers: list[_Loose]

    @property
    def size(self) -> int:
        return sum(each.file.size for each in self.fresh)


class Packer:
    """Packs the runs of a store.

    Args:
        root: the store's folder.
        older_than: seconds that must have passed since a run's last record.
        now: seconds since 1970.
        compact: makes a sealed run's folder smaller before it is packed.
        committed: paths in the store that git has; their runs stay as they are.
    """

    def __init__(
        self,
        root: Path,
        *,
        older_than: float,
        now: float,
        compact: Callable[[Path], object] | None = None,
        committed: Collection[str] = (),
    ) -> None:
        self._committed = committed
        self._root = root
        self._packs = Packs(root)
        self._before = now - older_than
        self._compact = compact
        self._open: frozenset[str] = frozenset()
        self._seals: Mapping[str, Any] = {}

    def preview(self) -> Packed:
        """Say what ``pack`` would do."""
        return self._go(self._count)

    def pack(self, lock: Lock) -> Packed:
        """Pack what can be packed, holding the maintenance lock.

        Raises:
            MaintenanceLocked: the lock was taken over; what is half done is safe.
            StoreFull: there is no room for a pack; everything is as it was.
            StoreError: what was read back is not what was written; everything is as it was.
        """
        refuse_links(self._root, "packs")
        refuse_links(self._root, "tmp")
        try:
            make_folders(self._root / "packs")
            make_folders(self._root / "tmp")
            self._sweep()
            Live(self._root).sweep()
            return self._go(partial(self._publish, lock))
        except OSError as error:
            raise refused(error, self._root / "packs") from error

    def _go(self, publish: "Callable[[str, Sequence[_Run]], Packed]") -> Packed:
        self._open = frozenset(marker.run for marker in Live(self._root).markers())
        self._seals = crash_seals(self._root)
        total = Packed()
        for month in months(self._root / "runs"):
            chosen: list[_Run] = []
            size = 0
            for run_id in sorted(filter(is_run_id, names(self._root / "runs" / month))):
                run = self._choose(run_id)
                if isinstance(run, str):
                    if run:
                        total.stayed.setdefault(run, []).append(run_id)
                    continue
                if chosen and (len(chosen) >= RUNS or size + run.size > BYTES):
                    total = _sum(total, publish(month, chosen))
                    chosen, size = [], 0
                chosen.append(run)
                size += run.size
            total = _sum(total, publish(month, chosen)) if chosen else total
        return total

    # --- choosing

    def _choose(self, run_id: str) -> _Run | str:
        """Return a run to be packed, or why it stays as it is; an empty reason for one that is in a pack only."""
        folder = self._root / "runs" / month_of(run_id) / run_id
        if run_id in self._open:
            return "running"
        loose = list(_files(folder))
        if not loose:
            return "" if self._packs.of(run_id) else "empty"
        if why := self._stays(loose, f"runs/{month_of(run_id)}/{run_id}"):
            return why
        if self._compact is not None:
            self._compact(folder)
            loose = list(_files(folder))
        if sum(each.size for each in loose) > BYTES:
            return "large"
        return self._sort(run_id, loose)

    def _stays(self, loose: list[RunFile], place: str) -> str:
        if any(f"{place}/{each.name}" in self._committed for each in loose):
            return "committed to git"
        if not all(_OURS.fullmatch(each.name) for each in loose):
            return "other files in its folder"
        return "too young" if any(each.path.lstat().st_mtime > self._before for each in loose) else ""

    def _sort(self, run_id: str, loose: list[RunFile]) -> _Run | str:
        packed = {(each.name, each.size): each for each in self._packs.of(run_id)}
        run, contents = _Run(run_id, [], []), []
        for file in loose:
            stamp, content = _stamp(file.path), file.read()
            contents.append(content)
            twin = packed.get((file.name, len(content)))
            is_there = twin is not None and twin.read() == content
            part = run.leftovers if is_there else run.fresh
            part.append(_Loose(file._replace(size=len(content)), stamp, f"{crc32(content):08x}"))
        everything = [*contents, *(each.read() for each in packed.values())]
        flaw = flaw_in(run_id, everything, self._seals.get(run_id)) if run.fresh else ""
        return f"not whole: {flaw}" if flaw else run

    # --- writing

    def _count(self, _month: str, runs: Sequence[_Run]) -> Packed:
        fresh = [run for run in runs if run.fresh]
        return Packed(
            packs=("",) if fresh else (),
            runs=len(fresh),
            files=sum(len(run.fresh) for run in fresh),
            bytes=sum(run.size for run in fresh),
            cleared=sum(bool(run.leftovers) for run in runs),
        )

    def _publish(self, lock: Lock, month: str, runs: Sequence[_Run]) -> Packed:
        fresh = [run for run in runs if run.fresh]
        done = self._count(month, runs)
        if fresh:
            done = dataclasses.replace(done, packs=(self._write(month, fresh),))
        if any(run.leftovers for run in runs):  # whoever packed them may have been killed before it had flushed
            self._flush_packs(month)
        for run in runs:
            lock.check()
            _remove(run)
        with suppress(OSError):
            flush_folder(self._root / "runs" / month)
        return done

    def _write(self, month: str, runs: Sequence[_Run]) -> str:
        temporary = self._root / "tmp" / f"{_TEMPORARY}{token_hex(8)}"
        fd = create(temporary)
        try:
            try:
                digest = write_pack(fd, month, ((run.id, [each.file for each in run.fresh]) for run in runs))
                flush(fd)
                forget(fd)
            finally:
                os.close(fd)
            self._verify(temporary, digest, runs)
            temporary.chmod(0o444)
            name = f"{month}-{digest[:16]}.jsonl"
            replace(temporary, self._root / "packs" / name)
        finally:
            unlink(temporary, missing_ok=True)
        flush_folder(self._root / "packs")
        return name

    def _verify(self, path: Path, digest: str, runs: Sequence[_Run]) -> None:
        """Read a pack back as a reader would, and compare it with what the loose files hold.

        Raises:
            StoreError: it is not that, or the runs are not whole in it.
        """
        pack = Pack(path)
        wrong = "" if digest_of(path) == digest and pack.whole else "other bytes were read back than were written"
        for run in runs:
            packed = pack.runs.get(run.id, ())
            contents = [each.read() for each in packed]
            loose = [(each.file.name, each.file.size, each.check) for each in run.fresh]
            same = [(each.name, len(body), f"{crc32(body):08x}") for each, body in zip(packed, contents, strict=True)]
            earlier = [each.read() for each in self._packs.of(run.id)]
            wrong = wrong or ("" if same == loose else f"run {run.id} changed while it was packed")
            wrong = wrong or flaw_in(run.id, [*contents, *earlier], self._seals.get(run.id))
        if wrong:
            raise StoreError(f"nothing was packed, and nothing removed: {wrong}; run it again, or `nbtrack fsck`")

    def _flush_packs(self, month: str) -> None:
        for name in self._packs.names():
            if name.startswith(month):
                fd = os.open(self._root / "packs" / name, os.O_RDONLY)
                try:
                    flush(fd)
                finally:
                    os.close(fd)
        flush_folder(self._root / "packs")

    def _sweep(self) -> None:
        """Clear away the unfinished packs of those who did not live to publish them."""
        for name in names(self._root / "tmp"):
            if name.startswith(_TEMPORARY):
                unlink(self._root / "tmp" / name, missing_ok=True)


def write_pack(fd: int, month: str, runs: "Iterator[tuple[str, list[RunFile]]]") -> str:
    """Write a pack of runs, given in the order of their ids, and return the SHA-256 of its bytes."""
    out = _Out(fd)
    out.write(_line(HEAD, fmt=event.FORMAT, min_reader=event.MIN_READER, month=month))
    table: list[tuple[str, list[list[Any]]]] = []
    for run_id, files in runs:
        table.append((run_id, [_add(out, run_id, file) for file in files]))
    contents = out.size
    for run_id, entries in table:
        out.write(_line(CONTENTS, run=run_id, files=entries))
    ids = [run_id for run_id, _ in table]
    out.write(_line(END, min_reader=event.MIN_READER, runs=len(ids), first=ids[0], last=ids[-1], contents=contents))
    return out.digest.hexdigest()


def _add(out: "_Out", run_id: str, file: RunFile) -> list[Any]:
    content = file.read()[: file.size]
    check = f"{crc32(content):08x}"
    out.write(_line(FILE, run=run_id, name=file.name, size=len(content), check=check))
    start = out.size
    out.write(content)
    if content and not content.endswith(b"\n"):  # a torn line must not swallow what follows it
        out.write(b"\n")
    return [file.name, start, len(content), check]


class _Out:
    """A file being written, its size and digest so far."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        write(self._fd, content)
        self.size += len(content)
        self.digest.update(content)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest, at = hashlib.sha256(), 0
    while chunk := read(path, at, 1 << 20):
        digest.update(chunk)
        at += len(chunk)
    return digest.hexdigest()


def forget(fd: int) -> None:
    """Drop what memory has of a flushed file, so that reading it back asks the medium."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def _line(kind: str, **members: Any) -> bytes:
    return encode({"k": kind, **members})


def _files(folder: Path) -> Iterator[RunFile]:
    for name in sorted(names(folder)):
        path = folder / name
        status = path.lstat()
        yield RunFile(name, path, 0, status.st_size)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns


def _remove(run: _Run) -> None:
    """Remove the loose files of a packed run that are still as they were packed."""
    folder = None
    for each in (*run.fresh, *run.leftovers):
        folder = each.file.path.parent
        with suppress(FileNotFoundError):
            if _stamp(each.file.path) == each.stamp:
                unlink(each.file.path)
    if folder is not None:
        with suppress(OSError):  # records that came meanwhile stay, and are packed another time
            remove_folder(folder)


def _sum(one: Packed, two: Packed) -> Packed:
    return Packed(
        packs=(*one.packs, *two.packs),
        runs=one.runs + two.runs,
        files=one.files + two.files,
        bytes=one.bytes + two.bytes,
        cleared=one.cleared + two.cleared,
        stayed=one.stayed,
    )
