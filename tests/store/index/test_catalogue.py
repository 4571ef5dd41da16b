"""The index may be deleted, stale, torn or forged: the answers are those of a full replay, and cost what changed."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.model.document import RunDocument
from nbtrack.model.ids import new_run_id
from nbtrack.store.index import catalogue
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.metalog import MetaLog


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


@pytest.fixture(autouse=True)
def _index_is_replay(
    local: LocalStore, assert_same_as_replay: Callable[[LocalStore], None], request: pytest.FixtureRequest
) -> Iterator[None]:
    """After each test here, whatever it did: through the index as without it."""
    yield
    if local.id and "records_harmed" not in request.keywords:
        assert_same_as_replay(local)


@pytest.fixture
def indexed(local: LocalStore) -> LocalStore:
    record(local, 40)
    local.runs()
    assert len(indexes(local)) == 1
    return local


def test_the_index_answers_as_a_replay_does(indexed: LocalStore) -> None:
    assert list(LocalStore(indexed.path).runs().documents) == replayed(indexed.path)
    assert json.dumps(list(LocalStore(indexed.path).runs().documents)) == json.dumps(replayed(indexed.path))


@pytest.mark.records_harmed
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


@pytest.mark.slow
def test_a_damaged_part_of_the_index_does_not_spoil_the_answers(local: LocalStore) -> None:
    for start, count in ((0, 300), (400, 100), (600, 33)):
        record(local, count, start)
        local.runs()
    assert len(indexes(local)) == 3
    expected = replayed(local.path)
    whole = {path: path.read_bytes() for path in indexes(local)}
    for harmed in whole:
        for path, content in whole.items():
            path.write_bytes(content)
        cut(harmed)
        assert list(LocalStore(local.path).runs().documents) == expected


@pytest.mark.parametrize(
    "at", [2, 51, *(pytest.param(at, marks=pytest.mark.slow) for at in range(9, 100, 7) if at != 51)]
)
def test_a_flipped_bit_anywhere_changes_no_answer_and_the_file_is_replaced(indexed: LocalStore, at: int) -> None:
    indexed.annotate(indexed.runs().documents[3]["id"], "note", "late")
    (path,) = indexes(indexed)
    content = bytearray(path.read_bytes())
    content[len(content) * at // 100] ^= 16
    path.write_bytes(content)
    reader = LocalStore(indexed.path)
    for _ in range(2):
        table = reader.runs()
        assert list(table.documents) == replayed(indexed.path)
        assert list(table.column("params", "k")) == list(range(40))
    later = LocalStore(indexed.path).runs()
    assert list(later.documents) == replayed(indexed.path)


def test_an_index_that_is_torn_away_while_it_is_read_is_replaced_by_the_records(indexed: LocalStore) -> None:
    reader = LocalStore(indexed.path)
    table = reader.runs()
    os.truncate(indexes(indexed)[0], 2_000)
    assert list(table.column("params", "k")) == list(range(40))
    assert list(table.documents) == replayed(indexed.path)
    assert list(reader.runs().documents) == replayed(indexed.path)


def test_a_table_outlives_the_index_it_came_from(indexed: LocalStore) -> None:
    table = LocalStore(indexed.path).runs()
    shutil.rmtree(indexed.path / "cache")
    assert list(table.column("params", "k")) == list(range(40))
    assert list(table.documents) == replayed(indexed.path)


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
    one.append([(run_id, "note", "seen both", 9)])
    two.append([(run_id, "note", "seen none", 5)])
    assert local.runs().documents[0]["note"] == "seen both"
    local.annotate(run_id, "note", "after all")
    assert LocalStore(local.path).runs().documents[0]["note"] == "after all"


@pytest.mark.slow
def test_index_files_are_few_and_old_ones_go(local: LocalStore) -> None:
    record(local, 200, 10_000)
    (local.path / "cache" / "index-000000001.jsonl").write_text("of the first format\n")
    for k in range(14):
        record(local, 33, k * 40)
        local.runs()
        assert len(indexes(local)) <= 4
    assert [path.suffix for path in indexes(local)] == [".bin"] * len(indexes(local))
    assert list(LocalStore(local.path).runs().documents) == replayed(local.path)


@pytest.mark.slow
def test_what_is_added_costs_what_it_is_and_not_what_is_there(local: LocalStore) -> None:
    record(local, 600)
    local.runs()
    (large,) = indexes(local)
    record(local, 40, 1_000)
    local.runs()
    assert len(indexes(local)) == 2
    assert indexes(local)[1].stat().st_size * 8 < large.stat().st_size


@pytest.mark.slow
def test_a_store_that_cannot_be_written_is_read_all_the_same(local: LocalStore) -> None:
    ids = record(local, 40)
    (local.path / "cache").rmdir()
    (local.path / "cache").write_text("in the way\n")
    reader = LocalStore(local.path)
    assert len(reader.runs()) == 40
    for k in range(3):
        record(local, 40, 100 * (k + 1))
        local.annotate(ids[k], "note", "late")
        assert list(reader.runs().documents) == replayed(local.path)
    assert (local.path / "cache").read_text() == "in the way\n"
    assert list((local.path / "tmp").iterdir()) == []


def test_many_runs_are_read_without_keeping_the_documents_of_all(
    local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_BULK", 16)
    record(local, 100)
    local.runs()
    assert local._catalogue()._rows == {}
    assert len(local.runs()) == 100


def test_deleted_runs_are_kept_apart_and_come_back(indexed: LocalStore) -> None:
    first, other = (indexed.runs().documents[k]["id"] for k in (0, 20))
    for run_id in (first, other):
        indexed.annotate(run_id, "delete", value=True)
    record(indexed, 40, 500)
    assert (len(indexed.runs()), len(indexed.runs().everything)) == (78, 80)
    assert indexed.runs().find(first)["deleted"]
    indexed.annotate(first, "delete", value=False)
    assert indexed.runs().documents[0]["id"] == first


def test_names_come_in_the_order_of_the_runs_whatever_was_changed_since(indexed: LocalStore) -> None:
    ids = [run["id"] for run in indexed.runs().documents]
    for k, name in ((30, "c"), (2, "b"), (2, "a"), (0, "z")):
        indexed.annotate(ids[k], "tags", {name: k})
    assert list(indexed.runs().names("tags")) == ["z", "b", "a", "c"]
    indexed.annotate(ids[0], "tags", {"z": None})
    assert list(indexed.runs().names("tags")) == ["b", "a", "c"]


@pytest.mark.slow
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


@pytest.mark.slow
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("record"), st.sampled_from([1, 5, 40])),
            st.tuples(st.sampled_from(["tag", "delete", "remove", "open", "close"]), st.integers(0, 99)),
            st.tuples(st.sampled_from(["read", "another", "no index"]), st.just(0)),
        ),
        max_size=12,
    )
)
def test_through_the_index_as_without_it_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory,
    assert_same_as_replay: Callable[[LocalStore], None],
    happenings: list[tuple[str, int]],
) -> None:
    store = LocalStore(tmp_path_factory.mktemp("any") / ".nbtrack")
    record(store, 35)
    writers = []
    for k, (what, number) in enumerate(happenings):
        ids = [run["id"] for run in store.runs().everything]
        chosen = ids[number % len(ids)] if ids else ""
        match what:
            case "record":
                record(store, number, 100 * (k + 1))
            case "tag" if chosen:
                store.annotate(chosen, "tags", {f"t{number % 3}": number})
            case "delete" if chosen:
                store.annotate(chosen, "delete", value=number % 4 > 0)
            case "remove" if chosen:
                shutil.rmtree(store._folder.run(chosen), ignore_errors=True)
            case "open":
                writers.append(store.begin(new_run_id(1_790_000_000 + number), {"name": "open"}))
            case "close" if writers:
                writers.pop().close("finished", 1.0) if Path(writers[-1]._folder).exists() else writers.pop()
            case "another":
                LocalStore(store.path).runs()
            case "no index":
                shutil.rmtree(store.path / "cache")
                (store.path / "cache").mkdir()
    assert_same_as_replay(store)
    store.close()
