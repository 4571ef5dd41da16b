"""Which store a page may ask: that of a notebook inside the server's root, found as its kernel finds it."""

import errno
import os
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
        UsageError: the path leads out of ``root``, also through links, is none, or may not be read by the server.
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
        raise UsageError(f"{notebook[:200]!r} is not a path inside the server's folder")
    try:
        home = root.resolve()
        place = home.joinpath(*parts)
        folder = place if place.is_dir() else place.parent
        inside = folder.resolve().is_relative_to(home)
        closed = _there(folder) and not os.access(folder, os.R_OK | os.X_OK)
    except (OSError, RuntimeError) as problem:  # a name that is too long, a folder in one of others, links in a ring
        raise unreadable(notebook, problem) from None
    if not inside:
        raise UsageError(
            f"{notebook[:200]!r} lies behind a link that leads out of the server's folder, and runs are read inside it "
            "only. Start Jupyter in a folder that holds the place itself, and open the notebook there."
        )
    if closed:
        raise unreadable(notebook, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return folder


def _there(folder: Path) -> bool:
    """Return whether the folder is there, and raise what keeps it from being told.

    Links in a ring are an error of ``Path.resolve`` before Python 3.13 only, and ``Path.exists`` denies that they are
    there; its later versions deny what lies in a closed folder, too.
    """
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def unreadable(notebook: str, problem: OSError | RuntimeError) -> UsageError:
    """Return what to tell whoever asks for a notebook's runs where the server cannot read, which ``problem`` says."""
    why = (getattr(problem, "strerror", None) or "links in a ring").lower()
    where = getattr(problem, "filename", None) or notebook[:200]
    return UsageError(
        f"the server cannot read {str(where)!r} ({why}), where the runs of this notebook are; "
        "see to it that whoever runs the server may, and they appear here"
    )
