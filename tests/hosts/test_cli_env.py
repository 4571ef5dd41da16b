"""``nbtrack env``: what it writes, what it prints, and that it overwrites nothing unasked."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

Command = Callable[[str], tuple[int, str, str]]
HASH = hashlib.sha256(b"a wheel").hexdigest()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStore]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBTRACK_CACHE", str(tmp_path / "cache"))
    store = LocalStore(tmp_path / ".nbtrack")
    yield store
    store.close()
    KEEPER.stop()


@pytest.fixture
def run(store: LocalStore) -> str:
    whole = {"python": "3.12.4", "packages": {"first": "1.0"}, "origins": {}}
    lock = f"first==1.0 --hash=sha256:{HASH}\n".encode()
    with nbtrack.start_run("made", store=store) as opened:
        record = {"python": "3.12.4", "sha256": store.put(json.dumps(whole).encode()).sha256}
        opened.record(event.ENVIRONMENT, {**record, "imported": {"first": "1.0"}})
        kept = store.put(lock).members()
        opened.record(event.ARTIFACT, {"name": "environment/requirements.txt", **kept, "media_type": "text/plain"})
    return opened.id


@pytest.fixture
def command(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(line: str) -> tuple[int, str, str]:
        code = run_line(line, LocalStore(store.path))
        return code, *capsys.readouterr()

    return call


def test_the_files_are_written_and_named(command: Command, run: str, tmp_path: Path) -> None:
    code, out, _ = command(f"env {run} -o there")
    assert code == 0
    named = [line for line in out.splitlines() if not line.startswith("note: ")]
    assert sorted(named) == sorted(
        str(path.relative_to(tmp_path)) for path in Path("there").absolute().rglob("*") if path.is_file()
    )
    assert f"--hash=sha256:{HASH}" in (tmp_path / "there" / "requirements.txt").read_text()
    assert "FROM python:3.12.4-slim AS run" in (tmp_path / "there" / "Dockerfile").read_text()
    assert (tmp_path / "there" / ".devcontainer" / "devcontainer.json").exists()


def test_one_file_is_printed_when_asked_for(command: Command, run: str, tmp_path: Path) -> None:
    code, out, _ = command(f"env {run} --format requirements --stdout")
    assert (code, out.splitlines()[-2:]) == (0, ["first==1.0 \\", f"    --hash=sha256:{HASH}"])
    assert not list(tmp_path.glob("env-*"))


def test_what_was_not_captured_cannot_be_printed(command: Command, run: str) -> None:
    code, out, err = command(f"env {run} --format uv --stdout")
    assert (code, out) == (2, "")
    assert "there is no uv.lock of run" in err


def test_json_has_the_documented_members(command: Command, run: str) -> None:
    code, out, _ = command(f"env {run} --format requirements --json")
    told = json.loads(out)
    assert code == 0
    assert (told["run"], sorted(told)) == (run, ["files", "notes", "run"])
    assert all(Path(path).exists() for path in told["files"])


def test_files_that_are_there_stay(command: Command, run: str) -> None:
    assert command(f"env {run} -o there --format requirements")[0] == 0
    code, _, err = command(f"env {run} -o there --format requirements")
    assert code == 2
    assert "say --force to replace it" in err
    assert command(f"env {run} -o there --format requirements --force")[0] == 0


def test_a_run_without_an_environment_is_said_to_have_none(command: Command, store: LocalStore) -> None:
    with nbtrack.start_run("by hand", store=store) as opened:
        opened.log(loss=1.0)
    code, _, err = command(f"env {opened.id}")
    assert code == 1
    assert "records no environment" in err


def test_in_python_the_texts_are_had_without_writing(run: str, store: LocalStore, tmp_path: Path) -> None:
    files = nbtrack.environment(run, formats=["requirements"], store=store)
    assert list(files.files) == ["requirements.txt"]
    assert repr(files).splitlines()[0].endswith(": requirements.txt>")
    assert not (tmp_path / "requirements.txt").exists()
    nbtrack.environment(run, tmp_path / "there", formats=["requirements"], store=store)
    assert (tmp_path / "there" / "requirements.txt").exists()
