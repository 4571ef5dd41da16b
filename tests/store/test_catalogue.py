"""The index may be deleted, stale, torn or forged: the answers are those of a full replay, and cost what changed."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.model.document import RunDocument
from nbtrack.model.ids import new_run_id
from nbtrack.store import catalogue
from nbtrack.store.local import LocalStore
from nbtrack.store.metalog import MetaLog


def record(store: LocalStore, count: int, start: int = 0) -> list[str]:
    ids = [new_run_id(1_790_000_000 + start + k) for k in range(count)]
    for k, run_id in enumerate(ids, start):
        writer = store.begin(run_id, {"name": f"run {k}"})
        writer.append("params", {"k": k, "big": 2**63 + k, "odd": "\ud83d", "huge": 10**40})
        writer.point({"loss": 1.0 / (k + 1)})
        writer.close("finished", 1.0)
    return ids


def replayed(path: Path) -> list[RunDocument]:
    """What a store without any index says."""
    copy = path.parent / f"copy-{time.monotonic_ns()}"
    shutil.copytree(path, copy, ignore=shutil.ignore_patterns("cache", "tmp"))
    documents = list(LocalStore(copy).runs().documents)
    shutil.rmtree(copy)
    return documents


def indexes(store: LocalStore) -> list[Path]:
    return sorted((store.path / "cache").iterdir())


@pytest.fixture
def indexed(local: LocalStore) -> LocalStore:
    record(local, 40)
    local.runs()
    assert len(indexes(local)) == 1
    return local


def test_the_index_answers_as_a_replay_does(indexed: LocalStore) -> None:
    assert list(LocalStore(indexed.path).runs().documents) == replayed(indexed.path)
    assert json.dumps(LocalStore(indexed.path).runs().documents) == json.dumps(replayed(indexed.path))


def test_settled_runs_are_not_opened_again_when_there_is_an_index(indexed: LocalStore) -> None:
    expected = list(indexed.runs().documents)
    for path in (indexed.path / "runs").rglob("*.jsonl"):
        path.write_bytes(b"")
    assert list(LocalStore(indexed.path).runs().documents) == expected


def test_a_deleted_index_is_built_again(indexed: LocalStore) -> None:
    expected = list(indexed.runs().documents)
    shutil.rmtree(indexed.path / "cache")
    assert list(LocalStore(indexed.path).runs().documents) == expected


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"run 7"', b'"run 8"'))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(3000))


def of_another_store(path: Path) -> None:
    (path.parent.parent / "store.json").write_text('{"id": "other", "fmt": 1, "min_reader": 1, "min_writer": 1}\n')


@pytest.mark.parametrize("harm", [cut, flip, empty, garbage, of_another_store])
def test_a_damaged_index_is_as_good_as_none(indexed: LocalStore, harm: Callable[[Path], None]) -> None:
    expected = list(indexed.runs().documents)
    harm(indexes(indexed)[0])
    assert list(LocalStore(indexed.path).runs().documents) == expected


def test_a_damaged_part_of_the_index_does_not_spoil_the_answers(indexed: LocalStore) -> None:
    for start, count in ((40, 160), (200, 33), (240, 33)):
        record(indexed, count, start)
        indexed.runs()
    assert len(indexes(indexed)) == 3
    expected = replayed(indexed.path)
    whole = {path: path.read_bytes() for path in indexes(indexed)}
    for harmed in whole:
        for path, content in whole.items():
            path.write_bytes(content)
        cut(harmed)
        assert list(LocalStore(indexed.path).runs().documents) == expected


def test_a_stale_index_is_brought_up_to_date(indexed: LocalStore) -> None:
    record(indexed, 3, 100)
    other = indexed.runs().documents[-1]["id"]
    indexed.annotate(other, "tags", {"late": "yes"})
    shutil.rmtree(next(folder for folder in sorted((indexed.path / "runs").glob("*/*")) if folder.name != other))
    expected = replayed(indexed.path)
    assert (len(expected), len(indexes(indexed))) == (42, 1)
    assert list(LocalStore(indexed.path).runs().documents) == expected
    assert list(indexed.runs().documents) == expected


def test_open_runs_and_late_changes_survive_an_index(local: LocalStore) -> None:
    ids = record(local, 34)
    writer = local.begin(new_run_id(1_790_009_999), {"name": "open"})
    local.annotate(ids[3], "note", "before the index")
    local.annotate(writer.run_id, "tags", {"open": "yes"})
    local.runs()
    assert indexes(local)
    local.annotate(ids[3], "tags", {"after": "it"})
    writer.point({"loss": 1.0})
    other = LocalStore(local.path)
    assert list(other.runs().documents) == replayed(local.path)
    writer.point({"loss": 0.5})
    writer.close("finished", 1.0)
    documents = {run["id"]: run for run in other.runs().documents}
    assert (documents[writer.run_id]["status"], documents[writer.run_id]["tags"]) == ("finished", {"open": "yes"})
    assert (documents[ids[3]]["note"], documents[ids[3]]["tags"]) == ("before the index", {"after": "it"})
    assert list(other.runs().documents) == replayed(local.path)


def test_other_processes_runs_and_changes_are_picked_up(local: LocalStore) -> None:
    reader = LocalStore(local.path)
    assert len(reader.runs()) == 0
    (run_id,) = record(local, 1)
    assert [run["name"] for run in reader.runs().documents] == ["run 0"]
    for note in ("one", "two"):
        local.annotate(run_id, "note", note)
        assert reader.runs().documents[0]["note"] == note
    local.annotate(run_id, "note", "three")
    local.close()
    assert reader.runs().documents[0]["note"] == "three"
    shutil.rmtree(local._folder.run(run_id))
    assert len(reader.runs()) == 0


def test_a_change_made_after_the_index_by_a_process_that_is_gone_is_seen(local: LocalStore) -> None:
    ids = record(local, 34)
    local.annotate(ids[0], "note", "before the index")
    time.sleep(0.12)  # the folders have calmed down: their times will not give the change away
    local.runs()
    assert indexes(local)
    local.annotate(ids[0], "note", "after it")
    local.close()
    assert LocalStore(local.path).read(ids[0])["note"] == "after it"
    assert [run["note"] for run in LocalStore(local.path).runs().documents if run["note"]] == ["after it"]


def test_a_change_that_arrives_before_its_run_waits_for_it(local: LocalStore, tmp_path: Path) -> None:
    (run_id,) = record(local, 1)
    local.annotate(run_id, "tags", {"early": "yes"})
    away = tmp_path / "away"
    local._folder.run(run_id).rename(away)
    reader = LocalStore(local.path)
    assert len(reader.runs()) == 0
    away.rename(local._folder.run(run_id))
    assert reader.runs().documents[0]["tags"] == {"early": "yes"}


def test_the_later_of_two_hosts_changes_wins_by_logical_clock_not_by_time(local: LocalStore) -> None:
    (run_id,) = record(local, 1)
    one, two = (MetaLog(local.path, local._live, local._disk) for _ in range(2))
    one.append(run_id, "note", "seen both", 9)
    two.append(run_id, "note", "seen none", 5)
    assert local.runs().documents[0]["note"] == "seen both"
    local.annotate(run_id, "note", "after all")
    assert LocalStore(local.path).runs().documents[0]["note"] == "after all"


def test_index_files_are_few_and_old_ones_go(local: LocalStore) -> None:
    record(local, 200, 10_000)
    for k in range(14):
        record(local, 33, k * 40)
        local.runs()
        assert len(indexes(local)) <= catalogue._HIGH
    assert list(LocalStore(local.path).runs().documents) == replayed(local.path)


def test_many_readers_write_the_index_without_harm(local: LocalStore) -> None:
    readers = [LocalStore(local.path) for _ in range(4)]
    for k in range(6):
        record(local, 33, k * 40)
        assert [len(reader.runs()) for reader in readers] == [33 * (k + 1)] * 4
    assert list(LocalStore(local.path).runs().documents) == replayed(local.path)


def test_reading_creates_nothing(folder: Path) -> None:
    store = LocalStore(folder)
    assert (store.id, len(store.runs()), folder.exists()) == (None, 0, False)


def test_a_run_that_was_seen_before_its_first_record_is_not_taken_for_dead(local: LocalStore) -> None:
    record(local, 1)
    (run_id,) = (new_run_id(1_790_000_500),)
    folder = local.path / "runs" / "2026-09" / run_id
    writer = local.begin(run_id, {"name": "young"})
    (segment,) = folder.glob("ev-*.jsonl")
    content = segment.read_bytes()
    segment.write_bytes(b"")
    reader = LocalStore(local.path)
    reader.runs()
    with segment.open("r+b") as file:
        file.write(content)
    names = [document["name"] for document in reader.runs().documents]
    writer.close("finished", 1.0)
    assert "young" in names
    assert [document["status"] for document in reader.runs().documents] == ["finished", "finished"]


def test_what_an_annotation_has_found_is_in_the_next_table(local: LocalStore) -> None:
    first, _ = record(local, 2)
    assert len(local.runs().documents) == 2
    record(local, 1, start=5)
    local.annotate(first, "tags", {"seen": True})
    assert len(local.runs().documents) == 3
