"""``nbtrack.reproduce``: shown, asked, done elsewhere, judged, kept with the run - and nothing of the person's touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import nbtrack
from nbtrack.errors import UsageError
from nbtrack.hosts.cli import main
from nbtrack.hosts.reproducing import Verdict, beside, reproduced
from nbtrack.reproduce.places import Places
from nbtrack.reproduce.plan import Options, plan
from nbtrack.reproduce.tolerance import Tolerances
from tests.reproduce.conftest import Recorded, Silent, work

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simple(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A project that is worked with once: no test may change it."""
    folder = tmp_path_factory.mktemp("simple")
    first = (
        "import os\nprint('sees', sorted(os.environ), os.environ.get('MY_SECRET_KEY'))\nopen('made.txt', 'w').close()"
    )
    second = f"{first}\nvalues = [float(line) for line in open('data.txt')]"
    third = "%%track mean\naccuracy = sum(values) / len(values)\nprint('mean', accuracy)"
    cells = (second, third)
    store = work(folder / "project", cells, files={"data.txt": "1\n2\n6\n"}, variables={"MY_SECRET_KEY": "hidden"})
    return Recorded(folder / "project", store, folder / "cache")


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """What is in a folder, its store apart, and when it was changed."""
    files = [path for path in folder.rglob("*") if ".nbtrack" not in path.parts]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *files]}


