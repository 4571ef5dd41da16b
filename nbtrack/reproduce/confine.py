"""What a replay may write and read: a workspace of its own to write, everything but credentials to read.

Two fences stand one behind the other. The outer one is the kernel's (``landlock``): it holds for every process that
the program starts. The inner one is Python's: it says in words what was refused and why. Where the kernel has no
Landlock only the inner one stands, and the plan and the verdict say so.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbtrack.reproduce import landlock

CREDENTIALS: Final = (  # below the home folder: read by nobody in a replay
    *(".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".kaggle", ".netrc", "_netrc", ".pypirc", ".npmrc"),
    *(".git-credentials", ".pgpass", ".my.cnf", ".config/gcloud", ".config/gh", ".config/git/credentials"),
    *(".cache/huggingface/token", ".huggingface/token", ".config/rclone", ".databrickscfg", ".boto", ".s3cfg"),
    *(".local/share/jupyter/runtime", ".jupyter", "Library/Jupyter/runtime"),  # who has their keys speaks to kernels
    *(".local/share/keyrings", ".mozilla", ".config/google-chrome", ".password-store", ".terraform.d", ".vault-token"),
)
_NAMED: Final = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")  # variables that say where such a folder is
_SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108 - where multiprocessing and joblib keep arrays, not a temporary folder
_DEVICES: Final = tuple(
    map(Path, ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts", _SHARED_MEMORY, "/dev/dri"))
)
_NO_FOLDERS: Final = ("/dev/", "/proc/")  # nobody's files; the kernel says who may write there
_VARIABLES: Final = re.compile(r"/proc/(\d+)/(?:task/\d+/)?environ")
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_NEW, _THERE, _ANY = (False,), (True,), (False, True)  # whether a path must exist for the change to be one
_CHANGES: Final[Mapping[str, tuple[tuple[int, int | None, tuple[bool, ...]], ...]]] = {
    # Audit events that change files: which arguments are their paths, which the folders these are relative to.
    "os.mkdir": ((0, 2, _NEW),),
    "os.rmdir": ((0, 1, _THERE),),
    "os.remove": ((0, 1, _THERE),),
    "os.rename": ((0, 2, _THERE), (1, 3, _ANY)),
    "os.link": ((1, 3, _NEW),),
    "os.symlink": ((1, 2, _NEW),),
    "os.truncate": ((0, None, _THERE),),
    "os.chmod": ((0, 2, _THERE),),
    "os.chown": ((0, 3, _THERE),),
    "os.utime": ((0, 3, _THERE),),
    "os.setxattr": ((0, None, _THERE),),
    "shutil.rmtree": ((0, 1, _THERE),),
}


@dataclass(frozen=True, slots=True)
class Confinement:
    """Where a replay may write, what it may not read, and whether it may reach the network (TCP).

    >>> inside = Confinement((Path("/w"),), (Path("/home/me/.ssh"),))
    >>> inside.may_write("/w/out.csv"), inside.may_write("/home/me/out.csv"), inside.may_read("/home/me/.ssh/id")
    (True, False, False)
    """

    writable: tuple[Path, ...]
    hidden: tuple[Path, ...] = ()
    network: bool = True

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Confinement":
        """Return the confinement that its own fields, as JSON has them, describe."""
        return cls(tuple(map(Path, told["writable"])), tuple(map(Path, told["hidden"])), told["network"])

    def may_write(self, path: str) -> bool:
        """Tell whether a path is the replay's own, or a device."""
        whole = os.path.realpath(path)
        return whole.startswith(_NO_FOLDERS) or any(_is_at(whole, str(place)) for place in self.writable)

    def may_read(self, path: str) -> bool:
        """Tell whether a path holds no credentials, as far as its place tells."""
        whole = os.path.realpath(path)
        return not any(_is_at(whole, str(place)) for place in self.hidden)


