"""``nbtrack bundle`` and ``nbtrack import``: what they print and return."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
    members = "path size sha256 runs running objects bytes missing secrets dry_run"
    assert " ".join(told) == members
    assert told["size"] == file.stat().st_size
    told = json.loads(command(f"import {file} --json", tmp_path / "there")[1])
    assert " ".join(told) == (
        "source new extended known deleted running beside busy changes objects bytes dry_run missing"
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
