"""Writing a file that a person asked for: beside its place first, then there, whole or not at all."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedRandom
from pathlib import Path
from secrets import token_hex
from typing import Final

from nbtrack.errors import FileNotWritten, UsageError
from nbtrack.store.system.disk import flush_folder

_WHYS: Final = {
    errno.ENOSPC: ("no room is left on its disk", "free some"),
    errno.EDQUOT: ("your share of its disk is used up", "free some"),
    errno.EFBIG: ("it is larger than a file may be there", "make it smaller"),
    errno.EACCES: ("its folder {folder} may not be written by you", "have yourself be allowed to"),
    errno.EPERM: ("its folder {folder} may not be written by you", "have yourself be allowed to"),
    errno.EROFS: ("its disk can only be read", "make it writable"),
    errno.ENOENT: ("its folder {folder} is gone", "make it again"),
    errno.ENOTDIR: ("its folder {folder} is gone", "make it again"),
    errno.ENAMETOOLONG: ("its name is too long", "give it a shorter one"),
    errno.EIO: ("its disk failed", "look after the disk"),
}
_OPEN: Final = ("another program may have it open", "close it there")  # what Windows calls a missing permission
_PUBLIC: Final = 0o666


@contextmanager
def whole_file(path: Path, *, force: bool = True) -> Iterator[BufferedRandom]:
    """Give a file to write, read and seek in; it appears at ``path`` when all went well, and else there is none of it.

    Args:
        path: where it goes; what is there stays until the new one is whole and on the disk.
        force: whether it may take the place of one that is there.

    Raises:
        FileNotWritten: the system does not take it; what was there is untouched.
        UsageError: there is one by now, and ``force`` is not said.
    """
    part = path.parent / f".{token_hex(8)}.nbtrack-part"
    try:
        with _told(path), part.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _told(path):
            _publish(part, path, force=force)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    with suppress(OSError):
        flush_folder(path.absolute().parent)


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Put files in their places, readable as the person's others are; none before all of them are on the disk.

    Raises:
        FileNotWritten: the system does not take one; what was there is untouched.
    """
    with ExitStack() as published:
        for path, content in reversed([*contents.items()]):  # the first is published first
            file = published.enter_context(whole_file(path))
            with _told(path):
                file.write(content)
                file.flush()
                os.fsync(file.fileno())


def not_written(error: OSError, path: Path) -> FileNotWritten:
    """Return what to raise when the system does not take a file: which, why, what of it there is, and what to do."""
    why, cure = _WHYS.get(error.errno or 0, (error.strerror or type(error).__name__, "see to that"))
    if os.name == "nt" and isinstance(error, PermissionError) and path.exists():
        why, cure = _OPEN
    folder = str(path.absolute().parent)[:200]
    left = "the one that was there is untouched" if path.exists() else "nothing of it is left"
    return FileNotWritten(
        f"{str(path)[:200]} could not be written: {why.format(folder=folder)}; {left}; {cure}, or name a file elsewhere"
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotWritten:
        raise
    except OSError as error:
        raise not_written(error, path) from error


def _publish(part: Path, path: Path, *, force: bool) -> None:
    part.chmod(_PUBLIC & ~_umask())
    if force:
        part.replace(path)
        return
    try:
        os.link(part, path)
    except FileExistsError:
        raise UsageError(f"{path} is there already; --force replaces it") from None
    except OSError:  # no hard links here
        part.replace(path)


def _umask() -> int:
    """Return the process's umask: the file is meant to be shared, unlike a temporary one."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
