"""How a file appears behind an address whole or not at all: at once, or under another name first."""

import threading
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any, Final

ONE_PUT: Final = 8 << 20  # bytes; larger files go in parts
_PARTS: Final = 9_000  # S3 takes 10,000
_TURNS: Final = 20  # how often somebody else may be faster with one of the folders on a path
_RENAMING: Final = frozenset({"sftp", "ftp", "smb", "hdfs", "webhdfs"})


class Appearing:
    """The files of one place; ``kind`` is the family of its protocol, ``folder`` where halves of files may lie.

    Example: ``with appearing.named(path) as (temporary, publish): write(temporary); publish()``
    """

    def __init__(self, files: Any, kind: str, folder: str) -> None:
        self._files = files
        self._folder = folder if kind in _RENAMING else None
        self._made: set[str] = set()
        self._lock = threading.Lock()

    def named(self, path: str) -> "_Direct | _Renamed":
        """Return the name to write a file under, and what lets it appear under its own."""
        if self._folder is None:
            return _Direct(path)
        self._make(self._folder)
        self._make(path.rpartition("/")[0])
        return _Renamed(self._files, path, self._folder)

    def _make(self, folder: str) -> None:
        """Make a folder and those above it. Another process may be doing the same, and be faster with any of them."""
        with self._lock:  # and so may another thread of this one
            for turn in range(_TURNS):
                if folder in self._made:
                    return
                try:
                    self._files.makedirs(folder, exist_ok=True)
                except OSError:
                    if turn == _TURNS - 1 or not (self._files.isdir(folder) or turn <= folder.count("/")):
                        raise
                else:
                    self._made.add(folder)


class _Direct:
    """A file that appears when it is whole: what object stores do by themselves."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> tuple[str, Callable[[], None]]:
        return self._path, lambda: None

    def __exit__(self, *_: object) -> None:
        return


class _Renamed:
    """A file that is written under another name first, where a half of it would be seen."""

    def __init__(self, files: Any, path: str, folder: str) -> None:
        self._files = files
        self._path = path
        self._temporary = f"{folder}/{token_hex(12)}"

    def __enter__(self) -> tuple[str, Callable[[], None]]:
        return self._temporary, lambda: self._files.mv(self._temporary, self._path)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            with suppress(Exception):
                self._files.rm_file(self._temporary)


def part_size(size: int) -> int:
    """Return how large the parts of a large file are: as small as a server's limit of parts allows."""
    return max(ONE_PUT, -(-size // _PARTS))


def discard(file: Any) -> None:
    """Forget a file in the making, without letting the half of it appear."""
    with suppress(Exception):
        file.discard()
    try:
        file.closed = True  # closing it would publish the half
    except AttributeError:  # a file as any other: its half has another name
        with suppress(Exception):
            file.close()
