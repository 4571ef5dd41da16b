"""The folder of a store: where each thing lies, what it says about itself, and how it comes into being."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from nbtrack.errors import NewerFormat, StoreError
from nbtrack.model import event
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.git.rules import ATTRIBUTES as ATTRIBUTES  # noqa: PLC0414 - stores elsewhere begin with them, too
from nbtrack.store.git.rules import EARLIER
from nbtrack.store.git.rules import IGNORED as IGNORED  # noqa: PLC0414 - same
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    link,
    make_folder,
    make_folders,
    read,
    refuse_links,
    rename,
    replace,
    unlink,
    write,
)
from nbtrack.store.system.refusal import refused

_HIGHEST = ("fmt", "min_reader", "min_writer")
_FOLDERS = ("runs", "meta", "live", "cas", "cache", "tmp")
_SETTLED = 2_000_000_000  # nanoseconds after which another change of a folder surely has another time


class Folder:
    """A store's folder. Nothing is created before ``prepare``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = str(path)  # what is asked for every run is asked without pathlib, which takes ten calls for one
        self._ready: tuple[int, ...] | None = None  # the stamp with which it was found that records can be written
        self._known: tuple[int, int] | None = None
        self._about: dict[str, Any] = {}
        self._is_told = False

    def run(self, run_id: str) -> Path:
        """Return the folder of a run.

        Raises:
            ValueError: this is not a whole run id, and so must not become part of a path.
        """
        return Path(self.place(run_id))

    def place(self, run_id: str) -> str:
        """Return the same as text."""
        if not is_run_id(run_id):
            raise ValueError(f"not a run id: {run_id[:80]!r}")
        return f"{self._root}/runs/{month_of(run_id)}/{run_id}"

    def about(self) -> dict[str, Any]:
        """Return what ``store.json`` says, empty when there is no store yet.

        Raises:
            NewerFormat: this version must not read the store.
            StoreError: the file is damaged.
        """
        try:
            status = os.stat(f"{self._root}/store.json")  # noqa: PTH116 - as in __init__
        except OSError:
            return {}
        if (status.st_mtime_ns, status.st_size) != self._known:
            self._about = self._load()
            self._known = (status.st_mtime_ns, status.st_size)
        return self._about

    def _load(self) -> dict[str, Any]:
        path = self.path / "store.json"
        try:
            about = about_of(read(path))
            needed = int(about["min_reader"])
            int(about["min_writer"])
            str(about["id"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(f"{path} cannot be read ({error}); restore it from a copy of the store") from error
        if needed > event.FORMAT:
            raise NewerFormat(_newer(self.path, needed, "read"))
        return dict(about)

    def prepare(self) -> None:
        """Make sure that records can be written here, creating the store when there is none.

        Raises:
            StoreReadOnly: the folder cannot be written.
            NewerFormat: a newer nbtrack must write this store.
            StoreError: a folder of the store is a link that leads elsewhere.
        """
        stamp = self._stamp()
        if stamp is None or stamp != self._ready:
            self._prepare()
            self._ready = stamp  # of before: what changed meanwhile is looked at the next time

    def _prepare(self) -> None:
        for name in _FOLDERS:
            refuse_links(self._root, name)
        about = self.about()
        if not about:
            try:
                self._create()
            except OSError as error:
                raise refused(error, self.path) from error
            about = self.about()
        if not self._is_told:
            self._tell_git()
        if int(about["min_writer"]) > event.FORMAT:
            raise NewerFormat(_newer(self.path, int(about["min_writer"]), "write"))

    def _stamp(self) -> tuple[int, ...] | None:
        """Return what is another after anything took the place of a folder of the store, or of what it says of itself.

        None when there is no store, and when it changed just now: within a tick of the clock it may change twice.
        """
        try:
            root, about = os.stat(self._root), os.stat(f"{self._root}/store.json")  # noqa: PTH116 - as in __init__
        except OSError:
            return None
        times = (root.st_mtime_ns, root.st_ctime_ns, about.st_mtime_ns, about.st_ctime_ns)
        is_settled = time.time_ns() - max(times) > _SETTLED
        return (root.st_dev, root.st_ino, about.st_ino, about.st_size, *times) if is_settled else None

    def _create(self) -> None:
        for name in _FOLDERS:
            make_folders(self.path / name)
        self._write_once(".gitattributes", ATTRIBUTES)
        self._write_once(".gitignore", IGNORED)
        about = {
            "id": token_hex(8),
            "fmt": event.FORMAT,
            "min_reader": event.MIN_READER,
            "min_writer": event.MIN_WRITER,
        }
        self._write_once("store.json", json.dumps(about) + "\n")

    def _tell_git(self) -> None:
        """Bring up to date what an earlier version told git of the store; what anybody else wrote is left alone."""
        self._is_told = True
        for name, (text, earlier) in EARLIER.items():
            path = self.path / name
            with suppress(OSError, ValueError):
                if not path.is_symlink() and read(path).decode() in earlier:
                    temporary = self._whole(text)
                    replace(temporary, path)

    def _write_once(self, name: str, text: str) -> None:
        """Write a whole file under its name, or leave the one another process was faster with."""
        temporary = self._whole(text)
        with suppress(FileExistsError):
            _publish(temporary, self.path / name)
        unlink(temporary, missing_ok=True)
        flush_folder(self.path)

    def _whole(self, text: str) -> Path:
        temporary = self.path / "tmp" / token_hex(8)
        fd = create(temporary)
        try:
            write(fd, text.encode())
            flush(fd)
        finally:
            os.close(fd)
        return temporary

    def make_run(self, place: str) -> None:
        """Create the folder of a new run, at its ``place``.

        Raises:
            FileExistsError: the store has this run already.
            StoreError: the month's folder is a link.
        """
        runs, month, _ = place.rsplit("/", 2)
        refuse_links(runs, month)
        try:
            make_folder(place)
        except FileNotFoundError:
            make_folders(Path(runs, month))
            make_folder(place)


def about_of(content: bytes) -> dict[str, Any]:
    r"""Return what a ``store.json`` says.

    Where git merged two stores that began apart it has a line of each: they are one store now, called by the lower
    id on every side, and what either of them asks of readers and writers holds.

    >>> about_of(b'{"id":"b","min_reader":1}\n{"id":"a","min_reader":2}\n')
    {'id': 'a', 'min_reader': 2}

    Raises:
        ValueError, KeyError: it is no such file.
    """
    try:
        every = [json.loads(content)]
    except ValueError:
        every = [json.loads(line) for line in content.splitlines() if line.strip()]
    first = min(every, key=lambda each: str(each["id"]))
    return {**first, **{name: max(int(each[name]) for each in every) for name in _HIGHEST if name in first}}


def _publish(temporary: Path, path: Path) -> None:
    """Give a file its name without ever replacing another; not every file system has hard links."""
    try:
        link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        if not path.exists():
            rename(temporary, path)


def _newer(path: Path, needed: int, verb: str) -> str:
    return (
        f"{path} is a store of format {needed}, and this nbtrack knows formats up to {event.FORMAT}; "
        f"update nbtrack to {verb} it"
    )
