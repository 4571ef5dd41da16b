"""A run keeps what it was given, so that it can be made again when the files are gone; and where its program runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.reproduce.inputs import inputs
from nbtrack.reproduce.workspace import restore_sources
from nbtrack.store.local import LocalStore

Git = Callable[..., str]


@pytest.fixture
def folder(shell: Any, tmp_path: Path) -> Path:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "x.csv").write_text("a,b\n1,2\n")
    os.utime(mine / "x.csv", (1_700_000_000, 1_700_000_000))
    shell.names["Path"] = Path
    shell.run(f"import os; os.chdir({str(mine)!r})")
    return mine


def settled(shell: Any) -> dict[str, dict[str, Any]]:
    """Return the files the last run read, once it is decided what is kept of them."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = {
            each["path"]: dict(each)
            for each in shell.last.data
            if each["kind"] != "variable" and each["mode"] == "read"
        }
        if all("kept" in each or "made" in each or "state" in each for each in found.values()):
            return found
        time.sleep(0.01)
    raise AssertionError(f"nothing was decided: {shell.last.data}")


def test_what_a_cell_reads_is_kept_and_can_be_had_back(shell: Any, folder: Path, tmp_path: Path) -> None:
    shell.run("%%track\ntext = Path('x.csv').read_text()")
    assert settled(shell)["x.csv"]["kept"] is True
    (folder / "x.csv").unlink()
    found = restore_sources(shell.last, None, tmp_path / "then", store=LocalStore(shell.store))
    assert (found.root / "x.csv").read_text() == "a,b\n1,2\n"
    assert found.missing == ()


def test_a_file_that_is_known_is_told_at_once(shell: Any, folder: Path) -> None:
    shell.run("%%track\ntext = Path('x.csv').read_text()")
    settled(shell)
    shell.run("%%track again\ntext = Path('x.csv').read_text()")
    (entry,) = [each for each in shell.last.data if each["kind"] == "file"]
    assert entry["kept"] is True


def test_what_earlier_cells_read_is_kept_with_the_number_of_the_cell(shell: Any, folder: Path) -> None:
    shell.run("text = Path('x.csv').read_text()")
    shell.run("%%track\nlength = len(text)")
    entry = settled(shell)["x.csv"]
    assert (entry["kept"], entry["n"]) == (True, 2)


def test_what_a_cell_of_the_slice_made_is_not_kept(shell: Any, folder: Path) -> None:
    shell.run("n = Path('made.csv').write_text('1\\n')")
    shell.run("text = Path('made.csv').read_text() * n")
    shell.run("%%track\nlength = len(text)")
    entry = settled(shell)["made.csv"]
    assert (entry["made"], "kept" in entry) == (True, False)
    assert inputs(shell.last) == []


def test_of_a_file_that_is_read_and_then_written_the_first_state_is_kept(shell: Any, folder: Path) -> None:
    shell.run("text = Path('x.csv').read_text()")
    shell.run("n = Path('x.csv').write_text(text + '3,4\\n')")
    shell.run("more = Path('x.csv').read_text() * n")
    shell.run("%%track\nlength = len(more)")
    (given,) = inputs(shell.last)
    assert (given.path, given.size) == ("x.csv", 8)


