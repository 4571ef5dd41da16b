"""Where a repair puts evidence: copies of what it changes, and whole files that are of no use where they are.

``quarantine/<time>-<random>/`` holds each file under the path it had in the store, and ``why.jsonl``, one sealed line
a file, written before anything is touched. Nothing here is ever read again by nbtrack, and nothing is deleted.
"""

import os
from pathlib import Path
from secrets import token_hex
from time import gmtime, strftime, time_ns
from typing import Final

from nbtrack.errors import StoreError
from nbtrack.store.check.audit_objects import name_of_file
from nbtrack.store.lines.record import encode
from nbtrack.store.objects.hashing import SHA256
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    make_folders,
    open_to_read,
    refuse_links,
    rename,
    write,
)

FOLDER: Final = "quarantine"
_CHUNK: Final = 1 << 20


class Quarantine:
    """The evidence of one repair; its folder appears with the first piece."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / FOLDER / f"{strftime('%Y%m%dt%H%M%S', gmtime())}-{token_hex(4)}"
        self._log = -1

    def copy(self, place: str, why: str) -> None:
        """Keep a copy of a file, on the medium and compared with the original, before this returns.

        Raises:
            StoreError: the copy is not what the file is.
            OSError: it cannot be read, or there is no room.
        """
        target = self._target(place)
        self._note(place, why, "copied")
        source = open_to_read(self._root / place)
        try:
            fd = create(target)
            try:
                while chunk := os.read(source, _CHUNK):
                    write(fd, chunk)
                flush(fd)
            finally:
                os.close(fd)
        finally:
            os.close(source)
        flush_folder(target.parent)
        if name_of_file(target, SHA256) != name_of_file(self._root / place, SHA256):
            raise StoreError(f"{place} cannot be copied whole to {target}; it is left as it is")

    def move(self, place: str, why: str) -> None:
        """Move a file here. It is in one of the two places whatever happens.

        Raises:
            OSError: it cannot be moved.
        """
        target = self._target(place)
        self._note(place, why, "moved")
        rename(self._root / place, target)
        flush_folder(target.parent)
        flush_folder((self._root / place).parent)

    def close(self) -> None:
        """Release the list of reasons."""
        if self._log >= 0:
            os.close(self._log)
            self._log = -1

    def _target(self, place: str) -> Path:
        """Return where a file goes: the path it had, or beside what is there already."""
        refuse_links(self._root, *Path(place).parent.parts)
        target = self.folder / place
        make_folders(target.parent)
        while os.path.lexists(target):
            target = target.with_name(f"{target.name}.{token_hex(2)}")
        return target

    def _note(self, place: str, why: str, done: str) -> None:
        if self._log < 0:
            self._log = create(self.folder / "why.jsonl")
        write(
            self._log, encode({"k": "quarantine", "path": place, "done": done, "why": why, "t": time_ns() // 1_000_000})
        )
        flush(self._log)
        flush_folder(self.folder)
