"""What a store's folder is looked through for before something is written, and when it need not be looked through again."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.errors import NewerFormat, StoreError
from nbtrack.model.ids import new_run_id
from nbtrack.store import folder as module
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import Name, refuse_links


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders of the store that were looked at for links, in order."""
    seen: list[str] = []

    def watched(root: Name, *names: str) -> None:
        seen.extend(name for name in names if name in module._FOLDERS)
        refuse_links(root, *names)

    monkeypatch.setattr(module, "refuse_links", watched)
    return seen


@pytest.fixture
def settled(local: LocalStore, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A store that has a run, and has not changed for as long as its times are not relied on."""
    monkeypatch.setattr(module, "_SETTLED", 50_000_000)
    begin(local)
    time.sleep(0.1)
    begin(local)
    return local


def begin(store: LocalStore) -> None:
    store.begin(new_run_id(), {"name": "x"}).close("finished", 1.0)


def test_a_folder_that_stayed_as_it_was_is_not_looked_through_again(settled: LocalStore, looks: list[str]) -> None:
    begin(settled)
    settled.put(b"content")
    assert looks == []


def test_a_folder_that_changed_just_now_is_looked_through_each_time(local: LocalStore, looks: list[str]) -> None:
    for _ in range(3):
        begin(local)
    assert looks == [*module._FOLDERS] * 3


@pytest.mark.parametrize("name", ["runs", "meta", "live", "cas", "cache", "tmp"])
@pytest.mark.parametrize("keeps_time", [True, False])
def test_a_link_that_comes_later_is_found(settled: LocalStore, tmp_path: Path, name: str, *, keeps_time: bool) -> None:
    before = settled.path.stat()
    (tmp_path / "outside").mkdir()
    shutil.move(settled.path / name, tmp_path / "away")
    (settled.path / name).symlink_to(tmp_path / "outside", target_is_directory=True)
    if keeps_time:  # as what unpacks an archive does
        os.utime(settled.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for write in (lambda: begin(settled), lambda: settled.put(b"content")):
        with pytest.raises(StoreError, match="is a link"):
            write()
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_link_is_found_again_however_often_it_was_found(settled: LocalStore, tmp_path: Path) -> None:
    shutil.move(settled.path / "cas", tmp_path / "away")
    (settled.path / "cas").symlink_to(tmp_path / "away", target_is_directory=True)
    for _ in range(2):
        with pytest.raises(StoreError, match="is a link"):
            begin(settled)
        time.sleep(0.1)


def test_another_folder_in_the_place_of_the_store_is_looked_through(
    settled: LocalStore, tmp_path: Path, looks: list[str]
) -> None:
    shutil.copytree(settled.path, tmp_path / "copy")
    time.sleep(0.1)
    settled.path.rename(tmp_path / "old")
    (tmp_path / "copy").rename(settled.path)
    begin(settled)
    assert looks == [*module._FOLDERS]


def test_a_store_that_is_for_newer_writers_from_now_on_is_not_written(settled: LocalStore) -> None:
    about = settled.path / "store.json"
    about.write_text(about.read_text().replace('"min_writer": 1', '"min_writer": 8'))  # in place: the folder stays
    for _ in range(2):
        with pytest.raises(NewerFormat, match="update nbtrack to write"):
            begin(settled)
        time.sleep(0.1)


def test_a_store_that_was_removed_comes_into_being_again(settled: LocalStore) -> None:
    shutil.rmtree(settled.path)
    begin(settled)
    assert len(settled.runs()) == 1


def test_a_child_whose_runs_folder_went_makes_it_anew(
    local: LocalStore, run_id: str, in_child: Callable[[Callable[[], object]], str]
) -> None:
    writer = local.begin(run_id, {"name": "x"})
    place = local._folder.run(run_id)

    def late() -> int:
        shutil.rmtree(place)
        writer.append("params", {"a": 1})
        return len(list(place.iterdir()))

    assert in_child(late) == "1"
    writer.close("finished", 1.0)


def test_records_that_fit_one_by_one_fit_together(local: LocalStore, run_id: str) -> None:
    writer = local.begin(run_id, {"name": "x"})
    writer.append_all([("params", {f"text{number}": "x" * 500_000}, None) for number in range(4)])
    writer.close("finished", 1.0)
    run = local.read(run_id)
    assert (len(run["params"]), run["health"]["ok"]) == (4, True)
