"""What a store has already of what it is offered, without changing anything."""

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from nbtrack.store.exchange.naming import Changes, Segment, beside
from nbtrack.store.objects.hashing import place
from nbtrack.store.runs.packs import Packs, RunFile
from nbtrack.store.runs.run_files import run_files, run_ids
from nbtrack.store.system.disk import open_to_read

if TYPE_CHECKING:
    from nbtrack.store.local import LocalStore

_CHUNK = 1 << 20


class Present:
    """What is in a store at this moment. A store that is not there yet has nothing."""

    def __init__(self, store: "LocalStore") -> None:
        self._root = store.path
        self._packs = Packs(store.path)
        self._runs: set[str] | None = None
        self._looked: tuple[str, list[RunFile]] = ("", [])

    def has_run(self, run_id: str) -> bool:
        """Tell whether there are files of a run."""
        if self._runs is None:
            self._runs = set(run_ids(self._root, self._packs))
        return run_id in self._runs

    def has_object(self, name: str, size: int) -> bool:
        """Tell whether there is an object of this name and size."""
        with suppress(OSError):
            return self._root.joinpath(*place(name)).lstat().st_size == size
        return False

    def has(self, at: Segment | Changes, size: int, digest: str) -> bool:
        """Tell whether a file of records is here, under its name or beside it, with these bytes or more behind them.

        That it is not does not mean that any record is new: other files may have them all.

        Args:
            at: where it lies in a store.
            size: how many bytes it has.
            digest: their SHA-256, in hex.
        """
        wanted = {at.name, beside(at.name, digest)}
        return any(file.name in wanted and _begins(file, size, digest) for file in self._files(at))

    def _files(self, at: Segment | Changes) -> list[RunFile]:
        if isinstance(at, Segment):
            if self._looked[0] != at.run:  # the files of a run are asked for one after the other
                self._looked = at.run, run_files(self._root, self._packs, at.run)
            return self._looked[1]
        folder = self._root / "meta" / at.month
        found = []
        with suppress(OSError):
            found = [RunFile(path.name, path, 0, path.lstat().st_size) for path in folder.iterdir()]
        return found


def _begins(file: RunFile, size: int, digest: str) -> bool:
    """Tell whether the first bytes of a file have this hash."""
    if file.size < size:
        return False
    summed = hashlib.sha256()
    try:
        with open(open_to_read(file.path), "rb") as here:  # noqa: PTH123 - a descriptor has no path
            here.seek(file.start)
            while size > 0 and (chunk := here.read(min(size, _CHUNK))):
                size -= len(chunk)
                summed.update(chunk)
    except OSError:
        return False
    return summed.hexdigest() == digest
