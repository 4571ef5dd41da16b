"""A store put into git: its records and small objects, so that a clone can do with its runs what the first one can."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import ObjectMissing, UsageError
from nbtrack.hosts.cli import main
from nbtrack.model.foreign_git import OBEYING_NOBODY
from nbtrack.share.staging import lacking, stage
from nbtrack.store.check.fsck import fsck
from nbtrack.store.local import LocalStore

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
WHO = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *arguments: str) -> str:
    told = {**OBEYING_NOBODY, **WHO, "GIT_ALLOW_PROTOCOL": "file", "PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(["git", *arguments], cwd=folder, env=told, capture_output=True, text=True, check=True)
    return done.stdout


def run_of(store: LocalStore, small: bytes, large: bytes, folder: Path) -> str:
    (folder / "small.txt").write_bytes(small)
    (folder / "large.bin").write_bytes(large)
    with nbtrack.start_run("a run", store=store) as opened:
        opened.log(f1=0.9)
        opened.log_artifact(folder / "small.txt")
        opened.log_artifact(folder / "large.bin")
    return opened.id


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, str]:
    """A repository whose filters and attributes would change or run anything, with a store and a run."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitattributes").write_text("* filter=evil text eol=crlf\n")
    git(folder, "config", "filter.evil.clean", f"touch {tmp_path}/ran; cat")
    return folder, run_of(LocalStore(folder / ".nbtrack"), b"a\r\nb\n" * 10, b"x" * 3000, tmp_path)


def test_a_clone_has_records_and_small_objects_byte_by_byte(project, tmp_path: Path) -> None:
    folder, run_id = project
    done = stage(LocalStore(folder / ".nbtrack"), 1000)
    assert (done.objects, done.bytes, done.left, done.left_bytes) == (1, 50, 1, 3000)
    assert not (tmp_path / "ran").exists()
    git(folder, "commit", "-q", "-m", "runs")
    git(tmp_path, "clone", "-q", "project", "clone")
    there = LocalStore(tmp_path / "clone" / ".nbtrack")
    run = nbtrack.run(run_id, store=there)
    assert run.artifact("small.txt").read() == b"a\r\nb\n" * 10
    with pytest.raises(ObjectMissing):
        run.artifact("large.bin").read()
    assert lacking(there) == type(lacking(there))(objects=1, runs=1)
    assert [finding.kind for finding in fsck(there).wrong] == ["absent"]


def test_staging_again_adds_what_is_new_and_nothing_of_deleted_runs(project, tmp_path: Path) -> None:
    folder, _ = project
    store = LocalStore(folder / ".nbtrack")
    stage(store, 1000)
    git(folder, "commit", "-q", "-m", "runs")
    assert stage(store, 1000).objects == 0
    assert git(folder, "diff", "--cached", "--name-only") == ""
    nbtrack.delete_run(run_of(store, b"of a deleted run", b"y", tmp_path), store=store)
    assert stage(store, 1000).objects == 0
    run_of(store, b"of a new run", b"z" * 2000, tmp_path)
    assert stage(store, 1000).objects == 1
    assert stage(store, 0).objects == 0


def test_what_the_person_staged_stays_staged(project) -> None:
    folder, _ = project
    (folder / "code.py").write_text("1\n")
    git(folder, "-c", "filter.evil.clean=cat", "add", "code.py")
    stage(LocalStore(folder / ".nbtrack"))
    staged = git(folder, "diff", "--cached", "--name-only").split()
    assert "code.py" in staged
    assert ".nbtrack/store.json" in staged
    assert not any(path.startswith((".nbtrack/cache", ".nbtrack/live", ".nbtrack/tmp")) for path in staged)


def test_where_there_is_no_repository_that_is_said(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "x" / ".nbtrack")
    run_of(store, b"1", b"2", tmp_path)
    with pytest.raises(UsageError, match="no git repository"):
        stage(store)


def test_the_commands_say_what_goes_what_stays_and_what_a_clone_lacks(
    project, tmp_path: Path, monkeypatch, capsys
) -> None:
    folder, _ = project
    monkeypatch.setenv("NBTRACK_STORE", str(folder / ".nbtrack"))
    assert code("stage", "--objects", "1 kB") == 0
    said = capsys.readouterr().out
    assert "and 1 object (50 B); commit them with git commit" in said
    assert "1 object larger than 1.0 kB (3.0 kB) stay" in said
    git(folder, "commit", "-q", "-m", "runs")
    git(tmp_path, "clone", "-q", "project", "clone")
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "clone" / ".nbtrack"))
    assert code("doctor") == 0
    said = capsys.readouterr().out
    assert "1 object of 1 run is not here: sources, environments or files" in said
    assert "nbtrack pull URL" in said
    assert code("stage", "--objects", "big") == 2


def code(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)
