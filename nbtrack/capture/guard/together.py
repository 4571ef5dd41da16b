"""One look for many runs: what several runs in quick succession want to know is found out once, soon after."""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from nbtrack.capture.guard.background import Background
from nbtrack.record.open_run import OpenRun

QUIET: Final = 0.05  # seconds without a new run: most short cells are over, and nothing of ours runs beside them
LONGEST: Final = 2.0  # seconds that a burst of short cells can put a look off
_SHARE: Final = 0.02  # of a cell's time may be spent waiting for what is not known when it ends
_LONGEST_WAIT: Final = 0.1
_Item = TypeVar("_Item")


class Together(Generic[_Item]):
    """Collects what is to be looked at and has all of it looked at in the background, once there is quiet."""

    def __init__(self, background: Background, look: Callable[[list[_Item]], None]) -> None:
        self.background = background
        self._look = look
        self._lock = threading.Lock()
        self._waiting: list[_Item] = []
        self._looked = threading.Event()
        self._first = self._last = 0.0

    def add(self, item: _Item) -> threading.Event:
        """Have something looked at with the next look; returns what is set when that is over."""
        with self._lock:
            self._last = time.monotonic()
            self._waiting.append(item)
            if len(self._waiting) == 1:
                self._first, self._looked = self._last, threading.Event()
                self.background.soon(self._run, QUIET)
            return self._looked

    def _run(self) -> None:
        with self._lock:
            now = time.monotonic()
            rest = min(self._last + QUIET, self._first + LONGEST) - now
            if rest > 0 and not self.background.closing:
                self.background.soon(self._run, rest)
                return
            waiting, self._waiting, looked = self._waiting, [], self._looked
        try:
            self._look(waiting)
        finally:
            looked.set()


def wait_for(looked: threading.Event, run: OpenRun) -> bool:
    """Wait for a look as long as the length of a run allows, not at all after a short one; tell whether it is over."""
    took = time.monotonic() - run.started
    return looked.wait(min(_SHARE * took, _LONGEST_WAIT)) if took > QUIET else looked.is_set()
