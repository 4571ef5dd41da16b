"""What an object is called: by the hash of its bytes, and by which hash.

    <64 hex digits>           SHA-256: all that nbtrack writes itself, and files of less than 8 MiB
    blake3:<64 hex digits>    BLAKE3: files of 8 MiB and more

Measured on two cores, 1 GiB in memory: BLAKE3 8.7 GB/s on two threads and 4.5 on one, SHA-256 1.8, BLAKE2b 0.95, MD5
0.76. A large file that is logged again under another name costs nothing but this pass. Below 8 MiB the flush costs
more than any hash, and every language and every ``sha256sum`` can check the object.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from typing import Any, Final, Protocol

LARGE: Final = 8 << 20  # bytes; files from here on are named by BLAKE3
SHA256: Final = "sha256"
BLAKE3: Final = "blake3"
ALGORITHMS: Final = (SHA256, BLAKE3)
_NAME: Final = re.compile(r"(?:blake3:)?[0-9a-f]{64}")
_THREADS: Final = 4  # more only wait for memory


class Summing(Protocol):
    """A hash in the making, of ``hashlib`` or of ``blake3``."""

    def update(self, data: Any, /) -> object:
        """Take in more bytes."""

    def hexdigest(self) -> str:
        """Return the hash of all bytes so far."""


class Sum:
    """The name of an object, while its bytes go by."""

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._sum = _blake3() if algorithm == BLAKE3 else hashlib.sha256()
        self.update = self._sum.update

    @property
    def name(self) -> str:
        """What the bytes so far are called."""
        return tagged(self._algorithm, self._sum.hexdigest())


def algorithm_for(size: int) -> str:
    """Return the hash that names a file of this size."""
    return BLAKE3 if size >= LARGE else SHA256


def name_of(content: bytes, algorithm: str = SHA256) -> str:
    """Return what these bytes are called.

    >>> name_of(b"bytes")
    '277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9'
    """
    return name_of_parts([content], algorithm)


def name_of_parts(parts: Iterable[bytes], algorithm: str) -> str:
    """Return what the bytes in these parts are called together."""
    summing = Sum(algorithm)
    for part in parts:
        summing.update(part)
    return summing.name


def is_name(text: str) -> bool:
    """Tell whether ``text`` is a whole name of an object; nothing else ever becomes part of a path."""
    return _NAME.fullmatch(text) is not None


def algorithm_of(name: str) -> str:
    """Return the hash that a name was made with."""
    return BLAKE3 if name.startswith(f"{BLAKE3}:") else SHA256


def tagged(algorithm: str, digest: str) -> str:
    """Return the name for a hash: SHA-256 goes without saying."""
    return digest if algorithm == SHA256 else f"{algorithm}:{digest}"


def place(name: str) -> tuple[str, str, str, str]:
    """Return the folders and the file, from the store's folder down, where an object lies.

    >>> place("blake3:" + "0a" * 32)[:3]
    ('cas', 'blake3', '0a')
    """
    digest = name.rpartition(":")[2]
    return "cas", algorithm_of(name), digest[:2], digest[2:]


def _blake3() -> Summing:
    """Give each hash threads of its own: a forked child that asked for its parent's would wait for ever."""
    from blake3 import blake3  # noqa: PLC0415 - only who has a large file needs it

    return blake3(max_threads=min(_THREADS, _cores()))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
