"""What front ends send and leave out, in real kernels: JupyterLab's metadata, nbclient's and papermill's silence."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack
from nbtrack.store.local import LocalStore

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # jupyter_client's and zmq's own
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CELLS = (
    "%load_ext nbtrack\nimport random",
    "random.seed(1)\nlr = 0.5",
    "data = [random.random() for _ in range(10)]",
    "data.sort()",
    "%%track\nloss = sum(data) * lr",
)


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in ("NBTRACK_NOTEBOOK", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)


def written(path: Path) -> Path:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    made.cells[1].metadata["tags"] = ["parameters"]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def clean_run(store: Path) -> nbtrack.Run:
    (run,) = nbtrack.runs(store=store)
    assert [each["kind"] for each in run.slice["verdicts"]] == ["clean"]
    return run


def test_a_fresh_run_under_nbclient_is_clean(tmp_path: Path) -> None:
    from nbclient import NotebookClient

    made = nbformat.read(written(tmp_path / "in.ipynb"), as_version=4)
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    run = clean_run(tmp_path / "store")
    assert [each["n"] for each in run.slice["executions"]] == [1, 2, 3, 4, 5]
    (kept,) = [artifact for artifact in run.artifacts if artifact.name == "notebook.ipynb"]
    snapshot = LocalStore(tmp_path / "store").get(kept.sha256)
    nbformat.validate(nbformat.reads(snapshot.decode(), as_version=4))


def test_a_fresh_run_under_papermill_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import papermill

    source, target = written(tmp_path / "in.ipynb"), tmp_path / "out.ipynb"
    monkeypatch.setenv("NBTRACK_NOTEBOOK", str(target))  # papermill writes this file while the kernel runs
    papermill.execute_notebook(source, target, {"lr": 0.25}, progress_bar=False, cwd=tmp_path, kernel_name="python3")
    run = clean_run(tmp_path / "store")
    assert len(run.slice["executions"]) == 6


class Lab:
    """A kernel driven as JupyterLab drives it: each request names its cell, and those deleted since the last."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=dict(os.environ))

    def run(self, code: str, cell: str, *deleted: str, **more: Any) -> list[str]:
        """Run a cell and return the texts of nbtrack's outputs."""
        metadata = {"cellId": cell, "deletedCells": list(deleted), "recordTiming": False, **more}
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        shown = []
        while True:
            reply = self.client.get_iopub_msg(timeout=60)
            if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if "nbtrack" in reply["content"].get("metadata", {}):
                shown.append(reply["content"]["data"]["text/plain"])
            if reply["content"].get("execution_state") == "idle":
                return shown

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    started = Lab(tmp_path)
    started.run("%load_ext nbtrack", "load")
    yield started
    started.stop()


def test_ids_and_deletions_of_jupyterlab_arrive(lab: Lab, tmp_path: Path) -> None:
    lab.run("df = [1]", "a")
    (card,) = lab.run("%%track\nloss = float(sum(df))", "b")
    assert "✓ clean" in card
    (card,) = lab.run("%%track\nloss = float(sum(df))", "b", "a")
    assert "⚠ reads `df` from a deleted cell (In [2])" in card
    assert [run.cell.id for run in nbtrack.runs(store=tmp_path / "store") if run.cell] == ["b", "b"]


def test_the_path_and_order_our_extension_sends_arrive(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "study.ipynb"
    path.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    lab.run("df = [1]", "below")
    sent = {"path": str(path), "cells": ["above", "below"]}
    (card,) = lab.run("%%track\nloss = float(sum(df))", "above", nbtrack=sent)
    assert "executed out of order" in card
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert (run.experiment, run.document["notebook"]) == ("study", str(path))


def test_an_older_ipython_is_asked_for_the_request(lab: Lab) -> None:
    """``info.cell_meta`` is new in IPython 9.16: here it is taken away."""
    lab.run("from IPython.core.interactiveshell import ExecutionInfo\ndel ExecutionInfo.cell_meta", "x")
    lab.run(
        "_init = ExecutionInfo.__init__\n"
        "def old(self, *args, **named):\n    _init(self, *args, **named)\n    self.__dict__.pop('cell_meta', None)\n"
        "ExecutionInfo.__init__ = old",
        "y",
    )
    lab.run("df = [1]", "a")
    (card,) = lab.run("%%track\nloss = float(sum(df))", "b", "a")
    assert "⚠ reads `df` from a deleted cell" in card


def test_the_server_tells_a_kernel_with_a_uuid_for_a_name_which_notebook_it_serves(tmp_path: Path) -> None:
    """The kernel of a session that JupyterLab has just made: its name is a UUID, only the server knows the file."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from jupyter_client.manager import KernelManager

    kernel = "0f2b6c1e-7a6d-4b57-9d0e-3c1f5a7b9e21"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps([{"kernel": {"id": kernel}, "path": "study.ipynb"}]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    described = {"url": f"http://127.0.0.1:{server.server_port}/", "root_dir": str(tmp_path), "token": ""}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(described), "utf-8")
    (tmp_path / "study.ipynb").write_text(json.dumps({"cells": [], "metadata": {}}), "utf-8")
    manager = KernelManager(kernel_name="python3", connection_file=str(tmp_path / f"kernel-{kernel}.json"))
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, "JPY_SESSION_NAME": str(tmp_path / kernel)})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    for code in ("%load_ext nbtrack", "%%track\nloss = float(1)"):
        client.execute_interactive(code, timeout=60, output_hook=lambda _: None)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    server.shutdown()
    thread.join()
    server.server_close()
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert (run.experiment, run.document["notebook"]) == ("study", str(tmp_path / "study.ipynb"))
