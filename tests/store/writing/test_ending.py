"""The last records of a run and its end: one block, one write, and the file reads as if they had come one by one."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nbtrack.errors import LimitExceeded, RunClosed
from nbtrack.model.ids import new_run_id
from nbtrack.store.base import Noted
from nbtrack.store.check.fsck import fsck
from nbtrack.store.lines.lines import lines
from nbtrack.store.lines.record import decode
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import Disk
from nbtrack.store.writing.journal import Journal

LAST: list[Noted] = [("params", {"lr": 0.1}, {"lr": "cell"}), ("note", "done", None)]


class Written:
    """The calls of a disk that write, of which some fail."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.failing: list[OSError] = []

    def write(self, fd: int, block: bytes | memoryview) -> int:
        if self.failing:
            raise self.failing.pop()
        self.blocks.append(bytes(block))
        return os.write(fd, block)


@pytest.fixture(name="written")
def _written() -> Written:
    return Written()


@pytest.fixture(name="store")
def _store(tmp_path: Path, written: Written) -> LocalStore:
    return LocalStore(tmp_path / "store", disk=replace(Disk(), write=written.write))


def begun(store: LocalStore) -> Journal:
    journal = store.begin(new_run_id(), {"name": "one"})
    assert isinstance(journal, Journal)
    journal.append("tags", {"a": "b"})
    journal.point({"loss": 0.5})
    return journal


def events(store: LocalStore) -> list[tuple[str, int, int]]:
    (file,) = store.path.glob("runs/*/*/ev-*.jsonl")
    found = [decode(line.rstrip(b"\n")) for _, line in lines(file)]
    assert {line.state for line in found} == {"ok"}
    return [(line.record["k"], line.record["n"], line.record["l"]) for line in found[1:]]


def test_they_are_one_write_and_the_list_says_that_they_are_in(store: LocalStore, written: Written) -> None:
    journal, last = begun(store), [*LAST]
    before = len(written.blocks)
    journal.close_with(last, "finished", 1.5)
    assert (len(written.blocks), last) == (before + 1, [])
    assert events(store) == [("run.start", 1, 1), ("tags", 2, 2), ("params", 4, 3), ("note", 5, 4), ("run.end", 6, 5)]


def test_the_seal_stands_for_them_too(store: LocalStore) -> None:
    journal = begun(store)
    journal.close_with([*LAST], "finished", 1.5)
    assert not fsck(store.path).findings
    document = LocalStore(store.path).read(journal.run_id)
    assert (document["status"], document["sealed"], document["health"]["ok"]) == ("finished", True, True)
    assert (document["params"], document["note"], document["metrics"]) == ({"lr": 0.1}, "done", {"loss": 0.5})
    assert store.read(journal.run_id, changes=False) == LocalStore(store.path).read(journal.run_id, changes=False)


def test_where_the_disk_refuses_them_nothing_is_in_and_the_run_is_open(store: LocalStore, written: Written) -> None:
    journal, last = begun(store), [*LAST]
    written.failing = [OSError(28, "No space left on device")]
    with pytest.raises(Exception, match="No space left"):
        journal.close_with(last, "finished", 1.5)
    assert (len(events(store)), last) == (2, LAST)
    journal.close_with(last, "finished", 1.5)
    assert [number for _, number, _ in events(store)] == [1, 2, 4, 5, 6]
    assert not fsck(store.path).findings


def test_where_one_is_too_long_none_is_in_and_the_run_is_open(store: LocalStore) -> None:
    journal = begun(store)
    last: list[Noted] = [*LAST, ("note", "x" * (1 << 20), None)]
    with pytest.raises(LimitExceeded):
        journal.close_with(last, "finished", 1.5)
    assert (len(events(store)), len(last)) == (2, 3)
    journal.close("finished", 1.5)
    assert not fsck(store.path).findings


def test_they_are_in_also_where_the_summaries_are_too_many_for_the_end(store: LocalStore) -> None:
    journal = begun(store)
    for part in range(6):
        journal.point({f"a_metric_with_quite_a_long_name_{part}_{number}": 0.5 for number in range(2000)})
    journal.close_with([*LAST], "finished", 1.5)
    assert [kind for kind, _, _ in events(store)] == ["run.start", "tags", "params", "note", "run.end"]
    assert not fsck(store.path).findings
    told, read = store.read(journal.run_id, changes=False), LocalStore(store.path).read(journal.run_id, changes=False)
    assert len(told["metrics"]) == 12_001
    assert told == read


def test_a_run_that_has_ended_takes_none(store: LocalStore) -> None:
    journal = begun(store)
    journal.close("finished", 1.5)
    journal.close_with([], "finished", 1.5)
    with pytest.raises(RunClosed):
        journal.close_with([*LAST], "finished", 1.5)
    assert len(events(store)) == 3
