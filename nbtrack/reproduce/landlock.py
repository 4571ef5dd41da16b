"""Landlock: the Linux kernel's way for a process to give up, for itself and all it starts, what it need not do.

Protocol: https://docs.kernel.org/userspace-api/landlock.html (system calls 444 to 446, the same numbers on every
architecture). No library is needed, no privilege, and nothing outside the process changes. What is not granted here is
refused by the kernel with "permission denied", whichever language asks.
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1  # flag of the first call: answer which ABI there is
_BENEATH: Final = 1  # a rule about a path and all below it
_NO_NEW_PRIVILEGES: Final = 38  # prctl: asked by the kernel of a process without privileges

EXECUTE, WRITE, READ, LIST = (1 << bit for bit in range(4))
_MAKE: Final = sum(1 << bit for bit in range(4, 13))  # remove and make files, folders, links, sockets, devices
_REFER, _TRUNCATE, _DEVICES = 1 << 13, 1 << 14, 1 << 15  # since ABI 2, 3, 5
_CONNECT: Final = 0b11  # since ABI 4: bind and connect TCP
_OTHERS: Final = 0b11  # since ABI 6: abstract sockets and signals of processes outside
_ON_FILES: Final = EXECUTE | WRITE | READ | _TRUNCATE | _DEVICES  # what can be granted of a thing that is no folder


def abi() -> int:
    """Return which version of Landlock the kernel has; 0 where it has none, or may not be asked."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(_call(_CREATE, None, 0, _VERSION), 0)


def restrict(writable: Iterable[Path], hidden: Sequence[Path] = (), *, network: bool = True) -> bool:
    """Let this process, and all it will start, write below ``writable`` only, and read nothing below ``hidden``.

    Since Landlock 6 it can send no signals to others either. What Landlock knows nothing of: modes and times of files.
    The thread that calls must be the only one. There is no way back.

    Returns:
        False where the kernel cannot: then nothing has changed.
    """
    version = abi()
    if not version:
        return False
    write = WRITE | _MAKE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    write |= _DEVICES if version >= 5 else 0
    handled = EXECUTE | READ | LIST | write
    ruleset = _ruleset(handled, version, network=network)
    if ruleset < 0:
        return False
    try:
        _grant(ruleset, Path("/"), EXECUTE | LIST)
        for place in _around(Path("/"), hidden):
            _grant(ruleset, place, READ)
        for place in writable:
            _grant(ruleset, place, handled)
        return _enter(ruleset)
    finally:
        os.close(ruleset)


def _ruleset(handled: int, version: int, *, network: bool) -> int:
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", 0 if network else _CONNECT)
    if version >= 6:
        attributes += struct.pack("=Q", _OTHERS)
    return _call(_CREATE, attributes, len(attributes), 0)


def _grant(ruleset: int, place: Path, access: int) -> None:
    """Grant access to a place; where it is gone or may not be opened, there is nothing to grant."""
    try:
        where = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(where).st_mode):
            access &= _ON_FILES
        _call(_ADD, ruleset, _BENEATH, struct.pack("=Qi", access, where), 0)
    finally:
        os.close(where)


def _around(top: Path, hidden: Sequence[Path]) -> Iterable[Path]:
    """Yield the places that together hold all below ``top`` but what is hidden: grants cannot be taken back below."""
    if top in hidden:
        return
    if not any(top in place.parents for place in hidden):
        yield top
        return
    try:
        inside = list(top.iterdir())
    except OSError:
        return
    for each in inside:
        if not each.is_symlink():
            yield from _around(each, hidden)


def _enter(ruleset: int) -> bool:
    library: Any = ctypes.CDLL(None, use_errno=True)
    return library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0 and _call(_RESTRICT, ruleset, 0) == 0


def _call(number: int, *arguments: int | bytes | None) -> int:
    library: Any = ctypes.CDLL(None, use_errno=True)
    passed = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(library.syscall(ctypes.c_long(number), *passed))
