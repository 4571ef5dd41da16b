"""Which notebook this kernel belongs to: a ladder of cheap guesses, each checked, none needed.

1  the metadata our JupyterLab extension sends with a cell: exact, and follows renaming
2  VS Code's ``__vsc_ipynb_file__``
3  ``NBTRACK_NOTEBOOK``
4  Jupyter's name of the session, unless it is a UUID or the file was renamed since
5  the Jupyter server of this machine, asked in the background which notebook this kernel serves
"""

import os
import time
from collections.abc import Iterator, Mapping
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

    def hear(self, metadata: Mapping[str, Any]) -> None:
        """Take the path from what a front end sent with a cell."""
        ours = metadata.get("nbtrack")
        path = ours.get("path") if isinstance(ours, Mapping) else None
        if isinstance(path, str):
            self._told = path

    def path(self, namespace: Mapping[str, Any]) -> Path | None:
        """Return the notebook's file, or None when nobody tells; only an existing ``.ipynb`` counts."""
        for guess in self._guesses(namespace):
            if isinstance(guess, str) and guess.endswith(".ipynb") and (path := _existing(guess)):
                return path
        self._ask()
        return None

    def wait(self) -> None:
        """Wait for the server's answer, a moment at most; a cell never does."""
        if self._task is not None:
            self._task.wait(_PATIENCE)

    def close(self) -> None:
        """Let go of the thread that asks."""
        self._background.close()

    def _guesses(self, namespace: Mapping[str, Any]) -> Iterator[object]:
        yield self._told
        yield namespace.get("__vsc_ipynb_file__")
        yield os.environ.get("NBTRACK_NOTEBOOK")
        yield os.environ.get("JPY_SESSION_NAME")
        yield namespace.get("__session__")
        yield self._answer

    def _ask(self) -> None:
        """Have the server asked, where there is one and it was not asked just now."""
        now = time.monotonic()
        if now - self._asked >= _AGAIN and (kernel := kernel_id()) is not None:
            self._asked = now
            self._task = self._background.soon(lambda: self._take(kernel))

    def _take(self, kernel: str) -> None:
        self._answer = notebook_of(kernel)


def _existing(guess: str) -> Path | None:
    try:
        path = Path(guess).expanduser()
        return path.resolve() if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
