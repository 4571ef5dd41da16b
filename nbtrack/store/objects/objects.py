"""Bytes kept under their own hash: written once, never changed, checked whenever they are read.

A file is copied, or cloned where the file system can do that; it is never hard-linked: whoever writes it in place
would write into the object.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from nbtrack.errors import NbtrackError, ObjectMissing, StoreError, UsageError
from nbtrack.store.base import ObjectRef
from nbtrack.store.objects.copying import copied
from nbtrack.store.objects.hashing import LARGE, SHA256, algorithm_for, algorithm_of, is_name, name_of, place
from nbtrack.store.objects.known_files import KnownFiles
from nbtrack.store.objects.moment import Moment
from nbtrack.store.objects.source import Source, Stamp, stamp_of
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    make_folder,
    make_folders,
    names,
    read,
    refuse_links,
    replace,
    touch,
    unlink,
    write,
)
from nbtrack.store.system.refusal import refused

if TYPE_CHECKING:
    from nbtrack.store.system.workers import Workers

_TRIES: Final = 3
_VERIFIED: Final = 16 << 20  # bytes; an object up to this size is read again before new bytes are given up for it
_FRESH: Final = 24 * 3600  # s; an object touched within a day is not touched again
_BATCH: Final = 1_000  # files kept together
_BATCH_BYTES: Final = 64 << 20


class Objects:
    """The content-addressed part of a store's folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = KnownFiles(root)

    def put(self, content: bytes | Path) -> ObjectRef:
        """Keep bytes, or a copy of a file's bytes as they were at one moment; durable when this returns.

        Raises:
            UsageError: the path is not a file that can be read.
            StoreError: the file was rewritten each time it was being read.
            StoreFull: there is no room; nothing is left behind.
        """
        try:
            return self._put_file(content) if isinstance(content, Path) else self._put_bytes(bytes(content))
        except OSError as error:
            raise refused(error, self._root) from error

    def put_texts(self, contents: Sequence[bytes]) -> list[ObjectRef]:
        """Keep many small contents, flushed together; durable when this returns.

        Raises:
            StoreFull: there is no room.
        """
        try:
            return _Together(self, self._known).put_texts(contents)
        except OSError as error:
            raise refused(error, self._root) from error

    def put_all(self, paths: Sequence[str]) -> list[ObjectRef | NbtrackError]:
        """Keep copies of many files, flushed together; for each where its bytes are, or why it was not kept.

        A link is not followed: it counts as no file.

        Raises:
            StoreFull: there is no room.
        """
        try:
            return _Together(self, self._known).put(paths)
        except OSError as error:
            raise refused(error, self._root) from error

    def get(self, name: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            ObjectMissing: they are not here, or not what the name says.
        """
        try:
            content = read(self.path(name))
        except FileNotFoundError as error:
            how = "where git brought the store here, `nbtrack doctor` says how to get it"
            raise ObjectMissing(f"object {name} is not in {self._root}; {how}") from error
        except OSError as error:
            raise ObjectMissing(f"object {name} is not in {self._root} ({error.strerror})") from error
        return self._verified(name, content)

    def fetch(self, name: str, path: Path) -> None:
        """Write the bytes of an object to a new file, holes kept, however many they are.

        Raises:
            ObjectMissing: they are not here, or not what the name says; no file is left.
            FileExistsError: there is something at ``path``.
        """
        try:
            source = Source(self.path(name), follow=False)
        except UsageError as error:
            raise ObjectMissing(f"object {name} is not in {self._root}") from error
        with source:
            size = source.stamp().size
            content = self._verified(name, source.content(size)) if size < LARGE else None
            with _new_file(path) as fd:
                if content is not None:
                    write(fd, content)
                elif copied(source, fd, path, size, algorithm_of(name), flushing=False) != name:
                    raise self._damaged(name)

    def path(self, name: str) -> Path:
        """Return where an object lies, or would.

        Raises:
            ObjectMissing: this is no name of an object, and so must not become part of a path.
        """
        if not is_name(name):
            raise ObjectMissing(f"not the hash of an object: {name[:80]!r}")
        return self._root.joinpath(*place(name))

    def has(self, ref: ObjectRef) -> bool:
        """Tell whether there is an object of this name and size, and have it count as used again."""
        if not is_name(ref.name):
            return False
        path = f"{self._root}/{'/'.join(place(ref.name))}"  # a Path for each of a hundred thousand costs a second
        try:
            status = os.lstat(path)
            if status.st_size != ref.size:
                return False
            if time.time() - status.st_mtime > _FRESH:
                touch(path)  # not to be collected as forgotten
        except OSError:
            return False
        return True

    def has_whole(self, ref: ObjectRef, content: bytes | None = None) -> bool:
        """Tell whether we have these bytes already; damaged ones must not cost us the good ones at hand."""
        if not self.has(ref):
            return False
        if ref.size > _VERIFIED:
            return True
        with suppress(OSError):
            there = read(self.path(ref.name))
            return there == content if content is not None else name_of(there, algorithm_of(ref.name)) == ref.name
        return False

    def write(self, content: bytes) -> Path:
        """Return a file in the making with these bytes, flushed; ``publish`` gives it its name."""
        with self._temporary() as (fd, temporary):
            write(fd, content)
            flush(fd)
        return temporary

    def room_for(self, name: str) -> Path:
        """Make sure of the folder that an object of this name belongs into, and return it."""
        path = self.path(name)
        refuse_links(self._root, *place(name))
        make_folders(path.parent)
        return path.parent

    def room_among(self, name: str, folders: set[Path]) -> None:
        """Make sure of that folder, one of many: those with names in them that may not last yet join ``folders``."""
        folder = self.path(name).parent
        if folder not in folders:
            refuse_links(self._root, *place(name))
            if not folder.is_dir():
                make_folders(folder.parent)
                with suppress(FileExistsError):  # another process was faster
                    make_folder(folder)
                folders.add(folder.parent)
            folders.add(folder)

    def publish(self, temporary: Path, name: str) -> None:
        """Give a flushed file its name; durable once its folder was flushed."""
        os.chmod(temporary, 0o444)  # noqa: PTH101 - a Path for each of many files takes longer than the call
        replace(temporary, f"{self._root}/{'/'.join(place(name))}")

    @contextmanager
    def _temporary(self) -> Iterator[tuple[int, Path]]:
        """Make a file that is gone again if this fails."""
        temporary = self._root / "tmp" / token_hex(12)
        make_folders(temporary.parent)
        fd = create(temporary)
        try:
            yield fd, temporary
        except BaseException:
            unlink(temporary, missing_ok=True)
            raise
        finally:
            os.close(fd)

    def _put_bytes(self, content: bytes, algorithm: str = "sha256") -> ObjectRef:
        ref = ObjectRef(name_of(content, algorithm), len(content))
        if self.has_whole(ref, content):
            flush_folder(self.path(ref.name).parent)  # whoever put it may not have come that far yet
        else:
            folder = self.room_for(ref.name)
            with self._temporary() as (fd, temporary):
                write(fd, content)
                flush(fd)
                self.publish(temporary, ref.name)
            flush_folder(folder)
        return ref

    def _put_file(self, path: Path) -> ObjectRef:
        with Source(path) as source:
            stamp = source.stamp()
            known = self._known.find(stamp)
            if known is not None and self.has(ObjectRef(known, stamp.size)):
                return ObjectRef(known, stamp.size)
            if stamp.size < LARGE:
                content, settled = content_of(source)
                ref = self._put_bytes(content, algorithm_for(len(content)))
            else:
                ref, settled = self.put_large(source)
        if settled is not None:
            self._known.add({settled: ref.name})
        return ref

    def put_large(self, source: Source) -> tuple[ObjectRef, Stamp | None]:
        """Keep a file too large to be held in memory; return also the state in which it will stay what it is."""
        for _ in range(_TRIES):
            moment = Moment(source)
            name = self._looked_up(moment) or self._copied(moment)
            if name:
                return ObjectRef(name, moment.size), moment.settled()
        raise _keeps_changing(source)

    def _looked_up(self, moment: Moment) -> str | None:
        """Read the file where that may save the copy, or where two passes are needed anyway."""
        if not moment.young and not self._has_size(moment.size, moment.algorithm):
            return None
        ref = ObjectRef(moment.look(), moment.size)
        if not self.has_whole(ref):
            return None
        if not moment.is_sure():
            moment.look()
        if not moment.is_sure():
            return None
        flush_folder(self.path(ref.name).parent)
        return ref.name

    def _copied(self, moment: Moment) -> str | None:
        with self._temporary() as (fd, temporary):
            name = moment.copy(fd, temporary)
            if not moment.is_sure():
                moment.look()  # a log that grew has an unchanged beginning, which is what was copied
            if moment.is_sure():
                flush(fd)
                folder = self.room_for(name)
                self.publish(temporary, name)
                flush_folder(folder)
                return name
            unlink(temporary)
        return None

    def _has_size(self, size: int, algorithm: str) -> bool:
        """Tell whether an object is as large as this. There are few large ones, and looking saves a whole pass."""
        for shard in names(self._root / "cas" / algorithm):
            with suppress(OSError), os.scandir(self._root / "cas" / algorithm / shard) as entries:
                if any(entry.stat(follow_symlinks=False).st_size == size for entry in entries):
                    return True
        return False

    def _verified(self, name: str, content: bytes) -> bytes:
        if name_of(content, algorithm_of(name)) != name:
            raise self._damaged(name)
        return content

    def _damaged(self, name: str) -> ObjectMissing:
        return ObjectMissing(f"object {name} in {self._root} is damaged: its bytes have another hash")


class _Together:
    """Many files that are kept at once: their bytes are flushed side by side, each folder once."""

    def __init__(self, objects: Objects, known: KnownFiles) -> None:
        self._objects = objects
        self._known = known
        self._waiting: dict[str, bytes] = {}
        self._size = 0
        self._settled: dict[Stamp, str] = {}
        self._folders: set[Path] = set()

    def put(self, paths: Sequence[str]) -> list[ObjectRef | NbtrackError]:
        kept = self._unchanged(paths)
        for at, path in enumerate(paths):
            if kept[at] is None:
                kept[at] = self._one(path)
                if len(self._waiting) >= _BATCH or self._size >= _BATCH_BYTES:
                    self._commit()
        self._finish()
        self._known.add(self._settled)
        return [each for each in kept if each is not None]

    def put_texts(self, contents: Sequence[bytes]) -> list[ObjectRef]:
        kept = [self._wait_for(content, SHA256) for content in contents]
        self._finish()
        return kept

    def _unchanged(self, paths: Sequence[str]) -> list[ObjectRef | NbtrackError | None]:
        stamps = [_stamp(path) for path in paths]
        refs = [
            ObjectRef(name, stamp.size) if name else None
            for stamp, name in zip(stamps, self._known.find_all(stamps), strict=True)
        ]
        return [ref if ref is not None and self._objects.has(ref) else None for ref in refs]

    def _one(self, path: str) -> ObjectRef | NbtrackError:
        try:
            with Source(path, follow=False) as source:
                ref, settled = self._small(source) if source.stamp().size < LARGE else self._objects.put_large(source)
        except (UsageError, StoreError) as problem:
            return problem
        if settled is not None:
            self._settled[settled] = ref.name
        return ref

    def _small(self, source: Source) -> tuple[ObjectRef, Stamp | None]:
        content, settled = content_of(source)
        return self._wait_for(content, algorithm_for(len(content))), settled

    def _wait_for(self, content: bytes, algorithm: str) -> ObjectRef:
        """Have bytes written with the next commit, unless they are here already."""
        ref = ObjectRef(name_of(content, algorithm), len(content))
        if ref.name not in self._waiting:
            if self._objects.has_whole(ref, content):
                self._folders.add(self._objects.path(ref.name).parent)
            else:
                self._waiting[ref.name] = content
                self._size += ref.size
        return ref

    def _finish(self) -> None:
        """Write what still waits, and make all names durable."""
        self._commit()
        with _pool() as pool:
            for flushed in [pool.submit(flush_folder, folder) for folder in self._folders]:
                flushed.result()

    def _commit(self) -> None:
        """Write what waits; when it does not fit, no file in the making is left."""
        with _pool() as pool:
            writing = [pool.submit(self._objects.write, content) for content in self._waiting.values()]
        try:
            for name, written in zip(self._waiting, writing, strict=True):
                self._objects.room_among(name, self._folders)
                self._objects.publish(written.result(), name)
        except BaseException:
            for written in writing:
                if written.exception() is None:
                    unlink(written.result(), missing_ok=True)
            raise
        self._waiting, self._size = {}, 0


def _pool() -> "Workers":
    from nbtrack.store.system.workers import Workers  # noqa: PLC0415 - most programs keep no folders

    return Workers("nbtrack-objects")


def content_of(source: Source) -> tuple[bytes, Stamp | None]:
    """Return the bytes of a small file as they were at one moment, and the state in which they will stay so.

    Raises:
        StoreError: it was rewritten each time it was being read.
    """
    for _ in range(_TRIES):
        moment = Moment(source)
        content = moment.read()
        if not moment.is_sure():
            content = moment.read()
        if moment.is_sure():
            return content, moment.settled()
    raise _keeps_changing(source)


@contextmanager
def _new_file(path: Path) -> Iterator[int]:
    """Make a file of the user's own, which is gone again if this fails."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        yield fd
    except BaseException:
        path.unlink()
        raise
    finally:
        os.close(fd)


def _stamp(path: str) -> Stamp:
    try:
        return stamp_of(os.lstat(path))
    except (OSError, ValueError):
        return Stamp(0, 0, 0, 0, 0)  # nothing was ever kept of it; why, opening it will say


def _keeps_changing(source: Source) -> StoreError:
    return StoreError(f"{source.path} keeps changing while it is read; keep a copy of it instead")
