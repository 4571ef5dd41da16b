"""Writing into a new folder and nowhere else, and copying a person's file with its hash checked on the way."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.store.objects.copying import cloned
from nbtrack.store.objects.folders import stays_within
from nbtrack.store.objects.hashing import SHA256, Sum
from nbtrack.store.objects.source import Source
from nbtrack.store.system.disk import write

Progress = Callable[[str, int, int], None]  # what, bytes done, bytes in all
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class NewFolder:
    """A folder that is filled: what is written to it stays in it, whatever links are in the way.

    A link in the way that leads to somewhere in the folder is followed; one that leads out of it makes room for what is
    to be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))

    def room_for(self, path: Path) -> Path:
        """Make the folders above a file, remove what is at its place, and return that place.

        Raises:
            ValueError: it is not in this folder.
            OSError: a file is where a folder should be, or the disk refused.
        """
        try:
            names = path.relative_to(self.path).parts
        except ValueError:
            raise ValueError(f"{path} is not in {self.path}") from None
        if not names or ".." in names:
            raise ValueError(f"{path} is no file in {self.path}")
        folder = self.path
        for name in names[:-1]:
            folder = self._entered(folder / name)
        place = folder / names[-1]
        with suppress(FileNotFoundError):
            place.unlink()
        return place

    def write(self, path: Path, content: bytes, *, executable: bool = False) -> None:
        """Make a file with these bytes, in place of what is there."""
        self.write_all(path, [content], executable=executable)

    def write_all(self, path: Path, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        """Make a file with these bytes, one after the other; none is left when they cannot all be had."""
        place = self.room_for(path)
        fd = os.open(place, _NEW, 0o777 if executable else 0o666)
        try:
            with open(fd, "wb") as file:  # noqa: PTH123 - a descriptor has no path
                file.writelines(chunks)
        except BaseException:
            place.unlink(missing_ok=True)
            raise

    def link(self, path: Path, target: str, within: Path) -> bool:
        """Make a symbolic link, if it stays in the folder ``within``; tell whether it was made."""
        if not stays_within(path.relative_to(within).as_posix(), target):
            return False
        place = self.room_for(path)
        try:
            place.symlink_to(target)
        except OSError:
            return False
        return True

    def copy(self, source: Path, path: Path, sha256: str, size: int | None, progress: Progress | None = None) -> bool:
        """Copy a file of somebody else's, if its bytes have this SHA-256; tell whether they have. Never a hard link.

        The bytes are shared where the file system can do that, so that neither changes the other. They are summed up as
        they are in the copy; a file that changes meanwhile is none with this hash.
        """
        try:
            with Source(source) as opened:
                found = opened.stamp().size
                if size is not None and found != size:
                    return False
                return self._copied(opened, self.room_for(path), sha256, found, progress)
        except UsageError:  # not there, no regular file, or not to be read
            return False

    def _copied(self, source: Source, place: Path, sha256: str, size: int, progress: Progress | None) -> bool:
        fd = os.open(place, _NEW, 0o666)
        try:
            matches = _filled(source, fd, place, size, progress) == sha256
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)
        if not matches:
            place.unlink(missing_ok=True)
        return matches

    def _entered(self, folder: Path) -> Path:
        """Return a folder to write in: itself, or what it is a link to, if that is in here."""
        if folder.is_symlink():
            real = Path(os.path.realpath(folder))
            if real == self.path or self.path in real.parents:
                real.mkdir(parents=True, exist_ok=True)
                return real
            folder.unlink()
        folder.mkdir(exist_ok=True)
        return folder


def _filled(source: Source, fd: int, place: Path, size: int, progress: Progress | None) -> str:
    """Write the bytes of a file to another; return their SHA-256 as they are there."""
    if cloned(source.fd, fd):
        os.truncate(fd, size)
        with Source(place) as clone:
            return _streamed(clone, size, place.name, None, progress)
    name = _streamed(source, size, place.name, fd, progress)
    os.truncate(fd, size)  # a hole at the end
    return name


def _streamed(source: Source, size: int, name: str, fd: int | None, progress: Progress | None) -> str:
    into = Sum(SHA256)
    for at, chunk in source.read(size, into):
        if fd is not None:
            os.lseek(fd, at, os.SEEK_SET)
            write(fd, chunk)
        if progress is not None:
            progress(name, at + len(chunk), size)
    return into.name


def sha256_of(path: Path, size: int | None = None) -> str | None:
    """Return the SHA-256 of a regular file, None where there is none to be read or it has another size."""
    try:
        with Source(path) as source:
            found = source.stamp().size
            if size is not None and found != size:
                return None
            return _streamed(source, found, path.name, None, None)
    except UsageError:
        return None
