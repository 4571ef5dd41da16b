"""The process around a replay: it shuts it in before anything of the run is near, and outlives all that the run starts.

    python -I -S warden.py JOB COMMAND...

Python executes what it finds on its path - ``sitecustomize``, ``.pth`` files, modules named like its own library's -
before the first line of a program. So it is not the replay that is started, but this: without ``site`` and without the
path that the environment names. It forks; the child gives up what a replay need not do (``landlock``), which holds for
what it becomes and starts, and becomes the command. What a program leaves behind - daemons that left their group and
their environment - Linux hands to this process (``PR_SET_CHILD_SUBREAPER``, prctl(2)), which ends it.
"""

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

_PARENT_DEATH, _ADOPT = 1, 36  # prctl: the signal to get when whoever started us dies; orphans below become children
_GRACE: Final = 0.5  # seconds between asking a process to end and ending it
_PAUSE: Final = 0.005
_TERM: Final = (signal.SIGTERM,)


class _Asked(Exception):
    """We were told to end."""


def main(job: str, command: list[str]) -> NoReturn:
    """Run a command shut in; end as it ends, with nothing of it left."""
    if not sys.platform.startswith("linux"):
        os.execv(command[0], command)  # noqa: S606 - the interpreter that was restored
    library = ctypes.CDLL(None)
    library.prctl(_ADOPT, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, _asked)
    signal.pthread_sigmask(signal.SIG_BLOCK, _TERM)  # until there is somebody to tell
    library.prctl(_PARENT_DEATH, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us decides what an interrupt means
    child = os.fork()
    if child == 0:
        _become(job, command)
    status = _watched(child)
    _end_all()
    _end_as(status)


def _become(job: str, command: list[str]) -> NoReturn:
    """Be shut in, and become the command; nothing of ours goes on in this process, whatever happens."""
    try:
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _TERM)
        _shut_in(job)
        os.execv(command[0], command)  # noqa: S606 - the interpreter that was restored
    except BaseException as problem:  # noqa: BLE001 - this is a copy of a process that has its own end to come to
        sys.stderr.write(f"{problem}\n")
        sys.stderr.flush()
    os._exit(127)


def _shut_in(job: str) -> None:
    """Give up what the job does not grant. Ours is imported last: the library's own modules come first."""
    sys.path.append(str(Path(__file__).parents[2]))
    from nbtrack.reproduce.confine import Confinement, shut_in  # noqa: PLC0415 - not on the path before

    shut_in(Confinement.read(json.loads(Path(job).read_text(encoding="utf-8"))["confinement"]))


def _asked(_: int, __: FrameType | None) -> NoReturn:
    raise _Asked


def _watched(child: int) -> int:
    """Wait for the command; when told to end, tell it first. Return its status."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _TERM)
        while True:
            ended, status = os.waitpid(-1, 0)
            if ended == child:
                return status
    except _Asked:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(child, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(_PAUSE)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _end_all() -> None:
    """End every process below this one: those that lose their parent become our own children, until there is none."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(ChildProcessError):
        while True:
            for each in _children():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(each, signal.SIGKILL)
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(_PAUSE)


def _children() -> list[int]:
    """Return the processes whose parent we are, as ``/proc`` tells (proc_pid_stat(5), field 4)."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - a Path for each of hundreds of names, many times over
        if name.isdecimal():
            with suppress(OSError, ValueError):
                stat = Path("/proc", name, "stat").read_bytes()
                if int(stat[stat.rindex(b")") + 2 :].split()[1]) == os.getpid():
                    found.append(int(name))
    return found


def _end_as(status: int) -> NoReturn:
    """End as the command did, by the same signal where it was one."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
