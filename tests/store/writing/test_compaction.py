"""A sealed segment becomes a block: nothing is lost, whatever happens meanwhile, and nobody who reads notices."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import StoreError
from nbtrack.model.ids import new_run_id
from nbtrack.store.lines.block import block_lines
from nbtrack.store.lines.record import decode
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.reading import Reading
from nbtrack.store.system import disk
from nbtrack.store.system.disk import Disk, replaced
from nbtrack.store.writing.compaction import Compacted, compact
from nbtrack.store.writing.keeper import KEEPER

COUNT = 600


def record_run(local: LocalStore, run_id: str, count: int = COUNT, *, close: bool = True) -> Path:
    """Record a loss at each step, and now and then an accuracy; return the run's folder."""
    writer = local.begin(run_id, {"name": "long"})
    for step in range(count):
        writer.point({"loss": 1 / (step + 1), "acc": step} if step % 50 == 49 else {"loss": 1 / (step + 1)}, step)
    writer.sync()
    if close:
        writer.close("finished", 2.0)
    return local._folder.run(run_id)


def kinds(folder: Path) -> list[str]:
    return sorted(path.name[:2] for path in folder.iterdir())


def seen(local: LocalStore, run_id: str) -> object:
    """Return all that a fresh reader sees of a run."""
    store = LocalStore(local.path)
    return store.read(run_id), store.points(run_id, "loss"), store.points(run_id, "acc")


