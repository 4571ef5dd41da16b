"""What DVC knows of a file: the pointer that tracks it, and whether the file still is what the pointer says.

A file ``x.csv`` is tracked by ``x.csv.dvc``, by the pointer of a folder it is in (``data.dvc``, whose ``md5`` ends in
``.dir``), or as an output or dependency of a stage in ``dvc.lock``. Pointers are looked for from the file's folder up
to the top of its repository. DVC itself is not needed, and none of its files is written.
"""

import configparser
import json
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbtrack.capture.data.dvc_file import entries, working_folder
from nbtrack.capture.data.hashing import Digests
from nbtrack.capture.data.stamp import Stamp, stamp

_LARGEST: Final = 8 << 20  # bytes of a file of DVC's that is read
_HIGHEST: Final = 40  # folders above a file in which pointers are looked for
_REMEMBERED: Final = 256
_MD5: Final = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


class Pointer(NamedTuple):
    """What a pointer says of a file. ``md5`` is as DVC has it; one that ends in ``.dir`` is of the whole folder."""

    file: str
    md5: str
    size: int | None
    is_plain: bool  # DVC 3 hashes the bytes; before, the line ends of text were made Unix ones

    @property
    def is_of_folder(self) -> bool:
        """Whether it says nothing of the file alone."""
        return self.md5.endswith(".dir")

    def matches(self, size: int, digests: Digests) -> bool | None:
        """Tell whether a file is what the pointer says; None when that cannot be told."""
        if self.is_of_folder:
            return None
        if self.size is not None and self.size != size:
            return False
        found = digests.md5 if self.is_plain else digests.md5_dos2unix
        return found == self.md5 if found else None


class Pointers:
    """Finds pointers; each file of DVC's is read once for as long as it stays the same."""

    def __init__(self) -> None:
        self._read: OrderedDict[str, tuple[Stamp, Any]] = OrderedDict()

    def find(self, path: str) -> Pointer | None:
        """Return the pointer that tracks a file or folder, or None."""
        for place in _upwards(path):
            folder, name = os.path.split(place)
            for file in (f"{place}.dvc", os.path.join(folder, "dvc.lock")):  # noqa: PTH118 - hundreds of these
                said = self._said(file)
                for tracked in _upwards(path) if said else ():
                    if tracked in said:
                        return self._pointer(file, said[tracked], path[len(tracked) :])
            if _is_top(folder) or not name:
                break
        return None

    def is_cached(self, pointer: Pointer) -> bool:
        """Tell whether DVC's cache has a file that a pointer is about."""
        top = next((folder for folder in map(os.path.dirname, _upwards(pointer.file)) if _is_dvc(folder)), None)
        if top is None or pointer.is_of_folder or not pointer.md5:
            return False
        name = os.path.join(pointer.md5[:2], pointer.md5[2:])  # noqa: PTH118 - as all paths here
        layout = ("files", "md5", name) if pointer.is_plain else (name,)
        return os.path.isfile(os.path.join(self._cache(top), *layout))  # noqa: PTH113, PTH118 - same

    def _said(self, file: str) -> Mapping[str, Mapping[str, str]]:
        found: Mapping[str, Mapping[str, str]] = self._parsed(file, lambda text: dict(_tracked(file, text))) or {}
        return found

    def _pointer(self, file: str, entry: Mapping[str, str], rest: str) -> Pointer:
        pointer = Pointer(file, entry["md5"], _size(entry), entry.get("hash") == "md5")
        name = rest.lstrip(os.sep)
        if not name or not pointer.is_of_folder:
            return pointer
        listed = self._listing(pointer)
        if listed is None:
            return pointer._replace(size=None)
        return pointer._replace(md5=str(listed.get(name.replace(os.sep, "/"), "")), size=None)

    def _listing(self, pointer: Pointer) -> Mapping[str, str] | None:
        """Return the MD5 of each file in a tracked folder, when DVC's cache has the list."""
        top = next((folder for folder in map(os.path.dirname, _upwards(pointer.file)) if _is_dvc(folder)), None)
        if top is None:
            return None
        cache = self._cache(top)
        name = os.path.join(pointer.md5[:2], pointer.md5[2:])  # noqa: PTH118
        layout = ("files", "md5", name) if pointer.is_plain else (name,)
        found: Mapping[str, str] | None = self._parsed(os.path.join(cache, *layout), _listed)  # noqa: PTH118
        return found

    def _cache(self, top: str) -> str:
        for name in ("config.local", "config"):
            own = os.path.join(top, ".dvc", name)  # noqa: PTH118
            if chosen := self._parsed(own, _cache_folder):
                return os.path.normpath(os.path.join(top, ".dvc", chosen))  # noqa: PTH118
        return os.path.join(top, ".dvc", "cache")  # noqa: PTH118

    def _parsed(self, path: str, parse: Callable[[str], Any]) -> Any:
        """Return what a file of DVC's says; None when there is none, or none that can be read."""
        now = stamp(path)
        if now is None or now.size > _LARGEST:
            return None
        known = self._read.get(path)
        if known is not None and known[0] == now:
            return known[1]
        parsed = None
        with suppress(OSError, ValueError, configparser.Error):
            parsed = parse(Path(path).read_text("utf-8"))
        self._read[path] = now, parsed
        while len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)
        return parsed


def _upwards(path: str) -> Iterator[str]:
    """Yield a path and the folders above it."""
    for _ in range(_HIGHEST):
        yield path
        above = os.path.dirname(path)  # noqa: PTH120 - hundreds of these
        if above == path:
            return
        path = above


def _is_dvc(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, ".dvc"))  # noqa: PTH112, PTH118 - same


def _is_top(folder: str) -> bool:
    return _is_dvc(folder) or os.path.lexists(os.path.join(folder, ".git"))  # noqa: PTH118 - same


def _tracked(file: str, text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each path that a pointer file is about."""
    folder = os.path.dirname(file)  # noqa: PTH120 - same
    if file.endswith(".dvc"):
        folder = os.path.join(folder, working_folder(text))  # noqa: PTH118
    for entry in entries(text):
        if _MD5.fullmatch(entry.get("md5", "")):
            yield os.path.normpath(os.path.join(folder, entry["path"])), entry  # noqa: PTH118


def _size(entry: Mapping[str, str]) -> int | None:
    size = entry.get("size", "")
    return int(size) if size.isdecimal() and len(size) < 20 else None


def _listed(text: str) -> dict[str, str]:
    listing = json.loads(text)
    items = listing if isinstance(listing, list) else []
    return {
        str(each["relpath"]): str(each["md5"])
        for each in items
        if isinstance(each, dict) and {"relpath", "md5"} <= each.keys()
    }


def _cache_folder(text: str) -> str | None:
    config = configparser.ConfigParser(interpolation=None, strict=False)
    config.read_string(text)
    return config.get("cache", "dir", fallback=None)
