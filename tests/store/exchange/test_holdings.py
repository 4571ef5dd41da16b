"""What a store says it holds is what a reader finds, wherever the files lie."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import ObjectMissing, RunNotFound
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.store.exchange.holdings import holdings
from nbtrack.store.exchange.naming import Changes, Kept, Segment, beside, placed
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_run, a_store


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here")


def test_every_file_of_records_and_objects_is_there_once(store: LocalStore) -> None:
    found = {item.place: item.content() for item in holdings(store).items()}
    there = {
        path.relative_to(store.path).as_posix(): path.read_bytes()
        for part in ("runs", "meta", "cas")
        for path in (store.path / part).rglob("*")
        if path.is_file()
    }
    assert found == there


def test_sizes_and_hashes_are_those_of_the_bytes(store: LocalStore) -> None:
    for item in holdings(store).items():
        content = item.content()
        assert (item.size, item.digest) == (len(content), hashlib.sha256(content).hexdigest())


def test_packed_runs_look_like_loose_ones(store: LocalStore) -> None:
    before = {item.place: item.digest for item in holdings(store).items()}
    assert run_line("pack --older-than 0s", store) == 0
    assert {item.place: item.digest for item in holdings(store).items()} == before


def test_a_file_that_is_packed_meanwhile_is_read_where_it_is_then(store: LocalStore) -> None:
    items = [*holdings(store).items()]
    assert run_line("pack --older-than 0s", store) == 0
    for item in items:
        assert hashlib.sha256(item.content()).hexdigest() == item.digest


def test_a_run_has_the_objects_that_its_later_changes_name(store: LocalStore) -> None:
    run_id = a_run(store, "later")
    ref = store.put(b"made afterwards")
    store.annotate(run_id, event.ARTIFACT, {"name": "x", "media_type": "text/plain", **ref.members()})
    assert ref.name in holdings(store, [run_id]).run(run_id).objects


def test_what_a_list_of_objects_names_goes_along(store: LocalStore) -> None:
    inside = store.put(b"inside the folder")
    lines = (
        b'{"k":"folder","fmt":1,"files":1,"total":17}\n{"path":"a","sha256":"%s","size":17}\n' % inside.name.encode()
    )
    run_id = a_run(store, "folder")
    media = {"media_type": "application/vnd.nbtrack.folder+jsonl"}
    store.annotate(run_id, event.ARTIFACT, {"name": "d", **media, **store.put(lines).members()})
    assert inside.name in holdings(store, [run_id]).run(run_id).objects


def test_the_hash_of_a_data_file_that_was_not_kept_takes_nobody_elses_bytes_along(store: LocalStore) -> None:
    kept_by_another = store.put(b"somebody's artifact")
    run_id = a_run(store, "reads")
    entry: dict[str, Any] = {
        "kind": "file",
        "path": "x",
        "mode": "read",
        "size": 19,
        "sha256": kept_by_another.name,
        "kept": False,
    }
    store.annotate(run_id, event.DATA, [entry])
    assert kept_by_another.name not in holdings(store, [run_id]).run(run_id).objects


def test_deletions_are_among_the_changes(store: LocalStore) -> None:
    run_id = holdings(store).run_ids[0]
    store.annotate(run_id, event.DELETE, value=True)
    assert run_id in holdings(store).run_ids
    assert any(b'"delete"' in item.content() for item in holdings(store).changes)


def test_changes_of_some_runs_have_a_head_that_names_no_machine(store: LocalStore) -> None:
    first = holdings(store).run_ids[0]
    (item,) = holdings(store, [first]).changes
    head, change = item.content().splitlines()
    assert b'"part":true' in head
    assert b'"host"' not in head
    assert first.encode() in change


def test_a_damaged_object_is_never_handed_on_whole(store: LocalStore) -> None:
    name = holdings(store).run(holdings(store).run_ids[0]).objects[0]
    path = store.path / Kept(name).place
    path.chmod(0o600)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(ObjectMissing, match="fsck"):
        holdings(store).object(name).content()


def test_a_run_that_is_not_here_is_an_error(store: LocalStore) -> None:
    with pytest.raises(RunNotFound):
        holdings(store, ["20261121t101530-00000000"])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "runs",
        "runs/2026-11",
        "cas/md5/ab/" + "c" * 62,
        "cas/sha256/abc/" + "d" * 61,
        "meta/2026-13/9f2c1ab47d03-0.jsonl",
    ],
)
def test_only_places_of_records_and_objects_are_places(path: str) -> None:
    assert placed(path) is None


def test_places_and_paths_are_the_same_thing() -> None:
    run = "20261121t101530-7k3m9q2x"
    for at in (Segment(run, "mb-9f2c1ab47d03-0.block"), Changes("2026-11", "9f2c1ab47d03-7.jsonl"), Kept("0a" * 32)):
        assert placed(at.place) == at
    assert placed(Segment(run, beside("mb-9f2c1ab47d03-0.block", "ff" * 32)).place) is not None
