"""Collecting takes what nobody needs, keeps it for 14 days, brings it back when asked, and refuses when in doubt."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import MaintenanceLocked, ObjectMissing, RunNotFound, StoreError, UsageError
from nbtrack.model.document import RunDocument
from nbtrack.model.ids import new_run_id
from nbtrack.record.deletion import delete_run, restore_run
from nbtrack.store.check.fsck import fsck
from nbtrack.store.housekeeping.gc import Collected, Collector
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
from nbtrack.store.housekeeping.trash import Trash
from nbtrack.store.local import LocalStore
from nbtrack.store.system.process import this_process
from tests.store.stopping import calls_of, killed_at

DAY = 86_400.0
NOW = time.time() + 60 * DAY  # the clock of the tests: everything recorded is old
InChild = Callable[[Callable[[], object]], str]
pytestmark = pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")


def record(store: LocalStore, content: bytes, start: int = 0, **more: Any) -> str:
    """A run with one artifact, the source of a slice, and whatever else."""
    run_id = new_run_id(1_790_000_000 + start)
    kept, source = store.put(content), store.put(b"source of " + content)
    writer = store.begin(run_id, {"name": content.decode()})
    writer.append("artifact", {"name": "model", **kept.members(), "media_type": "x"})
    writer.append("slice", {"executions": [{"n": 1, "source": source.sha256}], "verdicts": []})
    for kind, value in more.items():
        writer.append(kind, value)
    writer.close("finished", 1.0)
    return run_id


def gc(
    path: Path, *, now: float = NOW, released: Mapping[str, str] | None = None, plan_only: bool = False, **more: Any
) -> Collected:
    store = LocalStore(path)
    deleted = [run["id"] for run in store.runs().everything if run["deleted"]]
    with maintaining(path, "gc") as lock:
        return Collector(path, now=now, deleted=deleted, released=released, **more).collect(lock)


def undo(path: Path) -> int:
    with maintaining(path, "gc --undo") as lock:
        trash = Trash(path)
        return len(trash.restore([batch for batch in trash.batches() if not batch.purged][-1], lock))


def state(path: Path) -> tuple[list[RunDocument], set[str]]:
    """The runs, and the files of the store that matter."""
    shutil.rmtree(path / "cache", ignore_errors=True)
    files = {str(p.relative_to(path)) for part in ("runs", "cas") for p in (path / part).rglob("*") if p.is_file()}
    return list(LocalStore(path).runs().everything), files


def objects(path: Path) -> set[bytes]:
    return {file.read_bytes() for file in (path / "cas").rglob("*") if file.is_file()}


def pack(path: Path) -> None:
    with maintaining(path, "pack") as lock:
        Packer(path, older_than=0, now=time.time() + 10).pack(lock)


@pytest.fixture(params=["loose", "packed"])
def shape(request: pytest.FixtureRequest, folder: Path) -> Callable[[], None]:
    """Every promise holds for loose and for packed runs: called when the runs were recorded."""
    return (lambda: pack(folder)) if request.param == "packed" else (lambda: None)


def test_what_any_record_mentions_stays(local: LocalStore, folder: Path, shape: Callable[[], None]) -> None:
    for k, kind in enumerate(("data", "code", "environment", "artifact", "a kind of the future")):
        ref = local.put(kind.encode())
        record(local, b"run %d" % k, k, **{kind: {"any": ["where", {"deep": f"sha256:{ref.sha256}"}]}})
    run_id = record(local, b"changed", 9)
    shape()
    local.annotate(run_id, "tags", {"big": {"$ref": local.put(b"of a tag").sha256, "size": 8}})
    before = state(folder)
    assert gc(folder) == Collected(None, 0, 0)
    assert state(folder) == before


def test_what_no_record_mentions_goes_when_it_is_14_days_old(local: LocalStore, folder: Path) -> None:
    record(local, b"kept")
    local.put(b"forgotten")
    assert gc(folder, now=time.time() + 13 * DAY) == Collected(None, 0, 0)
    done = gc(folder, now=time.time() + 15 * DAY)
    assert done.batch
    assert [(item.why, item.runs) for item in done.batch.items] == [("unreferenced", ())]
    assert objects(folder) == {b"kept", b"source of kept"}
    assert undo(folder) == 1
    assert objects(folder) == {b"kept", b"source of kept", b"forgotten"}


def test_deleted_runs_go_with_what_only_they_mention_and_come_back(
    local: LocalStore, folder: Path, shape: Callable[[], None]
) -> None:
    kept, gone = record(local, b"shared", 0), record(local, b"alone", 1)
    local.annotate(gone, "artifact", {"name": "too", **local.put(b"shared").members(), "media_type": "x"})
    shape()
    delete_run(gone, store=local)
    before = state(folder)[0]
    done = gc(folder)
    assert done.batch
    assert done.batch.reason == "1 deleted run"
    assert ([run["id"] for run in state(folder)[0]], objects(folder)) == ([kept], {b"shared", b"source of shared"})
    assert list(local.runs().everything) == state(folder)[0]
    with pytest.raises(RunNotFound):
        local.read(gone)
    undo(folder)
    assert (state(folder)[0], list(local.runs().everything)) == (before, before)
    assert fsck(local, data=True).ok


def test_restoring_a_run_brings_it_and_its_objects_back_from_the_trash(
    local: LocalStore, folder: Path, shape: Callable[[], None]
) -> None:
    first, second = record(local, b"first", 0), record(local, b"second", 1)
    shape()
    before = [run["id"] for run in local.runs().documents]
    delete_run(first, store=local)
    delete_run(second, store=local)
    gc(folder)
    assert restore_run(first, store=local) == first
    assert [run["id"] for run in local.runs().documents] == [first]
    assert objects(folder) == {b"first", b"source of first"}
    restore_run(second, store=local)
    assert [run["id"] for run in local.runs().documents] == before
    assert (Trash(folder).batches(), fsck(local, data=True).ok) == ([], True)


def test_artifacts_that_a_rule_lets_go_leave_the_records_and_everything_else(
    local: LocalStore, folder: Path, shape: Callable[[], None]
) -> None:
    old, new = record(local, b"old", 0), record(local, b"new", 1)
    shape()
    before = state(folder)[0]
    done = gc(folder, released={old: "beyond the newest 1"})
    assert done.batch
    assert [(item.why, item.runs) for item in done.batch.items] == [("rule", (old,))]
    assert objects(folder) == {b"source of old", b"new", b"source of new"}
    assert state(folder)[0] == before
    sha256 = before[0]["artifacts"][0]["sha256"]
    with pytest.raises(ObjectMissing, match=r"moved it to the trash .*beyond the newest 1.*--undo --batch"):
        local.get(sha256)
    assert fsck(local).ok
    assert gc(folder) == Collected(None, 0, 0)  # it is not brought back by itself, nor taken twice
    undo(folder)
    assert local.get(sha256) == b"old"
    assert new


def test_an_artifact_of_two_runs_stays_as_long_as_one_keeps_it(local: LocalStore, folder: Path) -> None:
    first, second = record(local, b"same", 0), record(local, b"same", 1)
    assert gc(folder, released={first: "x"}) == Collected(None, 0, 0)
    assert gc(folder, released={first: "x", second: "x"}).batch


def test_the_files_of_a_folder_go_and_stay_with_their_list(local: LocalStore, folder: Path) -> None:
    inside = local.put(b"a file in a folder")
    listing = local.put(json.dumps({"path": "a", "sha256": inside.sha256}).encode())
    entry = {"name": "d", **listing.members(), "media_type": "application/vnd.nbtrack.folder+jsonl"}
    run_id = record(local, b"run", artifact=entry)
    assert gc(folder) == Collected(None, 0, 0)
    gc(folder, released={run_id: "x"})
    assert objects(folder) == {b"source of run"}


def test_what_went_is_there_for_14_days_and_then_for_good_gone(local: LocalStore, folder: Path) -> None:
    record(local, b"kept")
    local.put(b"forgotten")
    gc(folder)
    gc(folder, now=NOW + 13.9 * DAY)
    assert [len(Trash(folder).present(batch)) for batch in Trash(folder).batches()] == [1]
    (batch,) = Trash(folder).batches()
    with maintaining(folder, "gc") as lock, pytest.raises(StoreError, match="has time until"):
        Trash(folder).purge(batch, lock, NOW + 13.9 * DAY)
    assert gc(folder, now=NOW + 14.1 * DAY) == Collected(None, len(b"forgotten"), 0)
    (batch,) = Trash(folder).batches()
    assert (batch.purged, Trash(folder).present(batch)) == (True, [])
    with maintaining(folder, "gc") as lock, pytest.raises(UsageError, match="removed for good"):
        Trash(folder).restore(batch, lock)


def test_a_clock_that_went_back_removes_nothing(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    gc(folder)
    gc(folder, now=NOW - 400 * DAY)
    assert [len(Trash(folder).present(batch)) for batch in Trash(folder).batches()] == [1]


def test_what_is_used_again_comes_back_before_it_is_gone(local: LocalStore, folder: Path) -> None:
    gone = record(local, b"model", 0)
    forgotten = local.put(b"forgotten").sha256
    delete_run(gone, store=local)
    gc(folder)
    record(local, b"another", 1, data={"uses": forgotten})  # as a git merge brings it, without the bytes
    shutil.move(folder / "trash", folder / "trash2")
    shutil.move(folder / "trash2", folder / "trash")
    done = gc(folder, now=NOW + 20 * DAY)
    assert done.brought_back == 1
    assert objects(folder) == {b"another", b"source of another", b"forgotten"}


def test_bytes_that_are_put_again_are_not_taken(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    collector = Collector(folder, now=time.time() + 15 * DAY)
    plan = collector.plan()
    assert len(plan.objects) == 1
    (path,) = (folder / "cas").rglob("*/??????*")
    fresh = time.time() + 14.9 * DAY
    os.utime(path, (fresh, fresh))  # as putting the same bytes does, between the plan and its execution
    with maintaining(folder, "gc") as lock:
        done = collector.collect(lock, plan)
    assert objects(folder) == {b"forgotten"}
    assert done.batch
    assert Trash(folder).present(done.batch) == []


def test_objects_younger_than_the_oldest_open_run_stay(local: LocalStore, folder: Path) -> None:
    local.put(b"not mentioned yet")
    writer = local.begin(new_run_id(), {"name": "a week long"})
    assert gc(folder) == Collected(None, 0, 0)
    writer.close("finished", 1.0)
    assert gc(folder).batch


def test_a_run_that_is_open_is_never_taken(local: LocalStore, folder: Path) -> None:
    run_id = new_run_id()
    writer = local.begin(run_id, {"name": "open"})
    with pytest.raises(UsageError, match="is running"):
        delete_run(run_id, store=local)
    local.annotate(run_id, "delete", value=True)
    before = state(folder)[1]
    assert gc(folder) == Collected(None, 0, 0)
    assert state(folder)[1] == before
    writer.close("finished", 1.0)


def marker(folder: Path, text: str, age: float = 0.0) -> Path:
    path = folder / "live" / f"{new_run_id()}.0123456789ab"
    path.write_text(text)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_while_another_host_may_be_writing_nothing_is_collected(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    path = marker(folder, json.dumps({**this_process()._asdict(), "host": "elsewhere", "boot": "x"}), age=7200)
    with pytest.raises(
        MaintenanceLocked, match=r"host elsewhere may be writing .* 7,20\d s old.*--ignore-host elsewhere"
    ):
        gc(folder)
    assert objects(folder) == {b"forgotten"}
    assert gc(folder, ignored_hosts=["elsewhere"]).batch
    undo(folder)
    path.unlink()
    assert gc(folder).batch


def test_another_host_that_comes_after_the_plan_was_made_stops_the_collection(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    collector = Collector(folder, now=NOW)
    plan = collector.plan()
    marker(folder, json.dumps({**this_process()._asdict(), "host": "elsewhere", "boot": "x"}))
    with maintaining(folder, "gc") as lock, pytest.raises(MaintenanceLocked, match="host elsewhere"):
        collector.collect(lock, plan)
    assert objects(folder) == {b"forgotten"}


def test_a_marker_from_before_the_last_start_of_this_host_counts_while_it_is_fresh(
    local: LocalStore, folder: Path
) -> None:
    """Two hosts may be called alike; one that was restarted gives no more signs of life."""
    local.put(b"forgotten")
    path = marker(folder, json.dumps({**this_process()._asdict(), "boot": "another"}))
    with pytest.raises(MaintenanceLocked, match="before its last start"):
        gc(folder)
    os.utime(path, (0, 0))
    assert gc(folder).batch


def test_a_marker_that_cannot_be_read_counts_while_it_is_fresh(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    path = marker(folder, "")
    with pytest.raises(MaintenanceLocked, match="somebody may be writing"):
        gc(folder)
    os.utime(path, (0, 0))
    assert gc(folder).batch


def test_the_marker_of_a_dead_process_of_this_host_does_not_matter(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    marker(folder, json.dumps({**this_process()._asdict(), "start": 1}))
    assert gc(folder).batch


def test_a_list_of_the_trash_leads_nowhere_else(local: LocalStore, folder: Path) -> None:
    from nbtrack.store.lines.record import encode

    local.put(b"x")
    batch = folder / "trash" / "20261121t101530-7k3m9q2x"
    batch.mkdir(parents=True)
    head = encode({"k": "trash", "fmt": 1, "min_reader": 1, "why": "", "t": 1})
    paths = ["../../x", "/etc/passwd", "store.json", "cas/sha256/../../../x", "runs/2026-11/../../x", "meta/2026-11/x"]
    moved = [encode({"k": "moved", "path": path, "size": 1, "why": "rule", "runs": []}) for path in paths]
    (batch / "list.jsonl").write_bytes(head + b"".join(moved))
    assert [found.items for found in Trash(folder).batches()] == [()]


def copies(path: Path) -> Iterator[Path]:
    for k in range(10_000):
        copy = path.parent / f"copy{k}" / ".nbtrack"
        shutil.copytree(path, copy)
        yield copy
        shutil.rmtree(copy.parent)


@pytest.mark.slow
def test_a_process_killed_at_any_call_of_collecting_loses_nothing(
    local: LocalStore, folder: Path, shape: Callable[[], None]
) -> None:
    kept, gone = record(local, b"kept", 0), record(local, b"gone", 1)
    local.put(b"forgotten")
    shape()
    delete_run(gone, store=local)
    everything, copied = objects(folder), copies(folder)
    document = local.read(gone)
    copy = next(copied)
    calls = calls_of(lambda: gc(copy))
    end = (state(copy)[0], objects(copy))
    for at in range(0, calls, 1 + calls // 60):
        copy = next(copied)
        assert killed_at(at, lambda copy=copy: gc(copy)) == 9
        assert LocalStore(copy).read(kept)["name"] == "kept"
        there = objects(copy) | {file.read_bytes() for file in (copy / "trash").rglob("cas/*/*/*")}
        assert there == everything
        gc(copy)
        assert (state(copy)[0], objects(copy)) == end
        for _ in [batch for batch in Trash(copy).batches() if not batch.purged]:
            undo(copy)
        assert (objects(copy), LocalStore(copy).read(gone)) == (everything, document)


@pytest.mark.slow
def test_a_process_killed_at_any_call_of_undoing_can_be_followed_by_another(local: LocalStore, folder: Path) -> None:
    delete_run(record(local, b"gone"), store=local)
    local.put(b"forgotten")
    before = state(folder)
    gc(folder)
    copied = copies(folder)
    copy = next(copied)
    calls = calls_of(lambda: undo(copy))
    assert state(copy) == before
    for at in range(calls):
        copy = next(copied)
        killed_at(at, lambda copy=copy: undo(copy))
        if Trash(copy).batches():
            undo(copy)
        assert state(copy) == before


@pytest.mark.slow
def test_a_process_killed_while_it_empties_the_trash_is_followed_by_one_that_finishes(
    local: LocalStore, folder: Path
) -> None:
    for k in range(4):
        local.put(b"forgotten %d" % k)
    record(local, b"kept")
    gc(folder)
    copied = copies(folder)
    copy = next(copied)
    calls = calls_of(lambda: gc(copy, now=NOW + 15 * DAY))
    for at in range(calls):
        copy = next(copied)
        killed_at(at, lambda copy=copy: gc(copy, now=NOW + 15 * DAY))
        gc(copy, now=NOW + 15 * DAY)
        assert not list((copy / "trash").rglob("cas/*/*/*"))
        assert objects(copy) == {b"kept", b"source of kept"}


def test_reading_never_removes_anything(local: LocalStore, folder: Path) -> None:
    gone = record(local, b"gone", 0)
    local.put(b"forgotten")
    delete_run(gone, store=local)
    before = state(folder)[1]
    plan = Collector(folder, now=NOW, deleted=[gone], released={}).plan()
    assert (plan.deleted, len(plan.objects)) == ([gone], 3)
    fsck(local, data=True)
    LocalStore(folder).runs()
    assert (state(folder)[1], (folder / "trash").exists()) == (before, False)


def test_whoever_loses_the_lock_stops_before_anything_goes(local: LocalStore, folder: Path) -> None:
    local.put(b"forgotten")
    plan = Collector(folder, now=NOW).plan()
    with (
        maintaining(folder, "gc") as robbed,
        maintaining(folder, "pack", force=True),
        pytest.raises(MaintenanceLocked, match="taken over"),
    ):
        Collector(folder, now=NOW).collect(robbed, plan)
    assert objects(folder) == {b"forgotten"}
    assert gc(folder).batch
