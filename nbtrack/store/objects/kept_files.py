"""Giving back what runs kept: the bytes of a file, a folder's list, a copy of either."""

from pathlib import Path

from nbtrack.store.base import Store
from nbtrack.store.objects.folders import restore_folder
from nbtrack.store.objects.manifest import decode


class KeptFiles:
    """The files of a store's runs, by the names of their objects."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, name: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            ObjectMissing: the store does not have them, or they are damaged.
        """
        return self._store.get(name)

    def paths(self, name: str) -> tuple[str, ...]:
        """Return the paths of the files that a folder's manifest lists.

        Raises:
            ObjectMissing: the store does not have the manifest.
            StoreError: it is none.
        """
        return tuple(entry.path for entry in decode(self._store.get(name)).files)

    def save(self, name: str, to: Path, *, folder: bool) -> None:
        """Make a new file from an object, or a new folder from a manifest.

        Raises:
            FileExistsError: there is something at ``to``.
            ObjectMissing: bytes are missing or damaged. No file is left; a folder has all the others.
            StoreError: the manifest is none, or leads out of the folder.
        """
        if folder:
            restore_folder(self._store, name, to)
        else:
            self._store.fetch(name, to)
