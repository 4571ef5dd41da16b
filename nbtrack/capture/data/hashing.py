"""The hashes of files, remembered for as long as a file stays the same, and given only for what a cell really used.

One pass over a file gives its SHA-256 and, where DVC tracks it, the MD5 that DVC computes.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from nbtrack.capture.data.stamp import Stamp, stamp_of

_CHUNK: Final = 1 << 20  # also what DVC reads at a time, which decides where it sees the end of a line
_TEXT_BLOCK: Final = 512
_TEXT: Final = bytes(range(32, 127)) + b"\n\r\t\f\b"
_REMEMBERED: Final = 20_000


class Digests(NamedTuple):
    """What was found out about a file. ``state`` says why there is nothing.

    "changed" since it was used, "changing" while it was read, "gone", "unreadable", or "unknown" for want of time.
    """

    state: str = ""
    sha256: str = ""
    md5: str = ""
    md5_dos2unix: str = ""  # of text with DOS line ends made Unix ones: what DVC before 3.0 recorded


class Wanted(NamedTuple):
    """A file to hash, as it was when it was used; with MD5 for DVC."""

    path: str
    stamp: Stamp
    md5: bool = False


class Hashes:
    """The hashes of files, each file read once for as long as it stays the same. Any thread may ask."""

    def __init__(self) -> None:
        self._known: OrderedDict[Stamp, Digests] = OrderedDict()
        self._lock = threading.Lock()
        self._stopped = False

    def known(self, wanted: Wanted) -> Digests | None:
        """Return the hashes of a file that was read before and is still the same."""
        with self._lock:
            found = self._known.get(wanted.stamp)
            if found is None or (wanted.md5 and not found.md5):
                return None
            self._known.move_to_end(wanted.stamp)
            return found

    def of(self, wanted: Wanted) -> Digests:
        """Return the hashes of a file, reading it if need be."""
        found = self.known(wanted)
        if found is None:
            found = digests(wanted, lambda: self._stopped)
            if not found.state and wanted.stamp.is_settled(time.time_ns()):
                self._remember(wanted.stamp, found)
        return found

    def stop(self) -> None:
        """Break off what is being read now, and read nothing more."""
        self._stopped = True

    def _remember(self, stamp: Stamp, found: Digests) -> None:
        with self._lock:
            self._known[stamp] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def digests(wanted: Wanted, stopped: Callable[[], bool] = lambda: False) -> Digests:
    """Return the hashes of a file, if it still is what it was and stays so while it is read. Never raises."""
    try:
        return _digests(wanted, stopped)
    except FileNotFoundError:
        return Digests("gone")
    except (OSError, ValueError):
        return Digests("unreadable")


def _digests(wanted: Wanted, stopped: Callable[[], bool]) -> Digests:
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(wanted.path, flags)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if stamp_of(os.fstat(descriptor)) != wanted.stamp:
            return Digests("changed")
        sums = _Sums(md5=wanted.md5)
        for chunk in _chunks(file):
            if stopped():
                return Digests("unknown")
            sums.add(chunk)
        return sums.digests() if stamp_of(os.fstat(descriptor)) == wanted.stamp else Digests("changing")


def _chunks(file: Any) -> Iterator[memoryview]:
    """Yield the file in whole chunks: a short read is filled up first."""
    buffer = memoryview(bytearray(_CHUNK))
    while True:
        filled = 0
        while filled < _CHUNK and (count := file.readinto(buffer[filled:])):
            filled += count
        if filled:
            yield buffer[:filled]
        if filled < _CHUNK:
            return


class _Sums:
    """The sums of one file while it is being read."""

    def __init__(self, *, md5: bool) -> None:
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self._unix = hashlib.md5(usedforsecurity=False) if md5 else None
        self._is_text: bool | None = None

    def add(self, chunk: memoryview) -> None:
        self._sha256.update(chunk)
        if self._md5 is None or self._unix is None:
            return
        self._md5.update(chunk)
        if self._is_text is None:
            self._is_text = _is_text(bytes(chunk[:_TEXT_BLOCK]))
        self._unix.update(bytes(chunk).replace(b"\r\n", b"\n") if self._is_text else chunk)

    def digests(self) -> Digests:
        md5 = ["" if sums is None else sums.hexdigest() for sums in (self._md5, self._unix)]
        return Digests("", self._sha256.hexdigest(), *md5)


def _is_text(block: bytes) -> bool:
    """Judge as DVC does: text has no NUL and at most 30 % of bytes that are not printable ASCII."""
    return b"\0" not in block and len(block.translate(None, _TEXT)) <= 0.3 * len(block)
