"""Files that were kept before, and under which name: an unchanged file need not be read again.

``cache/files/<2 hex>`` each hold the files whose key hashes there, the latest last: a first line with the CRC-32 of
the rest, then ``<device>-<inode>-<size>-<mtime_ns>-<ctime_ns> <object>``, in hex, for each. They are derived: whoever
deletes them only has files read once more, and a file that does not check counts as absent. Two processes that write
one at once lose some of its lines, never more.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final
from zlib import crc32

from nbtrack.errors import StoreError
from nbtrack.store.objects.hashing import is_name
from nbtrack.store.objects.source import Stamp
from nbtrack.store.system.disk import create, make_folders, read, refuse_links, replace, unlink, write

_MOST: Final = 1_000  # lines in a part, which is read in half a millisecond; a quarter of a million files in all
_HEAD: Final = b"nbtrack files 1 "
_Names = dict[str, str]


class KnownFiles:
    """The memory of a store for files. Only files that had settled belong in here. Any thread may ask."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "cache" / "files"

    def find(self, stamp: Stamp) -> str | None:
        """Return the name of the object that a file in this state was kept as."""
        return self.find_all([stamp])[0]

    def find_all(self, stamps: Iterable[Stamp]) -> list[str | None]:
        """Return what ``find`` does, for many files."""
        parts: dict[str, _Names] = {}
        found: list[str | None] = []
        for stamp in stamps:
            key = _key(stamp)
            part = _part(key)
            if part not in parts:
                parts[part] = _load(self._folder / part)
            found.append(parts[part].get(key))
        return found

    def add(self, names: Mapping[Stamp, str]) -> None:
        """Remember what files in these states were kept as. What the disk does not take is not remembered."""
        parts: defaultdict[str, _Names] = defaultdict(dict)
        for stamp, name in names.items():
            key = _key(stamp)
            parts[_part(key)][key] = name
        with suppress(OSError, StoreError):
            refuse_links(self._root, "cache", "files")
            make_folders(self._folder)
            for part, added in parts.items():
                self._save(self._folder / part, added)

    def _save(self, path: Path, added: _Names) -> None:
        names = {**{key: name for key, name in _load(path).items() if key not in added}, **added}
        rest = "".join(f"{key} {name}\n" for key, name in list(names.items())[-_MOST:]).encode("ascii")
        temporary = self._root / "tmp" / token_hex(12)
        fd = create(temporary)
        try:
            write(fd, _head(rest) + b"\n" + rest)
            replace(temporary, path)  # not flushed: after a power loss it may not check, and that is noticed
        except OSError:
            unlink(temporary, missing_ok=True)
            raise
        finally:
            os.close(fd)


def _load(path: Path) -> _Names:
    try:
        head, _, rest = read(path).partition(b"\n")
        if head != _head(rest):
            return {}
        pairs = (line.split(" ") for line in rest.decode("ascii").splitlines())
        return {key: name for key, name in pairs if is_name(name)}
    except (OSError, ValueError):
        return {}


def _head(rest: bytes) -> bytes:
    return b"%s%08x" % (_HEAD, crc32(rest))


def _key(stamp: Stamp) -> str:
    return "{:x}-{:x}-{:x}-{:x}-{:x}".format(*stamp)


def _part(key: str) -> str:
    return f"{crc32(key.encode('ascii')) & 0xFF:02x}"
