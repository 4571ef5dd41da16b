"""A run reproduced because a page asks: in a process of its own, as the terminal does it, which can be stopped.

The page has shown what will be executed (``plan`` among the answers) and its person has agreed; the server sees to it
that they may run code at all. The process belongs to the store's folder and dies with the server.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

Told = Callable[[str], object]
Done = Callable[[dict[str, Any] | None, str], object]

_MAIN: Final = "from nbtrack.hosts.cli import main; main()"
_LINES: Final = 200  # of what went wrong, the last
_LEVELS: Final = frozenset({0, 3, 4, 5})  # exit codes that come with a verdict


class Reproduction:
    """One reproduction at work. ``told`` hears its progress, ``done`` the verdict, or None and what went wrong."""

    def __init__(self, run: str, store: Path, told: Told, done: Done) -> None:
        self._told, self._done = told, done
        self._process = subprocess.Popen(  # noqa: S603 - our own command, and an id of the store
            [sys.executable, "-c", _MAIN, "reproduce", run, "--yes", "--json"],
            cwd=store.parent,
            env={**os.environ, "NBTRACK_STORE": str(store), "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._follow, name="nbtrack-reproduction", daemon=True).start()

    def stop(self) -> None:
        """Interrupt it, as Ctrl-C does: it cleans up and goes."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGINT)

    def _follow(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - same
        verdict: list[str] = []
        reader = threading.Thread(target=lambda: verdict.append(self._process.stdout.read()), daemon=True)  # type: ignore[union-attr]  # as above
        reader.start()
        said: list[str] = []
        for line in self._process.stderr:
            text = line.rstrip()
            if text:
                said = [*said[-_LINES:], text]
                self._told(text)
        code = self._process.wait()
        reader.join(10)
        self._done(_verdict(verdict, code), "" if code in _LEVELS else _why(said, code))


def _verdict(printed: list[str], code: int) -> dict[str, Any] | None:
    if code not in _LEVELS or not printed:
        return None
    try:
        found = json.loads(printed[0])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _why(said: list[str], code: int) -> str:
    if code == 130:
        return "stopped"
    return said[-1] if said else f"it ended with exit code {code}"