def confinement(writable: Sequence[Path], homes: Sequence[Path], *, network: bool = True) -> Confinement:
    """Return the confinement to these folders that hides the credentials of these home folders."""
    places = [home / name for home in homes for name in CREDENTIALS]
    places += [Path(os.environ[name]) for name in _NAMED if os.environ.get(name)]
    hidden = [os.path.realpath(place) for place in places if place.exists()]
    return Confinement(
        tuple(Path(os.path.realpath(each)) for each in writable), tuple(map(Path, dict.fromkeys(hidden))), network
    )


def shut_in(inside: Confinement) -> bool:
    """Have the kernel confine this process and all it becomes and starts, for good; return whether it can."""
    return landlock.restrict((*inside.writable, *_DEVICES), inside.hidden, network=inside.network)


def enforce(inside: Confinement) -> bool:
    """Confine this process and all it starts, for good; return whether the kernel itself sees to it.

    Call it first: before there are threads, and before anything runs that is not nbtrack's.
    """
    kept = shut_in(inside)
    sys.addaudithook(_watch(inside))
    return kept


def limits(*, network: bool = True) -> tuple[str, ...]:
    """Return what of the confinement does not hold on this machine, in sentences."""
    version = landlock.abi()
    if not version:
        sentence = (
            "this system has no Landlock: Python sees to it that the program writes only to its own folder; "
            "a program that it starts, or a library in C, could write elsewhere"
        )
        return (sentence,)
    if not network and version < 4:
        return ("this kernel cannot keep a program from the network (Linux 6.7 and later can)",)
    return ()


def _watch(inside: Confinement) -> Callable[[str, tuple[Any, ...]], None]:
    """Return the audit hook that refuses in words what is not allowed: what it raises, the caller gets."""

    def hear(event: str, told: tuple[Any, ...]) -> None:
        if event == "open":
            _opened(inside, told)
        elif event in _CHANGES:
            _changed(inside, event, told)
        elif event == "socket.connect":
            _connected(inside, told[1])

    return hear


def _opened(inside: Confinement, told: tuple[Any, ...]) -> None:
    path, mode, flags = _path(told[0]), told[1], told[2]
    if path is None:
        return
    writes = bool(flags & _WRITING) if mode is None else any(letter in mode for letter in "wax+")
    if writes and not inside.may_write(path):
        raise _refused(path, "writes to")
    if path.endswith("/environ") and (found := _VARIABLES.match(path)) and int(found[1]) != os.getpid():
        raise PermissionError(f"nbtrack reproduce: the program reads the variables of another process ({path})")
    if inside.hidden and not writes and not inside.may_read(path):
        raise PermissionError(
            f"nbtrack reproduce: the program reads {path}, where credentials are kept; they are not passed on to it"
        )


def _changed(inside: Confinement, event: str, told: tuple[Any, ...]) -> None:
    """Refuse a change outside - unless there is nothing to change: then the system's own answer is the better one."""
    for at, beside, when in _CHANGES[event]:
        path = _path(told[at])
        relative = beside is not None and told[beside] not in (-1, None)
        if path is None or (relative and not Path(path).is_absolute()):
            continue
        if not inside.may_write(path) and os.path.lexists(path) in when:
            raise _refused(path, "changes")


def _connected(inside: Confinement, address: object) -> None:
    """Refuse sockets that are files of others': agents with keys, container engines do what they are told."""
    path = _path(address)
    if path and not path.startswith("\0") and not inside.may_write(path):
        raise PermissionError(f"nbtrack reproduce: the program connects to {path}, which is not its own")


def _refused(path: str, does: str) -> PermissionError:
    return PermissionError(
        f"nbtrack reproduce: the program {does} {path}, outside of the folder it runs in; nothing was changed there. "
        "Let it write below the working folder or the home folder (a path relative to either), and it can be reproduced"
    )


def _path(told: Any) -> str | None:
    """Return the path an event is about, as text; None for a file descriptor, which was opened before."""
    return os.fsdecode(told) if isinstance(told, str | bytes | os.PathLike) else None


def _is_at(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip(os.sep) + os.sep)
