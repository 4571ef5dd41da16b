"""The objects of a store: those that records need, those that nobody names, and whether their bytes are theirs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from nbtrack.errors import StoreError
from nbtrack.store.check.finding import Finding
from nbtrack.store.housekeeping.trash import Trash
from nbtrack.store.objects.hashing import ALGORITHMS, Sum, algorithm_of, place, tagged
from nbtrack.store.objects.manifest import objects_in
from nbtrack.store.objects.references import sums
from nbtrack.store.system.disk import names, open_to_read, read

_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_REST: Final = re.compile(r"[0-9a-f]{62}")
_CHUNK: Final = 1 << 20


class ObjectAudit:
    """What ``cas/`` holds, and what it should hold."""

    def __init__(self, root: Path) -> None:
        self.findings: list[Finding] = []
        self.objects = 0
        self.bytes = 0
        self._root = root
        self._needed: dict[str, str] = {}
        self._mentioned: set[bytes] = set()

    def need(self, run_id: str, wanted: Iterable[str], mentioned: Iterable[bytes], listings: Iterable[str]) -> None:
        """Say which objects a run was recorded with, which it mentions, and which of them list others."""
        for name in wanted:
            self._needed.setdefault(name, run_id)
        self._mentioned.update(bytes.fromhex(digest.decode()) for digest in mentioned)
        for name in listings:
            self._list(run_id, name)

    def _list(self, run_id: str, name: str) -> None:
        """A list that is not there, or not itself, is told as such; what it listed cannot be."""
        try:
            content = read(self._root.joinpath(*place(name)))
            inside = list(objects_in(content) if content.startswith(b"{") else sums(content))
        except (OSError, StoreError):
            return
        for each in inside:
            self._needed.setdefault(each, run_id)
            self._mentioned.add(bytes.fromhex(each.rpartition(":")[2]))

    def check(self, *, data: bool, step: Callable[[], None] = lambda: None) -> None:
        """Look at every object; ``data`` reads the bytes of each, ``step`` is called after it."""
        there: set[str] = set()
        forgotten, idle = 0, 0
        for name in self._names():
            path = self._root.joinpath(*place(name))
            try:
                size = path.lstat().st_size
            except OSError:  # collected while we looked
                continue
            if name in self._needed:
                there.add(name)
            self.objects += 1
            self.bytes += size
            if data:
                self._verify(name, path)
            if bytes.fromhex(name.rpartition(":")[2]) not in self._mentioned:
                forgotten, idle = forgotten + 1, idle + size
            step()
        self._tell_absent({name: run_id for name, run_id in self._needed.items() if name not in there})
        if forgotten:
            text = f"{forgotten:,} objects ({idle:,} bytes) that no record names; `nbtrack gc` takes them away in time"
            self.findings.append(Finding("forgotten", text, "cas", count=forgotten))

    def _names(self) -> Iterator[str]:
        for algorithm in ALGORITHMS:
            folder = self._root / "cas" / algorithm
            for first in sorted(names(folder)):
                if _FOLDER.fullmatch(first):
                    rests = sorted(names(folder / first))
                    yield from (tagged(algorithm, first + rest) for rest in rests if _REST.fullmatch(rest))

    def _verify(self, name: str, path: Path) -> None:
        where = str(path.relative_to(self._root))
        try:
            found = name_of_file(path, algorithm_of(name))
        except FileNotFoundError:
            return
        except OSError as error:
            self.findings.append(Finding("unreadable", f"cannot be read: {error.strerror}", where))
            return
        if found != name:
            run = self._needed.get(name)
            text = f"its bytes have the hash {found.rpartition(':')[2][:12]}…, not that of its name"
            self.findings.append(Finding("object", text, where, run=run))

    def _tell_absent(self, absent: Mapping[str, str]) -> None:
        """An object that was taken away on purpose is explained by the trash."""
        batches = Trash(self._root).batches() if absent else []
        taken = {item.digest: batch.name for batch in batches for item in batch.items}
        for name, run_id in absent.items():
            where = "/".join(place(name))
            batch = taken.get(name.rpartition(":")[2])
            if batch is None:
                self.findings.append(Finding("absent", f"the object is gone that run {run_id} has", where, run=run_id))
            else:
                text = f"`nbtrack gc` took this object of run {run_id} away (trash/{batch})"
                self.findings.append(Finding("collected", text, where, run=run_id))


def name_of_file(path: Path, algorithm: str) -> str:
    """Return what an object with the bytes of a regular file is called.

    Raises:
        OSError: it cannot be read, or is a link.
    """
    found = Sum(algorithm)
    fd = open_to_read(path)
    with open(fd, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.name
