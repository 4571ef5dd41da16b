"""What is written to a new folder stays in it, and what is copied has the wanted bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbtrack.reproduce.writing import NewFolder, sha256_of
from tests.reproduce.recorded import sha256


@pytest.fixture
def folder(tmp_path: Path) -> NewFolder:
    (tmp_path / "new").mkdir()
    return NewFolder(tmp_path / "new")


def test_a_file_is_copied_when_its_bytes_are_the_wanted_ones(folder: NewFolder, tmp_path: Path) -> None:
    theirs = tmp_path / "x.bin"
    theirs.write_bytes(b"data" * 5_000_000)
    told: list[tuple[str, int, int]] = []
    wanted = sha256(theirs.read_bytes())
    assert folder.copy(theirs, folder.path / "a/x.bin", wanted, 20_000_000, lambda *told_now: told.append(told_now))
    copy = folder.path / "a/x.bin"
    assert (sha256_of(copy), copy.stat().st_nlink, theirs.stat().st_nlink) == (wanted, 1, 1)
    assert told[-1] == ("x.bin", 20_000_000, 20_000_000)
    assert len(told) > 2


def test_other_bytes_are_not_copied(folder: NewFolder, tmp_path: Path) -> None:
    theirs = tmp_path / "x.csv"
    theirs.write_bytes(b"now")
    assert not folder.copy(theirs, folder.path / "x.csv", sha256(b"the"), 3)
    assert not folder.copy(theirs, folder.path / "x.csv", sha256(b"now"), 4)
    assert not folder.copy(tmp_path / "gone", folder.path / "x.csv", sha256(b"now"), 3)
    assert list(folder.path.iterdir()) == []


def test_a_hole_at_the_end_is_copied(folder: NewFolder, tmp_path: Path) -> None:
    theirs = tmp_path / "x.bin"
    with theirs.open("wb") as file:
        file.write(b"data")
        file.truncate(10_000_000)
    assert folder.copy(theirs, folder.path / "x.bin", sha256(b"data" + bytes(9_999_996)), 10_000_000)
    assert (folder.path / "x.bin").stat().st_size == 10_000_000


def test_a_pipe_is_no_file_and_is_not_waited_for(folder: NewFolder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not folder.copy(tmp_path / "pipe", folder.path / "x", sha256(b""), None)
    assert sha256_of(tmp_path / "pipe") is None


def test_a_link_out_of_the_folder_makes_room(folder: NewFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder.path / "data").symlink_to(tmp_path / "outside")
    (folder.path / "x").symlink_to(tmp_path / "outside" / "x")
    folder.write(folder.path / "data/y", b"1")
    folder.write(folder.path / "x", b"2")
    assert list((tmp_path / "outside").iterdir()) == []
    assert (folder.path / "data/y").read_bytes() == b"1"
    assert (folder.path / "x").read_bytes() == b"2"


def test_a_link_within_the_folder_is_followed(folder: NewFolder) -> None:
    (folder.path / "data").symlink_to("shared/data")
    folder.write(folder.path / "data/y", b"1")
    assert (folder.path / "shared/data/y").read_bytes() == b"1"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "."])
def test_nothing_is_written_outside(folder: NewFolder, path: str) -> None:
    with pytest.raises(ValueError, match=r"no file in|not in"):
        folder.write(Path(f"{folder.path}/{path}"), b"")


@pytest.mark.parametrize(("target", "made"), [("b/c", True), ("../x", False), ("/etc/passwd", False), ("", False)])
def test_only_links_that_stay_inside_are_made(folder: NewFolder, target: str, *, made: bool) -> None:
    assert folder.link(folder.path / "a", target, folder.path) is made
    assert (folder.path / "a").is_symlink() is made
