"""The folder in which what arrives is put together, out of every reader's sight; gone with its process."""

import time
from binascii import crc32
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from nbtrack.store.system.disk import make_folder, make_folders, names, refuse_links, remove_folder, unlink
from nbtrack.store.system.process import is_alive, this_process

_PREFIX: Final = "intake-"
_OLD: Final = 7 * 24 * 3600.0  # seconds; a folder of another host is left alone for so long


class Staging:
    """A folder of this process in ``tmp/``, made when first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._count = 0

    def new(self) -> Path:
        """Return the path of a file or folder that is not there yet."""
        if self._folder is None:
            refuse_links(self._root, "tmp")
            make_folders(self._root / "tmp")
            _sweep(self._root / "tmp")
            folder = self._root / "tmp" / f"{_PREFIX}{_mark()}-{token_hex(6)}"
            make_folder(folder)
            self._folder = folder
        self._count += 1
        return self._folder / str(self._count)

    def clear(self) -> None:
        """Remove all that is left in it, and the folder."""
        folder, self._folder = self._folder, None
        if folder is not None:
            _remove(folder)


def _mark() -> str:
    """Name the process, so that another one on this machine can tell whether it is still there."""
    mine = this_process()
    return f"{_machine()}-{mine.pid}-{mine.start}"


def _machine() -> str:
    mine = this_process()
    return f"{crc32(f'{mine.host} {mine.boot} {mine.ns}'.encode()):08x}"


def _sweep(tmp: Path) -> None:
    """Clear away what processes left here that did not live to do it."""
    for name in names(tmp):
        if name.startswith(_PREFIX) and _is_left(tmp / name):
            _remove(tmp / name)


def _is_left(folder: Path) -> bool:
    try:
        _, machine, pid, start, _token = folder.name.split("-")
        process = this_process()._replace(pid=int(pid), start=int(start))
        if machine == _machine():
            return is_alive(process) is False
        return time.time() - folder.lstat().st_mtime > _OLD
    except (OSError, ValueError):
        return False


def _remove(folder: Path) -> None:
    """Remove a folder and what is in it. Links are taken away, not followed."""
    with suppress(OSError):
        for name in names(folder):
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                _remove(path)
            else:
                unlink(path, missing_ok=True)
        remove_folder(folder)
