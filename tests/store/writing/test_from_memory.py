"""A run that has just ended is told from memory: what its files say, or else they are read."""

import gc
import os
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.model.ids import new_run_id
from nbtrack.record.open_run import OpenRun
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.reading import Reading


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def recorded(store: LocalStore) -> OpenRun:
    with nbtrack.start_run(
        "one", store=store, params={"lr": 0.1, "nan": float("nan"), "é": [1, (2, {"a": None})]}
    ) as run:
        run.log(loss=0.5)
        run.log(loss=0.25)
        run.set_tags(kind="a\u2028b")
    return run


def folder_of(store: LocalStore, run: OpenRun) -> Path:
    return next(store.path.glob(f"runs/*/{run.id}"))


def refused(*_: object) -> None:
    raise AssertionError("the files were read")


def test_the_document_is_the_one_that_the_files_tell(store: LocalStore) -> None:
    run = recorded(store)
    assert store.read(run.id, changes=False) == LocalStore(store.path).read(run.id, changes=False)


@pytest.mark.parametrize(
    "value",
    [
        "\ud83d\ude00 and \ud800",  # two halves of one character become it
        [("a", 1), (2.5, [None, True])],
        {"b": -0.0, "c": 1e308, "d": 1 << 80, "e": []},
        type("Text", (str,), {})("own"),
        type("Number", (float,), {})(0.5),
        '},","w":"0",{\u2028',
    ],
)
def test_what_becomes_something_else_on_its_way_through_a_file_is_told_as_that(store: LocalStore, value: Any) -> None:
    writer = store.begin(new_run_id(), {"name": "one", "value": value})
    writer.append_all([("params", {"p": value}, {"p": "cell"}), ("data", [{"path": "x", "value": value}], None)])
    writer.append("environment", {"nested": {"deep": value}})
    writer.close("finished", 0.5)
    told, read = (each.read(writer.run_id, changes=False) for each in (store, LocalStore(store.path)))
    assert repr(told) == repr(read)


def test_no_file_is_read_for_it(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = recorded(store)
    monkeypatch.setattr(Reading, "refresh", refused)
    assert store.read(run.id, changes=False)["status"] == "finished"


def test_a_later_change_of_it_reads_no_file_either_and_counts(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(store)
    with monkeypatch.context() as patched:
        patched.setattr(Reading, "refresh", refused)
        store.annotate(run.id, "environment", {"late": True})
    assert store.read(run.id)["environment"] == {"late": True}


def test_what_somebody_else_wrote_into_it_is_seen(store: LocalStore) -> None:
    run = recorded(store)
    (own,) = folder_of(store, run).glob("ev-*.jsonl")
    own.with_name("ev-0123456789ab-0.jsonl").write_text('{"k":"note","v":"by hand"}\n')
    assert store.read(run.id, changes=False)["note"] == "by hand"


def test_a_file_that_is_not_as_it_was_left_is_read(store: LocalStore) -> None:
    run = recorded(store)
    (own,) = folder_of(store, run).glob("ev-*.jsonl")
    os.truncate(own, own.stat().st_size - 10)
    assert store.read(run.id, changes=False)["status"] != "finished"


def test_a_run_that_is_still_open_is_read(store: LocalStore) -> None:
    with nbtrack.start_run("open", store=store) as run:
        assert store.read(run.id, changes=False)["status"] == "running"


def test_a_run_with_more_than_memory_holds_is_read(store: LocalStore) -> None:
    with nbtrack.start_run("long", store=store) as run:
        for number in range(40):
            run.log_params({f"text{number}": "x" * 3000})
    assert len(store.read(run.id, changes=False)["params"]) == 40


@pytest.mark.slow
def test_memory_lets_go_of_a_run_with_its_last_user(store: LocalStore) -> None:
    run = recorded(store)
    assert len(store._journals) == 1
    del run
    gc.collect()
    assert not store._journals
