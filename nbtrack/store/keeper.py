"""The one background thread of a process: it flushes metric files within a second and keeps live markers fresh.

It exists only while something is kept: started by the first, gone within half a second of the last.
"""

import threading
import time
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet

from nbtrack.store import forks
from nbtrack.store.live import BEAT

_PERIOD = 0.5


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
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()

    def keep(self, kept: Kept) -> None:
        """Look after a writer until it is released."""
        self._after_fork()
        with self._lock:
            self._kept.add(kept)
            if self._thread is None:
                self._hurry.clear()
                self._thread = threading.Thread(target=self._work, name="nbtrack-keeper", daemon=True)
                self._thread.start()

    def release(self, kept: Kept) -> None:
        """Stop looking after a writer."""
        self._after_fork()
        with self._lock:
            self._kept.discard(kept)

    def rest(self) -> None:
        """End the thread now when there is nothing to look after, instead of half a second later."""
        self._after_fork()
        with self._lock:
            thread = None if self._kept else self._thread
        if thread is not None:
            self._hurry.set()
            thread.join()

    def stop(self) -> None:
        """Let go of everything and return when the thread has ended."""
        self._after_fork()
        with self._lock:
            self._kept.clear()
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
        beaten = time.monotonic()
        while True:
            self._hurry.wait(_PERIOD)
            with self._lock:
                kept = list(self._kept)
                if not kept:
                    self._thread = None
                    return
            is_due = time.monotonic() - beaten >= BEAT
            while kept:  # to the last, so that none is held while this thread sleeps
                _look_after(kept.pop(), is_due=is_due)
            if is_due:
                beaten = time.monotonic()


def _look_after(kept: Kept, *, is_due: bool) -> None:
    with suppress(Exception):  # the writer was told: its file is broken, the next record opens another
        kept.flush()
    if is_due:
        with suppress(Exception):
            kept.beat()


KEEPER = Keeper()
