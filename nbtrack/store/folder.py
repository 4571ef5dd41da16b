"""The folder of a store: where each thing lies, what it says about itself, and how it comes into being."""

import json
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from nbtrack.errors import NewerFormat, StoreError
from nbtrack.model import event
from nbtrack.model.ids import is_run_id, month_of
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
    unlink,
    write,
)
from nbtrack.store.system.refusal import refused

_FOLDERS = ("runs", "meta", "live", "cas", "cache", "tmp")
_ATTRIBUTES = "*.jsonl -text merge=union\n"
_IGNORED = "cache/\ntmp/\nlive/\ncas/\n"


class Folder:
    """A store's folder. Nothing is created before ``prepare``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[int, int] | None = None
        self._about: dict[str, Any] = {}

    def run(self, run_id: str) -> Path:
        """Return the folder of a run.

        Raises:
            ValueError: this is not a whole run id, and so must not become part of a path.
        """
        if not is_run_id(run_id):
            raise ValueError(f"not a run id: {run_id[:80]!r}")
        return Path(f"{self.path}/runs/{month_of(run_id)}/{run_id}")

    def about(self) -> dict[str, Any]:
        """Return what ``store.json`` says, empty when there is no store yet.

        Raises:
            NewerFormat: this version must not read the store.
            StoreError: the file is damaged.
        """
        try:
            status = os.stat(f"{self.path}/store.json")  # noqa: PTH116 - a third of what pathlib takes, for every run
        except OSError:
            return {}
        if (status.st_mtime_ns, status.st_size) != self._known:
            self._about = self._load()
            self._known = (status.st_mtime_ns, status.st_size)
        return self._about

    def _load(self) -> dict[str, Any]:
        path = self.path / "store.json"
        try:
            about = json.loads(read(path))
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
        for name in _FOLDERS:
            refuse_links(self.path, name)
        about = self.about()
        if not about:
            try:
                self._create()
            except OSError as error:
                raise refused(error, self.path) from error
            about = self.about()
        if int(about["min_writer"]) > event.FORMAT:
            raise NewerFormat(_newer(self.path, int(about["min_writer"]), "write"))

    def _create(self) -> None:
        for name in _FOLDERS:
            make_folders(self.path / name)
        self._write_once(".gitattributes", _ATTRIBUTES)
        self._write_once(".gitignore", _IGNORED)
        about = {
            "id": token_hex(8),
            "fmt": event.FORMAT,
            "min_reader": event.MIN_READER,
            "min_writer": event.MIN_WRITER,
        }
        self._write_once("store.json", json.dumps(about) + "\n")

    def _write_once(self, name: str, text: str) -> None:
        """Write a whole file under its name, or leave the one another process was faster with."""
        temporary = self.path / "tmp" / token_hex(8)
        fd = create(temporary)
        try:
            write(fd, text.encode())
            flush(fd)
        finally:
            os.close(fd)
        with suppress(FileExistsError):
            _publish(temporary, self.path / name)
        unlink(temporary, missing_ok=True)
        flush_folder(self.path)

    def make_run(self, run_id: str) -> Path:
        """Create the folder of a new run.

        Raises:
            FileExistsError: the store has this run already.
            StoreError: the month's folder is a link.
        """
        path = self.run(run_id)
        refuse_links(self.path / "runs", path.parent.name)
        try:
            make_folder(path)
        except FileNotFoundError:
            make_folders(path.parent)
            make_folder(path)
        return path


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
