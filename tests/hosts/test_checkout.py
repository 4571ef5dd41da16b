"""``nbtrack checkout`` and ``%restore``: back to the moment of a run, in a new folder or a new cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.errors import UsageError
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.store.local import LocalStore
from tests.reproduce.recorded import listing, read, recorded


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "mine" / ".nbtrack")


def with_notebook(store: LocalStore, **more: Any) -> str:
    """A run that has a notebook, a module and the data it read."""
    code = {
        "cell_type": "code",
        "id": "a",
        "execution_count": 1,
        "metadata": {},
        "outputs": [],
        "source": "import helper",
    }
    text = json.dumps({"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    module = {"module": "helper", "tracked": False, "sha256": store.put(b"x = 1\n").sha256}
    store.put(b"1,2\n")
    run = recorded(store, code={"modules": {"helper.py": module}, **more}, data=[read("x.csv", b"1,2\n")])
    kept = store.put(text.encode())
    store.annotate(run.id, event.ARTIFACT, {"name": "notebook.ipynb", **kept.members(), "media_type": "x"})
    return run.id


def test_notebook_code_and_data_are_in_the_new_folder(store: LocalStore, tmp_path: Path) -> None:
    run_id = with_notebook(store)
    (tmp_path / "mine" / "x.csv").write_text("changed\n")
    before = listing(tmp_path / "mine")
    found = nbtrack.checkout(run_id, tmp_path / "then", store=store)
    assert sorted(path.name for path in (tmp_path / "then").iterdir()) == ["helper.py", "notebook.ipynb", "x.csv"]
    assert (found.folder / "x.csv").read_text() == "1,2\n"
    assert found.notebook is not None
    assert json.loads(found.notebook.read_text("utf-8"))["cells"][0]["source"] == "import helper"
    assert found.is_complete
    unchanged = listing(tmp_path / "mine")
    assert {name: about for name, about in unchanged.items() if not name.startswith(".nbtrack/cache")} == {
        name: about for name, about in before.items() if not name.startswith(".nbtrack/cache")
    }


def test_what_could_not_be_had_is_said_and_the_code_is_five(
    store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = recorded(store, data=[read("x.csv", b"then")], notebook=None)
    assert run_line(f"checkout {run.id} {tmp_path}/then", store) == 5
    out = capsys.readouterr().out
    assert f"run {run.short} as it was, in {tmp_path}/then\n" in out
    assert (
        "could not be had: x.csv: it is not there any more, and no copy of what the run read is in the store\n" in out
    )


def test_json_has_the_documented_members(store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = with_notebook(store)
    assert run_line(f"checkout {run_id} {tmp_path}/then --json --from-store-only", store) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run"], told["folder"], told["missing"], told["changed"]) == (run_id, f"{tmp_path}/then", [], [])
    assert told["notebook"] == f"{tmp_path}/then/notebook.ipynb"
    assert {each["origin"] for each in told["restored"]} == {"store"}


def test_a_folder_that_is_not_empty_is_refused(
    store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = with_notebook(store)
    assert run_line(f"checkout {run_id} {tmp_path}/mine", store) == 2
    assert "is not empty; name a new folder" in capsys.readouterr().err
    with pytest.raises(UsageError):
        nbtrack.checkout(run_id, tmp_path / "mine", store=store)


def test_no_such_run_is_code_one(store: LocalStore, tmp_path: Path) -> None:
    with_notebook(store)
    assert run_line(f"checkout zzzz {tmp_path}/then", store) == 1
    assert not (tmp_path / "then").exists()


def test_what_a_record_says_cannot_move_the_cursor(
    store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = recorded(store, data=[read("x\x1b[2J.csv", b"then")])
    run_line(f"checkout {run.id} {tmp_path}/then", store)
    assert "\x1b" not in capsys.readouterr().out


def test_a_notebook_in_a_folder_of_its_repository_comes_back_there(store: LocalStore, tmp_path: Path) -> None:
    run_id = with_notebook(store, folder="nb", place="/srv/project/nb")
    found = nbtrack.checkout(run_id, tmp_path / "then", store=store)
    assert found.notebook == tmp_path / "then" / "nb" / "notebook.ipynb"


def test_restore_puts_the_cell_into_a_new_one(shell: Any) -> None:
    source = "%%track first lr=0.5\nlr = 0.1  # as it was\nloss = float(lr)"
    shell.run(source)
    wanted: list[tuple[str, bool]] = []
    shell.ip.set_next_input = lambda text, replace=False: wanted.append((text, replace))
    assert shell.run(f"%restore {shell.last.short}").success
    assert wanted == [(source, False)]
    assert shell.outputs("restore") == [f"the cell of run {shell.last.short} is in a new cell below"]


@pytest.mark.parametrize(
    ("line", "said"), [("", "%restore takes one run"), ("a b", "%restore takes one run"), ("zzzz", "zzzz")]
)
def test_restore_says_what_it_needs(shell: Any, capsys: pytest.CaptureFixture[str], line: str, said: str) -> None:
    shell.run("%%track\nloss = float(1)")
    assert not shell.run(f"%restore {line}").success
    assert said in "".join(capsys.readouterr())


def test_restore_says_that_a_run_by_hand_has_no_cell(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with nbtrack.start_run("by hand", store=LocalStore(shell.store)) as opened:
        opened.log(loss=0.5)
    assert not shell.run(f"%restore {opened.id}").success
    assert "is of no cell: it was opened by hand" in "".join(capsys.readouterr())


@pytest.mark.kernel
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # jupyter_client's and zmq's own
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_front_ends_are_told_the_new_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterLab, Notebook, VS Code and the console make a cell of the payload ``set_next_input``."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    source = "%%track\nloss = float(1)"
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("%load_ext nbtrack"), nbformat.v4.new_code_cell(source)]
    )
    replies: list[Any] = []
    client = NotebookClient(made, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.on_cell_executed = lambda execute_reply, **_: replies.append(execute_reply)
    with client.setup_kernel():
        for index, cell in enumerate(made.cells):
            client.execute_cell(cell, index)
        (run,) = nbtrack.runs(store=tmp_path / "store")
        made.cells.append(nbformat.v4.new_code_cell(f"%restore {run.short}"))
        client.execute_cell(made.cells[-1], 2)
    payload = {"source": "set_next_input", "text": source, "replace": False}
    assert replies[-1]["content"]["payload"] == [payload]
