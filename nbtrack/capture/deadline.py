"""A bound on how long a part of capture may take: whatever it is stuck in, a cell does not wait for it longer.

The bound is the process's interval timer, so it works in the main thread of systems that have one (not on Windows), and
only where the user's own program does not use that timer. Elsewhere a part runs unbounded.
"""

import signal
import threading
import time
from types import CodeType, FrameType
from typing import Final

_TICK: Final = 0.02  # seconds between two looks at the clock; a part that swallows the alarm hears it again
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
        """Raise ``OutOfTime`` in this thread when ``stop`` was not called within this time, give or take 20 ms."""
        if _bounds:  # the clock ticks already
            if threading.get_ident() != _MAIN:
                return
        elif not _wind(seconds):
            return
        self._set = True
        until = time.monotonic() + seconds
        _bounds.append(min(until, _bounds[-1]) if _bounds else until)

    def stop(self) -> None:
        """Stop bounding; the bound around this one goes on."""
        if not self._set:
            return
        self._set = False
        _bounds.pop()
        if not _bounds:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


_MAIN: Final = threading.main_thread().ident


def _wind(seconds: float) -> bool:
    """Start the clock, if this is the main thread and nobody else uses the alarm; one for all nested bounds."""
    if not hasattr(signal, "setitimer") or threading.get_ident() != _MAIN:
        return False
    if signal.getitimer(signal.ITIMER_REAL)[0] or signal.getsignal(signal.SIGALRM) != signal.SIG_DFL:
        return False
    signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, _TICK), _TICK)
    return True


def _ring(_signal: int, frame: FrameType | None) -> None:
    """Raise in a block that is over its time, but not in what ends it: there nobody would catch it."""
    if _bounds and time.monotonic() >= _bounds[-1] and not (frame and frame.f_code in SAFE):
        raise OutOfTime


SAFE: Final[set[CodeType]] = {Deadline.start.__code__, Deadline.stop.__code__, _wind.__code__}
