"""Work that no cell waits for: one background thread, there only while there is something to do."""

import atexit
import heapq
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Final

from nbtrack.capture.guard.audit import deaf
from nbtrack.store.system import forks

_IDLE: Final = 0.5  # seconds without work after which the thread goes
_PATIENCE: Final = 2.0  # seconds that unloading or the end of the process waits for what was begun


class Task:
    """One job that waits for its time. A job keeps its own failures in; what it raises all the same is lost."""

    __slots__ = ("_is_over", "_job", "_waiting", "due")

    def __init__(self, job: Callable[[], None], due: float) -> None:
        self.due = due
        self._job: Callable[[], None] | None = job
        self._is_over = False
        self._waiting: list[threading.Event] = []  # of those who wait for its end, which hardly anybody does

    def cancel(self) -> None:
        """Drop the job; when it is running already, this changes nothing."""
        self._job = None

    @property
    def is_cancelled(self) -> bool:
        """Whether there is nothing to do any more."""
        return self._job is None

    def wait(self, seconds: float) -> bool:
        """Wait until the job is over, at most this long, and tell whether it is."""
        over = threading.Event()
        self._waiting.append(over)
        return self._is_over or over.wait(seconds)  # in this order: who ends it looks the other way round

    def run(self) -> None:
        """Do the job, unless it was cancelled."""
        job, self._job = self._job, None
        with suppress(BaseException):
            if job is not None:
                job()
        self._is_over = True
        for over in self._waiting:
            over.set()


class Background:
    """Runs jobs one after another, when they are due."""

    def __init__(self) -> None:
        self._renew()

    def _renew(self) -> None:
        self._generation = forks.generation()
        # Entered itself: entering a condition is Python code, in which an interrupt would leave it locked for ever.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._tasks: list[tuple[float, int, Task]] = []
        self._numbers = count()
        self._closing = False
        self._wakes = 0.0  # when the thread, which waits, looks again
        self._thread: threading.Thread | None = None

    @property
    def closing(self) -> bool:
        """Whether what waits must be done now or never."""
        return self._closing

    def soon(self, job: Callable[[], None], after: float = 0.0) -> Task:
        """Have a job done, ``after`` seconds from now at the earliest.

        Raises:
            RuntimeError: no thread can begin.
        """
        if self._generation != forks.generation():
            self._renew()  # a forked child has no thread, and its parent does the parent's jobs
        task = Task(job, time.monotonic() + after)
        with self._lock:
            heapq.heappush(self._tasks, (task.due, next(self._numbers), task))
            if self._thread is None:
                self._start()
            elif task.due < self._wakes:  # it sees by itself what is due later: no cell waits for it to wake for that
                self._changed.notify()
        return task

    def close(self) -> None:
        """Do at once what still waits, for two seconds at most, and end the thread."""
        if self._generation != forks.generation():
            return
        with self._lock:
            thread, self._closing = self._thread, True
            self._changed.notify()
        if thread is not None:
            thread.join(_PATIENCE)
        with self._lock:
            self._tasks.clear()
            self._closing = False

    def _start(self) -> None:
        atexit.unregister(self.close)
        atexit.register(self.close)  # the last cell of a batch run is recorded too
        self._thread = threading.Thread(target=self._work, name="nbtrack-background", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # at the end of Python 3.12, or at the system's limit: the next job tries again
            self._thread = None
            raise

    def _work(self) -> None:
        """Do jobs until there are none. What fails here itself ends the thread, and the next job has a new one."""
        try:
            with deaf():
                while (task := self._next()) is not None:
                    task.run()
        except BaseException:  # noqa: BLE001 - threading would print it between the person's own outputs
            self._thread = None

    def _next(self) -> Task | None:
        """Wait for the next job that is due; None ends the thread."""
        with self._lock:
            while True:
                while self._tasks and self._tasks[0][2].is_cancelled:
                    heapq.heappop(self._tasks)[2].run()
                now = time.monotonic()
                wait = self._tasks[0][0] - now if self._tasks else _IDLE
                if self._tasks and (wait <= 0 or self._closing):
                    return heapq.heappop(self._tasks)[2]
                self._wakes = now + wait
                if self._closing or not (self._changed.wait(wait) or self._tasks):
                    self._thread = None
                    atexit.unregister(self.close)
                    return None
