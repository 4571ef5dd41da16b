"""A store is found like a git repository, and made only by the first thing recorded."""

import os
from pathlib import Path

import pytest

from nbtrack.errors import StoreError
from nbtrack.store.discovery import open_store
from nbtrack.store.git.rules import ATTRIBUTES
from nbtrack.store.local import LocalStore


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.delenv("NBTRACK_STORE", raising=False)


def made(folder: Path) -> Path:
    store = LocalStore(folder / ".nbtrack")
    store.put(b"")
    return store.path


def test_a_path_given_wins_over_the_environment_and_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path)
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "env"))
    assert open_store(tmp_path / "here").path == tmp_path / "here"
    assert open_store().path == tmp_path / "env"
    assert open_store(tmp_path).path == tmp_path / ".nbtrack"


def test_the_nearest_store_above_the_notebook_wins_over_the_working_directorys(tmp_path: Path) -> None:
    notebooks = tmp_path / "project" / "notebooks"
    notebooks.mkdir(parents=True)
    there, here = made(tmp_path / "project"), made(tmp_path / "cwd")
    assert open_store(start=notebooks).path == there
    assert open_store().path == here
    assert open_store(start=tmp_path / "elsewhere").path == here


def test_a_new_store_lies_beside_the_git_root_or_else_beside_the_notebook(tmp_path: Path) -> None:
    notebooks = tmp_path / "project" / "notebooks"
    notebooks.mkdir(parents=True)
    assert open_store(start=notebooks).path == notebooks / ".nbtrack"
    (tmp_path / "project" / ".git").mkdir()
    store = open_store(start=notebooks)
    assert (store.path, store.path.exists()) == (tmp_path / "project" / ".nbtrack", False)


def test_reading_creates_nothing_and_writing_makes_the_whole_store(tmp_path: Path, run_id: str) -> None:
    store = open_store()
    assert (len(store.runs()), store.id, store.path.exists()) == (0, None, False)
    store.begin(run_id, {"name": "x"}).close("finished", 1.0)
    assert sorted(path.name for path in store.path.iterdir()) == [
        ".gitattributes",
        ".gitignore",
        "cache",
        "cas",
        "live",
        "meta",
        "runs",
        "store.json",
        "tmp",
    ]
    assert (store.path / ".gitattributes").read_text() == ATTRIBUTES
    assert (
        store.path / ".gitignore"
    ).read_text() == "cache/\ntmp/\nlive/\ncas/\nlocks/\ntrash/\nquarantine/\nconfig.toml\n"
    assert store.path.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in store.path.rglob("*"))


def test_the_id_stays_when_the_folder_moves(tmp_path: Path) -> None:
    before = LocalStore(made(tmp_path))
    store_id = before.id
    before.path.rename(tmp_path / "moved")
    assert LocalStore(tmp_path / "moved").id == store_id
    assert len(store_id or "") == 16


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_store_above_us_is_not_ours_to_write_into(tmp_path: Path) -> None:
    os.chown(made(tmp_path), 65534, 65534)
    assert open_store().path == tmp_path / "cwd" / ".nbtrack"
    os.chown(tmp_path / "cwd", 65534, 65534)
    assert open_store().path == tmp_path / ".nbtrack"


def test_a_working_directory_that_was_removed_is_said_unless_a_whole_path_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for path in (None, "here"):
        with pytest.raises(StoreError, match=r"working directory has been removed.*NBTRACK_STORE"):
            open_store(path)
    assert open_store(tmp_path / "there").path == tmp_path / "there"
    assert open_store(start=tmp_path).path == tmp_path / ".nbtrack"
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "env"))
    assert open_store().path == tmp_path / "env"
