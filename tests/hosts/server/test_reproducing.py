"""A reproduction at work for a page: what it tells, how it ends, and that it can be stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nbtrack.hosts.server import reproducing
from nbtrack.hosts.server.reproducing import Reproduction, command

pytestmark = pytest.mark.slow


class Heard:
    """What a reproduction tells."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.began, self.ended = threading.Event(), threading.Event()
        self.verdict: dict[str, Any] | None = None
        self.problem = ""

    def told(self, line: str) -> None:
        self.lines.append(line)
        self.began.set()

    def done(self, verdict: dict[str, Any] | None, problem: str) -> None:
        self.verdict, self.problem = verdict, problem
        self.ended.set()


def started(monkeypatch: Any, folder: Path, program: str) -> tuple[Reproduction, Heard]:
    """Start a program in place of the terminal's command."""
    heard = Heard()

    def instead(run: str, environment: str) -> Sequence[str]:
        return [sys.executable, "-c", program, run, environment]

    monkeypatch.setattr(reproducing, "command", instead)
    (folder / ".nbtrack").mkdir()
    return Reproduction("id", folder / ".nbtrack", heard.told, heard.done, "current"), heard


def test_it_is_what_the_terminal_does() -> None:
    from click.testing import CliRunner

    from nbtrack.hosts.cli import cli

    words = command("abc", "current")
    assert words[3:] == ["reproduce", "abc", "--yes", "--json", "--env", "current"]
    assert CliRunner().invoke(cli, [*words[3:], "--help"]).exit_code == 0


def test_progress_is_told_line_by_line_and_then_the_verdict(monkeypatch: Any, tmp_path: Path) -> None:
    program = (
        "import sys, json; print('working', file=sys.stderr); print(json.dumps({'level': sys.argv[2]})); sys.exit(3)"
    )
    _, heard = started(monkeypatch, tmp_path, program)
    assert heard.ended.wait(30)
    assert (heard.lines, heard.verdict, heard.problem) == (["working"], {"level": "current"}, "")


def test_what_went_wrong_is_told_in_its_own_words(monkeypatch: Any, tmp_path: Path) -> None:
    _, heard = started(monkeypatch, tmp_path, "import sys; sys.exit('no such run')")
    assert heard.ended.wait(30)
    assert (heard.verdict, heard.problem) == (None, "no such run")


def test_what_prints_no_verdict_has_none(monkeypatch: Any, tmp_path: Path) -> None:
    _, heard = started(monkeypatch, tmp_path, f"print({json.dumps('[1')}")
    assert heard.ended.wait(30)
    assert heard.verdict is None
    assert heard.problem


def test_one_that_is_stopped_goes_even_if_it_does_not_want_to(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(reproducing, "_PATIENCE", 0.3)
    stubborn = "import signal, sys, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('on', file=sys.stderr, flush=True); time.sleep(60)"
    work, heard = started(monkeypatch, tmp_path, stubborn)
    assert heard.began.wait(30)
    work.stop()
    assert heard.ended.wait(30)
    assert heard.problem == "stopped"


_SERVER = """
import sys, time
from pathlib import Path
from nbtrack.hosts.server import reproducing
reproducing.command = lambda run, environment: [sys.executable, "-c", reproducing._TETHERED + sys.argv[2]]
reproducing.Reproduction("id", Path(sys.argv[1]), lambda line: print(line, flush=True), lambda *ended: None)
time.sleep(120)
"""
_WORK = """
import os, subprocess, sys, time
below = subprocess.Popen([sys.executable, "-c", "import sys, time; print(repr(sys.stdin.read())); time.sleep(120)"], stdout=subprocess.PIPE, text=True)
try:
    print(os.getpid(), below.pid, below.stdout.readline().strip(), file=sys.stderr, flush=True)
    time.sleep(120)
finally:
    open("cleaned up", "w").close()
"""


@pytest.mark.parametrize("stubborn", ["", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"])
def test_it_ends_with_a_server_that_is_killed(tmp_path: Path, stubborn: str) -> None:
    import psutil

    (tmp_path / ".nbtrack").mkdir()
    words = [sys.executable, "-c", _SERVER, str(tmp_path / ".nbtrack"), f"{stubborn}\n{_WORK}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        own, below, read = server.stdout.readline().split()
        at_work = [psutil.Process(int(own)), psutil.Process(int(below))]
        os.kill(server.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert read == "''", "what it starts has no input to wait for"
    assert not psutil.wait_procs(at_work, timeout=30)[1]
    assert (tmp_path / "cleaned up").exists() is not bool(stubborn)
