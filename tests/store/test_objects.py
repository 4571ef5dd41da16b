"""Objects are what their name says, or they are not there."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from nbtrack.errors import ObjectMissing, StoreError, UsageError
from nbtrack.store.local import LocalStore


def path_of(store: LocalStore, sha256: str) -> Path:
    return store.path / "cas" / "sha256" / sha256[:2] / sha256[2:]


def test_an_object_is_private_to_nobody_and_writable_by_nobody(local: LocalStore) -> None:
    ref = local.put(b"bytes")
    path = path_of(local, ref.sha256)
    assert (ref.sha256, path.stat().st_mode & 0o777) == (hashlib.sha256(b"bytes").hexdigest(), 0o444)
    assert list((local.path / "tmp").iterdir()) == []


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


def kept_or_refused(store: LocalStore, file: Path) -> str:
    try:
        kept = store.get(store.put(file).sha256)
    except StoreError as error:
        return "refused" if "keeps changing" in str(error) else str(error)
    return "whole" if len(set(kept)) == 1 else "torn"  # between two rewrites it is whole, and rightly accepted


def test_a_file_that_keeps_changing_is_refused_rather_than_torn(local: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(b"a" * (8 << 20))
    stop = threading.Event()

    def rewrite() -> None:
        letters = 0
        with file.open("r+b", buffering=0) as handle:
            while not stop.is_set():
                letters = (letters + 1) % 26
                handle.seek(0)
                for _ in range(128):  # each write moves the file's time, as a program's buffers do
                    handle.write(bytes([97 + letters]) * (64 << 10))

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        outcomes = [kept_or_refused(local, file) for _ in range(6)]
    finally:
        stop.set()
        thread.join()
    assert set(outcomes) <= {"whole", "refused"}
    assert "refused" in outcomes
    assert list((local.path / "tmp").iterdir()) == []


def test_a_log_that_grows_is_kept_as_far_as_it_had_come(local: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "train.log"
    file.write_bytes(b"line\n" * 500_000)
    stop = threading.Event()

    def grow() -> None:
        with file.open("ab", buffering=0) as handle:
            while not stop.is_set():
                handle.write(b"line\n" * 10)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        kept = local.get(local.put(file).sha256)
    finally:
        stop.set()
        thread.join()
    assert kept == b"line\n" * (len(kept) // 5)


def test_a_pipe_is_refused_at_once(local: LocalStore, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="is not a file"):
        local.put(pipe)
    with pytest.raises(UsageError, match="cannot be read"):
        local.put(tmp_path / "absent")
