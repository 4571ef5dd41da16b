"""The latest state of the notebook's content, read in the background whenever its file has changed."""

from pathlib import Path

from nbtrack.capture.guard.background import Background, Task
from nbtrack.capture.session.notebook_file import SavedNotebook, Stamp, read_notebook, stamp_of
from nbtrack.capture.session.notebook_live import LiveContent

PATIENCE = 0.05  # seconds that the end of a cell waits for a file that was saved just before it ran


class Saved:
    """Knows what a notebook's file says. An unchanged file costs one ``stat``."""

    def __init__(self, background: Background | None = None) -> None:
        self._background = background or Background()  # of its own: the end of a cell waits for it, a moment
        self._live = LiveContent()
        self._known: SavedNotebook | None = None
        self._stamp: Stamp | None = None
        self._task: Task | None = None
        self._patience = 0.0

    def look(self, path: Path | None) -> None:
        """Start reading the file if it has changed since it was read."""
        stamp = None if path is None else stamp_of(path)
        if stamp is not None and stamp != self._stamp:
            self._stamp, self._patience = stamp, PATIENCE
            self._task = self._background.soon(lambda: self._read(stamp))

    def latest(self, path: Path | None) -> SavedNotebook | None:
        """Return what the notebook says now: what the front end shows, where it tells, else what is saved.

        None where nobody tells, or when reading a large file takes longer than the end of a cell can wait.
        """
        live = self._live.content()
        if live is not None:
            return live
        self.look(path)
        if self._task is not None and self._task.wait(self._patience):
            self._task = None
        self._patience = 0.0
        known = self._known
        return known if path is not None and known is not None and known.stamp == self._stamp else None

    def close(self) -> None:
        """Let go of the thread that reads."""
        self._background.close()

    def _read(self, stamp: Stamp) -> None:
        found = read_notebook(stamp)
        if self._stamp == stamp:
            self._known = found