def test_a_sealed_segment_becomes_a_block_and_a_reader_sees_the_same(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    before, content = seen(local, run_id), segment.read_bytes()
    done = compact(folder, least=0)
    (block,) = folder.glob("mb-*")
    assert done == Compacted(1, len(content), block.stat().st_size)
    assert (kinds(folder), seen(local, run_id)) == (["ev", "mb"], before)
    assert b"".join(line for _, line in block_lines(block)) == content
    assert done.after < done.before / 5
    assert list((local.path / "tmp").iterdir()) == []


def test_a_second_compaction_does_nothing(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    compact(folder, least=0)
    names = sorted(folder.iterdir())
    assert (compact(folder, least=0), sorted(folder.iterdir())) == (Compacted(), names)


def test_the_seal_of_the_writer_is_that_of_the_lines_in_the_block(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    compact(folder, least=0)
    records = {}
    for path in folder.iterdir():
        lines = block_lines(path) if path.suffix == ".block" else ((0, line) for line in path.read_bytes().split(b"\n"))
        for _, line in lines:
            record = decode(line.rstrip(b"\n")).record
            if "n" in record:
                records[record["n"]] = record
    end = records.pop(max(records))
    digest = hashlib.sha256(b"".join(int(records[n]["c"], 16).to_bytes(4, "little") for n in sorted(records)))
    (seal,) = end["seal"].values()
    assert (seal["d"], seal["mx"]) == (f"sha256:{digest.hexdigest()}", COUNT)


def test_a_run_that_is_still_open_stays_as_it_is(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id, close=False)
    assert (compact(folder, least=0), kinds(folder)) == (Compacted(), ["ev", "mx"])


def test_a_small_segment_stays_as_it_is(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id, 20)
    assert (compact(folder), kinds(folder)) == (Compacted(), ["ev", "mx"])


def test_a_segment_of_which_little_is_ours_stays_as_it_is(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    segment.write_bytes(segment.read_bytes() + os.urandom(900_000))
    assert (compact(folder, least=0), kinds(folder)) == (Compacted(), ["ev", "mx"])


def test_what_is_damaged_or_typed_by_hand_is_kept_and_still_shows(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    lines = segment.read_bytes().split(b"\n")
    lines[7] = lines[7].replace(b'"loss":', b'"lass":')
    lines[9] = b'{"k":"m","s":7000,"v":{"loss":7},"w":"mine","n":1,"t":5}'
    segment.write_bytes(b"\n".join(lines))
    content, before = segment.read_bytes(), seen(local, run_id)
    assert compact(folder, least=0).segments == 1
    assert b"".join(line for _, line in block_lines(next(folder.glob("mb-*")))) == content
    after: Any = seen(local, run_id)
    assert (after, after[1].steps[-1]) == (before, 7000)


class Crash(BaseException):
    """The process ends here."""


def failing(at: int, error: BaseException, *, once: bool) -> tuple[Disk, list[str]]:
    """Return a disk whose call number ``at`` fails, and those after it too unless it fails ``once``."""
    calls: list[str] = []

    def wrap(name: str, call: Any) -> Any:
        def wrapped(*arguments: Any) -> Any:
            calls.append(name)
            if len(calls) == at or (len(calls) > at and not once):
                raise error
            return call(*arguments)

        return wrapped

    return Disk(**{each.name: wrap(each.name, getattr(Disk(), each.name)) for each in fields(Disk)}), calls


@pytest.mark.parametrize("error", [Crash(), OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken")])
@pytest.mark.parametrize("once", [True, False], ids=["once", "from then on"])
def test_a_crash_at_any_step_loses_nothing_and_the_next_compaction_finishes(
    local: LocalStore,
    error: BaseException,
    once: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    at, reached = 0, True
    while reached:
        at += 1
        run_id = new_run_id()
        folder = record_run(local, run_id, 150)
        before = seen(local, run_id)
        failures, calls = failing(at, error, once=once)
        with replaced(failures), suppress(Crash, OSError):
            compact(folder, least=0)
        reached = len(calls) >= at
        assert seen(local, run_id) == before
        compact(folder, least=0)
        assert (kinds(folder), seen(local, run_id)) == (["ev", "mb"], before)
    assert at > 6


def test_short_writes_make_a_whole_block(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    before = seen(local, run_id)
    with replaced(replace(Disk(), write=lambda fd, content: os.write(fd, bytes(content[:1000])))):
        compact(folder, least=0)
    assert (kinds(folder), seen(local, run_id)) == (["ev", "mb"], before)


def test_bytes_that_the_disk_gives_back_otherwise_are_not_believed(local: LocalStore, run_id: str) -> None:
    def write(fd: int, content: bytes | memoryview) -> int:
        wrong = bytearray(content)
        wrong[-min(100, len(wrong))] ^= 1
        return os.write(fd, wrong)

    folder = record_run(local, run_id)
    before = seen(local, run_id)
    with replaced(replace(Disk(), write=write)):
        assert compact(folder, least=0) == Compacted()
    assert (kinds(folder), seen(local, run_id)) == (["ev", "mx"], before)
    assert list((local.path / "tmp").iterdir()) == []


def test_a_segment_that_came_back_beside_its_block_counts_once_and_goes(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    before, content = seen(local, run_id), segment.read_bytes()
    compact(folder, least=0)
    segment.write_bytes(content[: len(content) // 2])  # as a copy of an older state of the store brings it
    assert seen(local, run_id) == before
    assert (compact(folder, least=0).cleared, kinds(folder), seen(local, run_id)) == (1, ["ev", "mb"], before)


def test_a_block_that_lacks_what_the_segment_has_is_made_anew(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    before, content = seen(local, run_id), segment.read_bytes()
    compact(folder, least=0)
    segment.write_bytes(content)
    (block,) = folder.glob("mb-*")
    block.write_bytes(block.read_bytes()[:-700])
    assert seen(local, run_id) == before
    assert (compact(folder, least=0).segments, kinds(folder), seen(local, run_id)) == (1, ["ev", "mb"], before)


def test_a_block_and_a_segment_that_each_have_what_the_other_lacks_both_stay(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    lines = segment.read_bytes().split(b"\n")
    compact(folder, least=0)
    segment.write_bytes(b"\n".join([*lines[:5], lines[6].replace(b'"loss":', b'"lass":'), b""]))
    assert (compact(folder, least=0), kinds(folder)) == (Compacted(), ["ev", "mb", "mx"])


def test_a_segment_that_changes_while_its_block_is_made_stays(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")

    def replace_and_add(path: disk.Name, target: disk.Name) -> None:
        Path(path).replace(target)
        with segment.open("ab") as file:
            file.write(b"late\n")

    with replaced(replace(Disk(), replace=replace_and_add)):
        compact(folder, least=0)
    assert (kinds(folder), segment.read_bytes()[-5:]) == (["ev", "mb", "mx"], b"late\n")


def test_nothing_is_written_through_a_link(local: LocalStore, run_id: str, tmp_path: Path) -> None:
    folder = record_run(local, run_id)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (local.path / "tmp").rmdir()
    (local.path / "tmp").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="is a link"):
        compact(folder, least=0)
    assert (kinds(folder), list(elsewhere.iterdir())) == (["ev", "mx"], [])


@pytest.mark.slow
def test_a_reader_that_had_read_a_part_goes_on_after_the_segment_is_gone(local: LocalStore, run_id: str) -> None:
    writer = local.begin(run_id, {"name": "many"})
    names = [f"{k:0300}" for k in range(2600)]  # too long, together, for the seal
    for step in range(10 * len(names)):
        writer.point({names[step // 10]: 0.25}, step)
    folder = local._folder.run(run_id)
    live, whole = Reading(run_id, folder), Reading(run_id, folder)
    live.refresh()
    writer.point({"loss": 0.5}, 1)
    writer.close("finished", 1.0)
    whole.refresh()
    compact(folder, least=0)
    live.refresh()
    expected = whole.document((), local._live)
    assert (live.document((), local._live), len(expected["curves"])) == (expected, len(names) + 1)
    assert (local.read(run_id), kinds(folder)) == (expected, ["ev", "mb"])


def test_readers_and_compactions_at_the_same_time_see_every_point(local: LocalStore) -> None:
    runs = [new_run_id() for _ in range(6)]
    folders = [record_run(local, run_id) for run_id in runs]
    errors: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        store = LocalStore(local.path)
        try:
            while not stop.is_set():
                for run_id in runs:
                    assert len(store.points(run_id, "loss").values) == COUNT
                    assert store.read(run_id)["health"]["ok"]
        except BaseException as error:  # noqa: BLE001 - the main thread shall see it
            errors.append(error)

    def shrink() -> None:
        for folder in folders:
            compact(folder, least=0)

    readers = [threading.Thread(target=read) for _ in range(2)]
    others = [threading.Thread(target=shrink) for _ in range(2)]
    for thread in (*readers, *others):
        thread.start()
    for thread in others:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert (errors, [kinds(folder) for folder in folders]) == ([], [["ev", "mb"]] * len(runs))


@pytest.fixture
def keeper() -> Iterator[None]:
    yield
    KEEPER.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("keeper")
def test_a_long_run_becomes_a_block_in_the_background_soon_after_its_end(local: LocalStore, run_id: str) -> None:
    writer = local.begin(run_id, {"name": "long"})
    for step in range(5000):
        writer.point({"loss": float(step)})
    writer.close("finished", 1.0)
    folder = local._folder.run(run_id)
    done = threading.Event()
    for _ in range(200):
        if kinds(folder) == ["ev", "mb"] or done.wait(0.05):
            break
    assert kinds(folder) == ["ev", "mb"]
    assert local.points(run_id, "loss")[:2] == (range(5000), [float(step) for step in range(5000)])


def test_the_example_in_the_documentation_reads_a_block(local: LocalStore, run_id: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "store-format.md").read_text()
    example = text.split("## Metric blocks")[1].split("```python")[1].split("```")[0]
    folder = record_run(local, run_id)
    compact(folder, least=0)
    names: dict[str, Any] = {}
    exec(compile(example, "store-format.md", "exec"), names)
    (block,) = folder.glob("mb-*")
    for metric in ("loss", "acc"):
        assert list(names["history"](block, metric)) == list(local.points(run_id, metric).values)
    assert len([line for line in example.strip().split("\n") if line]) <= 12


def test_in_a_terminal_a_block_gives_its_lines(local: LocalStore, run_id: str) -> None:
    folder = record_run(local, run_id)
    (segment,) = folder.glob("mx-*")
    content = segment.read_bytes()
    compact(folder, least=0)
    command = [sys.executable, "-m", "nbtrack.store.lines.block", *folder.glob("mb-*")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == content
