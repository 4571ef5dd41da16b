"""Maintenance refuses a file system that only pretends; recording does not ask."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import StoreError
from nbtrack.model.ids import new_run_id
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import Disk, replaced

PLAIN = Disk()


def create_again(path: Any) -> int:
    Path(path).unlink(missing_ok=True)
    return PLAIN.create(path)


def rename_as_copy(old: Any, new: Any) -> None:
    if Path(old).is_file():
        Path(new).write_bytes(Path(old).read_bytes())
    else:
        PLAIN.rename(old, new)


def rename_over(old: Any, new: Any) -> None:
    if Path(new).is_dir():
        for inner in Path(new).iterdir():
            inner.unlink()
    PLAIN.rename(old, new)


def lose_the_first(fd: int, content: Any) -> int:
    return len(content) if bytes(content) == b"first" else PLAIN.write(fd, content)


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (replace(PLAIN, create=create_again), "a name can be created twice"),
        (replace(PLAIN, write=lose_the_first), "what was appended"),
        (replace(PLAIN, rename=rename_as_copy), "a renamed file"),
        (replace(PLAIN, rename=rename_over), "in the place of another"),
    ],
    ids=["create", "append", "rename", "folder"],
)
def test_a_file_system_that_pretends_is_refused_and_nothing_is_left(tmp_path: Path, disk: Disk, words: str) -> None:
    with replaced(disk), pytest.raises(StoreError, match=words), maintaining(tmp_path, "pack"):
        raise AssertionError
    assert [path.name for path in tmp_path.rglob("*")] == ["tmp"]


def test_a_file_system_that_keeps_its_word_is_accepted_and_nothing_is_left(tmp_path: Path) -> None:
    with maintaining(tmp_path, "pack"):
        pass
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("rename", [rename_as_copy, rename_over])
def test_runs_are_recorded_and_read_where_maintenance_is_refused(tmp_path: Path, rename: Callable[..., None]) -> None:
    with replaced(replace(PLAIN, rename=rename)):
        store, run_id = LocalStore(tmp_path / "store"), new_run_id()
        store.begin(run_id, {"name": "x"}).close("finished", 0.1)
        with pytest.raises(StoreError, match="cannot be trusted with maintenance"), maintaining(store.path, "pack"):
            raise AssertionError
        assert store.read(run_id)["status"] == "finished"
