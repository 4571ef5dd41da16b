"""A file that was asked for is there whole, or as it was before, and the person reads why."""

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.errors import FileNotWritten, NbtrackError, UsageError
from nbtrack.export.whole_file import not_written, replace_files, whole_file


def listed(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def write(path: Path, meanwhile: Callable[[], object], *, force: bool = True) -> None:
    with whole_file(path, force=force) as file:
        file.write(b"new")
        meanwhile()


def interrupted() -> None:
    raise KeyboardInterrupt


def test_it_appears_when_all_is_written_and_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("old")
    with whole_file(tmp_path / "r.html") as file:
        file.write(b"new")
        assert (tmp_path / "r.html").read_text() == "old"
    assert listed(tmp_path) == {"r.html": "new"}


def test_whatever_ends_it_leaves_the_old_one_and_no_part(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "r.html", interrupted)
    assert listed(tmp_path) == {"r.html": "old"}


def test_one_that_came_meanwhile_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--force"):
        write(tmp_path / "r.html", lambda: (tmp_path / "r.html").write_text("theirs"), force=False)
    assert listed(tmp_path) == {"r.html": "theirs"}


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    (tmp_path / "r.html").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        with pytest.raises(FileNotWritten) as refusal:
            replace_files({tmp_path / "r.html": b"x" * 9000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(refusal.value) == (
        f"{tmp_path}/r.html could not be written: it is larger than a file may be there; the one that was there is "
        f"untouched; make it smaller, or name a file elsewhere"
    )
    assert listed(tmp_path) == {"r.html": "old"}


def test_of_several_files_none_is_replaced_when_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("old")
    with pytest.raises(FileNotWritten, match=r"r\.json could not be written: its folder .*gone is gone"):
        replace_files({tmp_path / "r.html": b"new", tmp_path / "gone" / "r.json": b"{}"})
    assert listed(tmp_path) == {"r.html": "old"}


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    with pytest.raises(FileNotWritten, match=r"its folder .*reports is gone; nothing of it is left"):
        write(folder / "r.html", lambda: shutil.rmtree(folder))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root may not write in")
def test_a_folder_that_may_not_be_written_is_told() -> None:
    with pytest.raises(FileNotWritten, match="its folder /sys may not be written by you; nothing of it is left"):
        replace_files({Path("/sys/r.html"): b"new"})


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_reason_is_told_as_a_number(number: int, tmp_path: Path) -> None:
    told = not_written(OSError(number, os.strerror(number)), tmp_path / "r.html")
    assert isinstance(told, NbtrackError)
    assert isinstance(told, OSError)
    assert "Errno" not in str(told)
    assert "could not be written: " in str(told)
    assert str(told).endswith("or name a file elsewhere")


def test_it_is_readable_as_the_persons_other_files_are(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    replace_files({tmp_path / "r.html": b""})
    assert (tmp_path / "r.html").stat().st_mode == (tmp_path / "mine").stat().st_mode
