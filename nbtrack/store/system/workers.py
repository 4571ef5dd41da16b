"""Threads for work that waits for a disk; without them where none can begin: as a process ends, or at a limit."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final, ParamSpec, Self, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
_IDLE: Final = 0.5  # seconds without work after which a thread goes
_MOST: Final = 8  # at once: flushes that are asked for together cost about as much as one


class Workers:
    """Does what is handed in beside each other; where no thread can begin, at once.

    The pools of the standard library take nothing any more once Python ends, while its exit handlers still run. Use it
    as a context manager, which waits for all of it; or call ``end``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def submit(self, call: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        """Hand in a call, and return what it will come to."""
        future: Future[Result] = Future()
        job = partial(_do, future, partial(call, *args, **kwargs))
        with self._lock:
            if len(self._threads) < _MOST:
                self._begin()
            taken = bool(self._threads)
            if taken:
                self._jobs.put(job)
        if not taken:
            job()
        return future

    def end(self, *, wait: bool) -> None:
        """Wait for what was handed in; or leave what nobody has begun, and whoever is at work with the rest."""
        if not wait:
            self._forget()
        self._jobs.put(None)
        for thread in list(self._threads) if wait else ():
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(wait=True)

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return
        self._threads.add(thread)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job()

    def _next(self) -> Callable[[], None] | None:
        """Return the next job; None when it is over, or nobody has had any for a while: ``end`` may never be called."""
        while True:
            try:
                job = self._jobs.get(timeout=_IDLE)
            except Empty:
                with self._lock:
                    if self._jobs.empty():
                        self._threads.discard(threading.current_thread())
                        return None
            else:
                if job is None:
                    self._jobs.put(None)  # for the next
                return job

    def _forget(self) -> None:
        try:
            while True:
                self._jobs.get_nowait()
        except Empty:
            pass


def _do(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - it is raised again, where somebody asks for the result
        future.set_exception(error)
    else:
        future.set_result(result)
