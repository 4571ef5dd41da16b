"""The seam between the store and the system: every call that its promises rest on goes through one object.

A test puts another object in its place and so records the calls, makes each of them fail, or works out what a power
loss would leave. What only reads is not here: it cannot break a promise.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbtrack.errors import StoreError

_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _SAFE
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _SAFE
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFE
_to_medium = getattr(os, "fdatasync", os.fsync)
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
Name = str | Path
_create = partial(os.open, flags=_CREATE, mode=PRIVATE)
_make_folder = partial(os.mkdir, mode=PRIVATE_FOLDER)


def _flush(fd: int) -> None:
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - only there on this system

        with suppress(OSError):  # network and FUSE volumes do not know it
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            return
    _to_medium(fd)


def _flush_folder(path: Name) -> None:
    if os.name == "nt":
        return
    fd = os.open(path, _FOLDER)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@dataclass(frozen=True, slots=True)
class Disk:
    """The calls that change what a store holds, each of which can fail in ways a record must survive."""

    create: Callable[[Name], int] = _create
    write: Callable[[int, bytes | memoryview], int] = os.write
    flush: Callable[[int], None] = _flush
    truncate: Callable[[int, int], None] = os.ftruncate
    flush_folder: Callable[[Name], None] = _flush_folder
    rename: Callable[[Name, Name], None] = os.rename
    replace: Callable[[Name, Name], None] = os.replace
    link: Callable[[Name, Name], None] = os.link
    unlink: Callable[[Name], None] = os.unlink
    make_folder: Callable[[Name], None] = _make_folder
    remove_folder: Callable[[Name], None] = os.rmdir
    touch: Callable[[Name], None] = os.utime


class _Seam:
    disk = Disk()


def current() -> Disk:
    """Return the calls in use. What is called often may be bound once, when a file is opened."""
    return _Seam.disk


@contextmanager
def replaced(disk: Disk) -> Iterator[None]:
    """Let every store of this process work through another object for a while; this is for tests."""
    before, _Seam.disk = _Seam.disk, disk
    try:
        yield
    finally:
        _Seam.disk = before


def create(path: Name) -> int:
    """Open a file of our own for appending; it must not exist, and is nobody else's to read.

    Raises:
        FileExistsError: the name is taken, even by a dangling link.
    """
    return _Seam.disk.create(path)


def write(fd: int, content: bytes | memoryview) -> None:
    """Hand over all of it: a full disk takes a part first and says so only at the next write."""
    view = memoryview(content)
    while view:
        view = view[_Seam.disk.write(fd, view) :]


def flush(fd: int) -> None:
    """Return when what was written to ``fd`` is on the medium, the drive's cache included."""
    _Seam.disk.flush(fd)


def truncate(fd: int, size: int) -> None:
    """Cut a file of our own to its first ``size`` bytes."""
    _Seam.disk.truncate(fd, size)


def flush_folder(path: Name) -> None:
    """Return when the names in a folder are on the medium. Systems that cannot flush folders keep them in order."""
    _Seam.disk.flush_folder(path)


def rename(path: Name, target: Name) -> None:
    """Give a file or folder another name, where there must be nothing yet."""
    _Seam.disk.rename(path, target)


def replace(path: Name, target: Name) -> None:
    """Give a file another name, in place of what may be there."""
    _Seam.disk.replace(path, target)


def link(path: Name, target: Name) -> None:
    """Give a file a second name.

    Raises:
        FileExistsError: the name is taken.
    """
    _Seam.disk.link(path, target)


def unlink(path: Name, *, missing_ok: bool = False) -> None:
    """Take a name from a file."""
    try:
        _Seam.disk.unlink(path)
    except FileNotFoundError:
        if not missing_ok:
            raise


def make_folder(path: Name) -> None:
    """Make one folder, private; its own name is not durable before its parent is flushed.

    Raises:
        FileExistsError: the name is taken.
    """
    _Seam.disk.make_folder(path)


def remove_folder(path: Name) -> None:
    """Remove a folder that is empty."""
    _Seam.disk.remove_folder(path)


def touch(path: Name) -> None:
    """Give a file the time of now."""
    _Seam.disk.touch(path)


def make_folders(path: Path) -> None:
    """Make a folder and the missing ones above it, private and durable."""
    if path.is_dir():
        return
    make_folders(path.parent)
    with suppress(FileExistsError):  # another process was faster
        make_folder(path)
    flush_folder(path.parent)


def open_to_read(path: Name) -> int:
    """Open a file that is read bit by bit; a link is not followed, a pipe not waited for."""
    return os.open(path, _READ)


def read(path: Name, offset: int = 0, size: int = -1) -> bytes:
    """Return ``size`` bytes of a regular file from ``offset`` on, all by default; a link is not followed."""
    fd = os.open(path, _READ)  # and a pipe is not waited for
    with os.fdopen(fd, "rb", buffering=0) as file:
        if offset:
            file.seek(offset)
        return file.read(size)


def names(folder: Name) -> list[str]:
    """Return the names in a folder, none when there is no such folder."""
    with suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208 - ten thousand names; a Path for each would take ten times as long
    return []


def is_link(path: Name) -> bool:
    """Tell whether there is a link of that name, dangling ones included."""
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):  # a path with a NUL in it
        return False


def refuse_links(root: Name, *names: str) -> None:
    """Make sure that no name on the way down from ``root`` is a link: what is written must stay in the store.

    Raises:
        StoreError: one of them is.
    """
    path = str(root)
    for name in names:
        path = f"{path}/{name}"
        if is_link(path):
            raise StoreError(f"{path} is a link; nothing is written through it: put a folder in its place")
