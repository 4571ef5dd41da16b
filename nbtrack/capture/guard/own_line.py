"""Tracebacks as they would be without us: an exception that passed through our code ends at the person's own line.

An interrupt may come while a value of a loop is looked at, or a file noted that was just opened; the error of a stream
passes through what hears it.
"""

from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import ParamSpec, TypeVar

from nbtrack.record.program_signals import HOME, behind, handling

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")
_ends: set[CodeType] = set()
_passages: set[CodeType] = set()


def ends_here(code: CodeType) -> None:
    """Make a function known that the person's code calls without knowing; nothing below it is theirs."""
    _ends.add(code)


def makes_passages(factory: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """Make the functions known that this one makes: they stand before some that the person calls, and call them."""
    _passages.update(each for each in factory.__code__.co_consts if type(each) is CodeType)
    return factory


def cut(error: BaseException) -> None:
    """Take what is ours out of the tracebacks of an error and of those behind it, in place."""
    handlers = handling()
    for each in behind(error):
        taken = _cut(each, handlers)
        while taken and (context := each.__context__) is not None and _frame(context) in taken:
            each.__context__ = context.__context__  # what we were handling at the time


def _cut(error: BaseException, handlers: set[CodeType]) -> set[FrameType]:
    """Take our frames out of one traceback, and return them. A program's handler of signals stands below any code."""
    taken = set[FrameType]()
    above = error.__traceback__
    while above is not None and (below := above.tb_next) is not None:
        code = below.tb_frame.f_code
        following: TracebackType | None = below
        if code in _ends:
            while following is not None and following.tb_frame.f_code not in handlers:
                taken.add(following.tb_frame)
                following = following.tb_next
        elif code in _passages:
            while following is not None and following.tb_frame.f_code.co_filename.startswith(HOME):
                taken.add(following.tb_frame)
                following = following.tb_next
        if following is not below:
            above.tb_next = following
        above = following
    return taken


def _frame(error: BaseException) -> FrameType | None:
    """Return where an error was handled."""
    return error.__traceback__.tb_frame if error.__traceback__ is not None else None
