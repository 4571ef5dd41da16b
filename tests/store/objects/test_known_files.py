"""What is remembered of files is only ever a saving: it may be lost or spoilt, and is never wrong."""

import dataclasses
from pathlib import Path

import pytest

from nbtrack.store.objects.known_files import KnownFiles
from nbtrack.store.objects.source import Stamp
from nbtrack.store.system.disk import current, replaced

NAMES = ("0a" * 32, f"blake3:{'0b' * 32}")
STAMPS = tuple(Stamp(1, inode, 10, 20, 30) for inode in range(600))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("cache", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_file_is_known_in_exactly_the_state_it_was_in(root: Path) -> None:
    KnownFiles(root).add({STAMPS[1]: NAMES[0], STAMPS[2]: NAMES[1]})
    known = KnownFiles(root)
    assert known.find_all(STAMPS[:4]) == [None, NAMES[0], NAMES[1], None]
    for changed in ({"device": 2}, {"size": 11}, {"mtime_ns": 21}, {"ctime_ns": 31}):
        assert known.find(STAMPS[1]._replace(**changed)) is None
    known.add({STAMPS[1]: NAMES[1]})
    assert known.find(STAMPS[1]) == NAMES[1]


def test_many_files_are_known(root: Path) -> None:
    known = KnownFiles(root)
    known.add(dict.fromkeys(STAMPS, NAMES[0]))
    assert set(known.find_all(STAMPS)) == {NAMES[0]}
    assert list((root / "tmp").iterdir()) == []


@pytest.mark.parametrize("at", [0, 10, 25, -1, -40])
def test_a_memory_that_was_harmed_knows_nothing(root: Path, at: int) -> None:
    known = KnownFiles(root)
    known.add({STAMPS[0]: NAMES[0]})
    (path,) = (root / "cache" / "files").iterdir()
    harmed = bytearray(path.read_bytes())
    harmed[at] ^= 1
    path.write_bytes(harmed)
    assert known.find(STAMPS[0]) is None
    known.add({STAMPS[0]: NAMES[1]})
    assert known.find(STAMPS[0]) == NAMES[1]


def test_a_memory_that_was_cut_anywhere_knows_nothing(root: Path) -> None:
    known = KnownFiles(root)
    known.add({STAMPS[0]: NAMES[0]})
    (path,) = (root / "cache" / "files").iterdir()
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert known.find(STAMPS[0]) is None


def test_a_full_disk_costs_no_more_than_the_memory(root: Path) -> None:
    def full(fd: int, content: bytes | memoryview) -> int:
        raise OSError(28, "No space left on device")

    known = KnownFiles(root)
    with replaced(dataclasses.replace(current(), write=full)):
        known.add({STAMPS[0]: NAMES[0]})
    assert (known.find(STAMPS[0]), list((root / "tmp").iterdir())) == (None, [])


def test_a_file_whose_times_may_yet_hide_a_change_is_not_settled() -> None:
    now = 1_795_256_130_123_456_789
    fine = Stamp(1, 1, 1, now - 150_000_000, now - 150_000_000)
    assert [
        stamp.is_settled(now) for stamp in (fine, fine._replace(ctime_ns=now - 1), fine._replace(mtime_ns=now + 9))
    ] == [
        True,
        False,
        False,
    ]
    coarse = fine._replace(mtime_ns=(now // 10**9 - 1) * 10**9)
    assert (coarse.is_settled(now), coarse.is_settled(now + 2 * 10**9)) == (False, True)


def test_the_folder_of_the_memory_may_vanish_or_lead_elsewhere(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / "cache" / "files").symlink_to(elsewhere)
    KnownFiles(root).add({STAMPS[0]: NAMES[0]})
    assert list(elsewhere.iterdir()) == []
