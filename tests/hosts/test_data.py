"""A run says which data it used and made, with no help."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nbtrack
from nbtrack.capture.data import data
from nbtrack.capture.guard import audit

pytestmark = pytest.mark.slow

CSV = "a,b\n1,2\n3,4\n"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def folder(shell: Any, tmp_path: Path) -> Path:
    (tmp_path / "x.csv").write_text(CSV)
    os.utime(tmp_path / "x.csv", (1_700_000_000, 1_700_000_000))
    shell.names["Path"] = Path
    return tmp_path


def entries(shell: Any, kind: str = "file") -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the last run used, by path or name and by mode."""
    found = [dict(each) for each in shell.last.data if each["kind"] == kind]
    for each in found:
        each.pop("kept", None)  # comes later; see test_kept_data
    return {(each.pop("path", "") or each.pop("name"), each.pop("mode")): each for each in found}


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def test_a_file_the_cell_reads_is_recorded_with_its_hash(shell: Any, folder: Path) -> None:
    shell.run("%%track\ntext = Path('x.csv').read_text()")
    assert entries(shell) == {
        ("x.csv", "read"): {"kind": "file", "size": 12, "mtime": 1_700_000_000_000, "sha256": sha256(folder / "x.csv")}
    }


def test_a_file_the_cell_writes_is_recorded_as_the_cell_left_it(shell: Any, folder: Path) -> None:
    shell.run("%%track\nn = Path('y.txt').write_text('hello')")
    found = entries(shell)["y.txt", "write"]
    assert (found["size"], found["sha256"]) == (5, sha256(folder / "y.txt"))


def test_files_of_the_cells_it_depends_on_are_recorded_with_their_number(shell: Any, folder: Path) -> None:
    (folder / "other.csv").write_text(CSV)
    shell.run("text = Path('x.csv').read_text()")
    shell.run("unused = Path('other.csv').read_text()")
    shell.run("%%track\nlength = len(text)")
    assert {key: each["n"] for key, each in entries(shell).items()} == {("x.csv", "read"): 1}


def test_a_file_that_changed_since_it_was_read_has_no_hash_and_says_so(shell: Any, folder: Path) -> None:
    shell.run("text = Path('x.csv').read_text()")
    (folder / "x.csv").write_text("other\n")
    shell.run("%%track\nlength = len(text)")
    found = entries(shell)["x.csv", "read"]
    assert (found["size"], found["state"], "sha256" in found) == (12, "changed", False)


def test_a_file_that_was_read_and_deleted_is_recorded(shell: Any, folder: Path) -> None:
    shell.run("%%track\nimport os\ntext = Path('x.csv').read_text()\nos.remove('x.csv')")
    found = entries(shell)["x.csv", "read"]
    assert (found["size"], found["state"]) == (12, "gone")


def test_a_large_file_is_hashed_after_the_run_has_ended(
    shell: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "PATIENCE", 0.0)
    (folder / "big.bin").write_bytes(os.urandom(4 << 20))
    os.utime(folder / "big.bin", (1_700_000_000, 1_700_000_000))
    shell.run("%%track\ncontent = Path('big.bin').read_bytes()")
    first = dict(shell.last.document)
    until(lambda: "sha256" in entries(shell)["big.bin", "read"])
    found = entries(shell)["big.bin", "read"]
    assert found == {"kind": "file", "size": 4 << 20, "mtime": 1_700_000_000_000, "sha256": sha256(folder / "big.bin")}
    assert (first["status"], len(shell.last.data)) == ("finished", len(first["data"]))
    assert shell.last.health["ok"]


@pytest.mark.parametrize(("changed", "matches"), [(False, True), (True, False)])
def test_a_file_that_dvc_tracks_has_its_md5(shell: Any, folder: Path, changed: Any, matches: Any) -> None:
    md5 = hashlib.md5(CSV.encode(), usedforsecurity=False).hexdigest()
    (folder / "x.csv.dvc").write_text(f"outs:\n- md5: {md5}\n  size: 12\n  hash: md5\n  path: x.csv\n")
    if changed:
        (folder / "x.csv").write_text(CSV.replace("4", "5"))
    shell.run("%%track\ntext = Path('x.csv').read_text()")
    found = entries(shell)["x.csv", "read"]
    assert (found["md5"], found["dvc"], found["dvc_matches"]) == (md5, "x.csv.dvc", matches)


