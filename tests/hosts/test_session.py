"""The slice of a run, the notebook kept with it and the words on its card, through a whole shell."""

from __future__ import annotations

import inspect
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.hosts.front_end import cell_metadata
from nbtrack.store.local import LocalStore

pytestmark = pytest.mark.slow

Shell = Any  # tests/hosts/conftest.py


def executions(run: nbtrack.Run) -> list[int]:
    return [each["n"] for each in run.slice["executions"]]


def verdicts(run: nbtrack.Run) -> list[str]:
    return [each["kind"] for each in run.slice["verdicts"]]


def content(run: nbtrack.Run, store: Path, name: str = "notebook.ipynb") -> Any:
    (kept,) = [artifact for artifact in run.artifacts if artifact.name == name]
    return json.loads(LocalStore(store).get(kept.sha256))


def save(path: Path, *cells: tuple[str | None, str], later: bool = True) -> None:
    """Write a notebook as a front end saves it, with a time after everything that ran, or before."""
    made = [
        {"cell_type": "code", "source": source, "outputs": [], "metadata": {}, **({"id": identity} if identity else {})}
        for identity, source in cells
    ]
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    moment = time.time() + (100 if later else -100)
    os.utime(path, (moment, moment))


def test_a_run_records_the_executions_behind_it_with_their_sources(shell: Shell) -> None:
    for cell in ("x = [1]", "unused = 1", "x.append(2)", "%%track\ntotal = float(sum(x))"):
        shell.run(cell)
    run = shell.last
    assert (executions(run), verdicts(run)) == ([1, 3, 4], ["clean"])
    store = LocalStore(shell.store)
    sources = [store.get(each["source"]).decode() for each in run.slice["executions"]]
    assert sources == ["x = [1]", "x.append(2)", "%%track\ntotal = float(sum(x))"]
    assert run.slice["executions"][1]["reads"] == {"x": 1}


def test_the_cell_that_loads_nbtrack_is_recalled_as_typed_and_with_the_files_that_it_reads_below(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "below.txt").write_text("2.5", encoding="utf-8")
    nbtrack.unload_ipython_extension(shell.ip)
    cell = "%load_ext nbtrack\nfrom pathlib import Path\nb = float(Path('below.txt').read_text())"
    shell.run(cell)
    shell.run("%%track\nloss = b / 2")
    run = shell.last
    store = LocalStore(shell.store)
    assert store.get(run.slice["executions"][0]["source"]).decode() == cell
    assert "below.txt" in [entry.get("path") for entry in run.data]


def test_the_cell_that_loads_nbtrack_is_recalled(shell: Shell) -> None:
    nbtrack.unload_ipython_extension(shell.ip)
    shell.run("import math\nbase = 2.0")
    nbtrack.load_ipython_extension(shell.ip)
    shell.run("%%track\nloss = math.sqrt(base)")
    assert (executions(shell.last), verdicts(shell.last)) == ([1, 2], ["clean"])


