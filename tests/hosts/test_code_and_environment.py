"""What a tracked cell's run says of its code, its environment and the machine."""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import nbtrack
from nbtrack.capture.environment import repository as repository_part
from nbtrack.capture.environment import system
from nbtrack.capture.environment.seeds import LAST
from nbtrack.capture.environment.worktree import look_at
from nbtrack.capture.guard import background
from nbtrack.store.local import LocalStore

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Git = Callable[..., str]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_PATIENCE", 30)  # a busy machine takes its time


def settled(shell: Any) -> nbtrack.Run:
    """Return the last run with all that is found out in the background."""
    for part in shell.ip._nbtrack.tracker.parts:
        if part.name in {"code", "environment"}:
            part._looks.background.close()
    return shell.last


def kept(shell: Any, run: nbtrack.Run) -> dict[str, str]:
    store = LocalStore(shell.store)
    return {each["name"]: store.get(each["sha256"]).decode() for each in run.document["artifacts"]}


@pytest.fixture
def project(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with a module, as the working directory of the shell."""
    (repository / "own_module.py").write_text("RATE = 0.1\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "module")
    monkeypatch.chdir(repository)
    monkeypatch.syspath_prepend(str(repository))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # which would be untracked files
    yield repository
    for name in ("own_module", "own_untracked"):
        sys.modules.pop(name, None)


def test_a_clean_repository_is_said_to_be_clean(shell: Any, project: Path, git: Git) -> None:
    shell.run("%%track\npass")
    run = settled(shell)
    assert {name: run.code[name] for name in ("commit", "branch", "dirty", "changed")} == {
        "commit": git(project, "rev-parse", "HEAD"),
        "branch": "main",
        "dirty": False,
        "changed": {},
    }
    assert "code/changes.patch" not in kept(shell, run)


def test_changes_and_untracked_modules_are_kept_without_their_secrets(shell: Any, project: Path, git: Git) -> None:
    password = "hunter" + "2secret"
    (project / "own_module.py").write_text(f'RATE = 0.2\npassword = "{password}"\n')
    (project / "own_untracked.py").write_text("DEPTH = 3\n")
    shell.run("%%track\nimport own_module, own_untracked")
    run = settled(shell)
    assert (run.code["dirty"], run.code["changed"]) == (True, {"own_module.py": "M"})
    modules = run.code["modules"]
    assert {name: (about["module"], about["tracked"]) for name, about in modules.items()} == {
        "own_module.py": ("own_module", True),
        "own_untracked.py": ("own_untracked", False),
    }
    files = kept(shell, run)
    assert files["code/own_untracked.py"] == "DEPTH = 3\n"
    assert "+RATE = 0.2\n" in files["code/changes.patch"]
    assert password not in "".join(files.values())
    assert run.redactions >= 2
    assert git(project, "status", "--porcelain") == "M own_module.py\n?? own_untracked.py"


def test_a_module_that_is_imported_while_the_code_is_looked_at_is_added(
    shell: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(*asked: Any) -> Any:
        begun.set()
        ended.wait(30)
        return look_at(*asked)

    monkeypatch.setattr(repository_part, "look_at", slow)
    shell.names["begun"] = begun
    shell.run("%%track\nbegun.wait(30)\nimport own_module")
    ended.set()
    assert [about["module"] for about in settled(shell).code["modules"].values()] == ["own_module"]


def test_a_module_that_a_long_cell_imports_is_added(shell: Any, project: Path) -> None:
    shell.run("%%track\nimport time\ntime.sleep(0.3)\nimport own_module")
    run = settled(shell)
    assert run.code["dirty"] is False
    assert [about["module"] for about in run.code["modules"].values()] == ["own_module"]
    assert "blob" in run.code["modules"]["own_module.py"]


def test_without_a_repository_own_modules_are_kept(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_module.py").write_text("RATE = 0.3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        shell.run("%%track\nimport own_module")
        run = settled(shell)
    finally:
        sys.modules.pop("own_module", None)
    assert "dirty" not in run.code
    assert kept(shell, run)["code/own_module.py"] == "RATE = 0.3\n"


def test_without_git_it_is_said_that_nobody_knows(shell: Any, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    shell.run("%%track\nimport own_module")
    run = settled(shell)
    assert (run.code["dirty"], run.code["unknown"]) == (None, "git is not installed")
    assert kept(shell, run)["code/own_module.py"] == "RATE = 0.1\n"


def test_the_notebooks_repository_counts_and_not_that_of_the_working_directory(
    shell: Any, project: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "elsewhere")
    (other / "n.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    monkeypatch.setenv("NBTRACK_NOTEBOOK", str(other / "n.ipynb"))
    shell.run("%%track\npass")
    run = settled(shell)
    assert (run.code["repository"], run.code["branch"], run.code["commit"]) == ("other", "elsewhere", None)
    assert run.code["dirty"] is False


def test_runs_in_quick_succession_all_have_it(shell: Any, project: Path) -> None:
    for _ in range(5):
        shell.run("%%track\npass")
    settled(shell)
    assert [run.code["dirty"] for run in shell.runs] == [False] * 5
    assert all("rng" in run.environment for run in shell.runs)


def test_the_environment_says_what_was_imported_and_what_computes(shell: Any) -> None:
    import numpy as np

    shell.names["np"] = np
    shell.run("%%track\nimport yaml")
    found = settled(shell).environment
    assert found["imported"]["numpy"] == np.__version__
    assert "pyyaml" in found["imported"]
    assert "nbtrack" not in found["imported"]
    assert "threads" in next(iter(found["blas"].values()))


def test_lock_files_are_kept_by_name_without_secrets(shell: Any, tmp_path: Path) -> None:
    token = "t" * 20
    (tmp_path / "requirements.txt").write_text(f"--index-url https://me:{token}@example.org/simple\nnumpy==2.4.6\n")
    shell.run("%%track\npass")
    run = settled(shell)
    text = kept(shell, run)["environment/requirements.txt"]
    assert "numpy==2.4.6" in text
    assert token not in text
    assert list(run.environment["locks"]) == ["requirements.txt"]


def test_the_card_of_a_cell_that_drew_without_a_seed_says_so(shell: Any) -> None:
    shell.run("import numpy as np")
    shell.run("%%track\nloss = float(np.random.rand())")
    assert shell.last.environment["rng"]["drawn"] == ["numpy"]
    assert "unseeded" in shell.outputs("card")[-1]
    shell.run("np.random.seed(3)")
    shell.run("%%track\nloss = float(np.random.rand())")
    assert shell.last.environment["rng"]["numpy"] == "seeded 3"
    assert "unseeded" not in shell.outputs("card")[-1]


def test_unseeded_is_said_plainly_and_seeds_are_named(shell: Any) -> None:
    LAST.clear()  # what other tests seeded in this process
    random.seed()
    shell.run("%%track\nimport random\nx = random.random()")
    assert settled(shell).environment["rng"]["random"] == "unseeded"
    shell.run("import random\nrandom.seed(11)")
    shell.run("%%track\nx = random.random()")
    run = settled(shell)
    assert run.environment["rng"]["random"] == "seeded 11"
    assert "unseeded" not in run.environment["rng"]
    shell.run("%%track --seed 7\nx = random.random()")
    assert settled(shell).environment["rng"]["random"] == "seeded 7"
    shell.run("%%track\nx = random.random()")
    assert settled(shell).environment["rng"]["random"] == "seeded 7 earlier"


def test_an_unchanged_environment_costs_a_reference(shell: Any) -> None:
    shell.run("%%track\npass")
    shell.run("%%track\npass")
    settled(shell)
    first, second = shell.runs
    assert first.environment["sha256"] == second.environment["sha256"]
    assert "packages" not in first.environment


def test_a_long_cell_is_sampled_and_no_thread_stays(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LONG", 0.1)
    monkeypatch.setattr(system, "_FAREWELL", 30)
    shell.run(
        "%%track\nimport threading, time\n"
        "ends = time.monotonic() + 30\n"
        "while 'nbtrack-system' not in [t.name for t in threading.enumerate()] and time.monotonic() < ends:\n"
        "    time.sleep(0.01)"
    )
    columns = shell.last.system
    assert set(columns) >= {"t", "cpu", "rss_mb", "ram"}
    assert len({len(column) for column in columns.values()}) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "nbtrack-system"]


def test_no_system_takes_no_samples(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LONG", 0.1)
    shell.run("%%track --no-system\nimport time\ntime.sleep(0.3)")
    assert not shell.last.system


def test_unloading_finishes_what_was_begun_and_ends_the_thread(shell: Any, project: Path) -> None:
    shell.run("%%track\npass")
    nbtrack.unload_ipython_extension(shell.ip)
    assert shell.last.code["dirty"] is False
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("nbtrack-background")]
    nbtrack.load_ipython_extension(shell.ip)


def test_the_first_parts_of_a_large_repository_cost_the_cell_nothing(shell: Any, project: Path, git: Git) -> None:
    for number in range(2000):
        (project / f"part{number // 100}").mkdir(exist_ok=True)
        (project / f"part{number // 100}" / f"f{number}.py").write_text(f"x = {number}\n")
    git(project, "add", ".")
    took = timed(next(each for each in shell.ip._nbtrack.tracker.parts if each.name == "code"))
    for _ in range(15):
        shell.run("%%track\npass")
    assert sorted(took)[7] < 0.0005
    run = settled(shell)
    assert run.code["changed_count"] == 2000
    assert len(run.code["changed"]) == 200


def timed(part: Any) -> list[float]:
    """Note how long each beginning of a run takes a part."""
    took: list[float] = []
    begun = part.begun

    def begun_in_time(scene: Any) -> None:
        started = time.perf_counter()
        begun(scene)
        took.append(time.perf_counter() - started)

    part.begun = begun_in_time
    return took


def test_a_process_that_ends_at_once_still_records_its_last_cell(tmp_path: Path, repository: Path) -> None:
    script = (
        "from IPython.core.interactiveshell import InteractiveShell as S\n"
        "ip = S.instance(); import nbtrack; nbtrack.load_ipython_extension(ip)\n"
        "ip.display_pub.publish = lambda *a, **k: None\n"
        "ip.run_cell('%%track\\npass', store_history=True)\n"
    )
    env = {**os.environ, "NBTRACK_STORE": str(tmp_path / "store"), "IPYTHONDIR": str(tmp_path / "ipython")}
    subprocess.run([sys.executable, "-c", script], cwd=repository, env=env, check=True, capture_output=True)
    run = nbtrack.runs(store=tmp_path / "store")[0]
    assert run.code["dirty"] is False
    assert "rng" in run.environment


def test_a_library_that_draws_while_it_is_imported_is_no_random_number_of_the_cells(shell, tmp_path, monkeypatch):
    (tmp_path / "drawing.py").write_text("import random\nlink = random.random()\n\ndef answer():\n    return 0.5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    shell.run("%%track\nfrom drawing import answer\nloss = answer()")
    assert "drawn" not in shell.last.environment.get("rng", {})
    assert "unseeded" not in shell.outputs("card")[-1]


def test_a_cell_that_imports_and_draws_has_drawn(shell, tmp_path, monkeypatch):
    (tmp_path / "drawing_too.py").write_text("import random\nlink = random.random()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    shell.run("from random import uniform\n\ndef noise():\n    return uniform(0, 1)")
    shell.run("%%track\nimport drawing_too\nloss = noise()")
    assert shell.last.environment["rng"]["drawn"] == ["random"]


def test_no_source_is_parsed_beside_the_cells(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Python 3.11.8 and 3.12.2 it makes the parsing of a cell fail, now and then (python/cpython#106905)."""
    parse, beside = ast.parse, list[str]()

    def noting(*args: Any, **named: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            beside.append(str(args[0]))
        return parse(*args, **named)

    monkeypatch.setattr(ast, "parse", noting)
    shell.run("import random\nrandom.seed(3)")
    shell.run("%matplotlib inline\nrandom.seed(4)")
    shell.run("%%track\nrandom.seed(5)\nx = random.random()\nscore = x")
    assert settled(shell).environment["rng"]["random"].startswith("seeded")
    shell.run("%%track\nscore = random.random()")
    assert settled(shell).environment["rng"]["random"].startswith("seeded")
    assert beside == []
