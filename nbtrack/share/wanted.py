"""Which objects the runs of a store speak of: by their hashes, wherever these stand."""

import json
from collections.abc import Collection
from pathlib import Path

from nbtrack.share.naming_objects import Mentions
from nbtrack.store.housekeeping.marking import Marks, mark
from nbtrack.store.objects.hashing import is_name, place, tagged
from nbtrack.store.runs.metascan import changes_of
from nbtrack.store.runs.packs import Packs
from nbtrack.store.runs.run_files import run_files
from nbtrack.store.system.disk import read

_LISTING = 64 << 20


def wanted_by(root: Path, runs: Collection[str] | None, deleted: frozenset[str]) -> set[bytes]:
    """Return the hashes that records mention, and lists of objects that are here: of these runs, or of all.

    Deleted runs want nothing, unless they are asked for.
    """
    if runs is None:
        marks = mark(root, Marks(gone=deleted))
        names, lists = marks.kept, marks.listings & marks.kept
    else:
        found = _mentions(root, runs)
        names, lists = found.names, found.lists
    for digest in sorted(lists):
        names = names | _inside(root, digest)
    return names


def _mentions(root: Path, runs: Collection[str]) -> Mentions:
    packs, found = Packs(root), Mentions()
    for run_id in sorted(runs):
        for file in run_files(root, packs, run_id):
            if file.name.startswith("ev-"):
                found.take([file.read()])
        for record in changes_of(root, run_id):
            found.take([json.dumps(record, separators=(",", ":")).encode()])
    return found


def _inside(root: Path, digest: bytes) -> set[bytes]:
    text = digest.decode("ascii")
    inside = Mentions()
    for name in (text, tagged("blake3", text)):
        path = root.joinpath(*place(name))
        if is_name(name) and path.is_file() and not path.is_symlink() and path.stat().st_size <= _LISTING:
            inside.take([read(path)])
    return inside.names
