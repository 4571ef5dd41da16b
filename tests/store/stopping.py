"""A disk whose calls are counted, and one of which is the last that a process makes, or fails."""

import os
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from nbtrack.store.system.disk import Disk, replaced


class Count:
    """Counts the calls that change something, and does ``then`` instead of the one numbered ``at``."""

    def __init__(self, at: int = -1, then: Callable[[], None] = lambda: None) -> None:
        self.calls = 0
        self._at = at
        self._then = then

    def disk(self) -> Disk:
        plain = Disk()
        return Disk(**{field.name: self._wrapped(getattr(plain, field.name)) for field in fields(Disk)})

    def _wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls - 1 == self._at:
                self._then()
            return call(*arguments)

        return counted


def calls_of(work: Callable[[], object]) -> int:
    """Return how many calls the work makes."""
    count = Count()
    with replaced(count.disk()):
        work()
    return count.calls


def killed_at(at: int, work: Callable[[], object]) -> int:
    """Do the work in a child that dies, as by ``kill -9``, right before a call; return its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            with replaced(Count(at, lambda: os._exit(9)).disk()):
                work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def failing_at(at: int, error: int, work: Callable[[], object]) -> object:
    """Do the work on a disk one of whose calls fails."""

    def fail() -> None:
        raise OSError(error, os.strerror(error))

    with replaced(Count(at, fail).disk()):
        return work()
