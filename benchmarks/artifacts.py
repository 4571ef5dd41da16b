"""Keeping files: beside ``cp``, a hash alone and the disk's own flush, each measured between ours.

The goals in seconds belong to an idle machine on which ``cp`` and flush of 1 GiB take 0.64 s and SHA-256 0.60 s;
elsewhere they are the same multiple of these.
"""

import hashlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.row import Row
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.folders import keep_folder, restore_folder
from nbtrack.store.objects.hashing import BLAKE3, Sum
from nbtrack.store.objects.source import CHUNK

SIZE = 1 << 30
FILES = 20_000
ROUNDS = 5
SETTLED = 2.1  # s; a younger file is read twice


def rows() -> Iterator[Row]:
    place = Path(tempfile.mkdtemp(prefix="nbtrack-bench-"))
    try:
        yield from _hashes()
        yield from _large(place)
        yield from _folder(place)
    finally:
        shutil.rmtree(place)


def _hashes() -> Iterator[Row]:
    """What the choice of the hash rests on: bytes in memory, no disk."""
    block = os.urandom(CHUNK)
    speeds = {
        name: 64 * CHUNK / _best(lambda make=make: _summed(make(), block)) / 1e9
        for name, make in {
            "sha256": hashlib.sha256,
            "md5": lambda: hashlib.md5(usedforsecurity=False),
            "blake2b": hashlib.blake2b,
            "blake3": lambda: Sum(BLAKE3),
        }.items()
    }
    others = ", ".join(f"{name} {speed:.2f}" for name, speed in speeds.items() if name != "blake3")
    yield Row("hash of bytes in memory, blake3", speeds["blake3"], "GB/s", others, None, "", None)


def _summed(summing: object, block: bytes) -> None:
    for _ in range(64):
        summing.update(block)  # type: ignore[attr-defined]  # anything that sums


def _large(place: Path) -> Iterator[Row]:
    source = place / "source.bin"
    with source.open("wb") as file:
        for _ in range(SIZE // CHUNK):
            file.write(os.urandom(CHUNK))
        os.fsync(file.fileno())
    time.sleep(SETTLED)
    plain, ours, flushes, hashes = [], [], [], []
    for number in range(ROUNDS):
        copy = place / "copy.bin"
        plain.append(_timed(lambda copy=copy: shutil.copyfile(source, copy)))
        flushes.append(_timed(lambda copy=copy: _flushed(copy)))
        _gone(copy)
        hashes.append(_timed(lambda: _sha256(source)))
        store = LocalStore(place / f"store-{number}")
        store.put(b"")
        ours.append(_timed(lambda store=store: store.put(source)))
        store.close()
        if number < ROUNDS - 1:
            _gone(store.path)
    first, copied, flushed, hashed = (min(times) for times in (ours, plain, flushes, hashes))
    beside_cp = statistics.median(mine / (cp + flush) for mine, cp, flush in zip(ours, plain, flushes, strict=True))
    beside = f"cp {copied:.2f} + flush {flushed:.2f} s"
    yield Row(
        "1 GiB file, first time, flushed",
        first,
        "s",
        beside,
        beside_cp,
        "<= 0.6 s or 0.94 x",
        first <= 0.6 or beside_cp <= 0.94,
    )
    yield from _again(place, store, source, hashed)


def _again(place: Path, store: LocalStore, source: Path, hashed: float) -> Iterator[Row]:
    before = _room(store.path)
    twins = []
    for _ in range(ROUNDS):
        twin = place / "twin.bin"
        shutil.copyfile(source, twin)
        _flushed(twin)
        time.sleep(SETTLED)
        twins.append(_timed(lambda twin=twin: store.put(twin)))
        _gone(twin)
    twin_time = min(twins)
    beside = f"sha256 of it {hashed:.2f} s"
    yield Row(
        "the same bytes under another name",
        twin_time,
        "s",
        beside,
        twin_time / hashed,
        "<= 0.2 s or 0.33 x",
        twin_time <= max(0.2, 0.33 * hashed),
    )
    times = [_timed(lambda: store.put(source)) * 1e3 for _ in range(50)]
    again = statistics.median(times)
    yield Row("the unchanged file again", again, "ms", "", None, "<= 1 ms", again <= 1)
    grown = _room(store.path) - before
    yield Row("bytes of objects that both added", grown, "B", "", None, "0 B", grown == 0)


def _folder(place: Path) -> Iterator[Row]:
    data = place / "data"
    for number in range(FILES):
        folder = data / str(number // 1000)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_bytes(b"%08d" % number * 100)
    time.sleep(SETTLED)
    store = LocalStore(place / "folders")
    store.put(b"")
    first = _timed(lambda: keep_folder(store, data))
    copied = _timed(lambda: shutil.copytree(data, place / "tree"))
    name = f"folder of {FILES:,} files of 800 bytes, first time, flushed"
    yield Row(name, first, "s", f"copytree, not flushed {copied:.2f} s", first / copied, "", None)
    again = min(_timed(lambda: keep_folder(store, data)) for _ in range(ROUNDS))
    read = min(_timed(lambda: _read_all(data)) for _ in range(ROUNDS))
    yield Row("the unchanged folder again", again, "s", f"reading and sha256 {read:.2f} s", again / read, "", None)
    ref = keep_folder(store, data).ref
    back = _timed(lambda: restore_folder(store, ref.name, place / "back"))
    yield Row("restoring it, verified", back, "s", f"copytree {copied:.2f} s", back / copied, "", None)


def _gone(path: Path) -> None:
    """Remove a large file or folder and wait until the disk has let go of its blocks, which the next flush would."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    os.sync()


def _read_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            hashlib.sha256(path.read_bytes()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flushed(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _room(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "cas").rglob("*") if path.is_file())


def _best(call: Callable[[], object]) -> float:
    return min(_timed(call) for _ in range(ROUNDS))


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
