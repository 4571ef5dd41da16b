"""A bound on how long a part of capture may take: whatever it is stuck in, a cell does not wait for it longer.

The bound is the process's interval timer. What it cannot bound:

- systems without one (Windows), and threads other than the main one, where Python handles no signals: there a part
  takes as long as it takes - ``%%track`` in a subshell, and what a kernel's own thread sends of a stream;
- a program that uses SIGALRM or that timer itself keeps both, and capture goes unbounded meanwhile;
- a call that never comes back to Python: one in C that holds the interpreter, or a disk in uninterruptible sleep;
- the import of a library, which is let finish: left half-way, many could not be imported by the user's cell either.

The alarm is raised only while the function that set the bound, or for a fence inside another the outermost, is still
running: a bound that was left behind, by whatever failed, is dropped without a word.

A bound inside another costs no system call: the timer stays wound for the earliest end there was, and is wound anew
when it rings for one that was kept.
"""

import _weakrefset
import gc
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from math import inf
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, Final

from nbtrack.record.program_signals import Held

MAIN: Final = threading.main_thread().ident
_LONGEST: Final = 1.0  # seconds to the next ring at the latest: the bounds inside a long one wind the timer no more
_SHORTEST: Final = 1e-6  # and at least: nothing would stop the timer
_AGAIN: Final = 0.05  # seconds; a part that swallows the signal hears it again
BOUNDS: list[tuple[float, FrameType]] = []  # when each of the nested bounds ends, by the monotonic clock, and whose
RINGS: list[float] = [0.0]  # when the timer rings next, at the latest
# Without the enumerations that ``signal`` wraps around its functions and numbers: a third of the time.
_bare: Final[Any] = sys.modules.get("_signal", signal)
_ALARM: Final = int(getattr(signal, "SIGALRM", 0))
_TIMER: Final = int(getattr(signal, "ITIMER_REAL", 0))
_DEFAULT: Final = int(signal.SIG_DFL)
_FINALIZERS: Final = (weakref.__file__, _weakrefset.__file__)  # what they have run when something is gone


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

    def start(self, seconds: float, owner: FrameType | None = None) -> None:
        """Raise ``OutOfTime`` in this thread when ``stop`` was not called within this time.

        It is raised as long as ``owner`` runs, which is the caller where none is named.
        """
        if threading.get_ident() != MAIN:
            return
        now = time.monotonic()
        until = now + seconds
        if BOUNDS:
            until = min(until, BOUNDS[-1][0])
        elif _ALARM and _bare.getsignal(_ALARM) == _DEFAULT and _bare.getitimer(_TIMER)[0] == 0:
            _bare.signal(_ALARM, _ring)  # there is a timer, and the program does not use it
            RINGS[0] = inf
        else:
            return
        self._set = True
        BOUNDS.append((until, owner or sys._getframe(1)))  # noqa: SLF001 - who else would know
        if until < RINGS[0]:
            wind(now, until)

    def stop(self) -> None:
        """Stop bounding; the bound around this one goes on."""
        if not self._set:
            return
        self._set = False
        del BOUNDS[-1]
        if not BOUNDS:
            unwind()


class Inside(Deadline):
    """Bounds what we do inside a cell, with the program's signals waiting: its handlers raise for it, not for us.

    ``stop`` raises what they raise.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:  # on the path of every value that a loop is watched for
        self._set = False
        self._held = Held()

    def start(self, seconds: float, owner: FrameType | None = None) -> None:
        """Have signals wait, and raise ``OutOfTime`` when ``stop`` was not called within this time."""
        self._held.start()
        try:
            super().start(seconds, owner or sys._getframe(1))  # noqa: SLF001 - who else would know
        except BaseException:
            self._held.stop()
            raise

    def stop(self) -> None:
        """Stop bounding, and let signals through again."""
        try:
            super().stop()
        finally:
            self._held.stop()


def forget() -> None:
    """Drop every bound, at the end of a hook: none is left there, unless something went wrong with one."""
    if (BOUNDS or (_ALARM and _bare.getsignal(_ALARM) is _ring)) and threading.get_ident() == MAIN:
        BOUNDS.clear()
        unwind()


def wind(now: float, until: float) -> None:
    """Have the timer ring when a bound ends, or after a while: then it is wound anew."""
    rest = until - now
    if rest > _LONGEST:
        rest = _LONGEST
    elif rest < _SHORTEST:
        rest = _SHORTEST
    RINGS[0] = now + rest
    _bare.setitimer(_TIMER, rest, _AGAIN)


def unwind() -> None:
    """Stop the timer, there being nothing left to bound."""
    _bare.setitimer(_TIMER, 0)
    _bare.signal(_ALARM, _DEFAULT)


def _ring(_: int, frame: FrameType | None) -> None:
    """Raise in the block, but not in what ends it: there the alarm is stopped next, and nobody would catch it."""
    now = time.monotonic()
    RINGS[0] = now + _AGAIN
    if not BOUNDS or (frame and frame.f_code in SAFE):
        return
    if now < BOUNDS[-1][0]:
        wind(now, BOUNDS[-1][0])
        return
    inner = list(_between(frame, BOUNDS[-1][1]))
    if not inner:
        forget()
    elif not any(map(_is_to_be_finished, inner)) and _watching_collections().isdisjoint(inner):
        raise OutOfTime


def _between(frame: FrameType | None, owner: FrameType) -> Iterator[CodeType]:
    """Yield the code that is running, up to that of the owner of a bound; nothing when the owner runs no more."""
    codes = []
    while frame is not None:
        codes.append(frame.f_code)
        if frame is owner:
            yield from codes
            return
        frame = frame.f_back


def _is_to_be_finished(code: CodeType) -> bool:
    """Tell whether code must not be left half-way: the import of a library that the user wants, too, and finalizers.

    Many extension modules cannot be imported a second time, and Python prints what a finalizer raises.
    """
    return code.co_name == "__del__" or code.co_filename.startswith(("<frozen importlib", *_FINALIZERS))


def _watching_collections() -> set[CodeType]:
    """Return the code that is called as garbage is collected: Python prints what that raises, too."""
    called = (each if type(each) in (FunctionType, MethodType) else type(each).__call__ for each in gc.callbacks)
    functions = (each.__func__ if type(each) is MethodType else each for each in called)
    return {each.__code__ for each in functions if type(each) is FunctionType}


SAFE: Final[set[CodeType]] = {
    each.__code__
    for each in (
        *(Deadline.start, Deadline.stop, Inside.start, Inside.stop, Held.start, Held.stop),
        *(forget, unwind, wind, _ring),
        *(_between, _is_to_be_finished, _watching_collections),
    )
}
