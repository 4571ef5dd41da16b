"""A run reproduced because a page asks: in a process of its own, as the terminal does it, which can be stopped.

The page has shown what will be executed (``plan`` among the answers) and its person has agreed; the server sees to it
that they may run code at all. The process begins beside the store and ends with the page that asked, or the server -
one that is killed, too (``hosts.server.tether``).
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

Told = Callable[[str], object]
Done = Callable[[dict[str, Any] | None, str], object]
Environment = Literal["restore", "current"]

_TETHERED: Final = "from nbtrack.hosts.server.tether import tether; tether(); "
_MAIN: Final = "from nbtrack.hosts.cli import main; main()"
_LINES: Final = 200  # of what went wrong, the last
_LONG: Final = 2_000  # characters of a line
_LEVELS: Final = frozenset({0, 3, 4, 5})  # exit codes that come with a verdict
_PATIENCE: Final = 10.0  # seconds to clean up in, once interrupted


class Reproduction:
    """One reproduction at work. ``told`` hears its progress, ``done`` the verdict, or None and what went wrong."""

    def __init__(self, run: str, store: Path, told: Told, done: Done, environment: Environment = "restore") -> None:
        self._told, self._done = told, done
        self._stopped = False
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command(run, environment),
            cwd=store.parent,
            env={**os.environ, "NBTRACK_STORE": str(store), "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,  # nothing is written to it: it closes when this process goes
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._follow, name="nbtrack-reproduction", daemon=True).start()

    def stop(self) -> None:
        """Interrupt it, as Ctrl-C does: it cleans up and goes, or is ended when it does not."""
        self._stopped = True
        self._signal(signal.SIGINT)
        last = threading.Timer(_PATIENCE, self._end)
        last.daemon = True
        last.start()

    def _end(self) -> None:
        if self._process.poll() is None:
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if self._process.poll() is None and hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            elif self._process.poll() is None:
                self._process.terminate()

    def _follow(self) -> None:
        verdict: list[str] = []
        reader = threading.Thread(target=lambda: verdict.append(_all(self._process)), daemon=True)
        reader.start()
        said: list[str] = []
        for line in self._process.stderr or ():
            text = line.rstrip()[:_LONG]
            if text:
                said = [*said[-_LINES:], text]
                self._told(text)
        code = self._process.wait()
        reader.join(_PATIENCE)
        for pipe in (self._process.stdin, self._process.stderr, self._process.stdout):
            if pipe is not None and not reader.is_alive():
                pipe.close()
        found = _verdict(verdict, code)
        self._done(found, "" if found is not None else "stopped" if self._stopped else _why(said, code))


def command(run: str, environment: Environment) -> Sequence[str]:
    """Return what reproduces a run: our own command, and an id of the store."""
    return [sys.executable, "-c", _TETHERED + _MAIN, "reproduce", run, "--yes", "--json", "--env", environment]


def _all(process: "subprocess.Popen[str]") -> str:
    return process.stdout.read() if process.stdout is not None else ""


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
