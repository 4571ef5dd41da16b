"""Summing up a large file while the next part of it is read: memory and processor work at the same time."""

import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

from nbtrack.store.objects.hashing import Sum
from nbtrack.store.objects.source import Source

LARGE: Final = 64 << 20  # bytes; below, a thread costs more than it saves
_ROOM: Final = 2 << 20  # bytes; three of them stay in the processor's cache
_BUFFERS: Final = 3


def summed_ahead(source: Source, size: int, algorithm: str) -> str:
    """Return what the first ``size`` bytes of a file are called; one thread reads, and this one sums up.

    1 GiB takes 0.15 s so, and 0.18 to 0.25 s when one waits for the other (two cores, the file in the system's cache).

    Raises:
        UsageError: the file cannot be read.
    """
    into, ahead = Sum(algorithm), _Ahead()
    reader = threading.Thread(target=ahead.read, args=(source, size), name="nbtrack-read", daemon=True)
    reader.start()
    try:
        while (view := ahead.full.get()) is not None:
            into.update(view)
            ahead.done(view)
    finally:
        ahead.free.put(None)
        reader.join()
    if ahead.failed is not None:
        raise ahead.failed
    return into.name


class _Stopped(Exception):
    pass


class _Ahead:
    """What was read and is not summed up yet, and the memory that is free; in the place of a sum for whoever reads."""

    def __init__(self) -> None:
        self.free: SimpleQueue[memoryview | None] = SimpleQueue()
        self.full: SimpleQueue[memoryview | None] = SimpleQueue()
        self.failed: BaseException | None = None
        self._ours = {id(buffer): memoryview(buffer) for buffer in (bytearray(_ROOM) for _ in range(_BUFFERS))}
        for room in self._ours.values():
            self.free.put(room)

    def read(self, source: Source, size: int) -> None:
        """Read all of it, in the thread that does nothing else."""
        try:
            with suppress(_Stopped):
                for _ in source.read(size, self, self.room):
                    pass
        except BaseException as error:  # noqa: BLE001 - it is raised again, where somebody waits for it
            self.failed = error
        finally:
            self.full.put(None)

    def room(self) -> memoryview:
        """Return memory that was summed up already."""
        room = self.free.get()
        if room is None:
            raise _Stopped
        return room

    def update(self, view: memoryview) -> None:
        """Hand over what was read, or the zeros of a hole."""
        self.full.put(view)

    def done(self, view: memoryview) -> None:
        """Give memory back; zeros are nobody's."""
        if (room := self._ours.get(id(view.obj))) is not None:
            self.free.put(room)
