"""Which store: the one named, the one of the environment, the nearest above the notebook - or a new one beside it."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from nbtrack.store.local import LocalStore

NAME = ".nbtrack"
_beside: Path | None = None


def open_store(path: str | os.PathLike[str] | None = None, start: str | os.PathLike[str] | None = None) -> LocalStore:
    """Return the store to use. Nothing is created before something is recorded.

    In this order: ``path``; the environment's ``NBTRACK_STORE``; the nearest ``.nbtrack`` folder in or above ``start``,
    then in or above the working directory; a new one beside the enclosing git repository's root or in ``start``.

    Args:
        path: a store's folder, or a folder that has one.
        start: where to begin to look; by default beside the notebook, where that is known, or the working directory.
    """
    start = start if start is not None else _beside
    named = path if path is not None else os.environ.get("NBTRACK_STORE") or None
    if named is not None:
        return _opened(_within(Path(named).expanduser().absolute()))
    starts = [Path(place).absolute() for place in (start, _working_folder()) if place is not None]
    for place in starts:
        for folder in _upwards(place):
            if _is_ours(folder / NAME, place):
                return _opened(folder / NAME)
    return _opened(_root(starts[0]) / NAME)


def look_beside(notebook: Path | None) -> None:
    """Begin to look beside this notebook from now on, wherever the kernel's working directory is."""
    global _beside  # noqa: PLW0603 - a process has one notebook
    _beside = notebook.parent if notebook else None


@lru_cache(maxsize=16)
def _opened(folder: Path) -> LocalStore:
    """One store object a folder and process: it remembers what it has read, so that asking again costs what is new."""
    return LocalStore(folder)


def _within(folder: Path) -> Path:
    inner = folder / NAME
    return inner if not (folder / "store.json").exists() and folder.name != NAME and inner.is_dir() else folder


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:  # removed while we were in it
        return None


def _upwards(place: Path) -> Iterator[Path]:
    yield place
    yield from place.parents


def _is_ours(folder: Path, start: Path) -> bool:
    """A store that others put above us (in ``/tmp``, say) is not ours to write our work into."""
    try:
        owner = folder.stat().st_uid
    except OSError:
        return False
    if not folder.is_dir():
        return False
    return os.name == "nt" or owner == os.geteuid() or (start.exists() and owner == start.stat().st_uid)


def _root(start: Path) -> Path:
    return next((folder for folder in _upwards(start) if (folder / ".git").exists()), start)
