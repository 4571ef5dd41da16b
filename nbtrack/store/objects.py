"""Bytes kept under their own SHA-256: written once, never changed, checked whenever they are read."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from nbtrack.errors import ObjectMissing, StoreError, UsageError
from nbtrack.store.base import ObjectRef
from nbtrack.store.disk import create, flush, flush_folder, make_folders, read, refuse_links
from nbtrack.store.refusal import refused

_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_TRIES = 3
_VERIFIED = 16 << 20  # bytes; an object up to this size is read again before new bytes are given up for it


class Objects:
    """The content-addressed part of a store's folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes | Path) -> ObjectRef:
        """Keep bytes, or a copy of a file's bytes as they were at one moment.

        Raises:
            UsageError: the path is not a file.
            StoreError: the file was rewritten each time it was being read.
            StoreFull: there is no room; nothing is left behind.
        """
        try:
            with self._temporary() as (fd, temporary):
                ref = _keep_bytes(content, fd) if isinstance(content, bytes) else _keep_file(content, fd)
                flush(fd)
                self._publish(temporary, ref)
        except OSError as error:
            raise refused(error, self._root) from error
        return ref

    @contextmanager
    def _temporary(self) -> Iterator[tuple[int, Path]]:
        temporary = self._root / "tmp" / token_hex(12)
        make_folders(temporary.parent)
        fd = create(temporary)
        try:
            yield fd, temporary
        finally:
            os.close(fd)
            temporary.unlink(missing_ok=True)

    def _publish(self, temporary: Path, ref: ObjectRef) -> None:
        path = self._path(ref.sha256)
        refuse_links(self._root, *path.relative_to(self._root).parts)
        if self._is_whole(path, ref):
            with suppress(OSError):
                os.utime(path)  # used again: not to be collected as forgotten
        else:
            make_folders(path.parent)
            temporary.chmod(0o444)
            temporary.replace(path)
        flush_folder(path.parent)

    def _is_whole(self, path: Path, ref: ObjectRef) -> bool:
        """Tell whether we have these bytes already; damaged ones must not cost us the good ones at hand."""
        try:
            if path.stat().st_size != ref.size:
                return False
            return ref.size > _VERIFIED or hashlib.sha256(read(path)).hexdigest() == ref.sha256
        except OSError:
            return False

    def get(self, sha256: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            ObjectMissing: they are not here, or not what the name says.
        """
        if _HASH.fullmatch(sha256) is None:
            raise ObjectMissing(f"not the hash of an object: {sha256[:80]!r}")
        try:
            content = read(self._path(sha256))
        except OSError as error:
            raise ObjectMissing(f"object {sha256} is not in {self._root} ({error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ObjectMissing(f"object {sha256} in {self._root} is damaged: its bytes have another hash")
        return content

    def _path(self, sha256: str) -> Path:
        return self._root / "cas" / "sha256" / sha256[:2] / sha256[2:]


def _keep_bytes(content: bytes, fd: int) -> ObjectRef:
    _write(fd, content)
    return ObjectRef(hashlib.sha256(content).hexdigest(), len(content))


def _keep_file(path: Path, fd: int) -> ObjectRef:
    """Copy a file as it is at one moment, though somebody may be writing it."""
    source = _open(path)
    with open(source, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        for _ in range(_TRIES):
            before = os.fstat(source)
            ref = _copy(file, fd, before.st_size)
            # A log that grew has an unchanged beginning: that is what was copied. Anything else was torn.
            if _same(before, os.fstat(source)) or _digest(file, ref.size) == ref:
                return ref
    raise StoreError(f"{path} keeps changing while it is read; keep a copy of it instead")


def _open(path: Path) -> int:
    """Open what must be a regular file; a pipe would never end, a device is no data."""
    try:
        source = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(source).st_mode):
        os.close(source)
        raise UsageError(f"{path} is not a file")
    return source


def _copy(file: Any, fd: int, size: int) -> ObjectRef:
    os.ftruncate(fd, 0)
    digest, kept = hashlib.sha256(), 0
    for chunk in _chunks(file, size):
        digest.update(chunk)
        _write(fd, chunk)
        kept += len(chunk)
    return ObjectRef(digest.hexdigest(), kept)


def _digest(file: Any, size: int) -> ObjectRef:
    digest, seen = hashlib.sha256(), 0
    for chunk in _chunks(file, size):
        digest.update(chunk)
        seen += len(chunk)
    return ObjectRef(digest.hexdigest(), seen)


def _chunks(file: Any, size: int) -> Iterator[bytes]:
    file.seek(0)
    while size > 0 and (chunk := file.read(min(size, _CHUNK))):
        size -= len(chunk)
        yield chunk


def _write(fd: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]


def _same(one: os.stat_result, two: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns, one.st_ctime_ns) == (two.st_size, two.st_mtime_ns, two.st_ctime_ns)
