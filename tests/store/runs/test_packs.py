"""Packs hold runs as they were, and read like loose ones: wherever packing was interrupted, whoever reads meanwhile."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import NbtrackError, StoreFull
from nbtrack.model.document import RunDocument
from nbtrack.model.ids import new_run_id
from nbtrack.store.check.fsck import fsck
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packed, Packer
from nbtrack.store.housekeeping.unpacking import take_out
from nbtrack.store.index import catalogue
from nbtrack.store.local import LocalStore
from nbtrack.store.runs import points, reading, run_files
from nbtrack.store.runs.packs import Pack, Packs
from nbtrack.store.writing.compaction import compact
from tests.store.stopping import calls_of, failing_at, killed_at

LATER = 10.0  # packing is asked about a moment when no run is young any more
pytestmark = pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")


def record(store: LocalStore, count: int, start: int = 0) -> list[str]:
    ids = [new_run_id(1_790_000_000 + start + k) for k in range(count)]
    for k, run_id in enumerate(ids, start):
        writer = store.begin(run_id, {"name": f"run {k}"})
        writer.append("params", {"k": k, "odd": "\ud83d", "huge": 10**40})
        for step in range(5):
            writer.point({"loss": 1.0 / (step + 1), "text": k})
        writer.append("metrics", {"single": k})
        writer.close("finished", 1.0)
    return ids


def pack(path: Path, *, compacting: bool = False) -> Packed:
    with maintaining(path, "pack") as lock:
        now = time.time() + LATER
        return Packer(
            path, older_than=0, now=now, compact=(lambda f: compact(f, least=0)) if compacting else None
        ).pack(lock)


def everything(path: Path) -> tuple[list[RunDocument], list[object]]:
    """What a fresh process with no index says of all runs, and their histories."""
    shutil.rmtree(path / "cache", ignore_errors=True)
    store = LocalStore(path)
    documents = list(store.runs().everything)
    points = [store.points(document["id"], "loss") for document in documents]
    assert documents == [store.read(document["id"]) for document in documents]
    return documents, points


def loose(path: Path) -> list[str]:
    return sorted(str(file.relative_to(path)) for file in (path / "runs").rglob("*") if file.is_file())


@pytest.fixture
def filled(local: LocalStore) -> LocalStore:
    record(local, 4)
    return local


def test_packed_runs_are_read_as_loose_ones_are(filled: LocalStore) -> None:
    filled.annotate(filled.runs().documents[1]["id"], "tags", {"team": "nlp"})
    before = everything(filled.path)
    done = pack(filled.path)
    assert (done.runs, done.files, len(done.packs), done.stayed) == (4, 8, 1, {})
    assert (loose(filled.path), everything(filled.path)) == ([], before)
    assert fsck(filled, data=True).ok
    assert [path.name for path in (filled.path / "packs").iterdir()] == list(done.packs)


def test_packed_runs_are_annotated_like_others(filled: LocalStore) -> None:
    pack(filled.path)
    run_id = filled.runs().documents[0]["id"]
    filled.annotate(run_id, "note", "later")
    filled.annotate(run_id, "artifact", {"name": "a", "sha256": "0" * 64, "size": 1, "media_type": "x"})
    for document in (filled.runs().documents[0], filled.read(run_id), LocalStore(filled.path).read(run_id)):
        assert (document["note"], [each["name"] for each in document["artifacts"]]) == ("later", ["a"])


def test_blocks_of_points_are_packed_and_read_like_any_file(filled: LocalStore) -> None:
    before = everything(filled.path)
    assert pack(filled.path, compacting=True).runs == 4
    names = {file.name[:2] for files in Pack(next((filled.path / "packs").iterdir())).runs.values() for file in files}
    assert names <= {"ev", "mb", "mx"}
    assert everything(filled.path) == before
    assert fsck(filled, data=True).ok


def test_a_process_that_had_read_the_runs_before_neither_loses_nor_doubles_them(filled: LocalStore) -> None:
    reader = LocalStore(filled.path)
    before = list(reader.runs().everything)
    pack(filled.path)
    assert list(reader.runs().everything) == before
    assert [reader.points(run["id"], "loss").values for run in before] == [(1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5)] * 4
    more = record(filled, 1, 100)
    assert [run["id"] for run in reader.runs().everything] == [*(run["id"] for run in before), *more]


def test_an_index_written_before_is_right_after(filled: LocalStore) -> None:
    record(filled, 40, 50)
    before = list(filled.runs().everything)
    assert list((filled.path / "cache").iterdir())
    pack(filled.path)
    assert list(LocalStore(filled.path).runs().everything) == before
    pack(filled.path)
    assert list(LocalStore(filled.path).runs().everything) == before


READING = """
import sys
from pathlib import Path
from nbtrack.store.local import LocalStore
path, count = Path(sys.argv[1]), int(sys.argv[2])
kept = LocalStore(path)
print("reading", flush=True)
looks = 0
while not (path / "stop").exists():
    for store in (kept, LocalStore(path)):
        runs = store.runs().everything
        assert len(runs) == count == len({run["id"] for run in runs}), (len(runs), count, looks)
        assert all(run["curves"]["loss"]["count"] == 5 and run["health"]["ok"] for run in runs)
        for run in runs[:: max(count // 5, 1)]:
            assert len(store.points(run["id"], "loss").steps) == 5
            assert store.read(run["id"])["curves"]["loss"]["count"] == 5
    looks += 1
print(looks)
"""


@pytest.mark.slow
def test_readers_beside_packing_and_unpacking_never_miss_a_run(local: LocalStore, folder: Path) -> None:
    ids = record(local, 12)
    reader = subprocess.Popen([sys.executable, "-c", READING, folder, "12"], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    for round_ in range(8):
        pack(folder)
        with maintaining(folder, "gc") as lock:
            take_out(folder, ids[round_ % 3 :: 3], lock)
    (folder / "stop").touch()
    out, _ = reader.communicate(timeout=60)
    assert (reader.returncode, int(out) > 0) == (0, True)


@pytest.mark.parametrize(
    ("module", "listing", "at"),
    [(catalogue, "names_in", 1), (reading, "scandir", 1), (points, "names", 2), (run_files, "names", 1)],
)
def test_runs_taken_out_of_a_pack_while_a_folder_is_listed_are_seen(
    filled: LocalStore, folder: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, listing: str, at: int
) -> None:
    """They were not loose yet when the folder was read, and are packed no more when the packs are."""
    before = everything(folder)
    ids = [run["id"] for run in before[0]]
    pack(folder)
    shutil.rmtree(folder / "cache", ignore_errors=True)
    list_really, listed = getattr(module, listing), list[Path]()

    def list_slowly(path: Path) -> object:
        try:
            return list_really(path)
        finally:
            listed.append(path)
            if len(listed) == at:
                with maintaining(folder, "gc") as lock:
                    take_out(folder, ids, lock)

    monkeypatch.setattr(module, listing, list_slowly)
    store = LocalStore(folder)
    if module is points:
        assert [store.points(run_id, "loss") for run_id in ids] == before[1]
    elif module is run_files:
        assert run_files.run_ids(folder, Packs(folder)) == sorted(ids)
    else:
        assert list(store.runs().everything) == before[0]
    assert len(listed) > at


def test_records_that_arrive_later_lie_beside_the_pack_and_count(filled: LocalStore, folder: Path) -> None:
    run_id = filled.runs().documents[0]["id"]
    clone = folder.parent / "clone" / ".nbtrack"
    shutil.copytree(folder, clone)
    pack(folder)
    (segment,) = (clone / "runs" / "2026-09" / run_id).glob("ev-*")
    other = segment.with_name("ev-0123456789ab-0.jsonl")
    from nbtrack.store.lines.record import encode

    head = {"k": "head", "fmt": 1, "min_reader": 1, "run": run_id, "w": "0123456789ab", "seg": 0}
    tags = {"k": "tags", "v": {"from": "elsewhere"}, "w": "0123456789ab", "n": 1, "l": 9, "t": 0}
    arrived = folder / "runs" / "2026-09" / run_id / other.name
    arrived.parent.mkdir()
    arrived.write_bytes(encode(head) + encode(tags))
    for store in (filled, LocalStore(folder)):
        run = store.runs().documents[0]
        assert (run["tags"], run["curves"]["loss"]["count"]) == ({"from": "elsewhere"}, 5)
    done = pack(folder)
    assert done.stayed == {"not whole: writer 0123456789ab has not sealed its part": [run_id]}


def test_a_run_in_two_packs_and_loose_counts_once(filled: LocalStore, folder: Path) -> None:
    """As git merges two clones that packed on their own, one of them with a run more."""
    before = everything(folder)
    clone = folder.parent / "clone" / ".nbtrack"
    shutil.copytree(folder, clone)
    more = record(LocalStore(clone), 1, 60)
    pack(folder)
    pack(clone)
    shutil.copytree(clone / "packs", folder / "packs", dirs_exist_ok=True)
    documents, points = everything(folder)
    assert [run["id"] for run in documents] == [*(run["id"] for run in before[0]), *more]
    assert (documents[:4], points[:4]) == before


def test_only_runs_that_are_whole_and_over_are_packed(local: LocalStore, folder: Path) -> None:
    ended, damaged, open_, foreign = *record(local, 3), new_run_id()
    writer = local.begin(foreign, {"name": "open"})
    (segment,) = (folder / "runs" / "2026-09" / damaged).glob("ev-*")
    segment.write_bytes(segment.read_bytes().replace(b'"k":1', b'"k":2'))
    (folder / "runs" / "2026-09" / open_ / "notes.txt").write_text("mine")
    done = pack(folder)
    assert done.runs == 1
    assert done.stayed == {
        "not whole: a line is damaged": [damaged],
        "other files in its folder": [open_],
        "running": [foreign],
    }
    assert list(Packs(folder).of(ended)) != []
    writer.close("finished", 1.0)
    assert Packer(folder, older_than=3600, now=time.time()).preview().stayed["too young"] == [damaged, foreign]


def test_a_table_of_contents_that_cannot_be_believed_is_done_without(filled: LocalStore, folder: Path) -> None:
    before = everything(folder)
    pack(folder)
    (path,) = (folder / "packs").iterdir()
    content = path.read_bytes()
    path.chmod(0o600)
    for harmed in (
        content[:-10],
        content.replace(b'{"k":"packed"', b'{"k":"pacxed"'),
        content.replace(b'"pack.end"', b'"pack.enx"'),
    ):
        path.write_bytes(harmed)
        assert Pack(path).whole is False
        assert everything(folder) == before
    half = content.index(b'{"k":"file"', len(content) // 3)
    path.write_bytes(content[: half + 200])  # as a copy that was cut off
    assert 0 < len(LocalStore(folder).runs().everything) < 4


def test_a_pack_that_only_a_newer_version_may_read_is_left_alone(filled: LocalStore, folder: Path) -> None:
    from nbtrack.store.lines.record import encode

    pack(folder)
    (path,) = (folder / "packs").iterdir()
    content = path.read_bytes()
    path.chmod(0o600)
    end = content[:-1].rpartition(b"\n")[2]
    newer = {key: value for key, value in json.loads(end).items() if key != "c"}
    _, _, rest = content.partition(b"\n")
    path.write_bytes(
        encode({"k": "pack", "fmt": 9, "min_reader": 9, "month": "2026-09"})
        + rest[: -len(end) - 1]
        + encode({**newer, "min_reader": 9})
    )
    assert Pack(path).runs == {}


def test_names_in_a_pack_lead_nowhere_else(folder: Path) -> None:
    from nbtrack.store.lines.record import encode

    folder.mkdir()
    path = folder / "2026-09-0123456789abcdef.jsonl"
    head = encode({"k": "pack", "fmt": 1, "min_reader": 1, "month": "2026-09"})
    for name in ("../../x", "/etc/passwd", "", "a/b", "..", ".hidden"):
        files = [[name, len(head), 0, "00000000"]]
        contents = encode({"k": "packed", "run": "20260901t000000-00000000", "files": files})
        end = encode({"k": "pack.end", "min_reader": 1, "runs": 1, "first": "2", "last": "3", "contents": len(head)})
        path.write_bytes(head + contents + end)
        assert Pack(path).runs == {}


# --- interrupted


def whole_after(path: Path, before: object) -> None:
    """Nothing was lost or doubled, and packing again finishes the work."""
    assert everything(path) == before
    pack(path)
    assert (everything(path), loose(path)) == (before, [])
    assert not list((path / "tmp").glob("pack-*"))
    assert fsck(path, data=True).ok


def copies(path: Path) -> Iterator[Path]:
    for k in range(10_000):
        copy = path.parent / f"copy{k}" / ".nbtrack"
        shutil.copytree(path, copy)
        yield copy
        shutil.rmtree(copy.parent)


@pytest.mark.slow
def test_a_process_killed_at_any_call_of_packing_loses_nothing(filled: LocalStore, folder: Path) -> None:
    before, copied = everything(folder), copies(folder)
    calls = calls_of(lambda: pack(next(copied)))
    assert calls > 30
    for at in range(calls):
        copy = next(copied)
        assert killed_at(at, lambda copy=copy: pack(copy)) == 9
        whole_after(copy, before)


@pytest.mark.slow
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_call_that_fails_while_packing_loses_nothing(filled: LocalStore, folder: Path, error: int) -> None:
    before, copied = everything(folder), copies(folder)
    calls = calls_of(lambda: pack(next(copied)))
    for at in range(0, calls, 2):
        copy = next(copied)
        with suppress(NbtrackError):
            failing_at(at, error, lambda copy=copy: pack(copy))
        shutil.rmtree(copy / "locks", ignore_errors=True)
        whole_after(copy, before)


def test_a_disk_without_room_for_a_pack_says_so_and_leaves_everything_as_it_was(
    filled: LocalStore, folder: Path
) -> None:
    def full(fd: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    from nbtrack.store.system.disk import Disk, replaced

    files = loose(folder)
    with maintaining(folder, "pack") as lock, replaced(Disk(write=full)), pytest.raises(StoreFull):
        Packer(folder, older_than=0, now=time.time() + LATER).pack(lock)
    assert (loose(folder), list((folder / "packs").iterdir())) == (files, [])


def test_what_is_read_back_differently_is_not_published(filled: LocalStore, folder: Path) -> None:
    def garble(fd: int, data: bytes) -> int:
        return os.write(fd, bytes(data).replace(b'"finished"', b'"finishee"'))

    from nbtrack.store.system.disk import Disk, replaced

    files = loose(folder)
    with (
        maintaining(folder, "pack") as lock,
        replaced(Disk(write=garble)),
        pytest.raises(NbtrackError, match="read back"),
    ):
        Packer(folder, older_than=0, now=time.time() + LATER).pack(lock)
    assert (loose(folder), list((folder / "packs").iterdir())) == (files, [])


@pytest.mark.slow
def test_a_process_killed_at_any_call_of_taking_runs_out_loses_nothing(filled: LocalStore, folder: Path) -> None:
    before = everything(folder)
    pack(folder)
    copied = copies(folder)
    going = [before[0][0]["id"], before[0][2]["id"]]

    def unpack(path: Path) -> None:
        with maintaining(path, "gc") as lock:
            take_out(path, going, lock)

    copy = next(copied)
    calls = calls_of(lambda: unpack(copy))
    assert everything(copy) == before
    assert {name.split("/")[2] for name in loose(copy)} == set(going)
    for at in range(calls):
        copy = next(copied)
        assert killed_at(at, lambda copy=copy: unpack(copy)) == 9
        assert everything(copy) == before
        unpack(copy)
        assert everything(copy) == before
        assert sum(len(Packs(copy).of(run_id)) for run_id in going) == 0


PACKING = """
import sys, time
from pathlib import Path
from nbtrack.errors import MaintenanceLocked
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
done = 0
for _ in range(200):
    try:
        with maintaining(Path(sys.argv[1]), "pack") as lock:
            done += Packer(Path(sys.argv[1]), older_than=0, now=time.time() + 10).pack(lock).runs
    except MaintenanceLocked:
        time.sleep(0.002)
print(done)
"""


@pytest.mark.slow
def test_two_processes_that_pack_at_once_pack_each_run_once(local: LocalStore, folder: Path) -> None:
    record(local, 30)
    before = everything(folder)
    both = [subprocess.Popen([sys.executable, "-c", PACKING, folder], stdout=subprocess.PIPE, text=True) for _ in "ab"]
    done = [int(process.communicate(timeout=60)[0]) for process in both]
    assert (sum(done), loose(folder), everything(folder)) == (30, [], before)


def test_a_forked_child_that_logs_after_its_run_was_packed_is_heard(
    local: LocalStore, folder: Path, run_id: str
) -> None:
    writer = local.begin(run_id, {"name": "x"})
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(reading, 1)
        writer.append("params", {"late": 1})
        writer.close("finished", 1.0)
        os._exit(0)
    writer.close("finished", 1.0)
    assert pack(folder).runs == 1
    os.write(writing, b"x")
    os.waitpid(pid, 0)
    for run in (local.runs().documents[0], LocalStore(folder).read(run_id)):
        assert (run["params"], run["status"], run["sealed"]) == ({"late": 1}, "finished", True)
    assert pack(folder).runs == 1
    assert (loose(folder), len(Packs(folder).of(run_id))) == ([], 2)


values = st.dictionaries(
    st.text(max_size=20),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    max_size=4,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(values, st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8)),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_was_recorded_is_the_same_when_packed(tmp_path_factory: pytest.TempPathFactory, runs: list) -> None:
    path = tmp_path_factory.mktemp("store") / ".nbtrack"
    store = LocalStore(path)
    for params, losses in runs:
        writer = store.begin(new_run_id(), {"name": "x"})
        writer.append("params", params)
        for loss in losses:
            writer.point({"loss": loss})
        writer.close("finished", 1.0)
    before = list(LocalStore(path).runs().everything)
    pack(path, compacting=True)
    assert list(LocalStore(path).runs().everything) == before
    shutil.rmtree(path / "cache", ignore_errors=True)
    assert list(LocalStore(path).runs().everything) == before
    store.close()
