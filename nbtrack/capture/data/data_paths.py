"""How the files a run used are told: by paths that mean something on another machine, many files by their folders."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.capture.data.files import FileUse
from nbtrack.capture.data.left_out import is_inside
from nbtrack.record.redact import clean_url, without_home

MOST_LISTED: Final = 200  # files of a run that are told one by one
_FEW: Final = 10
_HUB: Final = re.compile(r"[/\\](models|datasets|spaces)--([^/\\]+)[/\\]snapshots[/\\]([^/\\]+)[/\\]")


@dataclass(frozen=True, slots=True)
class Shown:
    """Writes paths relative to a folder, also what lies in the same repository, else with the home folder as ``~``."""

    folder: str
    top_of: Callable[[str], str | None] = lambda _: None  # asked once a path is not below the folder

    def path(self, path: str) -> str:
        """Return a path as records have it, with ``/`` on every system.

        >>> Shown("/srv/project").path("/srv/project/data/x.csv")
        'data/x.csv'
        """
        for folder in dict.fromkeys((self.folder, os.path.realpath(self.folder))):
            if is_inside(path, folder):
                path = path[len(folder) :].lstrip(os.sep)
                break
        else:
            path = self._beside(path) or without_home(path)
        return path.replace(os.sep, "/").encode("utf-8", "backslashreplace").decode()

    def _beside(self, path: str) -> str | None:
        """Return the way to what lies in the same repository."""
        top = self.top_of(self.folder)
        return os.path.relpath(path, os.path.realpath(self.folder)) if top and is_inside(path, top) else None


def hub_address(path: str) -> str | None:
    """Return what a file in a cache of the Hugging Face hub is a file of, with its revision.

    >>> hub_address("/x/hub/models--org--name/snapshots/0a1b2c/config.json")
    'hf://models/org/name@0a1b2c'
    """
    found = _HUB.search(path)
    return f"hf://{found[1]}/{found[2].replace('--', '/')}@{found[3]}" if found else None


def address(use: FileUse) -> str | None:
    """Return the address of what is no file here, free of passwords, queries and tokens."""
    return clean_url(use.path) if use.stamp is None else hub_address(use.path)


@dataclass(frozen=True, slots=True)
class Folder:
    """Many files of one folder, told together."""

    path: str
    mode: str
    files: tuple[FileUse, ...]

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(each.stamp.size for each in self.files if each.stamp is not None)

    def digest(self) -> str:
        """Return the digest of the names and sizes of all files."""
        lines = sorted(f"{each.path[len(self.path) :]}\0{each.stamp and each.stamp.size}\n" for each in self.files)
        return hashlib.blake2b("".join(lines).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()

    def manifest(self, sha256: Mapping[str, str]) -> str:
        """Return the hash of the list ``sha256sum`` makes of all files in the folder, sorted by name."""
        return hashlib.sha256(self.listing(sha256)).hexdigest()

    def listing(self, sha256: Mapping[str, str]) -> bytes:
        """Return the list itself: a line for each file, its hash and its name."""
        names = {each.path: each.path[len(self.path) :].lstrip(os.sep).replace(os.sep, "/") for each in self.files}
        lines = [f"{sha256[path]}  {name}\n" for path, name in sorted(names.items(), key=lambda pair: pair[1])]
        return "".join(lines).encode("utf-8", "surrogateescape")


def listed(uses: Sequence[FileUse]) -> list[FileUse | Folder]:
    """Return files as they are to be told: one by one, or - of more than 200 - by the folders that hold many."""
    if len(uses) <= MOST_LISTED:
        return list(uses)
    level = [os.path.dirname(use.path) for use in uses]  # noqa: PTH120 - thousands of these
    while True:
        found = _grouped(uses, level)
        higher = [os.path.dirname(folder) for folder in level]  # noqa: PTH120 - same
        if len(found) <= MOST_LISTED or higher == level:
            return found
        level = higher


def _grouped(uses: Sequence[FileUse], level: Sequence[str]) -> list[FileUse | Folder]:
    groups: dict[tuple[str, str], list[FileUse]] = {}
    for use, folder in zip(uses, level, strict=True):
        groups.setdefault((folder, use.mode), []).append(use)
    return [one for (folder, mode), files in groups.items() for one in _told(folder, mode, files)]


def _told(folder: str, mode: str, files: Sequence[FileUse]) -> Iterable[FileUse | Folder]:
    return files if len(files) <= _FEW else [Folder(folder, mode, tuple(files))]


def store_folder(store: object) -> str | None:
    """Return the folder of a store that has one."""
    path = getattr(store, "path", None)
    return str(path) if isinstance(path, Path) else None