def test_files_that_own_modules_open_are_kept(shell: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "own_reader.py").write_text(
        "from pathlib import Path\ndef load():\n    return Path('x.csv').read_text()\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    try:
        shell.run("%%track\nimport own_reader\ntext = own_reader.load()")
        assert settled(shell)["x.csv"]["kept"] is True
    finally:
        sys.modules.pop("own_reader", None)


def test_data_with_a_secret_are_not_kept_and_the_run_says_why(shell: Any, folder: Path) -> None:
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    (folder / "users.csv").write_text(f"name,token\nme,{token}\n")
    shell.run("%%track\nlength = len(Path('users.csv').read_text())")
    entry = settled(shell)["users.csv"]
    assert (entry["kept"], entry["unkept"]) == (False, "secret")
    assert not any(token.encode() in path.read_bytes() for path in shell.store.rglob("*") if path.is_file())


def test_the_project_can_switch_it_off(shell: Any, folder: Path) -> None:
    (folder / "nbtrack.toml").write_text("keep_data = 0\n")
    (folder / "y.csv").write_text("1\n")
    shell.run("%%track\ntext = Path('y.csv').read_text()")
    nbtrack.unload_ipython_extension(shell.ip)  # what was to be done is done
    (entry,) = [each for each in shell.last.data if each["kind"] == "file"]
    assert "kept" not in entry
    assert not any(path.read_bytes() == b"1\n" for path in (shell.store / "cas").rglob("*") if path.is_file())


@pytest.mark.slow
def test_many_files_are_kept_as_a_folder(shell: Any, folder: Path, tmp_path: Path) -> None:
    for number in range(250):
        (folder / "many").mkdir(exist_ok=True)
        (folder / "many" / f"{number}.txt").write_text(str(number))
    shell.run("%%track\ntotal = sum(len(p.read_text()) for p in Path('many').iterdir())")
    entry = settled(shell)["many"]
    assert (entry["kind"], entry["kept"], entry["files"]) == ("folder", True, 250)
    found = restore_sources(shell.last, None, tmp_path / "then", store=LocalStore(shell.store))
    assert len(list((found.root / "many").iterdir())) == 250
    assert found.missing == ()
    assert nbtrack.fsck(shell.store, data=True).ok


def test_paths_within_the_repository_are_relative_and_the_places_are_recorded(
    shell: Any, repository: Path, git: Git, tmp_path: Path
) -> None:
    (repository / "nb").mkdir()
    (repository / "data.csv").write_text("1\n")
    shell.names["Path"] = Path
    shell.run(f"import os; os.chdir({str(repository / 'nb')!r})")
    shell.run("%%track\ntext = Path('../data.csv').read_text()")
    assert settled(shell)["../data.csv"]["kept"] is True
    code = shell.last.code
    assert (code["folder"], code["place"]) == ("nb", str(repository / "nb"))
    assert code["cwd"] == os.path.relpath(tmp_path, repository / "nb")  # where the session began


def test_modules_of_folders_that_code_adds_are_kept(shell: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "own_shared.py").write_text("RATE = 0.5\n")
    try:
        shell.run(f"%%track\nimport sys; sys.path.append({str(tmp_path / 'shared')!r})\nimport own_shared")
        end = time.monotonic() + 20
        while "modules" not in shell.last.code and time.monotonic() < end:
            time.sleep(0.01)
        about = shell.last.code["modules"]["own_shared.py"]
        assert (about["root"], about["path"]) == (str(tmp_path / "shared"), "own_shared.py")
        found = restore_sources(shell.last, None, tmp_path / "then", store=LocalStore(shell.store))
        assert [(each / "own_shared.py").read_text() for each in found.local] == ["RATE = 0.5\n"]
    finally:
        sys.modules.pop("own_shared", None)
        sys.path[:] = [each for each in sys.path if each != str(tmp_path / "shared")]


def test_a_script_that_a_cell_runs_is_kept_and_a_module_is_not_told_twice(
    shell: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "own_script.py").write_text("import own_part\nloss = own_part.HALF * 2\n")
    (folder / "own_part.py").write_text("HALF = 0.25\n")
    monkeypatch.syspath_prepend(str(folder))
    try:
        shell.run("%%track\n%run own_script.py\nresult = float(loss)")
        assert {name: each["kept"] for name, each in settled(shell).items()} == {"own_script.py": True}
    finally:
        sys.modules.pop("own_part", None)


def test_a_script_that_a_cell_wrote_is_made_again(shell: Any, folder: Path) -> None:
    shell.run("%%writefile own_written.py\nloss = 0.5\n")
    shell.run("%%track\n%run own_written.py\nresult = float(loss)")
    assert inputs(shell.last) == []


@pytest.mark.slow
def test_what_the_last_cell_of_a_process_reads_is_kept(tmp_path: Path) -> None:
    """A process that ends at once, as batch runs do, has two seconds for what it began."""
    (tmp_path / "x.csv").write_text("1\n")
    (tmp_path / "run.py").write_text(
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "import nbtrack\n"
        "shell = InteractiveShell.instance()\n"
        "nbtrack.load_ipython_extension(shell)\n"
        "shell.run_cell(\"%%track\\ntext = open('x.csv').read()\")\n"
    )
    settings = {"NBTRACK_STORE": str(tmp_path / "store"), "IPYTHONDIR": str(tmp_path / "ipython")}
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, check=True, env={**os.environ, **settings}, timeout=120)
    (run,) = nbtrack.runs(store=tmp_path / "store")
    assert [each["kept"] for each in run.data if each["kind"] == "file"] == [True]
