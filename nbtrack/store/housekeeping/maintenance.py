"""One at a time: whoever moves or removes what others wrote holds the maintenance lock of the store.

The lock is the folder ``locks/maint`` with ``owner.json`` in it. It is prepared under another name and renamed, so
there is never a lock without an owner. Recording and reading take no lock and never wait for one.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from time import time
from typing import Final

from nbtrack.errors import MaintenanceLocked
from nbtrack.store.housekeeping.probe import probe
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    make_folder,
    make_folders,
    names,
    read,
    refuse_links,
    remove_folder,
    rename,
    unlink,
    write,
)
from nbtrack.store.system.process import Process, is_alive, process_of, this_process
from nbtrack.store.system.refusal import refused

_HELD: Final = "maint"
_OWNER: Final = "owner.json"
_TAKEN: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST})


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the lock: what for, since when (ms since 1970), which process; None when that cannot be read."""

    task: str
    since: int
    token: str
    process: Process | None

    def __str__(self) -> str:
        """Say who it is."""
        if self.process is None:
            return "a process that did not leave its name"
        return f"`nbtrack {self.task}` of process {self.process.pid} on {self.process.host}"


class Lock:
    """The lock, held. ``check`` before every step that cannot be taken back: it may have been forced open."""

    def __init__(self, folder: Path, owner: Owner) -> None:
        self._folder = folder
        self.owner = owner

    def check(self) -> None:
        """Make sure that the lock is still ours.

        Raises:
            MaintenanceLocked: somebody took it over; stop at once, what is half done is safe.
        """
        holder = _holder(self._folder / _HELD)
        if holder is None or holder.token != self.owner.token:
            taker = holder or "somebody who has finished"
            raise MaintenanceLocked(f"the maintenance lock was taken over by {taker}; stopped here, nothing is lost")


@contextmanager
def maintaining(root: Path, task: str, *, force: bool = False) -> Iterator[Lock]:
    """Hold the maintenance lock of a store.

    A lock whose process is surely gone (same host, and another boot or no such process) is taken over. ``force`` takes
    over any; that is for a person who knows that its holder is gone.

    Raises:
        MaintenanceLocked: somebody else holds it; the message says who, and how to go on.
        StoreReadOnly: the store cannot be written here.
        StoreError: the file system does not do what this relies on; see ``probe``.
    """
    folder = root / "locks"
    refuse_links(root, "locks")
    owner = Owner(task, int(time() * 1000), token_hex(8), this_process())
    try:
        probe(root)
        make_folders(folder)
        _ignore(folder)
        _acquire(folder, owner, force=force)
    except OSError as error:
        raise refused(error, folder) from error
    lock = Lock(folder, owner)
    try:
        yield lock
    finally:
        _release(folder, owner)


def _ignore(folder: Path) -> None:
    """Keep locks out of git: a lock is of this folder, not of its copies."""
    with suppress(FileExistsError):
        fd = create(folder / ".gitignore")
        try:
            write(fd, b"*\n")
        finally:
            os.close(fd)


def _acquire(folder: Path, owner: Owner, *, force: bool) -> None:
    prepared = _prepare(folder, owner)
    try:
        for _ in range(8):
            if _take(prepared, folder / _HELD):
                flush_folder(folder)
                return
            _make_way(folder, force=force)
    finally:
        _discard(prepared)
    raise MaintenanceLocked("several processes are after the maintenance lock at once; try again")


def _prepare(folder: Path, owner: Owner) -> Path:
    process = owner.process._asdict() if owner.process else None
    told = {"task": owner.task, "since": owner.since, "token": owner.token, "process": process}
    prepared = folder / f"new-{owner.token}"
    make_folder(prepared)
    fd = create(prepared / _OWNER)
    try:
        write(fd, json.dumps(told).encode() + b"\n")
        flush(fd)
    finally:
        os.close(fd)
    return prepared


def _take(prepared: Path, held: Path) -> bool:
    """Rename a folder onto the lock's name, which fails while there is one: a lock is never empty."""
    try:
        rename(prepared, held)
    except OSError as error:
        if error.errno not in _TAKEN and not held.exists():
            raise
        return False
    return True


def _make_way(folder: Path, *, force: bool) -> None:
    """Set the lock aside whose holder is gone.

    Raises:
        MaintenanceLocked: its holder may be there.
    """
    holder = _holder(folder / _HELD)
    if holder is None:
        return  # released meanwhile
    gone = holder.process is not None and _is_gone(holder.process)
    if not (gone or force):
        raise MaintenanceLocked(_refusal(holder))
    aside = folder / f"old-{token_hex(8)}"
    with suppress(FileNotFoundError):
        rename(folder / _HELD, aside)
        found = _holder(aside)
        if found is not None and found.token != holder.token:  # somebody was faster, and it is theirs that we hold
            with suppress(OSError):
                rename(aside, folder / _HELD)
            return
        _discard(aside)


def _is_gone(process: Process) -> bool:
    mine = this_process()
    rebooted = process.host == mine.host and bool(process.boot) and process.boot != mine.boot
    return rebooted or is_alive(process) is False


def _refusal(holder: Owner) -> str:
    return (
        f"{holder} is at work in this store since {_clock(holder.since)}; wait for it. "
        "If you know that it is gone, add --force-unlock"
    )


def _clock(since: int) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only for a refusal

    return datetime.fromtimestamp(since / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _holder(held: Path) -> Owner | None:
    """Return who holds a lock, None when nobody does."""
    try:
        told = json.loads(read(held / _OWNER))
        process = process_of(told["process"])
        return Owner(str(told["task"])[:80], int(told["since"]), str(told["token"]), process)
    except FileNotFoundError:
        return Owner("", 0, "", None) if held.is_dir() else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Owner("", 0, "", None)


def _release(folder: Path, owner: Owner) -> None:
    holder = _holder(folder / _HELD)
    if holder is None or holder.token != owner.token:
        return
    aside = folder / f"old-{owner.token}"
    with suppress(OSError):
        rename(folder / _HELD, aside)
        _discard(aside)


def _discard(folder: Path) -> None:
    with suppress(OSError):
        for name in names(folder):
            unlink(folder / name, missing_ok=True)
        remove_folder(folder)
