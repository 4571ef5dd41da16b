"""What a file on the disk is called by its bytes: by each hash under which a store may know it, in one pass."""

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.errors import NbtrackError, UsageError
from nbtrack.store.base import ObjectRef
from nbtrack.store.objects.hashing import BLAKE3, LARGE, Sum, name_of, tagged

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileHashes:
    """The hashes of one file in hex; ``blake3`` only of a large file, ``md5`` of no folder's list.

    ``notebook`` is the SHA-256 of what a run keeps of a notebook, which has no outputs.
    """

    size: int
    sha256: str
    blake3: str = ""
    md5: str = ""
    notebook: str = ""

    @property
    def digests(self) -> tuple[str, ...]:
        """Those that are known, as records have them."""
        return tuple(filter(None, (self.sha256, self.blake3, self.md5, self.notebook)))

    def as_dict(self) -> dict[str, str]:
        """Return the hashes that are known by the names of the algorithms."""
        return {name: value for name in ("sha256", "blake3", "md5", "notebook") if (value := getattr(self, name))}

    @property
    def object(self) -> str:
        """What a store that keeps the file calls it."""
        return tagged(BLAKE3, self.blake3) if self.blake3 else self.sha256


def file_hashes(path: Path) -> FileHashes:
    """Return the hashes of a file: SHA-256, BLAKE3 where a store would use that, and MD5 as DVC has it.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = file.write_bytes(b"bytes")
    >>> file_hashes(file).sha256[:12], file_hashes(file).md5[:12]
    ('277089d91c0b', '4b3a6218bb3e')

    Raises:
        UsageError: there is no file, or it is no plain file.
        OSError: it cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)  # without waiting for the other end of a pipe
    except (FileNotFoundError, ValueError):
        raise UsageError(f"there is no file {str(path)[:200]!r}") from None
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{str(path)[:200]!r} is no file with bytes to compare")
        sums = (hashlib.sha256(), hashlib.md5(usedforsecurity=False))
        large = Sum(BLAKE3) if status.st_size >= LARGE else None
        size = 0
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            for each in sums:
                each.update(chunk)
            if large is not None:
                large.update(chunk)
    sha256, md5 = (each.hexdigest() for each in sums)
    return FileHashes(size, sha256, large.name.rpartition(":")[2] if large else "", md5)


class Naming:
    """What a store would call bytes, without keeping them: enough for ``keep_folder`` to write its list."""

    def __init__(self) -> None:
        self.files: dict[str, FileHashes] = {}

    def put(self, content: bytes) -> ObjectRef:
        """Return what these bytes would be called."""
        return ObjectRef(name_of(content), len(content))

    def put_all(self, paths: Sequence[str]) -> list[ObjectRef | NbtrackError]:
        """Return what each file would be called, or why it cannot be read."""
        return [self._put_one(path) for path in paths]

    def _put_one(self, path: str) -> ObjectRef | NbtrackError:
        try:
            found = file_hashes(Path(path))
        except (NbtrackError, OSError) as problem:
            return UsageError(str(problem))
        self.files[path] = found
        return ObjectRef(found.object, found.size)
