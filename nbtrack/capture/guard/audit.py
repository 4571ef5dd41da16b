"""The one audit hook of this process: it tells who listens which files and addresses are opened.

Python never lets go of an audit hook. So there is one however often nbtrack is loaded, it is installed by the first
who listens, and where nobody listens - no cell is running - it returns at once. It raises nothing of its own: an
exception in an audit hook would make the user's ``open`` fail.

The price, once a hook is there: Python prepares the arguments of every event, and ``id()`` and ``sys._getframe`` are
events, too. Each takes 0.1 µs more (measured on 3.11), so that ``copy.deepcopy`` of many small objects takes 1.6 times
as long; training, plotting and reading data take what they took.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from nbtrack.capture.guard import own_line
from nbtrack.capture.guard.deadline import CONTAINED, SAFE, Inside, OutOfTime
from nbtrack.record.program_signals import let_go

Ear = Callable[[str, tuple[Any, ...]], None]

SECONDS: Final = 0.5  # what one event may take

_EVENTS: Final = frozenset({"open", "os.chdir", "os.link", "os.rename", "sqlite3.connect", "urllib.Request"})
_lock = threading.Lock()
_listening: tuple[tuple[int, Ear], ...] = ()  # (thread, ear), the latest first; replaced, never changed in place
_deaf: set[int] = set()  # threads of our own
_installed = False
_faults = 0


def listen(ear: Ear) -> None:
    """Have ``ear`` told of events from now on: those of this thread, and of threads for which nobody listens.

    It is called inside the user's ``open``: it must be quick, and must not open files by Python's means itself.
    """
    global _installed, _listening  # noqa: PLW0603 - one hook a process
    with _lock:
        if not _installed:
            sys.addaudithook(_hear)
            _installed = True
        _listening = ((threading.get_ident(), ear), *_listening)


def silence(ear: Ear) -> None:
    """Tell ``ear`` nothing any more."""
    global _listening  # noqa: PLW0603 - as in listen
    with _lock:
        _listening = tuple([each for each in _listening if each[1] != ear])


@contextmanager
def deaf() -> Iterator[None]:
    """Hear nothing of what this thread does: it is one of ours, not the user's."""
    thread = threading.get_ident()
    _deaf.add(thread)
    try:
        yield
    finally:
        _deaf.discard(thread)


def faults() -> int:
    """Return how often listening failed since the last call."""
    global _faults
    count, _faults = _faults, 0
    return count


def caller() -> FrameType | None:
    """Return, while an ear is told of an event, the frame of what caused it."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the only way to know
    while frame is not None and frame.f_code is not _hear.__code__:
        frame = frame.f_back
    return frame and frame.f_back


def _hear(event: str, args: tuple[Any, ...]) -> None:
    global _listening  # noqa: PLW0603 - as in listen
    listening = _listening
    if not listening or event not in _EVENTS:
        return
    thread = threading.get_ident()
    if thread in _deaf:
        return
    ear = listening[0][1]
    for owner, each in listening:
        if owner == thread:
            ear = each
            break
    deadline = Inside()
    try:
        deadline.start(SECONDS)
        try:
            ear(event, args)
        finally:
            deadline.stop()
    except CONTAINED as problem:  # a failure here would be the user's; an interrupt is theirs already
        let_go(problem)
        global _faults  # noqa: PLW0603 - as in faults
        _faults += 1
        if isinstance(problem, OutOfTime):  # on a disk that does not answer, once is enough
            _listening = tuple(each for each in _listening if each[1] != ear)


SAFE.add(_hear.__code__)
own_line.ends_here(_hear.__code__)
