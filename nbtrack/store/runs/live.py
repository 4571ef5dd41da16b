"""The markers of open writers: ``live/<run>.<writer>``, touched now and then, removed when the writer closes.

A marker is advice. Without it a run is judged by the process its segments name; with it, readers know without looking
elsewhere which files may still grow, and other hosts see a heartbeat.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import NamedTuple

from nbtrack.store.system.disk import create, make_folders, names, read, touch, unlink, write
from nbtrack.store.system.process import Process, is_alive, process_of, this_process

META = "meta"
BEAT = 30.0  # seconds between two heartbeats
_FOREIGN = 600.0  # without one for so long, a writer on another host is taken for gone
_REBOOTED = 90.0  # the same on what seems to be this host before its last start


class Marker(NamedTuple):
    """An open writer's marker: the run it writes (or ``meta``) and its name."""

    run: str
    writer: str


class Live:
    """The folder of markers."""

    def __init__(self, root: Path) -> None:
        self._folder = f"{root}/live"  # as text: what is made of it takes a tenth of what pathlib takes
        self._tmp = root / "tmp"

    def mark(self, marker: Marker) -> None:
        """Say that a writer is open. Losing a marker only delays other hosts, so nothing here is fatal or flushed."""
        text, path = _signed(this_process()), self._path(marker)
        try:
            try:
                fd = create(path)
            except FileNotFoundError:
                make_folders(Path(self._folder))
                fd = create(path)
            try:
                write(fd, text)
            finally:
                os.close(fd)
        except OSError:
            pass

    def beat(self, marker: Marker) -> None:
        """Touch a marker."""
        with suppress(OSError):
            touch(self._path(marker))

    def is_marked(self, marker: Marker) -> bool:
        """Tell whether readers know that a writer is open: the disk may have been full, the folder cleaned."""
        return os.path.exists(self._path(marker))  # noqa: PTH110 - as in __init__

    def unmark(self, marker: Marker) -> None:
        """Say that a writer has closed."""
        try:
            unlink(self._path(marker))
        except OSError:  # it is advice
            return

    def sweep(self) -> None:
        """Remove the markers of processes that are surely gone: killed ones, and forked children that just left."""
        for marker in self.markers():
            with suppress(OSError, ValueError):
                head = json.loads(read(self._path(marker)))
                process = process_of(head) if isinstance(head, dict) else None
                if process is not None and is_alive(process) is False:
                    self.unmark(marker)

    def markers(self) -> Iterator[Marker]:
        """Return the markers there are."""
        for name in names(self._folder):
            run, dot, writer = name.rpartition(".")
            if dot:
                yield Marker(run, writer)

    def beats(self, marker: Marker, process: Process) -> bool:
        """Tell whether a writer that cannot be looked up from here has given a sign of life lately."""
        limit = _REBOOTED if process.host == this_process().host else _FOREIGN
        return self.silence(marker) < limit

    def silence(self, marker: Marker) -> float:
        """Return how many seconds ago a marker was touched, by the file server's clock; for ever when it is gone."""
        try:
            return self._now() - os.stat(self._path(marker)).st_mtime  # noqa: PTH116 - as in __init__
        except OSError:
            return inf

    def _now(self) -> float:
        """The file server's time: hosts whose clocks differ still agree on the times of its files."""
        if self._tmp.is_symlink():  # nothing is written through it
            return time.time()
        probe = self._tmp / f"now-{os.getpid()}-{time.monotonic_ns()}"
        try:
            os.close(create(probe))
            now = probe.stat().st_mtime
            unlink(probe)
        except OSError:  # a folder that is only read
            return time.time()
        return now

    def _path(self, marker: Marker) -> str:
        return f"{self._folder}/{marker.run}.{marker.writer}"


@lru_cache(maxsize=1)
def _signed(process: Process) -> bytes:
    return json.dumps(process._asdict()).encode()
