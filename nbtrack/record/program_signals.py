"""Signals that a program handles itself, while we work inside its code: what its handlers raise is for the program.

Python runs a handler in the main thread between any two steps: a ``TimeoutError`` of a cell that bounds itself by
``signal.alarm`` may come while a value of its loop is recorded. There it would be taken for a failure of ours, and the
cell would go on. ``Held`` has signals wait until we are done; where that costs too much, what a handler raised is known
by its frames: ``let_go``.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType
from typing import Any, Final, cast

HOME: Final = str(Path(__file__).parents[1]) + os.sep  # where our own code lies
_MAIN: Final = threading.main_thread().ident
_bare: Final[Any] = sys.modules.get("_signal", signal)  # without the enumerations that ``signal`` wraps around it
_MOST: Final = 100  # exceptions that stand behind one
# Those that programs handle; an interrupt is the last to be heard again, so that it does not keep another from it.
_NUMBERS: Final = tuple(
    int(getattr(signal, name))
    for name in ("SIGINT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGHUP", "SIGVTALRM", "SIGPROF", "SIGQUIT")
    if hasattr(signal, name)
)
_NOBODY: Final = frozenset({int, type(None)})  # the system's own handlers
_Handler = Callable[[int, FrameType | None], Any]


class Held:
    """Has the signals of the main thread wait that Python functions handle, from ``start`` to ``stop``.

    ``stop`` raises what the program's handlers raise. In other threads nothing is done: no handler runs there.
    """

    __slots__ = ("_came", "_handlers")

    def __init__(self) -> None:
        self._handlers: list[tuple[int, _Handler]] = []
        self._came: list[tuple[int, _Handler]] = []

    def start(self) -> None:
        """Have signals wait, if they do not already."""
        if threading.get_ident() != _MAIN:
            return
        try:
            for number in _NUMBERS:
                handler = _bare.getsignal(number)
                if type(handler) not in _NOBODY and callable(handler) and not _is_ours(_code(handler)):
                    self._handlers.append((number, handler))
                    _bare.signal(number, self._hold)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Let signals through again, those first that came meanwhile."""
        try:
            while self._handlers:
                number, handler = self._handlers[-1]
                _bare.signal(number, handler)
                self._handlers.pop()
            while self._came:  # called, not raised again: whoever waits for signals by a file has heard of them
                number, handler = self._came.pop(0)
                handler(number, _outside(sys._getframe()))  # noqa: SLF001 - Python's own way to call it
        finally:
            if self._handlers or self._came:
                self.stop()

    def _hold(self, number: int, _: FrameType | None) -> None:
        if all(number != other for other, _ in self._came):
            self._came += [each for each in self._handlers if each[0] == number]


def _outside(frame: FrameType | None) -> FrameType | None:
    """Return where the program is, from a frame of ours."""
    while frame is not None and _is_ours(frame.f_code):
        frame = frame.f_back
    return frame


def let_go(problem: BaseException) -> None:
    """Raise what is not ours to keep in: what a handler of the program raised, where a problem is that or of it."""
    theirs = None
    with suppress(Exception, SystemExit, GeneratorExit):  # a failure of ours is none of theirs
        theirs = _raised_by_handler(problem)
    if theirs is not None:
        raise theirs


def _raised_by_handler(problem: BaseException) -> BaseException | None:
    handlers = handling()
    for each in behind(problem) if handlers else ():
        trace = each.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code in handlers:
                return each
            trace = trace.tb_next
    return None


def handling() -> set[CodeType]:
    """Return the code of the program's own handlers."""
    found = {_code(_bare.getsignal(number)) for number in _NUMBERS}
    return {code for code in found if code is not None and not _is_ours(code)}


def behind(problem: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that stand behind it, each once."""
    found, waiting = set[int](), [problem]
    while waiting and len(found) < _MOST:
        each = waiting.pop()
        if id(each) not in found:
            found.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def _is_ours(code: CodeType | None) -> bool:
    return code is not None and code.co_filename.startswith(HOME)


def _code(handler: object) -> CodeType | None:
    """Return the code of a function, a method, a part of one or an object that can be called."""
    for _ in range(4):
        kind = type(handler)
        if kind is FunctionType:
            return cast("FunctionType", handler).__code__
        if kind is BuiltinFunctionType:
            break
        if kind is MethodType:
            handler = handler.__func__  # type: ignore[attr-defined]
        elif kind is partial:
            handler = handler.func  # type: ignore[attr-defined]
        else:
            handler = kind.__dict__.get("__call__")
    return None
