"""``nbtrack bundle`` and ``nbtrack import``: what they print and return."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.hosts import cli_bundle
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_store

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / ".nbtrack", runs=2)


@pytest.fixture
def command(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(line: str, other: Path | None = None) -> tuple[int, str, str]:
        code = run_line(line, LocalStore(other or store.path))
        return code, *capsys.readouterr()

    return run


def leak(store: LocalStore) -> str:
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": "leaky", "experiment": "x", "started": 1})
    token = "ghp_" + "a8F3kL0pQ7rT2vX5yZ9bN4mC6dW1eH0sJ2gK"
    writer.append(event.NOTE, token)
    writer.close("finished", 1.0)
    return token


def test_a_bundle_travels(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.nbtrack.zip"
    code, out, err = command(f"bundle -o {file}")
    assert (code, err) == (0, "")
    assert out.splitlines()[1].startswith("it holds 3 runs, 3 objects, ")
    code, out, err = command(f"import {file}", tmp_path / "there")
    assert (code, err) == (0, "")
    assert out.startswith("3 runs added (")
    assert command(f"import {file}", tmp_path / "there")[:2] == (
        0,
        "nothing to add: 3 runs here already, with all of it\n",
    )
    assert command("fsck --data", tmp_path / "there")[0] == 0


def test_json_has_the_documented_members(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    told = json.loads(command(f"bundle -o {file} --json")[1])
    members = "path size sha256 runs running objects bytes missing damaged secrets dry_run"
    assert " ".join(told) == members
    assert told["size"] == file.stat().st_size
    told = json.loads(command(f"import {file} --json", tmp_path / "there")[1])
    assert " ".join(told) == (
        "source new extended known deleted running beside busy changes objects bytes dry_run missing damaged"
    )


def test_a_dry_run_writes_nothing(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("bundle --dry-run")
    assert (code, out.splitlines()[0][:19]) == (0, "would bundle 3 runs")
    file = tmp_path / "x.zip"
    command(f"bundle -o {file}")
    code, out, _ = command(f"import {file} --dry-run", tmp_path / "there")
    assert (code, out[:21]) == (0, "3 runs would be added")
    assert not (tmp_path / "there").exists()


def test_a_secret_stops_it_with_code_one_unless_a_person_says_yes(
    command: Command, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, file = leak(store), tmp_path / "x.zip"
    code, out, err = command(f"bundle -o {file}")
    assert (code, out, file.exists()) == (1, "", False)
    assert "1 value looks like a secret" in err
    assert "line 3: 1 (" in err
    assert token not in err
    monkeypatch.setattr(cli_bundle, "_is_agreed", lambda: True)
    assert command(f"bundle -o {file}")[0] == 0
    assert command(f"bundle -o {file} --yes --force")[0] == 0
    assert token not in command("bundle --dry-run")[1]


def damage(store: LocalStore) -> tuple[str, Path]:
    """Damage one artifact; return the short id of its run and where its bytes lie."""
    run = next(run for run in nbtrack.runs(store=store) if run.name == "fit1")
    victim = next((store.path / "cas").rglob(run.artifacts[0].sha256[2:]))
    size = victim.stat().st_size
    victim.chmod(0o600)
    victim.write_bytes(b"?" * size)
    return run.short, victim


def test_what_is_damaged_is_named_by_run_and_artifact_and_the_rest_goes(
    command: Command, store: LocalStore, tmp_path: Path
) -> None:
    short, victim = damage(store)
    code, out, err = command(f"bundle -o {tmp_path}/x.zip")
    assert (code, err) == (1, "")
    place = victim.relative_to(store.path).as_posix()
    told = out.splitlines()
    assert told[1].startswith("it holds 3 runs, 2 objects")
    assert told[3:6] == [
        "not in the bundle, because it cannot be read here:",
        f"  run {short}: fit1.csv: damaged: its bytes have another hash ({place})",
        "`nbtrack fsck --data` checks every file, and says what can be put right",
    ]
    (lost,) = json.loads(command(f"bundle -o {tmp_path}/x.zip --force --json")[1])["damaged"]
    assert (lost["name"], lost["what"]) == ("fit1.csv", place)
    assert command("fsck --data")[0] == 1
    code, out, _ = command(f"import {tmp_path}/x.zip", tmp_path / "there")
    assert (code, out[:13]) == (0, "3 runs added ")
    assert "not in the bundle: 1 file of 1 run: damaged" in out


def test_a_damaged_object_of_another_stores_folder_is_left_there(
    command: Command, store: LocalStore, tmp_path: Path
) -> None:
    short, victim = damage(store)
    code, out, _ = command(f"import {store.path}", tmp_path / "there")
    assert (code, out[:13]) == (1, "3 runs added ")
    assert f"and not taken: {victim.relative_to(store.path).as_posix()} of run {short}" in out
    assert command("ls --json", tmp_path / "there")[0] == 0
    assert len(list((tmp_path / "there" / "cas").rglob("*/*/*"))) == 2


def test_a_push_names_what_it_left_by_run_and_artifact(command: Command, store: LocalStore, tmp_path: Path) -> None:
    short, _ = damage(store)
    code, out, err = command(f"push {tmp_path}/there")
    assert (code, out[:13]) == (1, "pushed 3 runs")
    assert err.startswith(f"left: fit1.csv of run {short} (object ")
    assert "nbtrack fsck --data" in err
    assert len(err.splitlines()) == 1


def test_an_import_takes_the_runs_that_a_filter_asks_for(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    command(f"bundle -o {file}")
    told = json.loads(command(f"import {file} --runs 'name = \"fit1\"' --json", tmp_path / "there")[1])
    assert len(told["new"]) == 1
    told = json.loads(
        command(f"import {file} --runs 'metrics.loss < 1 order by name limit 2' --json", tmp_path / "2")[1]
    )
    assert len(told["new"]) == 2
    code, _, err = command(f"import {file} --runs 'metrics.loss <'", tmp_path / "there")
    assert (code, "metrics.loss <" in err) == (2, True)
    code, _, err = command(f"import {file} --runs 'metrics.loss > 9'", tmp_path / "3")
    assert (code, "no run that fits" in err, (tmp_path / "3").exists()) == (1, True, False)


def test_a_hostile_archive_is_refused_with_code_one(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    command(f"bundle -o {file}")
    file.write_bytes(file.read_bytes() + b"x")
    code, out, err = command(f"import {file}", tmp_path / "there")
    assert (code, out) == (1, "")
    assert "was refused" in err
    assert "nothing was created" in err
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("bundle", 2),
        ("bundle -o x.zip --max-object many", 2),
        ("bundle nosuchrun0 -o {folder}/x.zip", 1),
        ("bundle -o {folder}/no/such/x.zip", 2),
        ("import {folder}/nothing.zip", 2),
        ("import {folder}", 2),
    ],
)
def test_codes_are_those_of_the_documentation(line: str, code: int, command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert command(line.format(folder=tmp_path / "empty"))[0] == code


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli_bundle.progress_shown()("checking", 1, 1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    cli_bundle.progress_shown()("checking", 1, 1)
    assert "checking: 100 %" in capsys.readouterr().err
