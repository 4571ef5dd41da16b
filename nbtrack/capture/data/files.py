"""Which files each execution of a session read and wrote: heard from Python's audit events, and read from the syntax.

Python raises an ``open`` event for its own files only. Libraries that open files in C++ (pyarrow, polars, xgboost,
torch's writer) are known by the names of files that stand in the cell's calls; see ``named_files``.
"""

import ast
import os
import re
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from nbtrack.capture.data.left_out import is_never_data, may_be_script
from nbtrack.capture.data.named_files import Named, NamedFiles
from nbtrack.capture.data.stamp import TICK, Stamp, stamp
from nbtrack.capture.guard import audit
from nbtrack.capture.guard.deep import deep_trees

MOST_FILES: Final = 10_000  # of one execution; more are only counted
_MOST_KEPT: Final = 200_000  # of all executions; the oldest go first
_MOST_SEEN: Final = 50_000
_ODD: Final = re.compile(r"//|/\.|[\\]|/$")
_READ, _WRITE = 1, 2
_UNUSUAL: Final = getattr(os, "O_NONBLOCK", 0)  # how nbtrack opens files of others, and hardly anybody else
_ACCESS: Final = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True, slots=True)
class FileUse:
    """One file - or address - that an execution read or wrote.

    ``path`` is absolute. ``stamp`` is the file as it was when it was first opened for reading or, of a written one,
    when the cell had run; None for an address. ``named`` when only the cell's words tell of it, and no event did.
    """

    path: str
    mode: str  # "read" or "write"
    stamp: Stamp | None = None
    named: bool = False


@dataclass(slots=True)
class _Opened:
    """What is known of a file while the cell runs: how it was before, and what may have been done with it."""

    before: Stamp | None
    at: int
    is_input: bool = False  # opened for reading before anything was written
    is_output: bool = False  # opened for writing; or it may have been, and its stamp will tell
    surely: bool = False  # an event told of the writing
    heard: bool = False  # an event told of reading before that
    again: bool = False  # and of reading after it
    named: bool = True

    def uses(self, path: str) -> Iterable[FileUse]:
        """Tell what became of it. One that is gone or was never changed was not written."""
        if self.is_input and self.before is not None and not self._is_own:
            yield FileUse(path, "read", self.before, named=self.named)
        after = stamp(path) if self.is_output else None
        if after is not None and (after != self.before or (self.surely and not after.is_settled(self.at))):
            yield FileUse(path, "write", after, named=self.named)

    @property
    def _is_own(self) -> bool:
        """Whether the cell read only what it had written: the reading that its words tell of came after the writing."""
        return self.surely and self.again and not self.heard


