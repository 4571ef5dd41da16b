"""A lock between processes for as long as something is being made; the system lets go of it when its holder dies."""

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nbtrack.errors import EnvironmentMissing

_PAUSE: Final = 0.05
_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


@contextmanager
def held(file: Path, seconds: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock ``file`` stands for; ``waiting`` is called once if somebody else has it.

    Raises:
        EnvironmentMissing: somebody else held it for ``seconds``.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if not _taken(descriptor):
            waiting()
            _wait(descriptor, seconds, file)
        yield
    finally:
        os.close(descriptor)  # closing lets go


@contextmanager
def held_now(file: Path) -> Iterator[bool]:
    """Hold the lock if nobody else does, and say whether."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, seconds: float, file: Path) -> None:
    end = time.monotonic() + seconds
    while not _taken(descriptor):
        if time.monotonic() > end:
            raise EnvironmentMissing(
                f"another process has been making this environment for {seconds:.0f} s ({file.name}); "
                "end it, or try again"
            )
        time.sleep(_PAUSE)


def _taken(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except OSError as problem:
        return problem.errno not in _BUSY  # a file system without locks: nobody can wait for anybody
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
