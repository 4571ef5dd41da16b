"""Power loss without pulling a plug: record what a store asks of the system, work out what may be left of it.

A file system promises only what was flushed. Of everything else - bytes written, names given and taken - any part may
have reached the medium, in any order, in pieces, as zeros or as what stood there before. ``Recorder`` writes down the
calls while they are made on a real folder; ``Clone`` builds one of the folders that a crash after any of them may leave.
"""

import os
import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.store.system.disk import Disk, Name


class Op(NamedTuple):
    """A call that was made: its verb and what it was about. Files go by a number, names by their path in the store."""

    verb: str
    file: int = 0
    name: str = ""
    target: str = ""
    content: bytes = b""
    size: int = 0


@dataclass
class Recorder:
    """Makes calls on a real disk and writes them down; ``disk`` goes into the seam."""

    root: Path
    real: Disk = field(default_factory=Disk)
    ops: list[Op] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()  # the keeper flushes from a thread of its own
        self._files: dict[tuple[int, int], int] = {}  # by inode: a file may be opened again only to be flushed
        self._count = 0
        self.disk = Disk(
            create=self._create,
            write=self._write,
            flush=self._flush,
            truncate=self._truncate,
            flush_folder=self._one(self.real.flush_folder, "flush_folder"),
            rename=self._two(self.real.rename, "rename"),
            replace=self._two(self.real.replace, "rename"),
            link=self._two(self.real.link, "link"),
            unlink=self._one(self.real.unlink, "unlink"),
            make_folder=self._one(self.real.make_folder, "make_folder"),
            remove_folder=self._one(self.real.remove_folder, "unlink"),
            touch=self.real.touch,
        )

    def tick(self) -> int:
        return len(self.ops)

    def _name(self, path: Name) -> str:
        return Path(path).relative_to(self.root).as_posix()

    def _create(self, path: Name) -> int:
        with self._lock:
            fd = self.real.create(path)
            self._count += 1
            self._files[_inode(fd)] = self._count
            self.ops.append(Op("create", file=self._count, name=self._name(path)))
            return fd

    def _write(self, fd: int, content: bytes | memoryview) -> int:
        with self._lock:
            base = os.fstat(fd).st_size
            try:
                return self.real.write(fd, content)
            finally:  # also what a call that raised has left
                done = os.fstat(fd).st_size - base
                if done > 0:
                    self.ops.append(Op("write", file=self._files[_inode(fd)], content=bytes(content)[:done], size=base))

    def _flush(self, fd: int) -> None:
        with self._lock:
            try:
                self.real.flush(fd)
            except OSError:  # the kernel takes the pages for clean now: they will never be flushed
                self.ops.append(Op("doom", file=self._files[_inode(fd)]))
                raise
            self.ops.append(Op("flush", file=self._files[_inode(fd)]))

    def _truncate(self, fd: int, size: int) -> None:
        with self._lock:
            self.real.truncate(fd, size)
            self.ops.append(Op("truncate", file=self._files[_inode(fd)], size=size))

    def _one(self, call: Callable[[Name], None], verb: str) -> Callable[[Name], None]:
        def make(path: Name) -> None:
            with self._lock:
                call(path)
                self.ops.append(Op(verb, name=self._name(path)))

        return make

    def _two(self, call: Callable[[Name, Name], None], verb: str) -> Callable[[Name, Name], None]:
        def make(path: Name, target: Name) -> None:
            with self._lock:
                call(path, target)
                self.ops.append(Op(verb, name=self._name(path), target=self._name(target)))

        return make


