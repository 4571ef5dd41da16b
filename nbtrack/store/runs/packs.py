"""Packs: the files of many sealed runs in one that never changes, and where in it each of them lies.

``packs/<month>-<first 16 digits of its SHA-256>.jsonl`` is a head, then each file behind a line that names it, then a
table of contents with a line for each run, and a last line that says where the table begins. ``docs/store-format.md``
has every member. A pack whose table cannot be believed is read from the front, file by file.
"""

import re
import time
from binascii import crc32
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from nbtrack.model import event
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.lines.record import decode
from nbtrack.store.system.disk import names, read

HEAD = "pack"
FILE = "file"
CONTENTS = "packed"
END = "pack.end"
_NAME = re.compile(r"([0-9]{4}-[0-9]{2})-([0-9a-f]{16})\.jsonl")
_FILE = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_IDS = re.compile(rb'^\{"k":"packed","run":"([0-9a-z-]{24})"', re.MULTILINE)
_TAIL = 4096  # more than the last line of a pack takes
_RACY = 100_000_000  # ns; a folder that changed so lately may change again without its times showing it
_TRIES = 20
_OPEN = 64  # tables of contents that are kept in memory


_Found = TypeVar("_Found")


class RunFile(NamedTuple):
    """One file of a run: ``size`` bytes of ``path`` from ``start`` on. A loose one may grow, a packed one never."""

    name: str
    path: Path
    start: int
    size: int
    check: str = ""  # CRC-32 of a packed one

    @property
    def packed(self) -> bool:
        """Whether it lies in a pack."""
        return bool(self.check)

    @property
    def key(self) -> str:
        """What tells it from the other files of its run, copies included."""
        return f"{self.path.name}/{self.name}" if self.packed else self.name

    def read(self, offset: int = 0) -> bytes:
        """Return its bytes from ``offset`` on; a loose one's as they are now."""
        if not self.packed:
            return read(self.path, offset)
        return read(self.path, self.start + offset, self.size - offset) if offset < self.size else b""


class Name(NamedTuple):
    """A pack's name, taken apart."""

    month: str
    digest: str


def pack_name(name: str) -> Name | None:
    """Return the parts of a pack's file name, or None for any other file."""
    found = _NAME.fullmatch(name)
    return Name(found[1], found[2]) if found else None


def is_packable(name: str) -> bool:
    """Tell whether a file's name may stand in a pack: nothing that could lead out of a run's folder."""
    return _FILE.fullmatch(name) is not None


class Pack:
    """One pack: which runs it has and where their files lie. What cannot be read has no runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._table = _table(path)

    @property
    def whole(self) -> bool:
        """Whether its table of contents can be believed."""
        return self._table is not None and self._told is not None

    @cached_property
    def runs(self) -> dict[str, tuple[RunFile, ...]]:
        """The files of every run."""
        return self._told if self._told is not None else _walk(self.path)

    @cached_property
    def _told(self) -> dict[str, tuple[RunFile, ...]] | None:
        return _contents(self.path, self._table) if self._table is not None else None

    def is_readable(self) -> bool:
        """Whether anything can be read of it."""
        return self._table is not None or bool(self.runs)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of the runs, without a close look at the table where it has as many as it should."""
        found = frozenset(_IDS.findall(self._table.content)) if self._table is not None else frozenset()
        if self._table is None or len(found) != self._table.runs:
            return frozenset(self.runs)
        return frozenset(run_id.decode() for run_id in found if is_run_id(run_id.decode()))

    def of(self, run_id: str) -> tuple[RunFile, ...]:
        """Return the files of one run."""
        if self._table is None or "runs" in self.__dict__:
            return self.runs.get(run_id, ())
        at = self._table.content.find(b'{"k":"packed","run":"%s"' % run_id.encode())
        if at < 0 and run_id not in self.ids:
            return ()
        state, record = decode(self._table.content[at : self._table.content.find(b"\n", at)])
        files = _files(self.path, record, self._table.start) if state == "ok" else None
        return files if files is not None else self.runs.get(run_id, ())


