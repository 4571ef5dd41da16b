"""A folder that was kept comes back as it was, and nothing is ever written beside it."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import ObjectMissing, StoreError, UsageError
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore
from nbtrack.store.memory import MemoryStore
from nbtrack.store.objects.folders import keep_folder, restore_folder, stays_within
from nbtrack.store.objects.hashing import place

HEAD = '{"k":"folder","fmt":1,"files":0,"total":0}'


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    store = MemoryStore() if request.param == "memory" else LocalStore(folder)
    yield store
    if isinstance(store, LocalStore):
        store.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with something of everything."""
    data = tmp_path / "data"
    for name, content in {
        "model.bin": b"weights",
        "a/b/deep.txt": b"deep",
        "a/same.bin": b"weights",
        "none": b"",
    }.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
    (data / "run.sh").write_bytes(b"#!/bin/sh\n")
    (data / "run.sh").chmod(0o755)
    (data / "empty" / "folder").mkdir(parents=True)
    (data / "latest").symlink_to("a/b")
    (data / "a" / "loop").symlink_to("..")
    (data / "dangling").symlink_to("gone")
    return data


def seen(folder: Path) -> dict[str, object]:
    """What is below a folder: content and executable bit of files, target of links, None for folders."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = os.fspath(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes(), bool(path.stat().st_mode & 0o100)
        elif path.is_dir():
            found[name] = None
    return found


def objects_in(store: LocalStore) -> list[Path]:
    return sorted(path for path in (store.path / "cas").rglob("*") if path.is_file())


def test_a_folder_comes_back_as_it_was_links_and_loops_included(store: Store, data: Path, tmp_path: Path) -> None:
    kept = keep_folder(store, data)
    assert restore_folder(store, kept.ref.name, tmp_path / "again") == kept.manifest
    assert seen(tmp_path / "again") == seen(data)
    assert (len(kept.manifest.files), kept.manifest.total, kept.manifest.left_out) == (5, 28, ())


def test_a_restored_folder_has_the_modes_of_any_new_one(store: Store, data: Path, tmp_path: Path) -> None:
    restore_folder(store, keep_folder(store, data).ref.name, tmp_path / "again")
    assert [(tmp_path / "again").stat().st_mode, (tmp_path / "again" / "model.bin").stat().st_mode] == [
        data.stat().st_mode,
        (data / "model.bin").stat().st_mode,
    ]


def test_an_empty_folder_is_a_folder(store: Store, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    restore_folder(store, keep_folder(store, tmp_path / "data").ref.name, tmp_path / "again")
    assert seen(tmp_path / "again") == {}


def test_an_unchanged_folder_and_one_change_in_it_cost_what_is_new(local: LocalStore, data: Path) -> None:
    time.sleep(0.15)
    kept = keep_folder(local, data)
    before = objects_in(local)
    assert (keep_folder(local, data), objects_in(local)) == (kept, before)
    (data / "model.bin").write_bytes(b"better weights")
    assert keep_folder(local, data).ref != kept.ref
    assert len(objects_in(local)) == len(before) + 2  # the file and the manifest


def test_the_same_folder_elsewhere_has_the_same_manifest(store: Store, data: Path, tmp_path: Path) -> None:
    os.mkfifo(data / "pipe")
    kept = keep_folder(store, data)
    data.rename(tmp_path / "moved")
    assert keep_folder(store, tmp_path / "moved") == kept


def test_what_cannot_be_kept_is_listed_with_the_reason(store: Store, data: Path, tmp_path: Path) -> None:
    os.mkfifo(data / "pipe")
    (data / "out").symlink_to(tmp_path)
    (data / "up").symlink_to("../elsewhere")
    (data / ".nbtrack").mkdir()
    (data / ".nbtrack" / "store.json").write_text("{}")
    kept = keep_folder(store, data, lambda path: "it is secret" if path.endswith("model.bin") else None)
    assert {entry.path: entry.left_out for entry in kept.manifest.left_out} == {
        "pipe": "it is not a file",
        "out": "it is a link that leads out of the folder",
        "up": "it is a link that leads out of the folder",
        ".nbtrack": "it is a store of nbtrack",
        "model.bin": "it is secret",
    }
    restore_folder(store, kept.ref.name, tmp_path / "again")
    left_out = {"pipe", "out", "up", ".nbtrack", ".nbtrack/store.json", "model.bin"}
    assert seen(tmp_path / "again") == {path: each for path, each in seen(data).items() if path not in left_out}


def test_what_is_no_folder_is_refused(store: Store, data: Path) -> None:
    for path in (data / "model.bin", data / "absent"):
        with pytest.raises(UsageError, match="cannot be listed"):
            keep_folder(store, path)


def test_nothing_is_overwritten(store: Store, data: Path) -> None:
    kept = keep_folder(store, data)
    before = seen(data)
    with pytest.raises(FileExistsError, match="restore to a new folder"):
        restore_folder(store, kept.ref.name, data)
    assert seen(data) == before


def test_a_missing_object_costs_its_file_only_and_is_named(local: LocalStore, data: Path, tmp_path: Path) -> None:
    kept = keep_folder(local, data)
    (lost,) = (entry.ref for entry in kept.manifest.files if entry.path == "a/b/deep.txt")
    assert lost is not None
    local.path.joinpath(*place(lost.name)).unlink()
    with pytest.raises(ObjectMissing, match=r"again lacks a/b/deep\.txt: their bytes"):
        restore_folder(local, kept.ref.name, tmp_path / "again")
    assert seen(tmp_path / "again") == {path: each for path, each in seen(data).items() if path != "a/b/deep.txt"}


@pytest.mark.parametrize("target", ["/etc", "../x", "a/../../x", "..", "", "a\\..\\..", "C:x"])
def test_a_hostile_link_makes_nothing(store: Store, tmp_path: Path, target: str) -> None:
    manifest = f"{HEAD}\n{json.dumps({'path': 'x', 'link': target})}\n"
    ref = store.put(manifest.encode())
    before = seen(tmp_path)
    with pytest.raises(StoreError, match="leads out of the folder"):
        restore_folder(store, ref.name, tmp_path / "again")
    after = {path for path in seen(tmp_path) if not path.startswith(".nbtrack")}
    assert after == {path for path in before if not path.startswith(".nbtrack")}


TARGETS = st.lists(st.sampled_from(["..", ".", "", "a", "b"]), max_size=6).map("/".join)


@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join), TARGETS)
def test_a_link_that_stays_within_is_found_below_its_folder(path: str, target: str) -> None:
    if stays_within(path, target):
        reached = os.path.normpath(f"/root/folder/{path}/../{target}")
        assert reached == "/root/folder" or reached.startswith("/root/folder/")


PATHS = st.text(st.sampled_from("ab./\\:\0 ~"), max_size=8)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.tuples(PATHS, st.sampled_from(["file", "link", "folder"]), PATHS), max_size=4))
def test_nothing_is_ever_written_outside_the_folder_whatever_a_manifest_says(
    tmp_path: Path, lines: list[tuple[str, str, str]]
) -> None:
    store = MemoryStore()
    file = store.put(b"!").members()
    inside = tmp_path / f"{time.monotonic_ns()}"
    inside.mkdir()
    as_lines = [
        {"path": path, **(file if kind == "file" else {"link": target} if kind == "link" else {"folder": True})}
        for path, kind, target in lines
    ]
    ref = store.put("\n".join([HEAD, *map(json.dumps, as_lines)]).encode())
    try:
        restore_folder(store, ref.name, inside / "again")
    except StoreError:
        assert list(inside.iterdir()) == []
        return
    assert [each.name for each in inside.iterdir()] == ["again"]
    top = os.path.realpath(inside / "again")
    assert all(f"{os.path.realpath(path)}/".startswith(f"{top}/") for path in (inside / "again").rglob("*"))


def test_a_name_that_this_system_cannot_have_is_an_error_of_ours_and_makes_nothing(tmp_path: Path) -> None:
    store = MemoryStore()
    for name in ("x" * 300, "\ud800"):
        line = json.dumps({"path": name, **store.put(b"!").members()})
        with pytest.raises(StoreError, match="cannot be made here"):
            restore_folder(store, store.put(f"{HEAD}\n{line}".encode()).name, tmp_path / "again")
    assert list(tmp_path.iterdir()) == []
