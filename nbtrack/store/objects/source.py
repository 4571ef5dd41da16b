"""A person's file while it is read: what tells its states apart, who is writing it, and where it has holes."""

import errno
import io
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, Self

from nbtrack.errors import UsageError

CHUNK: Final = 4 << 20  # large enough for two threads of BLAKE3, small enough for the processor's cache
YOUNG: Final = 2_000_000_000  # ns; coarse file systems count time in steps of two seconds
_TICK: Final = 100_000_000  # ns; others in steps of the kernel's clock, 1 to 10 ms
_SECOND: Final = 1_000_000_000
_ZEROS: Final = memoryview(bytes(CHUNK))
Room = Callable[[], memoryview]
_ONLY_FILES = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Taking(Protocol):
    """Whoever is given what is read, part after part: a hash, or whoever hands it to one."""

    def update(self, data: Any, /) -> object:
        """Take in more bytes."""


class Stamp(NamedTuple):
    """A file as it was at one moment. Two equal stamps mean the same bytes, if the file had settled."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    def age(self, now_ns: int) -> int:
        """Return how long ago anything about the file changed, in ns; less than nothing when its clock is ahead."""
        return now_ns - max(self.mtime_ns, self.ctime_ns)

    def is_settled(self, now_ns: int) -> bool:
        """Tell whether a change after ``now_ns`` would show in the stamp, so that it need not be read again."""
        coarse = self.mtime_ns % _SECOND == 0
        return self.age(now_ns) > (YOUNG if coarse else _TICK)


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp of what ``os.stat`` told about."""
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Source:
    """An open regular file that somebody else may be writing. Use it as a context manager.

    Raises:
        UsageError: it cannot be read, or is no regular file: a pipe would never end, a device is no data.
    """

    def __init__(self, path: str | Path, *, follow: bool = True) -> None:
        flags = _ONLY_FILES | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
        try:
            self.fd = os.open(path, flags)
        except OSError as error:
            raise UsageError(_not_opened(path, error)) from error
        self.path = path
        status = os.fstat(self.fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self.fd)
            raise UsageError(f"{path} is not a file")
        self.sparse = getattr(status, "st_blocks", status.st_size) * 512 < status.st_size
        self._file = io.FileIO(self.fd, closefd=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        os.close(self.fd)

    def stamp(self) -> Stamp:
        """Return the state the file is in now."""
        return stamp_of(os.fstat(self.fd))

    def is_restless(self, stamp: Stamp) -> bool:
        """Tell whether the file changed so lately that its times may not show what is happening to it."""
        return stamp.age(time.time_ns()) < YOUNG

    def is_written(self) -> bool | None:
        """Tell whether any process has the file open for writing or mapped for it; None where that cannot be told.

        Linux grants a read lease only while there is no writer. It is given back at once; should a writer come just
        then, the kernel would tell us by a signal that nobody listens to.
        """
        try:
            import fcntl  # noqa: PLC0415 - not on every system

            lease, sign = fcntl.F_SETLEASE, fcntl.F_SETSIG
        except (ImportError, AttributeError):
            return None
        try:
            fcntl.fcntl(self.fd, sign, signal.SIGURG)
            fcntl.fcntl(self.fd, lease, fcntl.F_RDLCK)
            fcntl.fcntl(self.fd, lease, fcntl.F_UNLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None
        return False

    def content(self, size: int) -> bytes:
        """Return the first ``size`` bytes; fewer when there are no more."""
        buffer, filled = bytearray(size), 0
        self._file.seek(0)
        while filled < size and (count := self._filled(memoryview(buffer)[filled:])):
            filled += count
        return bytes(buffer[:filled])

    def read(self, size: int, into: Taking, room: Room | None = None) -> Iterator[tuple[int, memoryview]]:
        """Yield the data of the first ``size`` bytes with where they stand, and sum them up, holes included.

        A view is good until the next is asked for; with ``room``, which gives memory for each, as long as that says.
        What comes is shorter when the file is.
        """
        if room is None:
            buffer = memoryview(bytearray(min(CHUNK, size)))
            room = lambda: buffer  # noqa: E731 - one buffer, used again and again
        for start, end, is_data in self._extents(size):
            if not is_data:
                _sum_zeros(end - start, into)
                continue
            at = start
            self._file.seek(at)
            while at < end and (count := self._filled(view := room()[: end - at])):
                into.update(view[:count])
                yield at, view[:count]
                at += count

    def _filled(self, buffer: memoryview) -> int:
        try:
            return self._file.readinto(buffer) or 0
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read ({error.strerror})") from error

    def _extents(self, size: int) -> Iterator[tuple[int, int, bool]]:
        """Yield stretches of data and holes; a terabyte of nothing is not read."""
        at = 0
        while self.sparse and hasattr(os, "SEEK_DATA") and at < size:
            start, end = min(self._seek(at, os.SEEK_DATA, size), size), size
            if start < size:
                end = min(self._seek(start, os.SEEK_HOLE, size), size)
            if start > at:
                yield at, start, False
            if start < end:
                yield start, end, True
            at = end
        if at < size:
            yield at, size, True

    def _seek(self, at: int, whence: int, otherwise: int) -> int:
        with suppress(OSError):  # ENXIO: nothing but a hole from here on, or the file became shorter
            return os.lseek(self.fd, at, whence)
        return otherwise


def _sum_zeros(count: int, into: Taking) -> None:
    while count > 0:
        into.update(_ZEROS[: min(count, CHUNK)])
        count -= CHUNK


def _not_opened(path: str | Path, error: OSError) -> str:
    if error.errno in {errno.ENXIO, errno.EISDIR}:  # a socket; a folder, where the system says so
        return f"{path} is not a file"
    return f"{path} cannot be read ({error.strerror})"
