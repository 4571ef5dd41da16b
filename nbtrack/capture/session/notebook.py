"""Which notebook this kernel belongs to: a ladder of cheap guesses, each checked, none needed.

1  the metadata our JupyterLab extension sends with a cell: exact, and follows renaming
2  VS Code's ``__vsc_ipynb_file__``
3  ``NBTRACK_NOTEBOOK``
4  Jupyter's name of the session, unless it is a UUID or the file was renamed since
5  the Jupyter server of this machine, asked in the background which notebook this kernel serves
"""

import os
import stat
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nbtrack.capture.guard.background import Background, Task
from nbtrack.capture.session.jupyter_server import kernel_id, notebook_of

_AGAIN: Final = 30.0  # seconds between two questions to the server
_PATIENCE: Final = 0.2  # seconds that ``%load_ext`` waits for its answer


class Whereabouts:
    """Finds the notebook's file, again for each cell: it may be renamed while its kernel runs."""

    def __init__(self) -> None:
        self._told: str | None = None
        self._answer: str | None = None
        self._asked = -_AGAIN
        self._background = Background()
        self._task: Task | None = None
        self._last: tuple[str, str, Path] | None = None  # the last guess that held, and which file it was

    def hear(self, metadata: Mapping[str, Any]) -> None:
        """Take the path from what a front end sent with a cell."""
        ours = metadata.get("nbtrack")
        path = ours.get("path") if isinstance(ours, Mapping) else None
        if isinstance(path, str):
            self._told = path

    def path(self, namespace: Mapping[str, Any]) -> Path | None:
        """Return the notebook's file, or None when nobody tells; only an existing ``.ipynb`` counts."""
        found = self._first(self._told, namespace.get("__vsc_ipynb_file__"))
        if found is None:  # only then are the variables of the process worth a look
            named, session = os.environ.get("NBTRACK_NOTEBOOK"), os.environ.get("JPY_SESSION_NAME")
            found = self._first(named, session, namespace.get("__session__"), self._answer)
        if found is None:
            self._ask()
        return found

    def wait(self) -> None:
        """Wait for the server's answer, a moment at most; a cell never does."""
        if self._task is not None:
            self._task.wait(_PATIENCE)

    def close(self) -> None:
        """Let go of the thread that asks."""
        self._background.close()

    def _first(self, *guesses: object) -> Path | None:
        for guess in guesses:
            if guess is None or not isinstance(guess, str) or not guess.endswith(".ipynb"):
                continue
            if path := self._file(guess):
                return path
        return None

    def _file(self, guess: str) -> Path | None:
        """Return the file that a guess is. Asked for every run: two looks tell that the last answer still holds."""
        if self._last is None or self._last[0] != guess or not _is_still(*self._last[:2]):
            path = _existing(guess)
            self._last = None if path is None else (guess, str(path), path)
        return self._last and self._last[2]

    def _ask(self) -> None:
        """Have the server asked, where there is one and it was not asked just now."""
        now = time.monotonic()
        if now - self._asked >= _AGAIN:
            self._asked = now
            if (kernel := kernel_id()) is not None:
                self._task = self._background.soon(lambda: self._take(kernel))

    def _take(self, kernel: str) -> None:
        self._answer = notebook_of(kernel)


@lru_cache(maxsize=8)
def experiment_of(notebook: Path | None) -> str:
    """Return what the runs of a notebook belong to."""
    return "default" if notebook is None else notebook.stem


def folder_of(notebook: Path | None) -> Path:
    """Return where relative names are looked for; the working directory may have been removed."""
    try:
        return _at(os.getcwd()) if notebook is None else _beside(notebook)  # noqa: PTH109 - asked for every run
    except OSError:
        return Path()


@lru_cache(maxsize=8)
def _at(folder: str) -> Path:
    return Path(folder)


@lru_cache(maxsize=8)
def _beside(notebook: Path) -> Path:
    return notebook.parent


def _is_still(guess: str, file: str) -> bool:
    """Tell whether a guess is the file that it was before, and the name of that stands for no other by now."""
    try:
        asked, known = os.stat(guess), os.lstat(file)  # noqa: PTH116 - a tenth of what pathlib takes
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(known.st_mode) and (asked.st_ino, asked.st_dev) == (known.st_ino, known.st_dev)


def _existing(guess: str) -> Path | None:
    try:
        path = Path(guess).expanduser()
        return path.resolve() if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
