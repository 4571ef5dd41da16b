"""The same in real kernels: under nbclient, papermill and jupyter_client, and when the kernel dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import nbtrack

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # jupyter_client's and zmq's own
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("NBTRACK_NOTEBOOK", raising=False)


def notebook(*cells: str) -> Any:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(source) for source in ("%load_ext nbtrack\nimport nbtrack", *cells)]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def execute(folder: Path, *cells: str) -> Any:
    made = notebook(*cells)
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return made


def test_nbclient_runs_tracked_cells_and_keeps_their_outputs(tmp_path: Path) -> None:
    made = execute(tmp_path, "%%track first lr=0.5\nlr = 0.1\nprint('hello')\nloss = float(lr)\nloss")
    kinds = [output["output_type"] for output in made.cells[1].outputs]
    assert sorted(kinds) == ["display_data", "execute_result", "stream"]
    (card,) = [output for output in made.cells[1].outputs if "nbtrack" in output.get("metadata", {})]
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert card["metadata"]["nbtrack"] == {"kind": "card", "run": run.id}
    assert (run.name, run.params, run.metrics, run.status) == ("first", {"lr": 0.5}, {"loss": 0.5}, "finished")


def test_a_failing_tracked_cell_stops_nbclient(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="AssertionError"):
        execute(tmp_path, "%%track\nassert False", "reached = 1")
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert (run.status, run.error["type"] if run.error else None) == ("failed", "AssertionError")


def test_a_malformed_line_stops_nbclient(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="unknown option --bogus"):
        execute(tmp_path, "%%track --bogus\nran = 1")
    assert len(nbtrack.runs(store=tmp_path / "store")) == 0


def test_papermill_parameters_and_tracking_work_together(tmp_path: Path) -> None:
    import papermill

    made = notebook("alpha = 1", "%%track\nbeta = alpha * 2\nloss = float(beta)")
    made.cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(made, tmp_path / "in.ipynb")
    papermill.execute_notebook(
        tmp_path / "in.ipynb",
        tmp_path / "out.ipynb",
        {"alpha": 5},
        progress_bar=False,
        cwd=tmp_path,
        kernel_name="python3",
    )
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert run.metrics == {"loss": 10.0}


class Kernel:
    """A kernel driven by hand."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=dict(os.environ))

    def run(self, code: str) -> dict[str, Any]:
        return self.client.execute_interactive(code, timeout=60, output_hook=lambda _: None)["content"]


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    started = Kernel(tmp_path)
    assert started.run("%load_ext nbtrack\nimport nbtrack")["status"] == "ok"
    yield started
    started.client.stop_channels()
    started.manager.shutdown_kernel(now=True)


def test_await_values_and_prompts_in_a_kernel(kernel: Kernel, tmp_path: Path) -> None:
    reply = kernel.run("%%track\nimport asyncio\nawait asyncio.sleep(0.01)\nloss = float('2')")
    assert (reply["status"], reply["execution_count"]) == ("ok", 2)
    assert kernel.run("1/0")["status"] == "error"
    reply = kernel.run("%%track\n1/0")
    assert (reply["status"], reply["ename"]) == ("error", "ZeroDivisionError")
    assert [run.status for run in nbtrack.runs(store=tmp_path / "store")] == ["failed", "finished"]


def test_options_complete_and_help_is_shown_in_a_kernel(kernel: Kernel) -> None:
    def offered(code: str) -> list[str]:
        return kernel.client.complete(code, len(code), reply=True, timeout=20)["content"]["matches"]

    everything = ["--experiment", "--tag", "--params", "--metrics", "--no-auto", "--seed", "--note", "--no-system"]
    assert offered("%%track --") == everything
    assert offered("%%track name lr=1 --no") == ["--no-auto", "--note", "--no-system"]
    assert offered("%track ") == ["on", "off", "status"]
    # Not every kernel offers `print`; with nbtrack each one offers what it does without.
    python = offered("x = 1\nprin")
    assert "log_params" in offered("%%track\nnbtrack.log_p")
    kernel.run("%%track\nalpha = 3\nloss = float('1')")
    assert offered("%runs metrics.") == ["metrics.loss"]
    assert offered("%compare params.al") == ["params.alpha"]
    assert len(offered("%diff ")) == 1
    shown = kernel.run("%%track?")
    assert "--no-auto" in shown["payload"][0]["data"]["text/plain"]
    kernel.run("%unload_ext nbtrack")
    assert offered("x = 1\nprin") == python


def has_logged(store: Path, count: int) -> nbtrack.Run:
    """Return the only run, once this many points of it are there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = nbtrack.runs(store=store)
        if found and found[0].curves.get("loss", {}).get("count", 0) >= count:
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"{count} points were not logged within a minute: {[run.status for run in found]}")


def test_an_interrupted_cell_is_kept(kernel: Kernel, tmp_path: Path) -> None:
    message = kernel.client.execute(
        "%%track\nimport time\nfor i in range(2000):\n    nbtrack.log(loss=i)\n    time.sleep(0.05)"
    )
    has_logged(tmp_path / "store", 3)
    kernel.manager.interrupt_kernel()
    while kernel.client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != message:
        pass
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert run.status == "interrupted"
    assert 0 < len(run.history("loss").steps) < 2000


def test_a_killed_kernel_leaves_a_lost_run_with_what_it_logged(kernel: Kernel, tmp_path: Path) -> None:
    kernel.client.execute(
        "%%track\nalpha = 1\nfor i in range(100):\n    nbtrack.log(loss=i)\nimport time; time.sleep(120)"
    )
    store = tmp_path / "store"
    assert has_logged(store, 100).status == "running"
    kernel.manager.signal_kernel(signal.SIGKILL)
    while kernel.manager.is_alive():
        time.sleep(0.05)
    (run,) = nbtrack.runs(store=store)
    assert (run.status, run.metrics, len(run.history("loss").values)) == ("lost", {"loss": 99}, 100)


def test_one_hundred_megabytes_of_prints_pass_unharmed(tmp_path: Path) -> None:
    """In a plain IPython process, where what is printed can be counted."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as S; import nbtrack, sys\n"
        "ip = S.instance(); nbtrack.load_ipython_extension(ip)\n"
        "r = ip.run_cell('%%track\\nfor _ in range(1000): print(\"x\" * 100_000)\\nloss = abs(1.0)')\n"
        "assert r.success\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout.count(b"x" * 100_000) == 1000
    assert nbtrack.runs(store=tmp_path / "store")[0].metrics == {"loss": 1.0}


def test_the_cards_of_a_notebook_carry_no_widget_state(tmp_path: Path) -> None:
    made = execute(tmp_path, "%%track\nloss = float('1')", "%compare")
    assert "widgets" not in made.metadata
    assert "nbtrack" in json.dumps(made.cells[2].outputs[0]["metadata"])