class Packs:
    """The packs of a store. It remembers what it has read of them, since they never change; threads may share it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "packs"
        self._listed: tuple[tuple[int, int], dict[str, list[str]]] | None = None
        self._open: dict[str, Pack] = {}
        self._spans: dict[str, tuple[str, str]] = {}
        self._ids: dict[str, frozenset[str]] = {}

    def names(self) -> list[str]:
        """Return the names of all packs, oldest month first."""
        by_month = self._list()
        return [name for month in sorted(by_month) for name in by_month[month]]

    def of(self, run_id: str) -> list[RunFile]:
        """Return the files of a run that lie in packs."""
        if not self._list():
            return []
        return self.steadily(lambda: self._of(run_id))

    def runs_of(self, month: str) -> set[str]:
        """Return the ids of the runs of a month that lie in packs."""
        return self.steadily(lambda: {run for name in self._list().get(month, ()) for run in self.runs(name)})

    def runs(self, name: str) -> frozenset[str]:
        """Return the ids of the runs in a pack."""
        found = self._ids.get(name)
        if found is None:
            found = self.open(name).ids
            if found:
                self._ids[name] = found
        return found

    def open(self, name: str) -> Pack:
        """Return a pack by its name."""
        pack = self._open.pop(name, None) or Pack(self.folder / name)
        if pack.is_readable():  # one that is not may be there in a moment, or gone for good
            self._open[name] = pack
        while len(self._open) > _OPEN:
            self._open.pop(next(iter(self._open)), None)
        return pack

    def steadily(self, look: Callable[[], _Found]) -> _Found:
        """Return what is found by a look during which no pack came or went.

        Of a pack that is replaced, each run is in the old or the new one. A run that is packed is loose before, one
        that is taken out is loose after: whoever looks for both must not be overtaken in between.
        """
        for _ in range(_TRIES):
            before = self._state()
            found = look()
            if before == self._state():
                break
        return found

    def _state(self) -> tuple[tuple[int, int], list[str]]:
        """Return what changes when a pack comes or goes; the folder's time alone may not tell two changes apart."""
        now = time.time_ns()
        stamp = self._stamp()
        return stamp, sorted(names(self.folder)) if stamp[0] and now - stamp[0] <= _RACY else []

    def _of(self, run_id: str) -> list[RunFile]:
        found: list[RunFile] = []
        for name in self._list().get(month_of(run_id), ()):
            first, last = self._span(name)
            if first <= run_id <= last:
                found.extend(self.open(name).of(run_id))
        return found

    def _span(self, name: str) -> tuple[str, str]:
        """The first and last id in a pack, so that most packs need not be opened for a run."""
        span = self._spans.get(name)
        if span is None:
            end = _end(self.folder / name)
            runs = self.runs(name) if end is None else ()
            span = (end.first, end.last) if end else (min(runs, default=""), max(runs, default=""))
            if span[1]:
                self._spans[name] = span
        return span

    def _list(self) -> dict[str, list[str]]:
        """List the folder, unless it surely has not changed."""
        now = time.time_ns()
        before = self._stamp()
        if self._listed is not None and self._listed[0] == before:
            return self._listed[1]
        found = self._look()
        while before != (after := self._stamp()):  # a pack replaced while we looked might be seen in neither shape
            before, found = after, self._look()
        self._listed = (before, found) if before[0] == 0 or now - before[0] > _RACY else None
        return found

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self.folder.stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_ino

    def _look(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(names(self.folder)):
            parts = pack_name(name)
            if parts is not None:
                found.setdefault(parts.month, []).append(name)
        return found


class _End(NamedTuple):
    contents: int
    at: int
    runs: int
    first: str
    last: str


class _Table(NamedTuple):
    """The table of contents of a pack as it stands there."""

    content: bytes
    start: int
    runs: int


def _end(path: Path) -> _End | None:
    """Return what the last line of a pack says, and where it stands."""
    try:
        size = path.lstat().st_size
        tail = read(path, max(size - _TAIL, 0))
    except OSError:
        return None
    line = tail[:-1].rpartition(b"\n")[2]
    state, record = decode(line)
    needed = record.get("min_reader")
    if state != "ok" or record.get("k") != END or not tail.endswith(b"\n"):
        return None
    if not isinstance(needed, int) or needed > event.FORMAT:
        return None
    match record:
        case {"contents": int(start), "runs": int(runs), "first": str(first), "last": str(last)}:
            return _End(start, size - len(line) - 1, runs, first, last)
    return None


def _table(path: Path) -> _Table | None:
    """Return the table of contents as it stands there, None where there is none."""
    end = _end(path)
    if end is None or not 0 < end.contents <= end.at:
        return None
    with suppress(OSError):
        return _Table(read(path, end.contents, end.at - end.contents), end.contents, end.runs)
    return None


def _contents(path: Path, table: _Table) -> dict[str, tuple[RunFile, ...]] | None:
    """Return what a table of contents says, None when any of it cannot be believed."""
    found: dict[str, tuple[RunFile, ...]] = {}
    for line in table.content.split(b"\n")[:-1]:
        state, record = decode(line)
        files = _files(path, record, table.start) if state == "ok" else None
        if files is None:
            return None
        found[record["run"]] = files
    return found


def _files(path: Path, record: dict[str, Any], limit: int) -> tuple[RunFile, ...] | None:
    """Return the files a line of the table names; None when it is no such line, or leads somewhere else."""
    run_id, files = record.get("run"), record.get("files")
    if record.get("k") != CONTENTS or not isinstance(run_id, str) or not is_run_id(run_id):
        return None
    found: list[RunFile] = []
    for each in files if isinstance(files, list) else ():
        match each:
            case [str(name), int(start), int(size), str(check)] if is_packable(name) and 0 < start <= limit - size:
                found.append(RunFile(name, path, start, size, check))
            case _:
                return None
    return tuple(found)


def _walk(path: Path) -> dict[str, tuple[RunFile, ...]]:
    """Find the files of a damaged pack from its front: each stands behind a line with its name and size."""
    found: dict[str, list[RunFile]] = {}
    try:
        content = read(path)
    except OSError:
        return {}
    for run_id, file in _members(path, content):
        found.setdefault(run_id, []).append(file)
    return {run_id: tuple(files) for run_id, files in found.items()}


def _members(path: Path, content: bytes) -> Iterator[tuple[str, RunFile]]:
    at = 0
    while 0 <= at < len(content) and (newline := content.find(b"\n", at)) >= 0:
        state, record = decode(content[at:newline])
        match record if state == "ok" else {}:
            case {"k": "file", "run": str(run_id), "name": str(name), "size": int(size), "check": str(check)} if (
                is_run_id(run_id) and is_packable(name) and 0 <= size <= len(content) - newline - 1
            ):
                start = newline + 1
                body = memoryview(content)[start : start + size]
                if f"{crc32(body):08x}" == check:
                    yield run_id, RunFile(name, path, start, size, check)
                    at = start + size + (size > 0 and content[start + size - 1 : start + size] != b"\n")
                    continue
            case {"k": "pack", "min_reader": int(needed)} if needed > event.FORMAT:
                return
        at = newline + 1