class FileLog:
    """The files of every execution, by its number in the session. ``begin``, ``read`` and ``end`` each cell in turn.

    Between ``begin`` and ``end`` the files are heard that the cell's thread opens, and other threads while no cell of
    their own runs. A cell that runs inside another of the same number is part of it.
    """

    def __init__(self) -> None:
        self._running: dict[int, _Recorder] = {}  # by thread
        self._uses: dict[int, tuple[FileUse, ...]] = {}
        self._more: dict[int, int] = {}
        self._kept = 0
        self._named = NamedFiles()

    @property
    def is_empty(self) -> bool:
        """Whether no execution used any file."""
        return not self._uses

    def begin(self, number: int, namespace: Mapping[str, Any]) -> None:
        """Start listening for a cell that is about to run."""
        thread = threading.get_ident()
        recorder = self._running.get(thread)
        if recorder is not None and recorder.number == number:
            recorder.depth += 1
            return
        if recorder is not None:  # its end was never told
            audit.silence(recorder.hear)
        recorder = self._running[thread] = _Recorder(number, namespace)
        audit.listen(recorder.hear)

    def read(self, number: int, tree: ast.Module) -> None:
        """Note the files that the cell's calls name, as they are before it runs. The tree is not kept."""
        recorder = self._running.get(threading.get_ident())
        if recorder is not None and recorder.number == number:
            with deep_trees():
                recorder.name(self._named.read(tree, recorder.namespace))

    def end(self, number: int) -> None:
        """Stop listening, and keep what was heard."""
        thread = threading.get_ident()
        recorder = self._running.get(thread)
        if recorder is None or recorder.number != number:
            return
        if recorder.depth:
            recorder.depth -= 1
            return
        del self._running[thread]
        audit.silence(recorder.hear)
        if recorder.pending:
            recorder.name_later()
        if recorder.is_used:
            self._keep(recorder)

    def renumber(self, number: int, new: int) -> None:
        """Give what an execution used the number that it has by now."""
        if number in self._uses:
            self._uses[new] = self._uses.pop(number)

    def current(self) -> int | None:
        """Return the number of the execution that is running in this thread."""
        recorder = self._running.get(threading.get_ident())
        return None if recorder is None else recorder.number

    def of(self, number: int) -> Collection[FileUse]:
        """Return the files an execution used."""
        return self._uses.get(number, ())

    def more(self, number: int) -> int:
        """Return how many files an execution used beyond those that are listed."""
        return self._more.get(number, 0)

    def close(self) -> None:
        """Stop listening and forget everything."""
        for recorder in self._running.values():
            audit.silence(recorder.hear)
        self._running.clear()
        self._uses.clear()
        self._more.clear()
        self._kept = 0

    def _keep(self, recorder: "_Recorder") -> None:
        self._kept -= len(self._uses.get(recorder.number, ()))
        self._uses[recorder.number] = tuple(recorder.uses())
        if recorder.more:
            self._more[recorder.number] = recorder.more
        self._kept += len(self._uses[recorder.number])
        while self._kept > _MOST_KEPT and len(self._uses) > 1:
            oldest = next(iter(self._uses))
            self._kept -= len(self._uses.pop(oldest))
            self._more.pop(oldest, None)


