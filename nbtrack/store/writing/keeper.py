"""The one background thread of a process: it flushes metric files within a second and keeps live markers fresh.

It exists only while something is kept: started by the first, gone within half a second of the last. What may be done
at leisure it does in between, taking a small part of the time, and leaves undone when the process ends.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet

from nbtrack.store.runs.live import BEAT
from nbtrack.store.system import forks

_PERIOD = 0.5
_LEISURE = 3.0  # times as long as it worked, a job rests
_BUSY = 19.0  # the same while a run is open: whoever logs hands over the interpreter at each write
_REST = 1.0  # seconds, at most, at a time
Job = Callable[[Callable[[], None]], object]  # what is handed in must be called every few milliseconds


class Kept(Protocol):
    """What the keeper looks after."""

    def flush(self) -> None:
        """Flush what is not yet on the medium; may raise ``OSError``."""

    def beat(self) -> None:
        """Show that the writer is alive."""


class Keeper:
    """Looks after open writers from a daemon thread."""

    def __init__(self) -> None:
        self._generation = forks.generation()
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakSet[Kept] = WeakSet()  # a writer that nobody can write with any more needs no keeping
        self._ever = 0
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._jobs: deque[Job] = deque()
        self._looked = self._beaten = self._woke = 0.0

    def keep(self, kept: Kept) -> None:
        """Look after a writer until it is released."""
        if self._generation != forks.Line.generation:
            self._after_fork()
        with self._lock:
            self._kept.add(kept)
            self._ever += 1
            if self._thread is None:
                self._start()

    def later(self, job: Job) -> None:
        """Do something once, soon, at leisure. It is given up when the process ends, or somebody waits for the end."""
        self._after_fork()
        with self._lock:
            self._jobs.append(job)
            if self._thread is None:
                self._start()

    def _start(self) -> None:
        self._hurry.clear()
        self._thread = threading.Thread(target=self._work, name="nbtrack-keeper", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # at the end of Python 3.12, or at the system's limit: it is written all the same
            self._thread = None

    def release(self, kept: Kept) -> None:
        """Stop looking after a writer."""
        if self._generation != forks.Line.generation:
            self._after_fork()
        with self._lock:
            self._kept.discard(kept)

    def kept(self) -> tuple[list[Kept], int]:
        """Return what is looked after now, and how many there ever were."""
        self._after_fork()
        with self._lock:
            return list(self._kept), self._ever

    def rest(self) -> None:
        """End the thread now when there is nothing to look after, instead of half a second later."""
        self._after_fork()
        with self._lock:
            thread = None if self._kept else self._thread
            if thread is not None:
                self._jobs.clear()
        if thread is not None:
            self._hurry.set()
            thread.join()

    def stop(self) -> None:
        """Let go of everything and return when the thread has ended."""
        self._after_fork()
        with self._lock:
            self._kept.clear()
            self._jobs.clear()
            thread = self._thread
        self._hurry.set()
        if thread is not None:
            thread.join()

    def _after_fork(self) -> None:
        """A forked child has no thread, and keeps nothing of its parent's."""
        if self._generation != forks.generation():
            with forks.renewing():
                if self._generation != forks.generation():
                    self._reset()
                    self._generation = forks.generation()

    def _work(self) -> None:
        self._beaten = time.monotonic()
        while True:
            self._hurry.wait(_PERIOD)
            with self._lock:
                if not self._kept and not self._jobs:
                    self._thread = None
                    return
                job = self._jobs.popleft() if self._jobs else None
            self._look_after_all()
            if job is not None:
                with suppress(Exception):  # it may be done another time
                    job(self._breathe)

    def _look_after_all(self) -> None:
        with self._lock:
            kept = list(self._kept)
        is_due = time.monotonic() - self._beaten >= BEAT
        while kept:  # to the last, so that none is held while this thread sleeps
            _look_after(kept.pop(), is_due=is_due)
        self._looked = self._woke = time.monotonic()
        if is_due:
            self._beaten = self._looked

    def _breathe(self) -> None:
        """Let others work, look after what is kept, and give up the job when somebody waits for its end."""
        worked = time.monotonic() - self._woke
        self._hurry.wait(min(worked * (_BUSY if self._kept else _LEISURE), _REST))
        if self._hurry.is_set():
            raise _GivenUp
        if time.monotonic() - self._looked >= _PERIOD:
            self._look_after_all()
        self._woke = time.monotonic()


class _GivenUp(Exception):
    """Ends a job in the middle."""


def _look_after(kept: Kept, *, is_due: bool) -> None:
    with suppress(Exception):  # the writer was told: its file is broken, the next record opens another
        kept.flush()
    if is_due:
        with suppress(Exception):
            kept.beat()


KEEPER = Keeper()