@pytest.mark.parametrize(
    ("magic", "expected"),
    [
        ("%%time\nx = a + 1", [1, 2, 3]),
        ("%time x = a + 1", [1, 2, 3]),
        ("%%capture out\nx = a + 1", [1, 2, 3]),
        ("%%timeit -n1 -r1\nx = a + 1", [2, 3]),
        ("x = !echo hello", [2, 3]),
        ("%cd .\nx = 1", [2, 3]),
        ("%env NBT_Y=1\nx = 1", [2, 3]),
        ("%precision 3\nx = 1", [2, 3]),
        ("get_ipython().run_cell('x = a + 1')", [1, 2, 3]),
    ],
)
def test_magics_are_looked_into(shell: Shell, magic: str, expected: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBT_Y", "")
    shell.names["x"] = 0
    shell.run("a = 1")
    shell.run(magic)
    shell.run("%%track\nloss = float(len(str(x)))")
    run = shell.last
    assert [number for number in executions(run) if number in expected] == expected or "timeit" in magic


def test_commands_and_folders_stay_in_the_slice_and_looking_does_not(shell: Shell) -> None:
    for cell in ("!echo made > made.txt", "!touch other", "%cd .", "!ls", "%pwd", "%who", "%%track\nloss = float(1)"):
        shell.run(cell)
    assert executions(shell.last) == [1, 2, 3, 7]
    assert [each.get("barriers") for each in shell.last.slice["executions"]] == [["!echo"], ["!touch"], ["%cd"], None]


def test_results_of_cells_are_followed_by_their_names(shell: Shell) -> None:
    for cell in ("6 * 7", "1 + 1", "%%track\nloss = float(_1 + Out[2])"):
        shell.run(cell)
    assert executions(shell.last) == [1, 2, 3]


def test_an_edited_and_saved_cell_is_named_on_the_card(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "study.ipynb"
    shell.names["__vsc_ipynb_file__"] = str(path)
    save(path, ("a", "df = 1"), ("b", "%%track\nloss = float(df)"), later=False)
    shell.run("df = 1", cell_id="a")
    shell.run("%%track\nloss = float(df)", cell_id="b")
    assert verdicts(shell.last) == ["clean"]
    assert "✓ clean" in shell.outputs("card")[-1]
    save(path, ("a", "df = 2"), ("b", "%%track\nloss = float(df)"))
    shell.run("%%track\nloss = float(df)", cell_id="b")
    assert verdicts(shell.last) == ["upstream-edited"]
    assert "⚠ reads `df` from a cell edited since (In [1])" in shell.outputs("card")[-1]


def test_what_a_front_end_says_of_deleted_cells_reaches_the_card(shell: Shell) -> None:
    shell.run("df = 1", cell_id="a")
    if "cell_meta" in inspect.signature(shell.ip.run_cell).parameters:
        shell.run("%%track\nloss = float(df)", cell_id="b", cell_meta=SAID)
    else:
        shell.ip.kernel = Request()
        shell.run("%%track\nloss = float(df)", cell_id="b")
    assert verdicts(shell.last) == ["deleted-cell"]
    assert "⚠ reads `df` from a deleted cell (In [1])" in shell.outputs("card")[-1]


def test_the_saved_notebook_is_kept_by_content_and_compared_with_what_ran(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "study.ipynb"
    shell.names["__vsc_ipynb_file__"] = str(path)
    save(path, ("a", "df = 1"), ("b", "%%track\nloss = float(df)"))
    shell.run("df = 1", cell_id="a")
    shell.run("%%track\nloss = float(df)", cell_id="b")
    first = shell.last
    shell.run("%%track\nloss = float(df) + 1", cell_id="b")
    assert [cell["source"] for cell in content(first, shell.store)["cells"]] == ["df = 1", "%%track\nloss = float(df)"]
    kept = [[each.sha256 for each in run.artifacts if each.name == "notebook.ipynb"] for run in (first, shell.last)]
    assert kept[0] == kept[1]
    told = [run.code["notebook"] for run in (first, shell.last)]
    assert told == [{"saved": True, "differs": False}, {"saved": True, "differs": True}]


def test_without_a_file_the_notebook_is_made_of_what_ran(shell: Shell) -> None:
    shell.run("x = 1", cell_id="a")
    shell.run("x = 2", cell_id="a")
    shell.run("token = 'hf_abcdefghijklmnopqrstuvwxyzABCDEF12'")
    shell.run("%%track\nloss = float(x)")
    made = content(shell.last, shell.store)
    assert [cell["source"] for cell in made["cells"]][::2] == ["x = 2", "%%track\nloss = float(x)"]
    assert "hf_" not in json.dumps(made)
    assert shell.last.code["notebook"] == {"saved": False}


def test_while_tracking_is_off_nothing_is_logged(shell: Shell) -> None:
    shell.run("a = [1]")
    shell.run("%track off")
    shell.run("secret = [2]\na.append(3)")
    shell.run("%track on")
    shell.run("%%track\nloss = float(sum(a) + sum(secret))")
    run = shell.last
    assert "secret = [2]" not in [each.cell.source for each in shell.ip._nbtrack.tracker.session.log.values()]
    assert verdicts(run) == ["unverified"]
    assert "while tracking was off" in shell.outputs("card")[-1]
    assert "secret = [2]" not in json.dumps(content(run, shell.store))


def test_a_disabled_nbtrack_logs_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    nbtrack.unload_ipython_extension(shell.ip)
    monkeypatch.setenv("NBTRACK_DISABLE", "1")
    nbtrack.load_ipython_extension(shell.ip)
    shell.run("a = 1")
    shell.run("%%track\nloss = float(a)")
    assert (len(shell.ip._nbtrack.tracker.session.log), len(shell.runs)) == (0, 0)


def test_a_reset_of_the_namespace_is_survived(shell: Shell) -> None:
    shell.run("a = [1]")
    shell.run("%reset -f")
    shell.run("a = [2]")
    shell.run("%%track\nloss = float(a[0])")
    assert (executions(shell.last)[-2:], verdicts(shell.last)) == ([3, 4], ["clean"])


def test_a_failed_run_has_its_slice_too(shell: Shell) -> None:
    shell.run("a = 0")
    shell.run("%%track\nloss = 1 / a")
    assert (shell.last.status, executions(shell.last)) == ("failed", [1, 2])


def test_the_previous_run_of_a_cell_without_an_id_is_known_by_its_neighbour(shell: Shell) -> None:
    shell.run("x = 1")
    shell.run("%%track first\nloss = float(x) + 1")
    shell.run("x = 1")
    shell.run("%%track second\nprint('other', x)\nloss = float(x * 3) + 1")
    assert "compared with first" in shell.published[-1]["data"]["text/html"]


SAID = {"deletedCells": ["a"], "cellId": "b"}


class Request:
    """The kernel of an IPython before 9.16, which does not hand metadata over."""

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        return {"metadata": SAID}


def test_metadata_is_found_in_old_and_new_ipython() -> None:
    old = type("Info", (), {"raw_cell": ""})()
    new = type("Info", (), {"cell_meta": {"cellId": "c"}})()
    none = type("Info", (), {"cell_meta": None})()
    shell = type("Shell", (), {"kernel": Request()})()
    assert [cell_metadata(shell, info) for info in (old, new, none)] == [
        {"deletedCells": ["a"], "cellId": "b"},
        {"cellId": "c"},
        {},
    ]
    assert cell_metadata(object(), old) == {}


def test_a_number_that_a_loop_leaves_where_another_was_is_seen(shell):
    from nbtrack.query.program import program

    shell.run("x, y = 0.5, 0.25")
    shell.run("for i in range(3):\n    y = y / 3 + x")
    shell.run("%%track\nloss = y * 2.0")
    assert [step.number for step in program(shell.last).steps] == [1, 2, 3]


def test_a_notebook_of_a_long_session_is_made_in_the_background(shell: Shell) -> None:
    for number in range(20):
        shell.run(f"x{number} = 1  # {'-' * 1_000}")
    shell.run("%%track\nloss = float(x3)")
    card = shell.outputs("card")[-1]
    nbtrack.unload_ipython_extension(shell.ip)  # what was begun is done then
    made = content(shell.last, shell.store)
    assert (len(made["cells"]), made["cells"][-1]["source"]) == (21, "%%track\nloss = float(x3)")
    assert "clean" in card
    assert shell.last.code["notebook"] == {"saved": False}
