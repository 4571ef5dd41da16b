"""Writing a large file past the system's cache, on a thread beside whoever reads and sums up its bytes.

A copy that goes through the cache is written twice, to memory and from there to the disk, pushes what the person's
program needs out of memory, and on a virtual machine waits for the host to provide each page: 1 GiB took 2.5 to 3.3 s
so, and 0.6 to 0.75 s straight to the disk in the same minute (``benchmarks/README.md``).
"""

import errno
import mmap
import os
import threading
from queue import SimpleQueue
from typing import Final, Self

from nbtrack.store.objects.source import CHUNK
from nbtrack.store.system.disk import current

LARGE: Final = 64 << 20  # bytes; below, a thread and pages of its own cost more than they save
_BUFFERS: Final = 4
_BLOCK: Final = 4096  # what places, sizes and addresses have to be multiples of


class Straight:
    """A pen for one file, open for appending: what is written goes to the disk itself, until that is not possible.

    Ask ``room`` for memory, fill it, hand it to ``write`` and do not touch it any more. Use it as a context manager;
    at its end everything is written, though not flushed: the drive has a cache, too.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._free: SimpleQueue[memoryview] = SimpleQueue()
        self._full: SimpleQueue[memoryview | threading.Event | None] = SimpleQueue()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="nbtrack-write", daemon=True)

    def __enter__(self) -> Self:
        for _ in range(_BUFFERS):
            self._free.put(memoryview(mmap.mmap(-1, CHUNK)))  # begins with a page
        self._thread.start()
        return self

    def room(self) -> memoryview:
        """Return memory that nobody uses, ``CHUNK`` bytes of it.

        Raises:
            OSError: what was handed over before could not be written.
        """
        room = self._free.get()
        self._check()
        return room

    def write(self, filled: memoryview) -> None:
        """Have the filled part of a ``room`` written behind what is there, soon."""
        self._full.put(filled)

    def settle(self) -> None:
        """Return when everything handed over is written."""
        so_far = threading.Event()
        self._full.put(so_far)
        so_far.wait()
        self._check()

    def __exit__(self, kind: object, *_: object) -> None:
        self._full.put(None)
        self._thread.join()
        _past_the_cache(self._fd, wanted=False)
        if kind is None:
            self._check()

    def _work(self) -> None:
        while (filled := self._full.get()) is not None:
            if isinstance(filled, threading.Event):
                filled.set()
                continue
            try:
                if self._failed is None:
                    self._append(filled)
            except BaseException as error:  # noqa: BLE001 - it is raised again, where somebody waits for it
                self._failed = error
            finally:
                self._free.put(memoryview(filled.obj))

    def _append(self, filled: memoryview) -> None:
        """Write all of it; the end of a file, which fills no block, goes through the cache."""
        whole = len(filled) - len(filled) % _BLOCK
        left = filled
        if whole and _past_the_cache(self._fd, wanted=True):
            left = filled[self._written(filled[:whole]) :]
        if left:
            _past_the_cache(self._fd, wanted=False)
            while left:
                left = left[current().write(self._fd, left) :]

    def _written(self, blocks: memoryview) -> int:
        """Return how much could be written past the cache: nothing where the file system says so only now."""
        done = 0
        try:
            while done < len(blocks):
                done += current().write(self._fd, blocks[done:])
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        return done

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed


def goes_straight(fd: int) -> bool:
    """Tell whether the file system lets a file be written past the cache."""
    can = _past_the_cache(fd, wanted=True)
    return can and _past_the_cache(fd, wanted=False)


def _past_the_cache(fd: int, *, wanted: bool) -> bool:
    """Switch the file to writing past the cache, or back; tell whether it is as wanted."""
    flag = getattr(os, "O_DIRECT", 0)
    try:
        import fcntl  # noqa: PLC0415 - not on every system

        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        if bool(flags & flag) != wanted and flag:
            fcntl.fcntl(fd, fcntl.F_SETFL, flags ^ flag)
    except (ImportError, OSError):
        return not wanted
    return bool(flag) or not wanted
