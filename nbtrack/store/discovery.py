"""Which store: the one named, the one of the environment, the nearest above the notebook - or a new one beside it."""

import os
import stat
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from nbtrack.errors import StoreError
from nbtrack.store.local import LocalStore

NAME = ".nbtrack"
_NOWHERE = (
    "the working directory has been removed, so that there is nowhere to look for a store: change to a folder that "
    "exists (os.chdir), or name a store by its whole path in NBTRACK_STORE"
)
_beside: Path | None = None


def open_store(
    path: str | os.PathLike[str] | None = None,
    start: str | os.PathLike[str] | None = None,
    *,
    working: str | os.PathLike[str] | None = None,
) -> LocalStore:
    """Return the store to use. Nothing is created before something is recorded.

    In this order: ``path``; the environment's ``NBTRACK_STORE``; the nearest ``.nbtrack`` folder in or above ``start``,
    then in or above the working directory; a new one beside the enclosing git repository's root or in ``start``.

    Args:
        path: a store's folder, or a folder that has one.
        start: where to begin to look; by default beside the notebook, where that is known, or the working directory.
        working: what to take for the working directory, by whoever looks in another process's place.

    Raises:
        StoreError: the working directory was removed, and nothing else says where to look.
    """
    here = _working_folder() if working is None else os.fspath(working)
    start = start if start is not None else _beside
    named = path if path is not None else os.environ.get("NBTRACK_STORE") or None
    if named is not None:
        named = os.path.expanduser(named)  # noqa: PTH111 - as in _within
        return _opened(_within(_whole(named if here is None else os.path.join(here, named), here)))  # noqa: PTH118 - as above
    starts = [_whole(os.fspath(place), here) for place in (start, here) if place is not None]
    for place in dict.fromkeys(starts):
        for folder in _candidates(place):
            if _is_ours(folder, place):
                return _opened(folder)
    if not starts:
        raise StoreError(_NOWHERE)
    return _opened(f"{_root(Path(starts[0])) / NAME}")


def look_beside(notebook: Path | None) -> None:
    """Begin to look beside this notebook from now on, wherever the kernel's working directory is."""
    global _beside  # noqa: PLW0603 - a process has one notebook
    _beside = notebook.parent if notebook else None


@lru_cache(maxsize=16)
def _opened(folder: str) -> LocalStore:
    """One store object a folder and process: it remembers what it has read, so that asking again costs what is new."""
    return LocalStore(Path(folder))


def _within(folder: str) -> str:
    if os.path.exists(f"{folder}/store.json"):  # noqa: PTH110 - asked for every run, as is all of this
        return folder
    inner = Path(folder, NAME)
    return str(inner) if Path(folder).name != NAME and inner.is_dir() else folder


def _working_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109
    except FileNotFoundError:  # removed while we were in it
        return None


@lru_cache(maxsize=64)
def _whole(place: str, here: str | None) -> str:
    """Return a folder's absolute path, as it is seen from a working directory."""
    path = Path(place)
    if here is None and not path.is_absolute():
        raise StoreError(_NOWHERE)
    return str(path.absolute())


def _upwards(place: Path) -> Iterator[Path]:
    yield place
    yield from place.parents


@lru_cache(maxsize=64)
def _candidates(place: str) -> Sequence[str]:
    """Return where a store for a folder may be, the nearest first. Text: paths are asked for with every run."""
    return [str(folder / NAME) for folder in _upwards(Path(place))]


def _is_ours(folder: str, start: str) -> bool:
    """A store that others put above us (in ``/tmp``, say) is not ours to write our work into."""
    try:
        found = os.stat(folder)  # noqa: PTH116
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name == "nt" or found.st_uid == os.geteuid() or found.st_uid == _owner(start)


def _owner(folder: str) -> int | None:
    try:
        return os.stat(folder).st_uid  # noqa: PTH116
    except OSError:
        return None


def _root(start: Path) -> Path:
    return next((folder for folder in _upwards(start) if (folder / ".git").exists()), start)
