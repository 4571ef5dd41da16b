"""Which store a page may ask: that of a notebook inside the server's root, found as its kernel finds it."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.store.discovery import open_store
from nbtrack.store.local import LocalStore

_ODD: Final = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")
_LONG: Final = 4096


def store_of(root: Path, notebook: str) -> LocalStore:
    """Return the store of the notebook, or folder, that the server's contents call ``notebook``.

    The page names a place inside ``root`` and nothing else; where the store is, the rule of ``store.discovery`` says,
    which is what the notebook's kernel follows: it works in the notebook's folder, whatever the server works in. So the
    store may be above ``root``, as the kernel's is. Nothing is created.

    Raises:
        UsageError: the path leads out of ``root``, also through links, or is none.
    """
    folder = folder_of(root, notebook)
    return open_store(start=folder, working=folder)


def folder_of(root: Path, notebook: str) -> Path:
    """Return the folder, there or not, in which the contents' ``notebook`` lies; itself where it is a folder.

    Raises:
        UsageError: as ``store_of``.

    >>> folder_of(Path("/"), "../etc/passwd")
    Traceback (most recent call last):
    nbtrack.errors.UsageError: '../etc/passwd' is not a path inside the server's folder
    """
    parts = PurePosixPath(notebook.removeprefix("/")).parts
    if len(notebook) > _LONG or _ODD.search(notebook) or ".." in parts or notebook.startswith("//"):
        raise _outside(notebook)
    try:
        home = root.resolve()
        place = home.joinpath(*parts)
        folder = place if place.is_dir() else place.parent
        inside = folder.resolve().is_relative_to(home)
    except (OSError, RuntimeError):  # a name that is too long, a folder that is not ours to look into, links in a ring
        raise _outside(notebook) from None
    if not inside:
        raise _outside(notebook)
    return folder


def _outside(notebook: str) -> UsageError:
    return UsageError(f"{notebook[:200]!r} is not a path inside the server's folder")
