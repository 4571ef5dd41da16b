"""One watcher for each store that pages look at: a thread that answers them in turn, and looks for news in between.

Where nobody looks - no page, or all of them hidden - it waits without looking. A look is due the sooner the more
happens, and never takes more than a small share of the time (``hosts.rhythm``).
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from nbtrack.hosts.rhythm import Rhythm, Standing
from nbtrack.hosts.server.desk import Desk

_HIDDEN: Final = 3600.0
_ASIDE: Final = 2  # exports and reports at once, on a server


class Watch:
    """The desks of one store, and the thread that serves them. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._desks: list[Desk] = []
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.looks = 0

    @property
    def is_idle(self) -> bool:
        """Whether no page is there."""
        return not self._desks

    def join(self, desk: Desk) -> None:
        """Serve a desk from now on."""
        with self._lock:
            self._desks.append(desk)

    def leave(self, desk: Desk) -> None:
        """Serve it no more."""
        with self._lock:
            self._desks = [each for each in self._desks if each is not desk]
        desk.close()
        self._do(lambda: None)

    def receive(self, desk: Desk, message: Any, done: Callable[[], object] = lambda: None) -> None:
        """Have a page's message dealt with, in the order in which they come; ``done`` is called when it was."""

        def deal() -> None:
            try:
                desk.receive(message)
            finally:
                done()

        self._do(deal)

    def stop(self) -> None:
        """Serve nobody any more, and return when the thread has ended."""
        with self._lock:
            desks, self._desks = self._desks, []
            thread = self._thread
        for desk in desks:
            desk.close()
        self._do(lambda: None)
        if thread is not None:
            thread.join(5)

    def _do(self, job: Callable[[], object]) -> None:
        self._jobs.put(job)
        with self._lock:
            if self._thread is None and self._desks:
                self._thread = threading.Thread(target=self._work, name="nbtrack-watch", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        rhythm, rest = Rhythm(time.monotonic()), 0.0
        while True:
            if self._next(rest):
                rhythm.hurry(time.monotonic())
            with self._lock:
                if not self._desks:
                    self._thread = None
                    return
                watching = [desk for desk in self._desks if desk.watching]
            standing = Standing(running=any(desk.running for desk in watching))
            if watching and rhythm.is_look(time.monotonic(), standing):
                self._look(watching, rhythm)
            rest = rhythm.rest(time.monotonic(), standing) if watching else _HIDDEN

    def _next(self, rest: float) -> bool:
        """Wait for something to do, do all there is, and tell whether there was anything."""
        try:
            job = self._jobs.get(timeout=max(rest, 0.01))
        except Empty:
            return False
        while True:
            with suppress(Exception):  # a page that left while it was answered
                job()
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return True

    def _look(self, desks: list[Desk], rhythm: Rhythm) -> None:
        began, before = time.monotonic(), time.thread_time()
        news = False
        self.looks += 1
        for desk in desks:
            with suppress(Exception):  # told at the next look
                news |= desk.step()
        rhythm.looked(began, time.monotonic(), time.thread_time() - before, news=news)


class Watches:
    """The watches of a server, one a store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: dict[Path, Watch] = {}
        self._aside: ThreadPoolExecutor | None = None

    def aside(self, job: Callable[[], object]) -> None:
        """Have something that takes seconds done beside what pages wait for."""
        with self._lock:
            if self._aside is None:
                self._aside = ThreadPoolExecutor(_ASIDE, "nbtrack-aside")
            self._aside.submit(job)

    def of(self, store: Path) -> Watch:
        """Return the watch of the store in this folder."""
        with self._lock:
            self._watches = {place: each for place, each in self._watches.items() if not each.is_idle}
            return self._watches.setdefault(store, Watch())

    def stop(self) -> None:
        """Serve nobody any more."""
        with self._lock:
            watches, self._watches = list(self._watches.values()), {}
            aside, self._aside = self._aside, None
        if aside is not None:
            aside.shutdown(wait=False, cancel_futures=True)
        for each in watches:
            each.stop()
