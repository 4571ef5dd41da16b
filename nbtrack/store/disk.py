"""The system calls that the store's promises rest on, in one place, so that a test can make each of them fail."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nbtrack.errors import StoreError

_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _SAFE
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _SAFE
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


def flush(fd: int) -> None:
    """Return when what was written to ``fd`` is on the medium, the drive's cache included."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - only there on this system

        with suppress(OSError):  # network and FUSE volumes do not know it
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            return
    getattr(os, "fdatasync", os.fsync)(fd)


@dataclass(frozen=True, slots=True)
class Disk:
    """The calls that can fail in ways a record must survive."""

    write: Callable[[int, bytes], int] = os.write
    flush: Callable[[int], None] = flush
    truncate: Callable[[int, int], None] = os.ftruncate


def create(path: str | Path) -> int:
    """Open a file of our own for appending; it must not exist, and is nobody else's to read.

    Raises:
        FileExistsError: the name is taken, even by a dangling link.
    """
    return os.open(path, _CREATE, PRIVATE)


def read(path: str | Path, offset: int = 0) -> bytes:
    """Return the bytes of a regular file from ``offset`` on; a link is not followed, a pipe not waited for."""
    fd = os.open(path, _READ)
    with open(fd, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        if offset:
            file.seek(offset)
        return file.read()


def names(folder: str | Path) -> list[str]:
    """Return the names in a folder, none when there is no such folder."""
    with suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208 - ten thousand names; a Path for each would take ten times as long
    return []


def flush_folder(path: str | Path) -> None:
    """Return when the names in a folder are on the medium. Systems that cannot flush folders keep them in order."""
    if os.name == "nt":
        return
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFE)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folders(path: Path) -> None:
    """Make a folder and the missing ones above it, private and durable."""
    if path.is_dir():
        return
    make_folders(path.parent)
    with suppress(FileExistsError):  # another process was faster
        path.mkdir(mode=PRIVATE_FOLDER)
    flush_folder(path.parent)


def refuse_links(root: Path, *names: str) -> None:
    """Make sure that no name on the way down from ``root`` is a link: what is written must stay in the store.

    Raises:
        StoreError: one of them is.
    """
    path = root
    for name in names:
        path /= name
        if path.is_symlink():
            raise StoreError(f"{path} is a link; nothing is written through it: put a folder in its place")