def test_many_files_are_told_by_their_folder(shell: Any, folder: Path) -> None:
    (folder / "images").mkdir()
    for number in range(250):
        (folder / f"images/{number}.png").write_bytes(b"x" * number)
    shell.run("%%track\nfor n in range(250): content = Path(f'images/{n}.png').read_bytes()")
    until(lambda: "sha256" in entries(shell, "folder")["images", "read"])
    found = entries(shell, "folder")["images", "read"]
    assert (found["files"], found["size"], entries(shell)) == (250, sum(range(250)), {})


@pytest.mark.usefixtures("folder")
def test_variables_are_told_as_they_were_before_the_cell(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.capture.data.data._SAMPLING", 60)  # on a busy machine, too
    shell.names["x"], shell.names["unread"] = np.zeros((3, 2)), np.zeros(2)
    shell.run("%%track\nx[0] = 1  # unread\ntotal = float(x.sum())")
    shell.run("%%track\ntotal = float(x.sum())")
    before, after = (dict(run.data[0]) for run in (shell.runs[1], shell.runs[0]))
    assert {**before, "digest": ""} == {
        "kind": "variable", "name": "x", "mode": "read", "type": "numpy.ndarray",
        "shape": [3, 2], "dtypes": "float64", "digest": "",
    }  # fmt: skip
    assert before["digest"] != after["digest"]
    assert len(shell.runs[1].data) == 1


def test_a_variable_is_the_same_in_two_runs_when_nothing_changed_it(shell: Any, folder: Path) -> None:
    shell.names["x"] = np.arange(10_000.0)
    shell.run("%%track\ntotal = float(x.sum())")
    shell.run("%%track\ntotal = float(x.sum()) + 1")
    assert shell.runs[0].data == shell.runs[1].data


def test_what_nbtrack_opens_itself_is_no_data(shell: Any, folder: Path) -> None:
    (folder / "kept.bin").write_bytes(b"1")
    shell.run("import nbtrack")
    shell.run("%%track\nnbtrack.log(a=1)\nnbtrack.log_artifact('kept.bin')")
    assert entries(shell) == {}


def test_temporary_files_modules_and_secrets_are_left_out(shell: Any, folder: Path) -> None:
    (folder / "mine_of_this_test.py").write_text("x = 1")
    (folder / ".env").write_text("A=b")
    shell.run(
        "%%track\nimport sys, tempfile\nsys.path.insert(0, '')\nimport mine_of_this_test, wave\n"
        "with tempfile.NamedTemporaryFile() as file: n = file.write(b'1')\nopen('.env').close()\nopen('/proc/self/stat').close()"
    )
    assert shell.last.data == ()


def test_an_address_is_recorded_without_its_password(shell: Any, folder: Path) -> None:
    password = "hunter" + "2-and-more"
    shell.run(
        f"%%track\nimport urllib.request\ntry: urllib.request.urlopen('http://me:{password}@127.0.0.1:9/x.csv?k=v')\n"
        "except OSError: failed = True"
    )
    assert entries(shell, "url") == {("http://127.0.0.1:9/x.csv", "read"): {"kind": "url"}}
    assert password not in str(shell.last.document)


def test_a_failed_cell_says_what_it_read(shell: Any, folder: Path) -> None:
    shell.run("%%track\ntext = Path('x.csv').read_text()\n1 / 0")
    assert (shell.last.status, list(entries(shell))) == ("failed", [("x.csv", "read")])


def test_when_tracking_is_off_nothing_is_heard(shell: Any, folder: Path) -> None:
    shell.run("%track off")
    shell.run("text = Path('x.csv').read_text()")
    shell.run("%track on")
    shell.run("%%track\nlength = len(text)")
    assert entries(shell) == {}


def test_between_cells_the_hook_is_inert_and_no_thread_stays(shell: Any, folder: Path) -> None:
    shell.run("%%track\ntext = Path('x.csv').read_text()")
    assert audit._listening == ()
    nbtrack.unload_ipython_extension(shell.ip)
    assert [each.name for each in threading.enumerate() if each.name.startswith("nbtrack")] == []


def test_a_cell_that_runs_its_body_as_a_cell_is_one(shell: Any, folder: Path) -> None:
    shell.run("%%track\n%%capture\ntext = Path('x.csv').read_text()")
    assert list(entries(shell)) == [("x.csv", "read")]
