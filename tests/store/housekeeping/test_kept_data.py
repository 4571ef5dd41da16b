"""Data that were kept with a run are in use like its artifacts: counted, checked, collected with them."""

import time
from pathlib import Path

import pytest

from nbtrack.model.ids import new_run_id
from nbtrack.store.check.fsck import fsck
from nbtrack.store.housekeeping.gc import Collector
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.usage import usage
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.hashing import place

NOW = time.time() + 60 * 86_400.0  # everything recorded is old


def record(store: LocalStore, *entries: dict[str, object]) -> str:
    run_id = new_run_id(1_790_000_000)
    writer = store.begin(run_id, {"name": "run"})
    writer.append("data", [{"kind": "file", "mode": "read", **each} for each in entries])  # type: ignore[dict-item]  # JSON
    writer.close("finished", 1.0)
    return run_id


@pytest.fixture
def kept(local: LocalStore) -> str:
    """A run with a file, and a folder of one file, that were kept, and a file that was not."""
    inside = local.put(b"inside").sha256
    listing = local.put(f"{inside}  a.txt\n".encode()).sha256
    file = {"path": "x.csv", "size": 4, "sha256": local.put(b"file").sha256, "kept": True}
    folder = {"kind": "folder", "path": "many", "size": 6, "sha256": listing, "kept": True}
    return record(local, file, folder, {"path": "y.csv", "sha256": "0a" * 32, "kept": False, "unkept": "large"})


def collected(folder: Path, released: dict[str, str] | None = None) -> int:
    with maintaining(folder, "gc") as lock:
        batch = Collector(folder, now=NOW, deleted=[], released=released).collect(lock).batch
    return len(batch.items) if batch else 0


def test_they_stay_while_the_run_keeps_them(local: LocalStore, folder: Path, kept: str) -> None:
    assert collected(folder) == 0
    assert fsck(local, data=True).ok


def test_they_go_when_the_runs_artifacts_may(local: LocalStore, folder: Path, kept: str) -> None:
    assert collected(folder, {kept: "a rule"}) == 3


@pytest.mark.parametrize("content", [b"file", b"inside"])
def test_a_check_misses_them(local: LocalStore, folder: Path, kept: str, content: bytes) -> None:
    folder.joinpath(*place(local.put(content).sha256)).unlink()
    assert [(finding.kind, finding.run) for finding in fsck(local, data=False).wrong] == [("absent", kept)]


def test_what_was_not_kept_is_not_missed(local: LocalStore) -> None:
    record(local, {"path": "y.csv", "sha256": "0a" * 32}, {"path": "z.csv", "sha256": "0b" * 32, "kept": False})
    assert fsck(local, data=True).ok


def test_they_count_in_what_a_run_takes(local: LocalStore, kept: str) -> None:
    found = usage(local.path, local.runs().everything)
    assert [(run.id, run.artifacts, run.own) for run in found.runs] == [(kept, 10, 10)]
    assert {each.names for each in found.artifacts} == {("x.csv",), ("many",)}
