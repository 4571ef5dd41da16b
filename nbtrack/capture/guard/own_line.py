"""Tracebacks as they would be without us: an exception that passed through our code ends at the person's own line.

An interrupt may come while a value of a loop is looked at, or a file noted that was just opened; the error of a stream
passes through what hears it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Final

_HOME: Final = str(Path(__file__).parents[2]) + os.sep  # the package
_MOST: Final = 100  # exceptions that stand behind one
_ends: set[CodeType] = set()
_passages: set[CodeType] = set()


def ends_here(code: CodeType) -> None:
    """Make a function known that the person's code calls without knowing; nothing below it is theirs."""
    _ends.add(code)


def passes_on(code: CodeType) -> None:
    """Make a function known that stands before one that the person calls, and calls it."""
    _passages.add(code)


def cut(error: BaseException) -> None:
    """Take what is ours out of the tracebacks of an error and of those behind it, in place."""
    for each in _behind(error):
        taken = _cut(each)
        while taken and (context := each.__context__) is not None and _frame(context) in taken:
            each.__context__ = context.__context__  # what we were handling at the time


def _behind(error: BaseException) -> Iterator[BaseException]:
    found, waiting = set[int](), [error]
    while waiting and len(found) < _MOST:
        each = waiting.pop()
        if id(each) not in found:
            found.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def _cut(error: BaseException) -> set[FrameType]:
    """Take our frames out of one traceback, and return them."""
    taken = set[FrameType]()
    above = error.__traceback__
    while above is not None and (below := above.tb_next) is not None:
        code = below.tb_frame.f_code
        following: TracebackType | None = below
        if code in _ends:
            while following is not None:
                taken.add(following.tb_frame)
                following = following.tb_next
        elif code in _passages:
            while following is not None and following.tb_frame.f_code.co_filename.startswith(_HOME):
                taken.add(following.tb_frame)
                following = following.tb_next
        if following is not below:
            above.tb_next = following
        above = following
    return taken


def _frame(error: BaseException) -> FrameType | None:
    """Return where an error was handled."""
    return error.__traceback__.tb_frame if error.__traceback__ is not None else None
