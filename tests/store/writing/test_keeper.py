"""The keeper flushes what waits, and is gone when nobody is left to keep."""

import os
import threading
import time
from pathlib import Path

import pytest

from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import Disk
from nbtrack.store.writing.keeper import KEEPER, Keeper


class Kept:
    def __init__(self) -> None:
        self.flushed = threading.Event()

    def flush(self) -> None:
        self.flushed.set()
        raise OSError("a disk that fails does not stop the keeper")

    def beat(self) -> None: ...


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "nbtrack-keeper"]


@pytest.mark.slow
def test_a_keeper_flushes_within_a_second_and_goes_when_nothing_is_left() -> None:
    KEEPER.stop()
    keeper, one, two = Keeper(), Kept(), Kept()
    keeper.keep(one)
    keeper.keep(two)
    assert (one.flushed.wait(1.0), two.flushed.wait(1.0), len(threads())) == (True, True, 1)
    keeper.release(one)
    keeper.release(two)
    deadline = time.monotonic() + 2.0
    while threads() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threads() == []


def test_stopping_leaves_no_thread_and_the_keeper_can_be_used_again() -> None:
    KEEPER.stop()  # that of a test before
    keeper, kept = Keeper(), Kept()
    for _ in range(2):
        keeper.keep(kept)
        keeper.stop()
        assert threads() == []


def test_where_no_thread_can_begin_the_next_writer_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    KEEPER.stop()
    keeper, one, two = Keeper(), Kept(), Kept()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        keeper.keep(one)
    keeper.keep(two)
    assert (one.flushed.wait(30), two.flushed.wait(30)) == (True, True)
    keeper.stop()


def test_points_reach_the_medium_within_a_second(folder: Path, run_id: str) -> None:
    flushed: dict[int, float] = {}

    def flush(fd: int) -> None:
        os.fdatasync(fd)
        flushed[os.fstat(fd).st_ino] = time.monotonic()

    writer = LocalStore(folder, disk=Disk(flush=flush)).begin(run_id, {"name": "x"})
    writer.point({"loss": 1.0})
    logged = time.monotonic()
    (path,) = folder.rglob("mx-*.jsonl")
    while path.stat().st_ino not in flushed and time.monotonic() < logged + 2:
        time.sleep(0.01)
    assert flushed[path.stat().st_ino] - logged < 1.0
    writer.close("finished", 1.0)
    KEEPER.stop()
