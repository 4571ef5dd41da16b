"""What a kernel that is killed in a loop of quick iterations may lose: what was held, and that is said to be little."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import nbtrack
from nbtrack.capture.syntax.loops import TOGETHER
from nbtrack.store.local import LocalStore

_KERNEL = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

settings = Config()
settings.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=settings)
shell.run_line_magic("load_ext", "nbtrack")
shell.run_cell(CELL, store_history=True)
"""
_CELL = """%%track
import json, os, signal, time
times = []
for i in range(10_000):
    began = time.perf_counter()
    time.sleep(0.001)
    loss = VALUE
    times.append((began, time.perf_counter()))
    if i == 150:
        with open("times.json", "w") as file:
            json.dump(times, file)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills in another way")
@pytest.mark.parametrize("value", ["1.0 / (i + 1)", "150 - i"])
def test_a_killed_loop_has_lost_no_more_than_what_was_held(value: str, tmp_path: Path) -> None:
    variables = {**os.environ, "NBTRACK_STORE": str(tmp_path / "store"), "IPYTHONDIR": str(tmp_path / "ipython")}
    program = _KERNEL.replace("CELL", repr(_CELL.replace("VALUE", value)))
    killed = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=variables, capture_output=True, timeout=120, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    times = json.loads((tmp_path / "times.json").read_text())

    (run,) = nbtrack.runs(store=LocalStore(tmp_path / "store"))
    steps = run.history("loss").steps
    assert steps == tuple(range(len(steps))), "what is there has no gaps"
    last = len(times) - 2  # the iteration that was over: the next had begun when the kernel was killed
    # That one is over is noticed between its own end and the beginning of the next.
    assert all(times[last][1] - times[step + 1][0] <= TOGETHER for step in range(len(steps), last + 1))
