"""What takes the room is told by kind, by run and by artifact, and the kinds add up to what is there."""

import shutil
import time
from pathlib import Path

import pytest

from nbtrack.model.ids import new_run_id
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
from nbtrack.store.housekeeping.usage import ArtifactUsage, Usage, usage
from nbtrack.store.local import LocalStore


def record(store: LocalStore, start: int, points: int, *contents: bytes) -> str:
    run_id = new_run_id(1_790_000_000 + start)
    writer = store.begin(run_id, {"name": f"run {start}"})
    for content in contents:
        writer.append("artifact", {"name": f"{len(content)}.bin", **store.put(content).members(), "media_type": "x"})
    for step in range(points):
        writer.point({"loss": step})
    writer.close("finished", 1.0)
    return run_id


@pytest.fixture
def two(local: LocalStore) -> list[str]:
    return [record(local, 0, 500, b"x" * 1000, b"y" * 5000), record(local, 1, 3, b"x" * 1000)]


def measured(store: LocalStore) -> Usage:
    return usage(store.path, store.runs().everything)


def test_the_kinds_add_up_to_all_files(local: LocalStore, folder: Path, two: list[str]) -> None:
    found = measured(local)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert (found.total.files, found.total.bytes) == (len(files), sum(path.stat().st_size for path in files))
    assert found.kinds["artifacts"][:2] == (2, 6000)
    assert found.kinds["histories"].bytes == sum(path.stat().st_size for path in folder.rglob("mx-*"))


def test_runs_and_artifacts_are_told_the_largest_first(local: LocalStore, folder: Path, two: list[str]) -> None:
    found = measured(local)
    assert [(run.id, run.artifacts, run.own) for run in found.runs] == [(two[0], 6000, 5000), (two[1], 1000, 0)]
    x, y = local.put(b"x" * 1000).sha256, local.put(b"y" * 5000).sha256
    assert found.artifacts == [
        ArtifactUsage(y, 5000, ("5000.bin",), (two[0],)),
        ArtifactUsage(x, 1000, ("1000.bin",), tuple(two)),
    ]


def test_a_packed_run_takes_what_it_took_when_it_was_loose(local: LocalStore, folder: Path, two: list[str]) -> None:
    before = measured(local)
    with maintaining(folder, "pack") as lock:
        Packer(folder, older_than=0, now=time.time() + 10).pack(lock)
    after = measured(local)
    assert after.runs == before.runs
    assert after.kinds["histories"].bytes == before.kinds["histories"].bytes
    assert after.total.bytes == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_artifacts_whose_bytes_are_not_here_take_nothing(local: LocalStore, folder: Path, two: list[str]) -> None:
    shutil.rmtree(folder / "cas")
    assert [(run.artifacts, run.own) for run in measured(local).runs] == [(0, 0), (0, 0)]
