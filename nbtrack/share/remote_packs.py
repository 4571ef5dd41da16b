"""Packs that lie at a remote: where in them each file is, told by the table at their end, without the rest."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from nbtrack.store.exchange.naming import Segment, placed
from nbtrack.store.runs.packs import Pack

_MOST: Final = 128 << 20  # bytes; nbtrack makes none of more than half of that
_TAIL: Final = 256 << 10  # bytes of its end that are read at first: the table of a thousand runs


class Slice(NamedTuple):
    """Where in a pack a file lies."""

    pack: str
    start: int
    size: int
    mark: str


def read_pack(at: str, size: int, read: Callable[[int, int], bytes]) -> dict[str, Slice] | None:
    """Return the files in a pack by their places; None for what is no pack.

    Args:
        at: the pack's own place.
        size: how many bytes it has.
        read: returns its bytes between two offsets.
    """
    if not 0 < size <= _MOST:
        return None
    with tempfile.TemporaryDirectory(prefix="nbtrack-") as folder:
        path = Path(folder) / "pack"  # as long as the pack, and empty but for its end: what is not read takes no room
        with path.open("wb") as file:
            file.truncate(size)
        start = max(size - _TAIL, 0)
        for first in (start, 0) if start else (0,):
            with path.open("r+b") as file:
                file.seek(first)
                file.write(read(first, start if first < start else size))
            pack = Pack(path)
            if pack.whole:
                return _slices(at, pack)
    return None


def _slices(at: str, pack: Pack) -> dict[str, Slice]:
    found = {}
    for run_id, files in pack.runs.items():
        for file in files:
            place = Segment(run_id, file.name)
            if placed(place.place) is not None:
                found[place.place] = Slice(at, file.start, file.size, f"{file.size}-{file.check}")
    return found
