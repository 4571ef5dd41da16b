"""The latest state of the notebook's content, read in the background whenever its file has changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.capture.guard.background import Background, Task
from nbtrack.capture.session.notebook_file import SavedNotebook, Stamp, read_notebook, stamp_of
from nbtrack.capture.session.notebook_live import LiveContent
from nbtrack.capture.session.notebook_told import told_in, told_notebook

PATIENCE = 0.05  # seconds that the end of a cell waits for a file that was saved just before it ran
TOLD = 0.2  # and for a notebook that was told: megabytes of sources that were never looked at take so long


class Saved:
    """Knows what a notebook's file says. An unchanged file costs one ``stat``."""

    def __init__(self, background: Background | None = None) -> None:
        self._background = background or Background()  # of its own: the end of a cell waits for it, a moment
        self._live = LiveContent()
        self._known: SavedNotebook | None = None
        self._stamp: Stamp | None = None
        self._task: Task | None = None
        self._patience = 0.0
        self._told: dict[str, tuple[str, str]] | None = None
        self._shown: SavedNotebook | None = None  # what was last made of it
        self._making: Task | None = None
        self._wait = 0.0

    def hear(self, metadata: Mapping[str, Any]) -> None:
        """Take what the front end sent of the notebook with a cell: what is not saved."""
        told = told_in(metadata) if metadata else None
        if told != self._told:
            self._told, self._shown, self._making = told, None, None

    def look(self, path: Path | None) -> None:
        """Start reading the file if it has changed since it was read; and making a notebook of what was told."""
        stamp = None if path is None else stamp_of(path)
        if stamp is not None and stamp != self._stamp:
            self._stamp, self._patience = stamp, PATIENCE
            self._task = self._background.soon(lambda: self._read(stamp))
        if self._told is not None and self._making is None:
            told = self._told
            self._making, self._wait = self._background.soon(lambda: self._make(told, path)), TOLD

    def latest(self, path: Path | None) -> SavedNotebook | None:
        """Return what the notebook says now: what the front end shows, where it tells, else what is saved.

        None where nobody tells, or when reading a large file takes longer than the end of a cell can wait.
        """
        live = self._live.content()
        if live is not None:
            return live
        if path is None and self._told is None:
            return None
        self.look(path)
        if self._task is not None and self._task.wait(self._patience):
            self._task = None
        self._patience = 0.0
        if self._told is None:
            return self._saved(path)
        if self._making is not None:
            self._making.wait(self._wait)
        self._wait = 0.0
        return self._shown

    def close(self) -> None:
        """Let go of the thread that reads."""
        self._background.close()

    def _saved(self, path: Path | None) -> SavedNotebook | None:
        return self._known if path is not None and self._known and self._known.stamp == self._stamp else None

    def _read(self, stamp: Stamp) -> None:
        found = read_notebook(stamp)
        if self._stamp == stamp:
            self._known = found

    def _make(self, told: dict[str, tuple[str, str]], path: Path | None) -> None:
        """Told cells are dressed in what the file says of them, which was read before: jobs go one after another."""
        made = told_notebook(told, self._saved(path), str(path or ""))
        if self._told is told:
            self._shown = made
