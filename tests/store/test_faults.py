"""Disks that are full, fail or may only be read: what was acknowledged stays, what failed leaves no trace."""

import errno
import os
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import NewerFormat, StoreError, StoreFull, StoreReadOnly
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import Disk
from nbtrack.store.writing.journal import Journal
from nbtrack.store.writing.keeper import KEEPER

InChild = Callable[[Callable[[], object]], str]
HEALTHY = {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0}


def test_a_full_disk_takes_nothing_of_a_record_and_logging_resumes(
    folder: Path, run_id: str, in_child: InChild
) -> None:
    def fill() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = LocalStore(folder)
        writer = store.begin(run_id, {"name": "x"})
        writer.append("params", {"before": 1})
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        refused = 0
        for k in range(8):
            try:
                writer.append("params", {f"long{k}": "x" * 1500})
            except StoreFull:
                refused += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        writer.append("params", {"after": 1})
        writer.close("finished", 1.0)
        return f"{refused} refused"

    assert in_child(fill) == "6 refused"
    run = LocalStore(folder).read(run_id)
    assert (list(run["params"]), run["health"]) == (["before", "long0", "long1", "after"], HEALTHY)
    assert len(list(LocalStore(folder)._folder.run(run_id).iterdir())) == 1


def test_a_failed_append_that_cannot_be_withdrawn_abandons_its_file(folder: Path, run_id: str) -> None:
    failing: list[bool] = []

    def write(fd: int, data: bytes) -> int:
        if failing:
            os.write(fd, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space")
        return os.write(fd, data)

    def truncate(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "no truncate")

    store = LocalStore(folder, disk=Disk(write=write, truncate=truncate))
    writer = store.begin(run_id, {"name": "x"})
    writer.append("params", {"a": 1})
    failing.append(True)
    with pytest.raises(StoreFull):
        writer.append("params", {"b": 2})
    failing.clear()
    writer.append("params", {"c": 3})
    writer.close("finished", 1.0)
    run = LocalStore(folder).read(run_id)
    assert (run["params"], run["health"], run["status"]) == ({"a": 1, "c": 3}, HEALTHY, "finished")
    assert len(list(store._folder.run(run_id).iterdir())) == 2


class OneFailure:
    """A medium that fails to flush once and then, as kernels do, pretends that all is well."""

    def __init__(self) -> None:
        self.due = False
        self.flushed: list[int] = []
        self.failed: list[int] = []

    def __call__(self, fd: int) -> None:
        inode = os.fstat(fd).st_ino
        if self.due:
            self.due = False
            self.failed.append(inode)
            raise OSError(errno.EIO, "I/O error")
        self.flushed.append(inode)


def test_after_a_failed_flush_the_records_go_to_a_new_file_and_the_old_is_never_flushed_again(
    folder: Path, run_id: str
) -> None:
    medium = OneFailure()
    store = LocalStore(folder, disk=Disk(flush=medium))
    writer = store.begin(run_id, {"name": "x"})
    writer.append("params", {"a": 1})
    medium.due = True
    writer.sync()
    (failed,) = medium.failed
    assert failed not in medium.flushed[medium.flushed.index(failed) + 1 :]
    writer.append("params", {"b": 2})
    writer.close("finished", 1.0)
    abandoned, successor = sorted(store._folder.run(run_id).iterdir())
    assert (abandoned.stat().st_ino, b'{"a":1}' in successor.read_bytes()) == (failed, True)
    abandoned.unlink()  # as if its pages had been lost; only what was synced before is gone with it
    run = LocalStore(folder).read(run_id)
    assert (run["params"], run["status"]) == ({"a": 1, "b": 2}, "finished")


def test_a_medium_that_keeps_failing_is_an_error_that_says_so(folder: Path, run_id: str) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, "I/O error")

    failing: list[bool] = []
    store = LocalStore(folder, disk=Disk(flush=lambda fd: fail(fd) if failing else os.fdatasync(fd)))
    writer = store.begin(run_id, {"name": "x"})
    writer.append("params", {"a": 1})
    failing.append(True)
    with pytest.raises(StoreError, match="may or may not persist"):
        writer.sync()
    failing.clear()
    writer.close("finished", 1.0)
    assert LocalStore(folder).read(run_id)["params"] == {"a": 1}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not write")
