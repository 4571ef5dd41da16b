"""Finding runs by words of their records: in sheets, in memory, beside damage, and never in a run that is deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.store.index.mentions import mentions
from nbtrack.store.local import LocalStore
from nbtrack.store.memory import MemoryStore
from nbtrack.store.writing.keeper import KEEPER

HASHES = [f"{number:02x}" * 32 for number in range(40)]


def fill(store: MemoryStore | LocalStore, count: int = 3) -> list[str]:
    ids = [f"20261121t10153{number}-{number:08d}" for number in range(count)]
    for number, run_id in enumerate(ids):
        writer = store.begin(run_id, {"name": f"run {number}"})
        entry = {"kind": "file", "path": f"data é {number}.csv", "mode": "read", "size": 4, "sha256": HASHES[number]}
        writer.append("data", [entry, {**entry, "path": "all.csv", "sha256": HASHES[30]}])
        writer.append("params", {"huge": 2**70} if number == 1 else {"text": '}"{'})
        writer.append("slice", {"executions": [{"n": 1, "reads": {"a": 0}, "source": HASHES[20]}], "verdicts": []})
        writer.close("finished", 1.0)
    return ids


@pytest.fixture(params=["memory", "first", "indexed"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MemoryStore | LocalStore]:
    if request.param == "memory":
        store = MemoryStore()
        fill(store)
        yield store
        return
    local = LocalStore(tmp_path / ".nbtrack")
    fill(local)
    local.runs()
    if request.param == "indexed":
        local.close()
        local = LocalStore(tmp_path / ".nbtrack")
    yield local
    local.close()
    KEEPER.stop()


def test_a_hash_is_found_with_the_object_it_stands_in(store: MemoryStore | LocalStore) -> None:
    (found,) = mentions(store.runs().documents, [HASHES[1]])
    assert found.position == 1
    assert found.within == {"kind": "file", "path": "data é 1.csv", "mode": "read", "size": 4, "sha256": HASHES[1]} or (
        found.within is None  # a number of more than 64 bits makes the index keep the whole document as text
    )


def test_what_stands_in_many_runs_is_found_in_each_oldest_first(store: MemoryStore | LocalStore) -> None:
    assert [found.position for found in mentions(store.runs().documents, [HASHES[30]])] == [0, 1, 2]


def test_what_stands_in_an_object_with_others_in_it_is_found_without_it(store: MemoryStore | LocalStore) -> None:
    found = list(mentions(store.runs().documents, [HASHES[20]]))
    assert [(each.position, each.within) for each in found] == [(0, None), (1, None), (2, None)]


def test_many_hashes_are_sought_in_one_go(store: MemoryStore | LocalStore) -> None:
    found = {(each.position, each.text) for each in mentions(store.runs().documents, [*HASHES, "all.csv"])}
    expected = {(row, text) for row in range(3) for text in (HASHES[row], HASHES[20], HASHES[30], "all.csv")}
    assert found == expected


def test_nothing_is_found_of_what_is_not_there(store: MemoryStore | LocalStore) -> None:
    assert not list(mentions(store.runs().documents, [HASHES[9], "none.csv"]))
    assert not list(mentions(store.runs().documents, []))


def test_words_that_json_writes_otherwise_are_refused(store: MemoryStore | LocalStore) -> None:
    with pytest.raises(ValueError, match="otherwise in JSON"):
        list(mentions(store.runs().documents, ["data é 1.csv"]))


def test_a_deleted_run_is_not_found(store: MemoryStore | LocalStore) -> None:
    store.annotate("20261121t101531-00000001", "delete", value=True)
    assert [found.position for found in mentions(store.runs().documents, [HASHES[30]])] == [0, 1]
    assert not list(mentions(store.runs().documents, [HASHES[1]]))


def test_runs_are_found_where_the_index_was_cut(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / ".nbtrack")
    fill(store)
    table = store.runs()
    (index,) = [*(tmp_path / ".nbtrack" / "cache").glob("index-*.bin")] or [None]
    if index is not None:
        index.write_bytes(index.read_bytes()[:-200])
    again = LocalStore(tmp_path / ".nbtrack")
    assert len(list(mentions(again.runs().documents, [HASHES[30]]))) == len(table.documents) == 3
    store.close()
    again.close()
    KEEPER.stop()
