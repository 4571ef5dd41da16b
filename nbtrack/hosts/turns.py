"""Getting turns of the interpreter soon, in a thread beside code that never lets go of it for long.

Who waits for the interpreter asks for it only after a whole switch interval (5 ms) in which nobody let go of it. Code
that logs does so at every write, and has it back before the one who waits has woken: each call of the system that we
make then costs a wait of 35 ms (measured beside 1,000 points a second), and a look of seventy calls seconds. With a
shorter interval the same look takes hardly longer than its own work, which stays as little as it was.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SOON: Final = 2e-4  # seconds; less has no effect, as waking a thread takes a quarter of it
_USUAL: list[float] = []  # what the interval was, while ours is in force


@contextmanager
def prompt() -> Iterator[None]:
    """Wait for the interpreter no longer than a moment, while inside; one thread of a process may be.

    A shorter interval of somebody's own stays, and so does one that is set meanwhile.

    >>> with prompt():
    ...     round(sys.getswitchinterval(), 6)
    0.0002
    >>> sys.getswitchinterval()
    0.005
    """
    if _USUAL or sys.getswitchinterval() <= _SOON:
        yield
        return
    _USUAL.append(sys.getswitchinterval())
    sys.setswitchinterval(_SOON)
    try:
        yield
    finally:
        _restore()


def _restore() -> None:
    if _USUAL and abs(sys.getswitchinterval() - _SOON) < 1e-6:
        sys.setswitchinterval(_USUAL[-1])
    _USUAL.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restore)  # the child lacks the thread that would
