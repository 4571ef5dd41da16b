"""Who knows a file: by its bytes, wherever it lies and whatever it is called; by its name only as a hint."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.errors import UsageError
from nbtrack.hosts.cli import run_line
from nbtrack.query.whois import whois, whois_all
from nbtrack.store.local import LocalStore
from nbtrack.store.memory import MemoryStore
from nbtrack.store.objects.hashing import LARGE
from nbtrack.store.writing.keeper import KEEPER

Record = Callable[..., str]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def record(store: MemoryStore) -> Record:
    """Record a run with these records, a second after the one before; return its id."""
    made: list[str] = []

    def write(name: str, **records: Any) -> str:
        run_id = f"20261121t1015{len(made):02d}-{len(made):08d}"
        writer = store.begin(run_id, {"name": name, "started": 1795255200000 + len(made) * 1000})
        for kind, value in records.items():
            writer.append(kind, value)
        writer.close("finished", 1.0)
        made.append(run_id)
        return run_id

    return write


def used(path: str, content: bytes, mode: str = "read", **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"kind": "file", "path": path, "mode": mode, "size": len(content), "sha256": digest, **more}


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_run_that_wrote_a_file_is_named_first_and_readers_after_it(
    store: MemoryStore, record: Record, tmp_path: Path
) -> None:
    maker = record("clean", data=[used("out/clean.csv", b"a,b", "write")])
    readers = [record(f"train {k}", data=[used("clean.csv", b"a,b", n=3)]) for k in range(30)]
    found = whois(put(tmp_path / "clean.csv", b"a,b"), store=store)
    assert found.runs == 31
    assert (found.traces[0].run, found.traces[0].relation, found.traces[0].path) == (maker, "wrote", "out/clean.csv")
    assert (found.traces[1].run, found.traces[1].relation, found.traces[1].n) == (readers[-1], "read", 3)
    assert found.sentence() == "clean.csv was written by run 000000 (clean); 30 other runs know it, too"


@pytest.mark.parametrize("how", ["renamed", "copied", "hard-linked", "linked"])
def test_a_file_is_known_whatever_it_is_called_by_now(
    how: str, store: MemoryStore, record: Record, tmp_path: Path
) -> None:
    record("train", data=[used("model.pkl", b"weights", "write")])
    file, other = put(tmp_path / "model.pkl", b"weights"), tmp_path / "final_v2 (kopie) ü.bin"
    {
        "renamed": lambda: file.rename(other),
        "copied": lambda: other.write_bytes(file.read_bytes()),
        "hard-linked": lambda: os.link(file, other),
        "linked": lambda: other.symlink_to(file),
    }[how]()
    found = whois(other, store=store)
    assert found.is_known
    assert found.sentence() == "final_v2 (kopie) ü.bin was written by run 000000 (train) as model.pkl"


def test_other_bytes_under_the_same_name_are_said_to_be_other(
    store: MemoryStore, record: Record, tmp_path: Path
) -> None:
    record("far", data=[used("old/report.csv", b"1", "write")])
    near = record("near", data=[used("results/report.csv", b"2", "write")])
    record("newest", data=[used("elsewhere/report.csv", b"3", "write")])
    found = whois(put(tmp_path / "results" / "report.csv", b"mine"), store=store)
    assert not found.is_known
    assert found.similar[0].run == near  # the longest common end of the paths
    assert found.similar_runs == 3
    assert found.sentence() == (
        "no run knows these bytes; a file of this name was written by run 000000 (and 2 other runs) with other content"
    ).replace("000000", found.similar[0].short)


def test_a_part_of_a_name_is_no_name(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    record("train", data=[used("big_model.pkl", b"1", "write")], note="model.pkl")
    found = whois(put(tmp_path / "model.pkl", b"2"), store=store)
    assert found.sentence() == "no run knows model.pkl, neither its bytes nor its name"


def test_an_empty_file_is_said_to_be_empty_and_not_to_be_everywhere(
    store: MemoryStore, record: Record, tmp_path: Path
) -> None:
    for number in range(5):
        record(f"run {number}", data=[used(f"log {number}.txt", b"", "write")])
    found = whois(put(tmp_path / "other.txt", b""), store=store)
    assert (found.is_empty, found.is_known, found.traces) == (True, False, ())
    assert found.sentence() == "other.txt is empty, so its bytes tell nothing, and no run knows its name"
    named = whois(put(tmp_path / "log 3.txt", b""), store=store)
    assert [trace.name for trace in named.traces] == ["run 3"]
    assert "is empty" in named.sentence()


def test_artifacts_are_known_also_in_folders_and_when_their_bytes_are_gone(store: MemoryStore, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    put(folder / "weights" / "a.bin", b"layer one")
    put(folder / "empty.txt", b"")
    with nbtrack.start_run("keeps", store=store) as opened:
        opened.log_artifact(folder, "best")
        opened.log_artifact(put(tmp_path / "plot.png", b"png"), "plot")
    found = whois(put(tmp_path / "copy.bin", b"layer one"), store=store)
    assert [(trace.relation, trace.place) for trace in found.traces] == [("kept", "best/weights/a.bin")]
    assert [trace.place for trace in whois(tmp_path / "plot.png", store=store).traces] == ["plot"]
    (tmp_path / "plot.png").rename(tmp_path / "plot2.png")
    store._objects.clear()  # as gc does
    assert [trace.place for trace in whois(tmp_path / "plot2.png", store=store).traces] == ["plot"]


def test_a_folder_is_known_as_a_whole_and_by_its_files(store: MemoryStore, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    put(folder / "a.bin", b"a")
    put(folder / "deep" / "b.bin", b"b")
    with nbtrack.start_run("keeps", store=store) as opened:
        opened.log_artifact(folder, "best")
    whole = whois(folder, store=store)
    assert [trace.place for trace in whole.traces] == ["best"]
    assert [each.path for each in whole.within] == ["a.bin", "deep/b.bin"]
    put(folder / "c.bin", b"new")
    changed = whois(folder, store=store)
    assert changed.sentence() == "no run knows the folder checkpoint; 2 of its 3 files are known"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert whois(empty, store=store).sentence() == "empty is an empty folder; every empty folder is the same"


def test_code_and_cells_are_known(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("patch", "module", "cell", "environment")}
    record(
        "train",
        code={"commit": "ab" * 20, "patch": digest["patch"], "modules": {"lib.py": {"sha256": digest["module"]}}},
        slice={"executions": [{"n": 4, "reads": {"x": 1}, "source": digest["cell"]}], "verdicts": []},
        environment={"sha256": digest["environment"]},
    )
    told = {
        name: [
            (trace.relation, trace.path, trace.n)
            for trace in whois(put(tmp_path / name, name.encode()), store=store).traces
        ]
        for name in digest
    }
    assert told == {
        "patch": [("ran", "its uncommitted changes", None)],
        "module": [("ran", "code/lib.py", None)],
        "cell": [("ran", "the source of a cell", 4)],
        "environment": [("ran", "the list of its packages", None)],
    }


def test_large_files_are_known_by_blake3_and_dvc_by_md5(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    large = put(tmp_path / "large.bin", b"x" * LARGE)
    with nbtrack.start_run("keeps", store=store) as opened:
        opened.log_artifact(large)
    assert [trace.relation for trace in whois(large, store=store).traces] == ["kept"]
    md5 = hashlib.md5(b"tracked").hexdigest()
    record(
        "dvc",
        data=[{"kind": "file", "path": "data.csv", "mode": "read", "md5": md5, "dvc": "data.csv.dvc", "state": "gone"}],
    )
    assert [trace.name for trace in whois(put(tmp_path / "data.csv", b"tracked"), store=store).traces] == ["dvc"]


def test_a_notebook_is_known_with_other_outputs(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    from nbtrack.capture.session.notebook_file import read_notebook, stamp_of

    def notebook(text: str) -> Path:
        outputs = [{"output_type": "stream", "name": "stdout", "text": text}]
        cell = {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "source": "x = 1",
            "outputs": outputs,
            "execution_count": 1,
        }
        content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return put(tmp_path / "study.ipynb", json.dumps(content).encode())

    kept = read_notebook(stamp_of(notebook("first")))
    digest = hashlib.sha256(kept.text).hexdigest()
    record(
        "r", artifact={"name": "notebook.ipynb", "sha256": digest, "size": 3, "media_type": "application/x-ipynb+json"}
    )
    found = whois(notebook("another output"), store=store)
    assert [(trace.relation, trace.path) for trace in found.traces] == [("ran", "notebook.ipynb")]
    assert found.sentence() == "study.ipynb is part of run 000000 (r) as notebook.ipynb"


def test_a_deleted_run_knows_nothing(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    run_id = record("gone", data=[used("a.csv", b"a", "write")])
    store.annotate(run_id, "delete", value=True)
    assert not whois(put(tmp_path / "a.csv", b"a"), store=store).is_known


def test_what_is_no_file_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        whois(tmp_path / "nothing", store=store)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no file with bytes"):
        whois(tmp_path / "pipe", store=store)


def test_several_files_are_answered_in_their_order(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    record("train", data=[used("b.csv", b"b", "write")])
    files = [put(tmp_path / f"{name}.csv", name.encode()) for name in "abc"]
    assert [each.is_known for each in whois_all(files, store=store)] == [False, True, False]


def test_the_answer_is_json(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    record("train", data=[used("b.csv", b"b", "write", n=2)])
    told = whois(put(tmp_path / "b.csv", b"b"), store=store).as_dict()
    assert told["traces"] == [
        {
            "run": "20261121t101500-00000000",
            "name": "train",
            "started": "2026-11-21T10:00:00.000Z",
            "relation": "wrote",
            "path": "b.csv",
            "n": 2,
            "size": 1,
        }
    ]
    assert (told["known"], told["empty"], told["runs"], set(told["hashes"])) == (True, False, 1, {"sha256", "md5"})


def test_runs_in_packs_are_known(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / ".nbtrack")
    writer = store.begin("20200101t101530-7k3m9q2x", {"name": "old"})
    writer.append("data", [used("old.csv", b"old", "write")])
    writer.close("finished", 1.0)
    assert run_line("pack", store) == 0
    again = LocalStore(store.path)
    found = whois(put(tmp_path / "new.csv", b"old"), store=again)
    assert [trace.name for trace in found.traces] == ["old"]
    again.close()
    store.close()
    KEEPER.stop()
