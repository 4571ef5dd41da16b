"""Large files go past the system's cache, and are what they were however that ends."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nbtrack.errors import StoreFull, UsageError
from nbtrack.store.local import LocalStore
from nbtrack.store.objects import ahead, copying, straight
from nbtrack.store.objects.ahead import summed_ahead
from nbtrack.store.objects.hashing import name_of
from nbtrack.store.objects.source import CHUNK
from nbtrack.store.system.disk import Disk, current, replaced

Write = Callable[[int, bytes | memoryview], int]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStore]:
    """A store that takes files from 8 MiB on straight to the disk."""
    monkeypatch.setattr(copying, "LARGE", 8 << 20)
    made = LocalStore(tmp_path / "store")
    yield made
    made.close()


def large(folder: Path, size: int) -> tuple[Path, bytes]:
    """A file of chunks that all differ."""
    content = b"".join(bytes([number % 251]) * (1 << 20) for number in range((size >> 20) + 1))[:size]
    path = folder / "large.bin"
    path.write_bytes(content)
    return path, content


def writing(write: Write) -> Disk:
    return replace(current(), write=write)


@pytest.mark.parametrize("size", [8 << 20, (8 << 20) + 1, (24 << 20) - 4095, 6 * CHUNK + 4096])
def test_a_large_file_is_kept_byte_for_byte_whatever_its_size(store: LocalStore, tmp_path: Path, size: int) -> None:
    path, content = large(tmp_path, size)
    ref = store.put(path)
    assert ref.name == name_of(content, "blake3")
    assert store.get(ref.name) == content


def test_blocks_go_past_the_cache_and_the_end_through_it(store: LocalStore, tmp_path: Path) -> None:
    path, _ = large(tmp_path, (8 << 20) + 100)
    probe = os.open(tmp_path / "probe", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    if not straight.goes_straight(probe):
        pytest.skip("this file system writes through its cache only")
    ways: list[tuple[int, bool]] = []

    def write(fd: int, content: bytes | memoryview) -> int:
        ways.append((len(content), bool(_flags(fd) & os.O_DIRECT)))
        return os.write(fd, content)

    with replaced(writing(write)):
        store.put(path)
    assert [way for way in ways if way[0] in {CHUNK, 100}][:3] == [(CHUNK, True), (CHUNK, True), (100, False)]


def test_a_file_system_that_refuses_only_when_written_to_gets_it_through_the_cache(
    store: LocalStore, tmp_path: Path
) -> None:
    path, content = large(tmp_path, 12 << 20)

    def refusing(fd: int, content: bytes | memoryview) -> int:
        if _flags(fd) & os.O_DIRECT:
            raise OSError(errno.EINVAL, "Invalid argument")
        return os.write(fd, content)

    with replaced(writing(refusing)):
        ref = store.put(path)
    assert store.get(ref.name) == content


def test_a_short_write_is_gone_on_with(store: LocalStore, tmp_path: Path) -> None:
    path, content = large(tmp_path, (12 << 20) + 7)
    with replaced(writing(lambda fd, part: os.write(fd, part[: max(4096, len(part) // 8192 * 4096)]))):
        ref = store.put(path)
    assert store.get(ref.name) == content


def test_a_disk_that_fills_up_is_said_and_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    path, _ = large(tmp_path, 64 << 20)
    written: list[int] = []

    def filling(fd: int, content: bytes | memoryview) -> int:
        written.append(len(content))
        if sum(written) > 16 << 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(fd, content)

    with replaced(writing(filling)), pytest.raises(StoreFull):
        store.put(path)
    assert not [file for file in (store.path / "cas").rglob("*") if file.is_file()]
    assert len(written) < 12, "the rest was not even tried"


def test_holes_stay_holes(store: LocalStore, tmp_path: Path) -> None:
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.write(b"a" * (4 << 20))
        file.seek(64 << 20)
        file.write(b"b" * (4 << 20))
        file.truncate(80 << 20)
    ref = store.put(path)
    kept = store.path / "cas" / "blake3" / ref.name[7:9] / ref.name[9:]
    assert store.get(ref.name) == path.read_bytes()
    assert kept.stat().st_blocks * 512 < 16 << 20


def test_a_file_that_shrinks_while_it_is_read_ends_the_copy(tmp_path: Path) -> None:
    path, _ = large(tmp_path, 16 << 20)
    fd = os.open(tmp_path / "copy", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    with copying.Source(path) as source:
        os.truncate(path, 5 << 20)
        copying._straight(source, fd, 16 << 20, "blake3")
    os.close(fd)
    assert (tmp_path / "copy").stat().st_size == 5 << 20


def _flags(fd: int) -> int:
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_GETFL)


@pytest.mark.parametrize("size", [8 << 20, (8 << 20) + 1, (13 << 20) - 7])
def test_reading_ahead_sums_up_the_same(tmp_path: Path, size: int) -> None:
    path, content = large(tmp_path, size)
    with copying.Source(path) as source:
        assert summed_ahead(source, size, "blake3") == name_of(content, "blake3")
        assert summed_ahead(source, size - 5, "sha256") == name_of(content[: size - 5], "sha256")


def test_reading_ahead_sums_up_holes(tmp_path: Path) -> None:
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.write(b"a" * (3 << 20))
        file.truncate(9 << 20)
    with copying.Source(path) as source:
        assert summed_ahead(source, 9 << 20, "blake3") == name_of(path.read_bytes(), "blake3")


def test_a_file_that_cannot_be_read_to_its_end_is_said_and_no_thread_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = large(tmp_path, 16 << 20)

    def failing(self: object, view: memoryview) -> int:
        raise UsageError("large.bin cannot be read (Input/output error)")

    monkeypatch.setattr(copying.Source, "_filled", failing)
    with copying.Source(path) as source, pytest.raises(UsageError, match="cannot be read"):
        summed_ahead(source, 16 << 20, "blake3")
    assert not [thread for thread in threading.enumerate() if thread.name == "nbtrack-read"]


def test_who_is_interrupted_while_summing_up_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = large(tmp_path, 32 << 20)
    monkeypatch.setattr(ahead._Ahead, "done", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with copying.Source(path) as source, pytest.raises(KeyboardInterrupt):
        summed_ahead(source, 32 << 20, "blake3")
    assert not [thread for thread in threading.enumerate() if thread.name == "nbtrack-read"]
