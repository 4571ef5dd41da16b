"""``nbtrack check`` and ``nbtrack show --provenance``: what they print and return."""

import json
from collections.abc import Callable

import pytest

from nbtrack.hosts.cli import run_line
from nbtrack.store.memory import MemoryStore

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for run_id, code in {
        "20261121t101530-7k3m9q2x": {"commit": "0a" * 20, "branch": "ma\x1b[31min", "dirty": False},
        "20261121t101531-bad00000": {},
    }.items():
        writer = store.begin(run_id, {"name": "forest", "hardware": {"cpu": "EPYC", "cores": 2, "ram_gb": 8}})
        writer.append("code", code)
        writer.append("params", {"lr": 0.1})
        writer.close("finished", 1.5)
    return store


@pytest.fixture
def command(store: MemoryStore, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(line: str) -> tuple[int, str, str]:
        return run_line(line, store), *capsys.readouterr()

    return run


def test_a_run_without_critical_fails_gives_zero(command: Command) -> None:
    code, out, err = command("check 7k3m")
    assert (code, err) == (0, "")
    assert "commit 0a0a0a0a0a0a on ma␛[31min" in out
    assert "✓ pass" in out
    assert "? unknown" in out


def test_a_critical_fail_gives_one(command: Command) -> None:
    code, out, _ = command("check bad")
    assert code == 1
    assert "1 critical" in out.splitlines()[0]
    assert "→ git init, and commit" in out


def test_json_and_markdown(command: Command) -> None:
    code, out, _ = command("check bad --json")
    assert (code, json.loads(out)["ok"]) == (1, False)
    code, out, _ = command("check bad --markdown")
    assert (code, out.splitlines()[0]) == (1, "# Reproducibility of forest (bad000)")
    assert command("check bad --json --markdown")[0] == 2


def test_a_run_that_is_not_there_gives_one(command: Command) -> None:
    code, out, err = command("check zzz")
    assert (code, out) == (1, "")
    assert "zzz" in err


def test_the_provenance_is_shown(command: Command) -> None:
    code, out, _ = command("show 7k3m --provenance")
    assert code == 0
    assert "Which version of the code ran? Commit 0a0a0a0a0a0a on ma·[31min; nothing differed from it." in out
    told = json.loads(command("show 7k3m --provenance --json")[1])
    assert told["params"]["facts"] == [["lr", "0.1"]]


def test_a_reproduction_that_differs_blocks(command: Command, store: MemoryStore) -> None:
    verdict = {"level": "different", "at": 1, "duration": 1.0, "text": "accuracy moved by 3 %", "metrics": {}}
    store.annotate("20261121t101530-7k3m9q2x", "reproduction", verdict)
    code, out, _ = command("check 7k3m")
    assert (code, "accuracy moved by 3 %" in out) == (1, True)