def test_a_folder_that_may_only_be_read_is_read_and_not_written(
    local: LocalStore, run_id: str, in_child: InChild
) -> None:
    local.begin(run_id, {"name": "x"}).close("finished", 1.0)
    local.runs()
    shutil.rmtree(local.path / "cache")
    for path in (local.path, *local.path.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in local.path.parents:
        path.chmod(path.stat().st_mode | 0o555)

    def read_only() -> str:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        store = LocalStore(local.path)
        refused = []
        for write in (
            lambda: store.begin(new_run_id(), {"name": "y"}),
            lambda: store.annotate(run_id, "note", "n"),
            lambda: store.put(b"bytes"),
        ):
            try:
                write()
            except StoreReadOnly:
                refused.append("refused")
        return f"{[run['name'] for run in store.runs().documents]} {store.read(run_id)['status']} {refused}"

    assert in_child(read_only) == "['x'] finished ['refused', 'refused', 'refused']"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not write")
def test_a_place_where_no_store_can_be_made_is_an_error(tmp_path: Path, in_child: InChild) -> None:
    tmp_path.chmod(0o555)

    def begin() -> object:
        os.setuid(65534)
        return LocalStore(tmp_path / ".nbtrack").begin(new_run_id(), {"name": "x"})

    assert in_child(begin).startswith(("StoreReadOnly", "PermissionError"))


def test_a_store_for_newer_readers_is_refused_with_the_version_it_needs(local: LocalStore, run_id: str) -> None:
    local.begin(run_id, {"name": "x"}).close("finished", 1.0)
    about = local.path / "store.json"
    about.write_text(about.read_text().replace('"min_reader": 1', '"min_reader": 7'))
    for ask in (local.runs, lambda: local.read(run_id), lambda: local.begin(new_run_id(), {}), lambda: local.put(b"")):
        with pytest.raises(NewerFormat, match=r"format 7.*update nbtrack to read"):
            ask()


def test_a_store_for_newer_writers_is_read_but_not_written(local: LocalStore, run_id: str) -> None:
    local.begin(run_id, {"name": "x"}).close("finished", 1.0)
    about = local.path / "store.json"
    about.write_text(about.read_text().replace('"min_writer": 1', '"min_writer": 8'))
    assert len(local.runs()) == 1
    for write in (
        lambda: local.begin(new_run_id(), {}),
        lambda: local.annotate(run_id, "note", "n"),
        lambda: local.put(b""),
    ):
        with pytest.raises(NewerFormat, match=r"format 8.*update nbtrack to write"):
            write()


def test_a_damaged_store_file_is_an_error_that_names_it(local: LocalStore, run_id: str) -> None:
    local.begin(run_id, {"name": "x"}).close("finished", 1.0)
    (local.path / "store.json").write_text("{")
    with pytest.raises(StoreError, match=r"store\.json cannot be read"):
        local.runs()


def test_a_run_whose_place_cannot_be_flushed_has_not_begun(folder: Path, run_id: str) -> None:
    def refuse(path: str | Path) -> None:
        raise OSError(errno.EIO, "no flush")

    LocalStore(folder).begin(new_run_id(), {"name": "before"}).close("finished", 1.0)
    store = LocalStore(folder, disk=Disk(flush_folder=refuse))
    with pytest.raises(StoreError, match="fails"):
        store.begin(run_id, {"name": "x"})
    assert not store._folder.run(run_id).exists()
    assert [path.name for path in (folder / "live").iterdir()] == []
    LocalStore(folder).begin(run_id, {"name": "again"}).close("finished", 1.0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError])
@pytest.mark.parametrize("call", ["write", "flush", "flush_folder"])
def test_a_run_that_is_interrupted_as_it_begins_is_not_looked_after(
    folder: Path, run_id: str, call: str, error: type[BaseException]
) -> None:
    def interrupted(*_: object) -> Any:
        raise error

    LocalStore(folder).begin(new_run_id(), {"name": "before"}).close("finished", 1.0)
    disks = {
        "write": Disk(write=interrupted),
        "flush": Disk(flush=interrupted),
        "flush_folder": Disk(flush_folder=interrupted),
    }
    store = LocalStore(folder, disk=disks[call])
    try:
        store.begin(run_id, {"name": "x"})
    except error as problem:
        assert problem.__traceback__ is not None  # and so everything in it is still there
        kept, _ = KEEPER.kept()
        assert [each for each in kept if isinstance(each, Journal) and each.run_id == run_id] == []
    else:
        pytest.fail("it began")
    LocalStore(folder).begin(run_id, {"name": "again"}).close("finished", 1.0)


def test_a_new_run_is_flushed_from_its_file_upwards(folder: Path, run_id: str) -> None:
    LocalStore(folder).begin(new_run_id(), {"name": "before"}).close("finished", 1.0)
    flushed: list[str] = []

    def flush(fd: int) -> None:
        flushed.append("file")
        os.fsync(fd)

    store = LocalStore(folder, disk=Disk(flush=flush, flush_folder=lambda path: flushed.append(Path(path).name)))
    writer = store.begin(run_id, {"name": "x"})
    place = store._folder.run(run_id)
    assert flushed == ["file", place.name, place.parent.name]
    writer.point({"loss": 1.0})
    writer.close("finished", 1.0)
    assert flushed[3:].count(place.parent.name) == 0
