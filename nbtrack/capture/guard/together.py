"""One look for many runs: what several runs in quick succession want to know is found out once, soon after."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from nbtrack.capture.guard.background import Background
from nbtrack.record.open_run import OpenRun

QUIET: Final = 0.05  # seconds without a new run: most short cells are over, and nothing of ours runs beside them
LONGEST: Final = 2.0  # seconds that a burst of short cells can put a look off
_SHARE: Final = 0.02  # of a cell's time may be spent waiting for what is not known when it ends
_LONGEST_WAIT: Final = 0.1
_Item = TypeVar("_Item")


@dataclass(slots=True)
class Look:
    """One look, as whoever asked for it knows it."""

    over: threading.Event = field(default_factory=threading.Event)
    modules: int | None = None  # how many were loaded when it began; None before that

    def missed_imports(self, run: OpenRun) -> bool:
        """Tell whether a run has loaded modules since this began: what only begins now sees them all.

        Waits for it as long as the length of the run allows, not at all after a short one.
        """
        took = time.monotonic() - run.started
        if took > QUIET:
            self.over.wait(min(_SHARE * took, _LONGEST_WAIT))
        return self.modules not in (None, len(sys.modules))


class Together(Generic[_Item]):
    """Collects what is to be looked at and has all of it looked at in the background, once there is quiet."""

    def __init__(self, background: Background, look: Callable[[list[_Item]], None]) -> None:
        self.background = background
        self._look = look
        self._lock = threading.Lock()
        self._waiting: list[_Item] = []
        self._next = Look()
        self._first = self._last = 0.0

    def add(self, item: _Item) -> Look:
        """Have something looked at with the next look, and return that."""
        with self._lock:
            self._last = time.monotonic()
            is_first = not self._waiting
            self._waiting.append(item)
            if is_first:
                self._first, self._next = self._last, Look()
                self.background.soon(self._run, QUIET)
            return self._next

    def _run(self) -> None:
        with self._lock:
            now = time.monotonic()
            rest = min(self._last + QUIET, self._first + LONGEST) - now
            if rest > 0 and not self.background.closing:
                self.background.soon(self._run, rest)
                return
            waiting, self._waiting, look = self._waiting, [], self._next
        look.modules = len(sys.modules)
        try:
            self._look(waiting)
        finally:
            look.over.set()
