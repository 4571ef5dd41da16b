"""What tells one state of a file from another without reading it: its identity, size and time of change."""

import os
import stat
from typing import Final, NamedTuple

TICK: Final = 50_000_000  # ns; Linux ticks every 1 to 10 ms


class Stamp(NamedTuple):
    """A regular file as it was at one moment. Two equal stamps mean the same bytes, but see ``is_settled``."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    def is_settled(self, now_ns: int) -> bool:
        """Tell whether a later change would show. File systems count time in ticks: two writes may share one."""
        return now_ns - self.mtime_ns > TICK

    @property
    def mtime(self) -> int:
        """When the file was changed, in milliseconds since 1970, as all times in records."""
        return self.mtime_ns // 1_000_000


def stamp(path: str) -> Stamp | None:
    """Return the stamp of a regular file, or None where there is none to be seen."""
    try:
        return stamp_of(os.stat(path))  # noqa: PTH116 - on the path of the user's open
    except (OSError, ValueError):  # a name with a NUL in it
        return None


def stamp_of(status: os.stat_result) -> Stamp | None:
    """Return the stamp of what ``os.stat`` or ``os.fstat`` told about, or None when it is no regular file."""
    if not stat.S_ISREG(status.st_mode):
        return None
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
