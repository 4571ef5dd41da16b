"""What a day's work leaves behind: hundreds of executions, thousands of runs. No cell gets slower for it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.data.left_out import Places
from nbtrack.capture.session import notebook_snapshot
from nbtrack.store.local import LocalStore

Shell = Any  # tests/hosts/conftest.py

STEP = "x = x + 1\nhistory.append(x)\nscale = x * rate"
ASK = "%%track\nscore = scale * rate"


def calls(shell: Shell, cell: str) -> int:
    """Return how many calls it takes to run a cell; of times, a busy machine would tell other ones each time."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        shell.run(cell)
    finally:
        sys.setprofile(None)
    return count


def test_a_cell_behind_hundreds_of_executions_takes_little_more_than_behind_ten(shell: Shell) -> None:
    shell.run("x, history, rate = 0, [], 0.1")
    for _ in range(10):
        shell.run(STEP)
    shell.run(ASK)
    few = calls(shell, ASK)
    for _ in range(290):
        shell.run(STEP)
    shell.run(ASK)
    assert calls(shell, ASK) < few + 290 * 80
    assert shell.last.slice["executions"][1]["times"] == 300
    assert shell.last.params["rate"] == 0.1


def test_the_sources_of_all_cells_before_the_first_run_are_stored_together(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    together = LocalStore.put_texts

    def note(store: LocalStore, contents: list[bytes]) -> Any:
        at_once.append(len(contents))
        return together(store, contents)

    monkeypatch.setattr(LocalStore, "put_texts", note)
    shell.run("v0 = 1")
    for number in range(20):
        shell.run(f"v{number + 1} = v{number} + 1")
    shell.run("%%track\nscore = v20 * 0.5")
    assert at_once == [22]
    store = LocalStore(shell.store)
    sources = [store.get(each["source"]).decode() for each in shell.last.slice["executions"]]
    assert sources[::20] == ["v0 = 1", "v20 = v19 + 1"]


def test_a_card_does_not_wait_for_a_store_that_has_to_be_read_first(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("%%track\nacc = float('0.5')")
    nbtrack.unload_ipython_extension(shell.ip)
    nbtrack.load_ipython_extension(shell.ip)
    read, asked, runs = threading.Event(), list[str](), LocalStore.runs

    def slow(store: LocalStore) -> Any:
        asked.append(threading.current_thread().name)
        assert read.wait(60)
        return runs(store)

    monkeypatch.setattr(LocalStore, "runs", slow)
    try:
        shell.run("%%track\nacc = float('0.75')")
        assert "acc = 0.75" in shell.outputs("card")[-1]
        assert "0.25" not in shell.outputs("card")[-1]
        shell.run("%%track\nvalues = [1, 2]\nloss = float(sum(values))")  # another cell, and still nobody knows
        assert "loss = 3" in shell.outputs("card")[-1]
        assert asked == ["nbtrack-background"]
    finally:
        read.set()
        monkeypatch.undo()
    shell.run("%%track\nacc = float('0.5')")
    assert "0.25" in shell.outputs("card")[-1]


def test_a_notebook_is_made_of_many_cells_in_the_background(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    made = notebook_snapshot.executed_notebook

    def note(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return made(*arguments)

    monkeypatch.setattr(notebook_snapshot, "executed_notebook", note)
    shell.run("%%track\nloss = 0.5")
    shell.run(f"x = 1  # {'-' * notebook_snapshot._QUICK}")
    shell.run("%%track\nloss = 0.25")
    nbtrack.unload_ipython_extension(shell.ip)  # what was begun is done then
    assert threads == ["MainThread", "nbtrack-background"]


def test_thousands_of_files_that_an_earlier_cell_read_are_told_again_without_being_looked_at(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        (tmp_path / f"{number}.png").write_bytes(b"%d" % number)
    asked: list[str] = []
    have = Places.have
    monkeypatch.setattr(Places, "have", lambda self, path: asked.append(path) or have(self, path))
    monkeypatch.chdir(tmp_path)
    shell.run("from pathlib import Path")
    shell.run("X = [len(Path(f'{number}.png').read_bytes()) for number in range(300)]")
    for _ in range(3):
        shell.run("%%track\nmean = sum(X) / len(X)")
    assert len(asked) == 300
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "note.txt").write_text("2")
    shell.run("%%track\nmean = sum(X) / len(X) + float(Path('more/note.txt').read_text())")
    assert len(asked) == 300 + 301
    nbtrack.unload_ipython_extension(shell.ip)  # what was to be found out is known
    told = [[each for each in run.data if each["kind"] != "variable"] for run in shell.runs]
    (folder,) = told[-1]
    assert (folder["kind"], folder["files"], len(folder["sha256"]), folder["n"]) == ("folder", 300, 64, 2)
    assert [each[0] | {"kept": True} for each in told] == [folder | {"kept": True}] * 4
    assert [each["path"] for each in told[0]][1:] == ["more/note.txt"]
