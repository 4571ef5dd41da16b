"""Which process wrote a segment, and whether it is still there."""

import os
import socket
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.store.system import forks


class Process(NamedTuple):
    """A process that no other can be mistaken for: a pid alone is used again, also by the next container."""

    host: str
    boot: str
    ns: int
    pid: int
    start: int


def this_process() -> Process:
    """Return the identity of the running process."""
    return _this(forks.Line.generation)


@cache
def _this(_generation: int) -> Process:
    pid = os.getpid()
    return Process(socket.gethostname(), _boot(), _namespace(), pid, _start(pid))


@cache
def told(process: Process) -> Mapping[str, Any]:
    """Return what a segment's head says of a process."""
    return process._asdict()


def process_of(head: Mapping[str, Any]) -> Process | None:
    """Return the process a segment's head or a live marker names, or None when it names none."""
    members = [head.get(name) for name in Process._fields]
    kinds = (str, str, int, int, int)
    if not all(isinstance(member, kind) for member, kind in zip(members, kinds, strict=True)):
        return None
    return Process(*members)  # type: ignore[arg-type]  # each was just checked


def is_alive(process: Process) -> bool | None:
    """Tell whether a process exists; None when that cannot be told from here."""
    mine = this_process()
    if (process.host, process.boot, process.ns) != (mine.host, mine.boot, mine.ns) or sys.platform == "win32":
        return None
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return process.start in {0, _start(process.pid)}


def _start(pid: int) -> int:
    """The start time in clock ticks since boot, 0 where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        return int(stat.rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _namespace() -> int:
    """Processes of another container share host name and boot, but not the numbering of processes."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0
