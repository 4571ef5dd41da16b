"""Copying a person's file into the store: summed up while it passes, holes kept, flushed while it is written."""

import os
import threading
from pathlib import Path
from typing import Final, Self

from nbtrack.store.objects import ahead
from nbtrack.store.objects.hashing import Sum
from nbtrack.store.objects.source import Source
from nbtrack.store.objects.straight import LARGE, Straight, goes_straight
from nbtrack.store.system.disk import flush, truncate, write

_STRIDE: Final = 128 << 20  # bytes written before they are flushed in the background
_FICLONE: Final = 0x40049409  # Linux: share the bytes of a whole file until one of the two is changed


def summed(source: Source, size: int, algorithm: str) -> str:
    """Return what the first ``size`` bytes of a file are called."""
    if size >= ahead.LARGE and not source.sparse:
        return ahead.summed_ahead(source, size, algorithm)
    into = Sum(algorithm)
    for _ in source.read(size, into):
        pass
    return into.name


def copied(source: Source, fd: int, path: Path, size: int, algorithm: str, *, flushing: bool = True) -> str:
    """Write the first ``size`` bytes of a file to ``fd``, open for appending at ``path``; return what they are called.

    With ``flushing`` the disk works on a large file from the beginning, since it will be flushed in the end.

    Raises:
        OSError: there is no room for them, or the medium failed.
    """
    truncate(fd, 0)
    if cloned(source.fd, fd):
        truncate(fd, size)  # it may have grown
        with Source(path) as clone:
            return summed(clone, size, algorithm)
    if flushing and size >= LARGE and goes_straight(fd):
        return _straight(source, fd, size, algorithm)
    into, end = Sum(algorithm), 0
    with _Flusher(fd) as flusher:
        for at, chunk in source.read(size, into):
            if at > end:
                truncate(fd, at)  # a hole
            write(fd, chunk)
            end = at + len(chunk)
            if flushing:
                flusher.wrote(len(chunk))
        if source.sparse and end < size:
            truncate(fd, size)
    return into.name


def _straight(source: Source, fd: int, size: int, algorithm: str) -> str:
    """Copy past the cache: what will be flushed and not be read again soon has no need of it."""
    into, end = Sum(algorithm), 0
    with Straight(fd) as pen:
        for at, chunk in source.read(size, into, pen.room):
            if at > end:
                pen.settle()
                truncate(fd, at)
            pen.write(chunk)
            end = at + len(chunk)
    if source.sparse and end < size:
        truncate(fd, size)
    return into.name


def cloned(source: int, fd: int) -> bool:
    """Have a file share the bytes of another, where the file system can (Btrfs, XFS, bcachefs); tell whether it did.

    A clone is the file as it was at one moment, costs nothing, and is never changed by what changes the other.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return False
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    fcntl.fcntl(fd, fcntl.F_SETFL, flags & ~os.O_APPEND)  # nothing is cloned into a file that only grows
    try:
        fcntl.ioctl(fd, _FICLONE, source)
    except OSError:
        return False
    finally:
        fcntl.fcntl(fd, fcntl.F_SETFL, flags)
    return True


class _Flusher:
    """Flushes a large file while it is written: the disk works beside the copying, not after it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting = 0
        self._thread: threading.Thread | None = None
        self._failed: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def wrote(self, count: int) -> None:
        """Say that so many bytes more are in the file."""
        self._waiting += count
        if self._waiting >= _STRIDE and (self._thread is None or not self._thread.is_alive()):
            self._check()
            self._waiting = 0
            self._thread = threading.Thread(target=self._flush, name="nbtrack-flush", daemon=True)
            self._thread.start()

    def _flush(self) -> None:
        try:
            flush(self._fd)
        except OSError as error:  # the kernel says it once; a second flush may say that all is well
            self._failed = error

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed

    def __exit__(self, kind: object, *_: object) -> None:
        """Wait for the flush under way: the file must not be closed beneath it."""
        if self._thread is not None:
            self._thread.join()
        if kind is None:
            self._check()
