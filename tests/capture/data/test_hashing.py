"""Files are hashed as they were when they were used, or not at all."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from nbtrack.capture.data.hashing import Digests, Hashes, Wanted, digests
from nbtrack.capture.data.stamp import Stamp, stamp

LONG_AGO = (1_700_000_000, 1_700_000_000)


def written(path: Path, content: bytes) -> Wanted:
    path.write_bytes(content)
    os.utime(path, LONG_AGO)
    now = stamp(str(path))
    assert now is not None
    return Wanted(str(path), now, md5=True)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", os.urandom(3 << 20)], ids=["nothing", "a few lines", "three mebibytes"]
)
def test_one_pass_gives_all_sums(tmp_path: Path, content: bytes) -> None:
    found = digests(written(tmp_path / "x", content))
    assert found == Digests("", hashlib.sha256(content).hexdigest(), md5(content), md5(content))


def test_old_dvc_made_line_ends_of_text_unix_ones(tmp_path: Path) -> None:
    text, binary = b"a,b\r\n1,2\r\n", b"\0\r\n"
    assert digests(written(tmp_path / "x", text)).md5_dos2unix == md5(b"a,b\n1,2\n")
    assert digests(written(tmp_path / "y", binary)).md5_dos2unix == md5(binary)
    mostly_not_ascii = "é\r\n".encode() * 3 + bytes(range(128, 200))
    assert digests(written(tmp_path / "z", mostly_not_ascii)).md5_dos2unix == md5(mostly_not_ascii)


def test_old_dvc_saw_line_ends_within_a_mebibyte_only(tmp_path: Path) -> None:
    content = b"a" * ((1 << 20) - 1) + b"\r\n" + b"b\r\n"
    assert digests(written(tmp_path / "x", content)).md5_dos2unix == md5(content[:-2] + b"\n")


def test_no_md5_is_computed_that_nobody_asked_for(tmp_path: Path) -> None:
    found = digests(written(tmp_path / "x", b"1")._replace(md5=False))
    assert (found.state, found.md5, len(found.sha256)) == ("", "", 64)


def test_a_file_that_changed_since_has_no_hash(tmp_path: Path) -> None:
    wanted = written(tmp_path / "x", b"1")
    (tmp_path / "x").write_bytes(b"2")
    assert digests(wanted) == Digests("changed")


def test_a_file_that_was_replaced_by_another_of_the_same_age_has_no_hash(tmp_path: Path) -> None:
    wanted = written(tmp_path / "x", b"1")
    written(tmp_path / "y", b"2")
    (tmp_path / "y").replace(tmp_path / "x")
    assert digests(wanted) == Digests("changed")


def test_a_file_that_is_gone_or_closed_to_us_says_so(tmp_path: Path) -> None:
    wanted = written(tmp_path / "x", b"1")
    (tmp_path / "x").unlink()
    assert digests(wanted) == Digests("gone")
    assert digests(wanted._replace(path="a\0b")) == Digests("unreadable")


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    wanted = written(tmp_path / "x", b"1")
    (tmp_path / "x").unlink()
    os.mkfifo(tmp_path / "x")
    assert digests(wanted) == Digests("changed")


def test_a_file_that_is_written_while_it_is_read_is_torn(tmp_path: Path) -> None:
    wanted = written(tmp_path / "x", bytes(4 << 20))
    asked: list[int] = []

    def write_meanwhile() -> bool:
        if not asked:
            with (tmp_path / "x").open("ab") as file:
                file.write(b"more")
        asked.append(1)
        return False

    assert digests(wanted, write_meanwhile) == Digests("changing")


def test_a_file_is_read_once_for_as_long_as_it_stays_the_same(tmp_path: Path) -> None:
    hashes, wanted = Hashes(), written(tmp_path / "x", b"1")
    assert hashes.known(wanted) is None
    found = hashes.of(wanted)
    (tmp_path / "x").unlink()
    assert (hashes.known(wanted), hashes.of(wanted)) == (found, found)


def test_a_file_written_this_moment_is_not_remembered_for_its_clock_may_not_tick(tmp_path: Path) -> None:
    hashes = Hashes()
    (tmp_path / "x").write_bytes(b"1")
    now = stamp(str(tmp_path / "x"))
    assert now is not None
    assert now.is_settled(time.time_ns() + 1_000_000_000)
    wanted = Wanted(str(tmp_path / "x"), now._replace(mtime_ns=time.time_ns() + 1_000_000_000))
    os.utime(tmp_path / "x", ns=(wanted.stamp.mtime_ns, wanted.stamp.mtime_ns))
    assert hashes.of(wanted).state == ""
    assert hashes.known(wanted) is None


def test_stopping_breaks_off(tmp_path: Path) -> None:
    hashes = Hashes()
    hashes.stop()
    assert hashes.of(written(tmp_path / "x", bytes(1 << 20))) == Digests("unknown")


def test_a_stamp_is_of_regular_files_only(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"123")
    found = stamp(str(tmp_path / "x"))
    assert isinstance(found, Stamp)
    assert (found.size, found.mtime) == (3, (tmp_path / "x").stat().st_mtime_ns // 1_000_000)
    assert [stamp(str(path)) for path in (tmp_path, tmp_path / "none", "a\0")] == [None, None, None]