def test_a_run_comes_again_elsewhere_and_its_verdict_is_kept(simple: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    before, talk = state(simple.project), Silent()
    monkeypatch.setenv("MY_SECRET_KEY", "hidden")
    verdict = simple.verdict(talk)
    assert (verdict.level, verdict.good, verdict.recorded) == ("identical", True, True), verdict.traceback
    assert state(simple.project) == before
    assert talk.phases == ["code and data", "environment", "running", "comparing"]
    assert talk.steps == [0, 1]
    assert talk.closed == 1
    seen = next(line for line in talk.lines if line.startswith("sees"))
    assert "MY_SECRET" not in seen
    assert simple.run.document["reproductions"][-1] == verdict.document
    assert [run.id for run in nbtrack.runs("verdict = 'identical'", store=simple.store)] == [simple.run.id]
    assert "identical" in repr(verdict)
    assert "accuracy" in verdict._repr_html_()


def test_the_plan_says_what_would_be_done_and_nothing_is(simple: Recorded) -> None:
    talk = Silent(agrees=False)
    with pytest.raises(KeyboardInterrupt):
        reproduced(simple.run, Options(environment="current"), talk, simple.store, places=Places(simple.cache))
    (shown,) = talk.plans
    assert [step.count for step in shown.steps] == [1, 2]
    assert [each.path for each in shown.data] == ["data.txt"]
    assert talk.phases == []
    assert talk.lines == ["nothing was run"]


@pytest.mark.parametrize("phase", ["code and data", "environment", "running"])
def test_an_interrupt_leaves_nothing_running_and_what_was_restored_for_the_next(
    simple: Recorded, tmp_path: Path, phase: str
) -> None:
    places, talk = Places(tmp_path), Silent(stop_at=phase)
    with pytest.raises(KeyboardInterrupt):
        reproduced(simple.run, Options(environment="current"), talk, simple.store, yes=True, places=places)
    assert talk.closed == 1
    assert list((tmp_path / "attempts").iterdir()) == []
    kept = list((tmp_path / "kept").iterdir()) if (tmp_path / "kept").exists() else []
    assert len(kept) == (phase != "code and data")


def test_the_next_attempt_goes_on_with_what_was_restored(simple: Recorded, tmp_path: Path) -> None:
    places, options = Places(tmp_path), Options(environment="current")
    with pytest.raises(KeyboardInterrupt):
        reproduced(simple.run, options, Silent(stop_at="environment"), simple.store, yes=True, places=places)
    (kept,) = (tmp_path / "kept").iterdir()
    (mark,) = [path for path in kept.rglob("data.txt") if path.is_file()]
    mark.write_text("1\n2\n600\n")  # nobody does this; it shows that nothing was restored a second time
    verdict = reproduced(simple.run, options, Silent(), simple.store, yes=True, places=places)
    assert verdict.level == "different"
    assert verdict.document["metrics"]["accuracy"]["now"] == 201.0
    assert not list((tmp_path / "attempts").iterdir())


def command(simple: Recorded, *words: str) -> int:
    """Run the command, and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", simple.run.short, "--env", "current", "--store", str(simple.store.path), *words])
    return int(ended.value.code or 0)


@pytest.fixture
def cache(simple: Recorded, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBTRACK_CACHE", str(simple.cache))
    return simple.cache


def test_the_command_prints_the_verdict_as_json_and_nothing_else(
    simple: Recorded, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(simple, "--yes", "--json") == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["level"] == "identical"
    assert document["metrics"]["accuracy"] == {
        "was": 3.0,
        "now": 3.0,
        "change": 0.0,
        "tolerance": 0.005,
        "level": "identical",
    }
    assert "running" in told.err


def test_other_data_make_another_result_and_another_exit_code(
    simple: Recorded, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = simple.project / "data.txt"
    try:
        data.write_text("1\n2\n9\n")
        assert command(simple, "--yes", "--data", "current") == 3
        told = capsys.readouterr().out
        assert "different" in told
        assert "data.txt" in told
        assert all(len(line) <= 100 for line in told.splitlines() if "─" in line)
        data.write_text("no number\n")
        assert command(simple, "--yes", "--data", "current") == 4
        told = capsys.readouterr().out
        assert "In [1]: ValueError: could not convert string to float" in " ".join(told.split())
    finally:
        data.write_text("1\n2\n6\n")


def test_nobody_there_to_ask_and_no_such_run_are_usage_errors(
    simple: Recorded, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(simple) == 2
    assert "--yes" in capsys.readouterr().err
    assert command(simple, "--yes", "--tol", "lots") == 2
    assert command(simple, "--yes", "--seeds", "1") == 2
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", "nosuchrun", "--store", str(simple.store.path)])
    assert ended.value.code == 1


def test_a_run_of_no_cell_cannot_run(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = nbtrack.open_store(tmp_path / ".nbtrack")
    with nbtrack.start_run("by hand", store=store) as opened:
        opened.log(loss=0.5)
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", opened.id, "--store", str(store.path), "--yes"])
    assert ended.value.code == 5
    assert "opened by hand" in capsys.readouterr().out
    assert nbtrack.run(opened.id, store=store).document["reproductions"][0]["level"] == "cannot run"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes wherever it likes")
def test_a_store_that_cannot_be_written_is_said(simple: Recorded) -> None:
    simple.store.path.chmod(0o500)
    try:
        assert "not kept" in simple.verdict().notice
    finally:
        simple.store.path.chmod(0o700)


def test_a_cell_that_writes_into_the_persons_folder_changes_nothing_there(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    named = f"with open({str(theirs / 'named.txt')!r}, 'w') as file: file.write('1')"
    hidden = f"with open('/' + {str(theirs)[1:]!r} + '/hidden.txt', 'w') as file: file.write('1')"
    for cell in (named, hidden):
        store = work(tmp_path / "project", [f"%%track\n{cell}\naccuracy = 0.5"])
        for each in theirs.iterdir():
            each.unlink()
        verdict = Recorded(tmp_path / "project", store, tmp_path / "cache").verdict()
        assert list(theirs.iterdir()) == []
        if cell is named:  # it wrote, to a place of its own
            assert verdict.level == "identical", verdict.traceback
        else:
            assert verdict.level == "failed"
            assert "FileNotFound" in verdict.document["error"] or "outside of the folder" in verdict.document["error"]


def test_a_tolerance_for_a_metric_that_is_not_there_is_refused(simple: Recorded) -> None:
    with pytest.raises(UsageError, match="no such metric"):
        plan(simple.run, Options(tolerances=Tolerances(metrics={"f1": 0.1})))


def test_an_interrupt_from_the_keyboard_ends_everything(simple: Recorded, tmp_path: Path) -> None:
    cells = [
        "import subprocess, time\nwait = float(open('wait.txt').read())",
        "%%track\nif wait:\n    subprocess.Popen(['sleep', '600'], start_new_session=True); print('asleep'); time.sleep(wait)\naccuracy = 1 / 2",
    ]
    store = work(tmp_path / "project", cells, files={"wait.txt": "0"})
    (tmp_path / "project" / "wait.txt").write_text("600")
    words = ["reproduce", Recorded(tmp_path, store, tmp_path).run.id, "--env", "current", "--data", "current", "-y"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from nbtrack.hosts.cli import main; main()", *words, "--store", str(store.path)],
        env={**os.environ, "NBTRACK_CACHE": str(tmp_path / "cache"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "asleep" in line:
            break
    else:
        pytest.fail("the program did not come so far")
    inside = psutil.Process(process.pid).children(recursive=True)
    assert len(inside) >= 2
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 130
    assert [each for each in inside if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert list((tmp_path / "cache" / "attempts").iterdir()) == []


def test_the_front_door_is_a_function_and_a_package(simple: Recorded, cache: Path) -> None:
    verdict = nbtrack.reproduce(simple.run, env="current", yes=True, store=simple.store)
    assert isinstance(verdict, Verdict)
    assert verdict.level == "identical"
    import nbtrack.reproduce.plan as planning

    assert planning.plan is plan
    assert beside(simple.run, simple.store) == simple.project
