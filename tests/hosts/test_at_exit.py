"""What is recorded in a process that ends: threads may not begin any more, and pools take nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbtrack

pytestmark = pytest.mark.slow

BY_HAND = """
import atexit
import nbtrack

@atexit.register
def last():
    for number in range(2):
        with nbtrack.start_run("last") as run:
            run.log(acc=0.25 + number)
"""
CELL = """
import atexit
from traitlets.config import Config
from IPython.core.interactiveshell import InteractiveShell
import nbtrack

shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
nbtrack.load_ipython_extension(shell)

@atexit.register
def last():
    shell.run_cell("%%track\\nacc = float('0.5')\\nprint('acc', acc)\\nacc")
"""
FILES = """
import atexit, pathlib
from nbtrack.store.local import LocalStore

files = [pathlib.Path(f"{number}.csv") for number in range(20)]
for each in files:
    each.write_text(f"{each}")
store = LocalStore(pathlib.Path("store"))
atexit.register(lambda: print([each.size for each in store.put_all([*map(str, files)])]))
"""


def ended(program: str, folder: Path) -> str:
    """Run a program to its end, and return what it said to people."""
    at = {"NBTRACK_STORE": str(folder / "store"), "IPYTHONDIR": str(folder / "ipython")}
    environment = {**os.environ, **at}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def test_runs_that_exit_handlers_open_are_recorded(tmp_path: Path) -> None:
    assert ended(BY_HAND, tmp_path) == ""
    found = nbtrack.runs(store=tmp_path / "store")
    assert [(run.status, dict(run.metrics)) for run in found] == [
        ("finished", {"acc": 1.25}),
        ("finished", {"acc": 0.25}),
    ]


def test_a_cell_that_runs_then_is_recorded_with_its_outputs(tmp_path: Path) -> None:
    said = ended(CELL, tmp_path)
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert (run.status, dict(run.metrics)) == ("finished", {"acc": 0.5})
    assert "outputs:" not in said
    assert any(each.name.startswith("outputs/") for each in run.artifacts), said


def test_many_files_are_kept_then(tmp_path: Path) -> None:
    assert ended(FILES, tmp_path) == f"{[5] * 10 + [6] * 10}\n"
