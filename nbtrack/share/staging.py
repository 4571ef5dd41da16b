"""Putting a store into git's index: its records, and the objects that are small enough to live in a repository.

``git add`` leaves all objects out, because models and data do not belong in git. But sources, patches and environments
are objects, too, and a clone without them can list and compare runs, but not export or reproduce them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.errors import RunNotFound, UsageError
from nbtrack.share.publish.plumbing import Git, repository_at
from nbtrack.store.exchange.holdings import holdings
from nbtrack.store.git.committed import committed
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.hashing import place

SMALL: Final = 1_000_000  # bytes
_TOP: Final = ("store.json", ".gitattributes", ".gitignore")
_RECORDS: Final = ("runs", "meta", "packs")
_FIXED: Final = ("packs/", "cas/")  # written once: what git has of them it has for good


@dataclass(frozen=True, slots=True)
class Staged:
    """What was put into the index: files of records, objects with their bytes; and objects too large for it."""

    records: int
    objects: int
    bytes: int
    left: int
    left_bytes: int


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a store lacks of its runs: how many objects, and of how many runs."""

    objects: int
    runs: int


def stage(store: LocalStore, limit: int = SMALL) -> Staged:
    """Put a store's records and its objects of up to ``limit`` bytes into git's index; nothing is committed.

    Only objects that runs name are taken, never those of deleted runs alone. The bytes go in as they are, whatever
    filters the repository sets up, and no program of its configuration is run.

    Raises:
        UsageError: the store lies in no git repository, or git keeps the index in two parts.
        RemoteError: git failed; the index is as it was.
    """
    known = committed(store.path)
    small, large = _objects(store, limit)
    fresh = [path for path in small if path not in known]
    records = [path for path in _records(store.path) if path not in known or not path.startswith(_FIXED)]
    with repository_at(store.path) as git:
        if any(git.repository.own.glob("sharedindex.*")):
            raise UsageError("git keeps this index in two parts; join them first: git update-index --no-split-index")
        _add(git, store.path, [*records, *fresh])
    size = sum((store.path / path).stat().st_size for path in fresh)
    return Staged(len(records), len(fresh), size, len(large), sum(large.values()))


def lacking(store: LocalStore) -> Lacking:
    """Return what a store lacks of its runs, as a clone by git does that was given the records only."""
    gone = {
        run.id: {each.what for each in run.missing if each.what.startswith("cas/")} for run in holdings(store).runs()
    }
    return Lacking(len(set().union(*gone.values())), sum(map(bool, gone.values())))


def _objects(store: LocalStore, limit: int) -> tuple[list[str], dict[str, int]]:
    small, large = dict[str, int](), dict[str, int]()
    kept = [document["id"] for document in store.runs().documents]
    try:
        held = list(holdings(store, kept).runs()) if kept else []
    except RunNotFound:  # one went meanwhile
        held = list(holdings(store).runs())
    for run in held:
        for name in run.objects:
            path = "/".join(place(name))
            size = (store.path / path).lstat().st_size
            (small if size <= limit else large)[path] = size
    return list(small), large


def _records(root: Path) -> Iterator[str]:
    yield from (name for name in _TOP if (root / name).is_file() and not (root / name).is_symlink())
    for top in _RECORDS:
        for folder, _, names in os.walk(root / top):  # follows no links
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink() and path.suffix in {".jsonl", ".block"}:
                    yield path.relative_to(root).as_posix()


def _add(git: Git, root: Path, paths: list[str]) -> None:
    top = Path(os.path.realpath(root))
    prefix = top.relative_to(git.repository.top).as_posix()
    git.add([(f"{prefix}/{path}", top / path) for path in paths])
