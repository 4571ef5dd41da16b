"""A bound on how long a part of capture may take: whatever it is stuck in, a cell does not wait for it longer.

The bound is the process's interval timer. What it cannot bound:

- systems without one (Windows), and threads other than the main one, where Python handles no signals: there a part
  takes as long as it takes - ``%%track`` in a subshell, and what a kernel's own thread sends of a stream;
- a program that uses SIGALRM or that timer itself keeps both, and capture goes unbounded meanwhile;
- a call that never comes back to Python: one in C that holds the interpreter, or a disk in uninterruptible sleep.

The alarm is only ever raised above a bound of ours: should one be left behind, it is wound down without a word.
"""

import signal
import threading
import time
from types import CodeType, FrameType
from typing import Any, Final

_AGAIN: Final = 0.05  # seconds; a part that swallows the signal hears it again
_bounds: list[float] = []  # when each of the nested bounds ends, by the monotonic clock
# The functions themselves, without the enumerations that the standard library wraps around them: a third of the time.
_signal: Final[Any] = getattr(signal.signal, "__wrapped__", signal.signal)
_getsignal: Final[Any] = getattr(signal.getsignal, "__wrapped__", signal.getsignal)


class OutOfTime(BaseException):
    """A part took longer than it may. No ``Exception``, so that nothing on its way out takes it for its own."""


# What is kept in where an interrupt of the user's is not: all that ours, and their objects, may raise.
CONTAINED: Final = (Exception, SystemExit, GeneratorExit, OutOfTime)


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
            _signal(signal.SIGALRM, _ring)
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
            _unwind()


def forget() -> None:
    """Drop every bound: for the end of a hook, when its own bound may be among what failed."""
    if _bounds and threading.get_ident() == threading.main_thread().ident:
        _bounds.clear()
        _unwind()


def _usable() -> bool:
    if threading.get_ident() != threading.main_thread().ident or not hasattr(signal, "setitimer"):
        return False
    return bool(_bounds) or (
        _getsignal(signal.SIGALRM) == signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    )


def _wind(until: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, max(until - time.monotonic(), 1e-6), _AGAIN)


def _unwind() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    _signal(signal.SIGALRM, signal.SIG_DFL)


def _ring(_: int, frame: FrameType | None) -> None:
    """Raise in the block, but not in what ends it: there the alarm is stopped next, and nobody would catch it."""
    if not _bounds or (frame and frame.f_code in SAFE):
        return
    if _is_ours(frame):
        raise OutOfTime
    forget()


def _is_ours(frame: FrameType | None) -> bool:
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("nbtrack."):
            return True
        frame = frame.f_back
    return False


SAFE: Final[set[CodeType]] = {
    each.__code__ for each in (Deadline.start, Deadline.stop, forget, _wind, _unwind, _usable, _ring, _is_ours)
}
