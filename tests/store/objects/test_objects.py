"""Objects are what their name says, or they are not there."""

import dataclasses
import hashlib
import mmap
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from blake3 import blake3

from nbtrack.errors import ObjectMissing, StoreError, StoreFull, UsageError
from nbtrack.store.base import ObjectRef
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.hashing import LARGE, place
from nbtrack.store.objects.moment import PAUSE
from nbtrack.store.objects.objects import content_of
from nbtrack.store.objects.source import Source
from nbtrack.store.system.disk import current, replaced


def path_of(store: LocalStore, name: str) -> Path:
    return store.path.joinpath(*place(name))


def leftovers(store: LocalStore) -> list[Path]:
    return list((store.path / "tmp").iterdir())


def objects_in(store: LocalStore) -> list[Path]:
    return sorted(path for path in (store.path / "cas").rglob("*") if path.is_file())


def large_file(path: Path, *, mark: bytes = b"", old: bool = False) -> Path:
    """A file that BLAKE3 names; an old one has times that are believed at once."""
    path.write_bytes((mark + b"0123456789abcdef" * (LARGE // 16 + 1))[: LARGE + 5])
    if old:
        os.utime(path, (1, 1))
    return path


@contextmanager
def on_write(then: Callable[[], object]) -> Iterator[None]:
    """Have something happen each time the store has written a piece."""

    def write(fd: int, content: bytes | memoryview) -> int:
        done = os.write(fd, content)
        then()
        return done

    with replaced(dataclasses.replace(current(), write=write)):
        yield


def test_an_object_is_private_to_nobody_and_writable_by_nobody(local: LocalStore) -> None:
    ref = local.put(b"bytes")
    path = path_of(local, ref.name)
    assert (ref.sha256, path.stat().st_mode & 0o777) == (hashlib.sha256(b"bytes").hexdigest(), 0o444)
    assert leftovers(local) == []


def test_a_small_file_and_all_bytes_are_named_by_sha256_a_large_file_by_blake3(
    local: LocalStore, tmp_path: Path
) -> None:
    file = large_file(tmp_path / "large")
    content = file.read_bytes()
    small = tmp_path / "small"
    small.write_bytes(content[: LARGE - 1])
    assert local.put(file) == (f"blake3:{blake3(content).hexdigest()}", len(content))
    assert local.put(small) == (hashlib.sha256(content[:-6]).hexdigest(), LARGE - 1)
    assert local.put(content) == (hashlib.sha256(content).hexdigest(), len(content))
    assert local.get(local.put(file).name) == local.get(local.put(content).name) == content
    with pytest.raises(UsageError, match="not called by its SHA-256"):
        _ = local.put(file).sha256


def test_putting_the_same_bytes_again_freshens_the_one_object(local: LocalStore) -> None:
    path = path_of(local, local.put(b"bytes").sha256)
    os.utime(path, (1, 1))
    inode = path.stat().st_ino
    local.put(b"bytes")
    assert (path.stat().st_ino, path.stat().st_mtime > 1) == (inode, True)


@pytest.mark.parametrize("harm", [b"", b"byte", b"bytez", b"bytes and more"])
def test_a_damaged_object_is_missing_and_putting_it_again_heals_it(local: LocalStore, harm: bytes) -> None:
    ref = local.put(b"bytes")
    path = path_of(local, ref.sha256)
    path.chmod(0o600)
    path.write_bytes(harm)
    with pytest.raises(ObjectMissing):
        local.get(ref.sha256)
    local.put(b"bytes")
    assert local.get(ref.sha256) == b"bytes"


def test_a_damaged_large_object_is_never_given_out(local: LocalStore, tmp_path: Path) -> None:
    ref = local.put(large_file(tmp_path / "large"))
    path = path_of(local, ref.name)
    path.chmod(0o600)
    with path.open("r+b") as handle:
        handle.seek(LARGE - 1)
        handle.write(b"!")
    with pytest.raises(ObjectMissing, match="damaged"):
        local.get(ref.name)
    with pytest.raises(ObjectMissing, match="damaged"):
        local.fetch(ref.name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_same_large_bytes_under_another_name_cost_no_room(local: LocalStore, tmp_path: Path) -> None:
    for old in (True, False):
        refs = {local.put(large_file(tmp_path / f"{old}-{k}", old=old)) for k in range(3)}
        assert (len(refs), len(objects_in(local)), leftovers(local)) == (1, 1, [])


def test_an_object_is_a_file_of_its_own_that_writing_in_place_does_not_reach(local: LocalStore, tmp_path: Path) -> None:
    file = large_file(tmp_path / "large")
    ref, before = local.put(file), file.read_bytes()
    with file.open("r+b") as handle:
        handle.write(b"changed")
    assert local.get(ref.name) == before
    assert path_of(local, ref.name).stat().st_nlink == 1


def test_a_large_file_that_is_rewritten_at_every_try_is_refused(local: LocalStore, tmp_path: Path) -> None:
    local.put(b"")
    for old in (True, False):
        file = large_file(tmp_path / f"{old}", old=old)
        counter = iter(range(1_000))

        def rewrite(file: Path = file, counter: Iterator[int] = counter) -> None:
            with file.open("r+b") as handle:
                for at in (0, LARGE):  # behind the reader and before it
                    handle.seek(at)
                    handle.write(b"%04d" % next(counter))

        with on_write(rewrite), pytest.raises(StoreError, match="keeps changing"):
            local.put(file)
    assert (len(objects_in(local)), leftovers(local)) == (1, [])


def test_one_write_that_the_times_do_not_show_is_not_torn(local: LocalStore, tmp_path: Path) -> None:
    """A page that is dirty can be changed again through a map, and no time tells, as in the midst of one long write."""
    local.put(b"")  # the store is there, so that the first piece written is of the file
    file = large_file(tmp_path / "large")
    with file.open("r+b") as handle, mmap.mmap(handle.fileno(), 0) as mapped:
        mapped[:] = mapped[:]
        before = file.stat().st_mtime_ns

        def write_on() -> None:
            mapped[0:1] = b"!"  # behind the reader
            mapped[LARGE + 4 : LARGE + 5] = b"!"  # and before it

        with on_write(write_on):
            kept = local.get(local.put(file).name)
        assert (file.stat().st_mtime_ns, kept) == (before, file.read_bytes())


def test_a_small_file_that_is_rewritten_at_every_look_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "small"
    file.write_bytes(b"0000")

    class Rewritten(Source):
        looks = 0

        def content(self, size: int) -> bytes:
            content = super().content(size)
            self.looks += 1
            file.write_bytes(b"%04d" % self.looks)
            return content

    with Rewritten(file) as source, pytest.raises(StoreError, match="keeps changing"):
        content_of(source)


class Rewriting:
    """A thread that rewrites a file with one letter after the other, and knows how long it ever paused."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._size = file.stat().st_size
        self._stop = False
        self._thread = threading.Thread(target=self._rewrite)
        self.longest = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._thread.join()

    def _rewrite(self) -> None:
        letters, before = 0, time.monotonic()
        with self._file.open("r+b", buffering=0) as handle:
            while not self._stop:
                letters = (letters + 1) % 26
                handle.seek(0)
                for _ in range(128):
                    handle.write(bytes([97 + letters]) * (self._size // 128))
                    before, gap = time.monotonic(), time.monotonic() - before
                    self.longest = max(self.longest, gap)


def kept_or_refused(store: LocalStore, file: Path) -> str:
    try:
        kept = store.get(store.put(file).name)
    except StoreError as error:
        return "refused" if "keeps changing" in str(error) else str(error)
    return "whole" if len(set(kept)) == 1 else "torn"  # between two rewrites it is whole, and rightly accepted


@pytest.mark.slow
@pytest.mark.parametrize("size", [LARGE, LARGE - 128])
def test_a_file_that_another_thread_rewrites_is_whole_or_refused(local: LocalStore, tmp_path: Path, size: int) -> None:
    """A writer that a busy machine pauses for as long as we wait for it looks like one that is done: no verdict then."""
    file = tmp_path / "data.bin"
    file.write_bytes(b"a" * size)
    for _ in range(3):
        with Rewriting(file) as writer:
            outcome = kept_or_refused(local, file)
        assert outcome in {"whole", "refused"} or writer.longest > PAUSE / 2
    assert leftovers(local) == []


@pytest.mark.parametrize("size", [2_500_000, LARGE])
def test_a_log_that_grows_is_kept_as_far_as_it_had_come(local: LocalStore, tmp_path: Path, size: int) -> None:
    file = tmp_path / "train.log"
    file.write_bytes(b"line\n" * (size // 5 + 1))
    stop = threading.Event()

    def grow() -> None:
        with file.open("ab", buffering=0) as handle:
            while not stop.is_set():
                handle.write(b"line\n" * 10)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        kept = local.get(local.put(file).name)
    finally:
        stop.set()
        thread.join()
    assert kept == b"line\n" * (len(kept) // 5)


def test_a_file_that_becomes_shorter_while_it_is_copied_is_not_kept_longer(local: LocalStore, tmp_path: Path) -> None:
    local.put(b"")
    file = large_file(tmp_path / "large", old=True)
    once = iter([True])

    def cut() -> None:
        if next(once, False):
            os.truncate(file, LARGE - 7)

    with on_write(cut):
        ref = local.put(file)
    assert (ref.size, local.get(ref.name)) == (LARGE - 7, file.read_bytes())


def test_however_fast_a_file_is_rewritten_its_bytes_are_kept_as_they_are(local: LocalStore, tmp_path: Path) -> None:
    """Two states of the same size may share all times; what was remembered of one must not be said of the other."""
    file = tmp_path / "state.bin"
    for number in range(60):
        content = b"%06d" % number
        with file.open("r+b" if file.exists() else "wb") as handle:
            handle.write(content)
        assert local.get(local.put(file).name) == content


def test_a_mapped_file_is_read_again_since_its_times_may_not_show_a_change(local: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "memmap.bin"
    file.write_bytes(b"." * 8192)
    with file.open("r+b") as handle, mmap.mmap(handle.fileno(), 0) as mapped:
        mapped[:] = b"-" * 8192
        time.sleep(0.15)  # the times are settled now
        with Source(file) as source:
            if source.is_written() is None:
                pytest.skip("this system does not tell who has a file open")
        local.put(file)
        mapped[5:6] = b"!"
        assert local.get(local.put(file).name) == file.read_bytes()


def test_an_unchanged_file_is_not_read_again(local: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(b"data")
    time.sleep(0.15)
    ref = local.put(file)
    path_of(local, ref.name).chmod(0o600)
    path_of(local, ref.name).write_bytes(b"fake")  # reading the file would show that this is not it, and heal it
    assert local.put(file) == ref
    assert path_of(local, ref.name).read_bytes() == b"fake"


def test_an_unchanged_file_whose_object_is_gone_is_kept_again(local: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(b"data")
    time.sleep(0.15)
    for _ in range(2):
        ref = local.put(file)
        assert local.get(ref.name) == b"data"
        path_of(local, ref.name).unlink()


def test_a_file_that_is_no_file_is_refused_at_once(local: LocalStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"), tmp_path):
            with pytest.raises(UsageError, match="is not a file"):
                local.put(path)
    with pytest.raises(UsageError, match="cannot be read"):
        local.put(tmp_path / "absent")


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """Two gibibytes, of which three times four bytes are not a hole."""
    file = tmp_path / "sparse.bin"
    with file.open("wb") as handle:
        for at in (0, 1 << 30, (2 << 30) - 4):
            handle.seek(at)
            handle.write(b"data")
    if file.stat().st_blocks * 512 > LARGE:
        pytest.skip("this file system keeps no holes")
    return file


@pytest.mark.slow
def test_a_sparse_file_keeps_its_holes_and_a_hole_is_not_read(local: LocalStore, tmp_path: Path, sparse: Path) -> None:
    os.utime(sparse, (1, 1))
    ref = local.put(sparse)
    local.fetch(ref.name, tmp_path / "again.bin")
    copies = (path_of(local, ref.name), tmp_path / "again.bin")
    assert [(each.stat().st_size, each.stat().st_blocks * 512 <= LARGE) for each in copies] == [(2 << 30, True)] * 2
    with copies[1].open("rb") as handle:
        places = (0, 4, 1 << 30, (2 << 30) - 4)
        assert [os.pread(handle.fileno(), 4, at) for at in places] == [b"data", bytes(4), b"data", b"data"]


def test_a_file_that_ends_in_a_hole_has_its_whole_size(local: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "tail.bin"
    file.write_bytes(b"data")
    os.truncate(file, LARGE * 2)
    ref = local.put(file)
    assert (ref.size, local.get(ref.name)) == (LARGE * 2, file.read_bytes())


def test_an_empty_file_is_an_object_too(local: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    ref = local.put(tmp_path / "empty")
    local.fetch(ref.name, tmp_path / "again")
    assert (ref, (tmp_path / "again").read_bytes()) == (ObjectRef(hashlib.sha256().hexdigest(), 0), b"")


def test_a_disk_that_fails_leaves_no_object_and_nothing_behind(local: LocalStore, tmp_path: Path) -> None:
    local.put(b"")
    files = [large_file(tmp_path / "large"), tmp_path / "small"]
    files[1].write_bytes(b"small")

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    for call in ("write", "flush", "replace"):
        with replaced(dataclasses.replace(current(), **{call: full})):
            for file in files:
                with pytest.raises(StoreFull):
                    local.put(file)
            with pytest.raises(StoreFull):
                local.put_all([os.fspath(file) for file in files])
    assert (len(objects_in(local)), leftovers(local)) == (1, [])


def test_a_forked_child_can_keep_large_files_after_its_parent_did(
    local: LocalStore, tmp_path: Path, in_child: Callable[[Callable[[], object]], str]
) -> None:
    """The threads of a hash do not survive a fork; a child that waited for them would wait for ever."""
    local.put(large_file(tmp_path / "parents"))
    other = large_file(tmp_path / "childs", mark=b"x")
    assert in_child(lambda: local.put(other).name) == f"blake3:{blake3(other.read_bytes()).hexdigest()}"


def test_many_files_are_kept_at_once_and_each_tells_its_own_outcome(local: LocalStore, tmp_path: Path) -> None:
    large_file(tmp_path / "large")
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "same").write_bytes(b"one")
    (tmp_path / "link").symlink_to("one")
    os.mkfifo(tmp_path / "pipe")
    names = ("large", "one", "same", "link", "pipe", "absent")
    kept = local.put_all([os.fspath(tmp_path / name) for name in names])
    one = ObjectRef(hashlib.sha256(b"one").hexdigest(), 3)
    assert [each if isinstance(each, ObjectRef) else type(each) for each in kept] == [
        *(local.put(tmp_path / "large"), one, one),
        *(UsageError, UsageError, UsageError),
    ]
    assert (len(objects_in(local)), leftovers(local)) == (2, [])
    assert local.get(one.name) == b"one"