class _Recorder:
    """What one execution is heard to open. ``hear`` runs inside the user's calls: dictionaries, one ``stat`` a file."""

    def __init__(self, number: int, namespace: Mapping[str, Any]) -> None:
        self.number = number
        self.namespace = namespace
        self.depth = 0
        self.more = 0
        self._began = time.time_ns()
        self.pending: list[Named] = []
        self._seen: dict[str | bytes, int] = {}
        self._opened: dict[str, _Opened] = {}
        self._addresses: dict[tuple[str, str], FileUse] = {}
        self._folder: str | None = None

    @property
    def is_used(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self._opened or self._addresses)

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Take an audit event."""
        if event == "open":
            self._hear_open(args[0], args[2])
        elif event == "os.rename":
            self._hear_rename(args[0], args[1])
        elif event == "os.link":
            self._note(_text(args[1]), _WRITE)
        elif event == "sqlite3.connect":
            self._note(_text(args[0]), _READ | _WRITE, surely=False)
        elif event == "urllib.Request":
            self.address(_text(args[0]), "read", named=False)
        elif event == "os.chdir":
            self._seen, self._folder = {}, None

    def name(self, named: Named) -> None:
        """Take the files and addresses that a cell's calls name."""
        if named.pending:
            self.pending.append(named)
        for path, mode in named.found:
            if "://" in path:
                self.address(path, mode, named=True)
            else:
                self._note(path, _READ | _WRITE if mode == "read" else _WRITE, surely=False, named=True)

    def name_later(self) -> None:
        """Take what the calls named, now that the cell has run."""
        for named in self.pending:
            for path, mode in named.later(self._began):
                if "://" in path:
                    self.address(path, mode, named=True)
                elif (full := self._whole(path)) not in self._opened and not is_never_data(full):
                    self._note_later(full, is_read=mode == "read")

    def _note_later(self, full: str, *, is_read: bool) -> None:
        now = stamp(full) if len(self._opened) < MOST_FILES else None
        is_output = now is not None and now.mtime_ns >= self._began - (0 if is_read else TICK)
        if is_output:
            self._opened[full] = _Opened(None, self._began, is_output=True)
        elif is_read and now is not None:
            self._opened[full] = _Opened(now, self._began, is_input=True)

    def address(self, url: str, mode: str, *, named: bool) -> None:
        """Take the address of something elsewhere. Nothing is fetched from it, now or later."""
        if url and mode != "maybe" and not url.startswith("file:") and len(self._addresses) < MOST_FILES:
            self._addresses[url, mode] = FileUse(url, mode, named=named)

    def uses(self) -> Iterable[FileUse]:
        """Return what was used, once the cell has run."""
        found = (opened.uses(path) for path, opened in list(self._opened.items()))
        return chain(chain.from_iterable(found), self._addresses.values())

    def _hear_open(self, path: object, flags: object) -> None:
        if type(path) is not str and type(path) is not bytes:
            return  # a descriptor, which was opened before
        flags = flags if type(flags) is int else 0
        access = flags & _ACCESS
        need = (
            _READ
            if access == os.O_RDONLY
            else _WRITE
            if access == os.O_WRONLY or flags & os.O_TRUNC
            else _READ | _WRITE
        )
        seen = self._seen.get(path, 0)
        if seen & need == need:
            return
        if len(self._seen) < _MOST_SEEN:
            self._seen[path] = seen | need
        if not (flags & _UNUSUAL and _is_ours()):
            self._note(_text(path), need)

    def _hear_rename(self, source: object, target: object) -> None:
        """A file that was written under another name first, as careful programs do, was written under this one."""
        old, new = self._whole(_text(source)), self._whole(_text(target))
        moved = self._opened.get(old)
        if moved is not None and not moved.is_input:
            del self._opened[old]
        if moved is None:  # a folder, perhaps
            inside = [path for path in self._opened if path.startswith(old + os.sep)]
            for path in inside:
                self._opened[new + path[len(old) :]] = self._opened.pop(path)
        self._note(new, _WRITE)
        self._seen = {}

    def _note(self, path: str, need: int, *, surely: bool = True, named: bool = False) -> None:
        full = self._whole(path)
        if not full or (is_never_data(full) and not may_be_script(full)):
            return
        opened = self._opened.get(full)
        if opened is None:
            opened = self._new(full, need)
            if opened is None:
                return
        if need & _READ:
            opened.is_input = opened.is_input or not opened.surely
            opened.heard = opened.heard or not (named or opened.surely)
            opened.again = opened.again or (opened.surely and not named)
        if need & _WRITE:
            opened.is_output = True
            opened.surely = opened.surely or surely
        opened.named = opened.named and named

    def _new(self, full: str, need: int) -> _Opened | None:
        before = stamp(full)
        if before is None and not (need & _WRITE and not os.path.lexists(full)):
            return None  # no regular file: a folder, a pipe, or not there at all
        if len(self._opened) >= MOST_FILES:
            self.more += 1
            return None
        opened = self._opened[full] = _Opened(before, time.time_ns())
        return opened

    def _whole(self, path: str) -> str:
        """Return an absolute path, empty for what can be none."""
        if not path or path == ":memory:" or "\0" in path:
            return ""
        if path[0] != "/" and not os.path.isabs(path):  # noqa: PTH117 - on the path of the user's open, as below
            if self._folder is None:
                self._folder = os.getcwd()  # noqa: PTH109
            path = f"{self._folder}{os.sep}{path}"
        return os.path.normpath(path) if _ODD.search(path) else path


def _text(path: object) -> str:
    return path if type(path) is str else os.fsdecode(path) if type(path) is bytes else ""


def _is_ours() -> bool:
    """Tell whether nbtrack itself opens the file, as when it copies what the user logs as an artifact."""
    frame = audit.caller()
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("nbtrack.")