def _inode(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


@dataclass
class _File:
    """Bytes on the medium, and what was asked for since they were flushed. ``doomed``: a flush of these failed."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)
    doomed: list[Op] = field(default_factory=list)


@dataclass
class _Folder:
    """Names on the medium and those given (a file or a folder) or taken (None) since the folder was flushed."""

    durable: dict[str, Any] = field(default_factory=dict)
    pending: list[tuple[str, Any]] = field(default_factory=list)

    def now(self) -> dict[str, Any]:
        """The names as a program sees them."""
        return _entries(self.durable, self.pending)


def _entries(durable: dict[str, Any], changes: list[tuple[str, Any]]) -> dict[str, Any]:
    names = {**durable, **dict(changes)}
    return {name: entry for name, entry in names.items() if entry is not None}


class Medium:
    """What is certainly on the medium and what may be, after the first so many calls."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._root = _Folder()

    def apply(self, op: Op) -> None:
        """Take note of one call."""
        match op.verb:
            case "create":
                self._files[op.file] = _File()
                self._give(op.name, self._files[op.file])
            case "make_folder":
                self._give(op.name, _Folder())
            case "write" | "truncate":
                self._files[op.file].pending.append(op)
            case "flush":
                file = self._files[op.file]
                file.durable = _content(file.durable, file.pending)
                file.pending = []
            case "doom":
                file = self._files[op.file]
                file.doomed += file.pending
                file.pending = []
            case "flush_folder":
                folder = self._folder(op.name)
                folder.durable, folder.pending = folder.now(), []
            case "link":
                self._give(op.target, self._entry(op.name))
            case "rename":
                self._give(op.target, self._entry(op.name))
                self._give(op.name, None)
            case "unlink":
                self._give(op.name, None)

    def _folder(self, name: str) -> _Folder:
        folder = self._root
        for part in Path(name).parts:
            folder = folder.now()[part]
        return folder

    def _entry(self, name: str) -> Any:
        return self._folder(str(Path(name).parent)).now()[Path(name).name]

    def _give(self, name: str, entry: Any) -> None:
        self._folder(str(Path(name).parent)).pending.append((Path(name).name, entry))

    def killed(self, target: Path, torn: int | None = None) -> None:
        """Build the folder as a killed process leaves it: everything the system was handed is there."""
        _build(target, self._root, lambda folder: folder.now(), lambda file: _content(file.durable, _all(file)))

    def lost_power(self, target: Path, dice: random.Random) -> None:
        """Build one of the folders that a power loss may leave."""
        chosen: dict[int, bytes] = {}

        def content(file: _File) -> bytes:  # a file with two names has one content
            if id(file) not in chosen:
                chosen[id(file)] = _survivors(file, dice)
            return chosen[id(file)]

        _build(target, self._root, lambda folder: _some(folder, dice), content)


def _all(file: _File) -> list[Op]:
    return [*file.doomed, *file.pending]


def _content(durable: bytes, changes: list[Op]) -> bytearray:
    content = bytearray(durable)
    for op in changes:
        if op.verb == "truncate":
            del content[op.size :]
            content.extend(bytes(max(op.size - len(content), 0)))
        else:
            content.extend(bytes(max(op.size - len(content), 0)))  # a hole where an earlier write was lost
            content[op.size : op.size + len(op.content)] = op.content
    return content


def _survivors(file: _File, dice: random.Random) -> bytes:
    """Any part of what was not flushed, each write whole, torn, as zeros, as leftovers of another file, or not at all."""
    changes: list[Op] = []
    for op in _all(file):
        fate = dice.random()
        if op.verb == "truncate" or fate < 0.5:
            if fate < 0.6:
                changes.append(op)
        elif fate < 0.7:
            unit = dice.choice((1, 512, 4096))
            kept = dice.randrange(len(op.content) // unit + 1) * unit
            changes.append(op._replace(content=op.content[:kept]))
        elif fate < 0.8:
            changes.append(op._replace(content=bytes(len(op.content))))
        elif fate < 0.85:
            changes.append(op._replace(content=dice.randbytes(len(op.content))))
    return bytes(_content(file.durable, changes))


def _some(folder: _Folder, dice: random.Random) -> dict[str, Any]:
    chance = dice.choice((0.0, 0.5, 0.9, 1.0))
    return _entries(folder.durable, [change for change in folder.pending if dice.random() < chance])


def _build(
    target: Path, folder: _Folder, names: Callable[[_Folder], dict[str, Any]], content: Callable[[_File], bytes]
) -> None:
    os.mkdir(target)  # noqa: PTH102 - a thousand times a second
    for name, entry in names(folder).items():
        path = target / name
        if isinstance(entry, _Folder):
            _build(path, entry, names, content)
        else:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, content(entry))
            os.close(fd)


def scratch(path: Path) -> Path:
    """Return an empty place for a clone, in memory where there is such a file system."""
    shutil.rmtree(path, ignore_errors=True)
    return path
