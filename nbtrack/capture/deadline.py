"""A bound on how long a part of capture may take: whatever it is stuck in, a cell does not wait for it longer.

The bound is the process's interval timer, so it works in the main thread of systems that have one (not on Windows), and
only where the user's own program does not use that timer. Elsewhere a part runs unbounded.
"""

import signal
import threading
import time
from types import CodeType, FrameType
from typing import Final

_AGAIN: Final = 0.05  # seconds; a part that swallows the signal hears it again
_bounds: list[float] = []  # when each of the nested bounds ends, by the monotonic clock


class OutOfTime(BaseException):
    """A part took longer than it may. No ``Exception``, so that nothing on its way out takes it for its own."""


class Deadline:
    """Bounds the block it is put around. Use ``start`` and ``stop`` in pairs; they nest.

    ``stop`` first, then act on what happened: a bound that has been stopped raises nothing any more.
    """

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def start(self, seconds: float) -> None:
        """Raise ``OutOfTime`` in this thread when ``stop`` was not called within this time."""
        if not _usable():
            return
        until = time.monotonic() + seconds
        if _bounds:
            until = min(until, _bounds[-1])
        else:
            signal.signal(signal.SIGALRM, _ring)
        self._set = True
        _bounds.append(until)
        _wind(until)

    def stop(self) -> None:
        """Stop bounding; the bound around this one goes on."""
        if not self._set:
            return
        self._set = False
        _bounds.pop()
        if _bounds:
            _wind(_bounds[-1])
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _usable() -> bool:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    return bool(_bounds) or (
        signal.getitimer(signal.ITIMER_REAL)[0] == 0 and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    )


def _wind(until: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, max(until - time.monotonic(), 1e-6), _AGAIN)


def _ring(_signal: int, frame: FrameType | None) -> None:
    """Raise in the block, but not in what ends it: there the alarm is stopped next, and nobody would catch it."""
    if _bounds and not (frame and frame.f_code in SAFE):
        raise OutOfTime


SAFE: Final[set[CodeType]] = {Deadline.start.__code__, Deadline.stop.__code__, _wind.__code__, _usable.__code__}
