"""How often this process came into being by a fork: what a parent wrote, its child must not go on writing.

The hook only sets flags. It takes no lock and logs nothing: in a fresh child any lock may be held by a thread that
no longer exists.
"""

import os
import threading


class Line:
    """The line of descent of this process. ``generation`` may be read directly where a call would cost too much."""

    generation = 0
    renewing = threading.Lock()


def generation() -> int:
    """Return a number that differs between a process and the children forked from it."""
    return Line.generation


def renewing() -> threading.Lock:
    """Return the lock under which this process replaces what it inherited. A child has its own."""
    return Line.renewing


def _in_child() -> None:
    Line.generation += 1
    Line.renewing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
