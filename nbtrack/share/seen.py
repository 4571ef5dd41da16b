"""What was found out about a remote before, so that it need not be found out again: derived, and free to be deleted.

``cache/remotes/<16 hex>.json``, one for each address. Files of the same size on both sides need no memory, as records
only grow; what is remembered are the others that were settled: a file whose records are all there in another form.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from nbtrack.share.address import Address
from nbtrack.share.holder import Entry
from nbtrack.share.transferred import Direction
from nbtrack.store.system.disk import create, flush, make_folders, read, refuse_links, replace, unlink, write

_FORMAT = 1
_LARGEST = 256 << 20


class Seen:
    """What one store remembers of one remote."""

    def __init__(self, root: Path, address: Address) -> None:
        self._root = root
        self._name = f"{hashlib.sha256(str(address).encode()).hexdigest()[:16]}.json"
        self._path = root / "cache" / "remotes" / self._name
        told = _load(self._path)
        self._settled: dict[str, dict[str, list[str]]] = {way: _pairs(told.get(way)) for way in ("push", "pull")}
        self._unwanted: dict[str, str] = {way: str(mark) for way, mark in _dict(told.get("unwanted")).items()}
        accepted = told.get("accepted")
        self._accepted = {str(each) for each in accepted} if isinstance(accepted, list) else set()

    def is_settled(self, way: Direction, place: str, source: Entry, target: Entry | None) -> bool:
        """Tell whether all that the source has in a file is known to be in the target."""
        if target is not None and target.size == source.size:
            return True
        return self._settled[way].get(place) == [source.mark, target.mark if target else ""]

    def settle(self, way: Direction, place: str, source: Entry, target: Entry | None) -> None:
        """Remember that all that the source has in a file is in the target."""
        if target is not None and target.size == source.size:
            self._settled[way].pop(place, None)
        else:
            self._settled[way][place] = [source.mark, target.mark if target else ""]

    def is_unwanted(self, way: Direction, names: Iterable[str], deleted: Iterable[str]) -> bool:
        """Tell whether it is known of these objects, while these runs are deleted, that nobody needs them there."""
        return self._unwanted.get(way) == _mark(names, deleted)

    def unwanted(self, way: Direction, names: Iterable[str], deleted: Iterable[str]) -> None:
        """Remember that nobody needs these objects there."""
        self._unwanted[way] = _mark(names, deleted)

    def is_accepted(self, finding: str) -> bool:
        """Tell whether the person agreed to send this before, although it looks secret."""
        return finding in self._accepted

    def accept(self, findings: Iterable[str]) -> None:
        """Remember that the person agreed to send these."""
        self._accepted.update(findings)

    def save(self) -> None:
        """Write it down; where that cannot be done, it will be found out again."""
        told = {"v": _FORMAT, **self._settled, "unwanted": self._unwanted, "accepted": sorted(self._accepted)}
        with suppress(OSError):
            refuse_links(self._root, "cache", "remotes")
            make_folders(self._path.parent)
            temporary = self._path.parent / f"{token_hex(8)}.tmp"
            try:
                with open(create(temporary), "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
                    write(file.fileno(), json.dumps(told).encode())
                    flush(file.fileno())
                replace(temporary, self._path)
            finally:
                unlink(temporary, missing_ok=True)


def _load(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        if path.lstat().st_size <= _LARGEST:
            told = json.loads(read(path))
            if isinstance(told, dict) and told.get("v") == _FORMAT:
                return told
    return {}


def _pairs(value: Any) -> dict[str, list[str]]:
    return {str(key): pair for key, pair in _dict(value).items() if isinstance(pair, list) and len(pair) == 2}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mark(names: Iterable[str], deleted: Iterable[str]) -> str:
    return hashlib.sha256("\n".join([*sorted(names), "", *sorted(deleted)]).encode()).hexdigest()
