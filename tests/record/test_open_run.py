"""An open run: what can be logged, by whom, and what a full disk does to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.errors import RunClosed, StoreFull, UsageError
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun
from nbtrack.store.base import Writer


@pytest.fixture
def store() -> nbtrack.MemoryStore:
    return nbtrack.MemoryStore()


def test_a_run_has_what_was_logged(store: nbtrack.MemoryStore) -> None:
    with nbtrack.start_run("r", experiment="e", params={"lr": 0.1}, tags={"team": "nlp"}, store=store) as opened:
        opened.log({"loss": 0.5}, accuracy=0.9, step=3)
        opened.log_params({"depth": 3}, seed=7)
        opened.set_tags(stage="dev")
        opened.note("looks *good*")
    run = nbtrack.run(opened.id, store=store)
    assert (run.name, run.experiment, run.status) == ("r", "e", "finished")
    assert run.params == {"lr": 0.1, "depth": 3, "seed": 7}
    assert run.metrics == {"loss": 0.5, "accuracy": 0.9}
    assert run.tags == {"team": "nlp", "stage": "dev"}
    assert run.note == "looks *good*"
    assert run.history("loss").steps == (3,)


def test_steps_count_on_when_left_out(store: nbtrack.MemoryStore) -> None:
    with nbtrack.start_run(store=store) as opened:
        for step in (None, None, 10, None):
            opened.log(loss=1.0, step=step)
    assert nbtrack.run(opened.id, store=store).history("loss").steps == (0, 1, 10, 11)


def test_numpy_numbers_are_numbers(store: nbtrack.MemoryStore) -> None:
    np = pytest.importorskip("numpy")
    with nbtrack.start_run(store=store) as opened:
        opened.log(a=np.float32(0.5), b=np.int64(3), c=np.array(2.5), step=np.int64(4))
        opened.log(nan=float("nan"), inf=float("-inf"))
    run = nbtrack.run(opened.id, store=store)
    assert (run.metrics["a"], run.metrics["b"], run.metrics["c"]) == (0.5, 3, 2.5)
    assert run.metrics["nan"] != run.metrics["nan"]
    assert run.metrics["inf"] == float("-inf")


@pytest.mark.parametrize(
    ("metrics", "step", "says"),
    [
        ({"loss": "low"}, None, "metric 'loss' needs a number, not str low"),
        ({"loss": [1, 2]}, None, "metric 'loss' needs a number, not list"),
        ({"loss": 1.0}, "first", "step must be an integer"),
        ({"loss": 1.0}, 1.5, "step must be an integer, not 1.5"),
    ],
)
def test_what_is_no_number_is_refused_and_nothing_recorded(
    store: nbtrack.MemoryStore, metrics: dict[str, Any], step: Any, says: str
) -> None:
    with nbtrack.start_run(store=store) as opened, pytest.raises(UsageError, match=says):
        opened.log({"fine": 1.0, **metrics}, step=step)
    assert nbtrack.run(opened.id, store=store).metrics == {}


def test_any_value_can_be_a_param(store: nbtrack.MemoryStore) -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    odd = {
        "huge": 10**5000,
        "nan": float("nan"),
        "odd": Odd(),
        "path": Path("x"),
        "nested": {"a": [1, {"b": (2,)}]},
        "text": "\ud800",
    }
    with nbtrack.start_run(store=store) as opened:
        opened.log_params(odd)
    assert set(nbtrack.run(opened.id, store=store).params) == set(odd)


@pytest.mark.parametrize(
    "name", ["", "emoji 🎉", "new\nline", "a/b/../c", "<script>alert(1)</script>", "x" * 10_000, "$f", "-rf"]
)
def test_names_are_data(tmp_path: Path, name: str) -> None:
    with nbtrack.start_run(name, experiment=name, store=tmp_path / "s") as opened:
        opened.log({name: 1.0})
        opened.log_params({name: 2})
        opened.set_tags({name: 3})
    run = nbtrack.run(opened.id, store=tmp_path / "s")
    assert [list(each.values()) for each in (run.metrics, run.params, run.tags)] == [[1.0], [2], [3]]
    assert {path.parts[len(tmp_path.parts)] for path in tmp_path.rglob("*")} == {"s"}


def test_an_exception_ends_the_run_as_failed_and_goes_on(store: nbtrack.MemoryStore) -> None:
    with pytest.raises(ZeroDivisionError), nbtrack.start_run(store=store) as opened:
        1 / 0  # noqa: B018
    run = nbtrack.run(opened.id, store=store)
    assert (run.status, run.error["type"] if run.error else None) == ("failed", "ZeroDivisionError")


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_interrupt_ends_the_run_as_interrupted(store: nbtrack.MemoryStore, error: type[BaseException]) -> None:
    with pytest.raises(error), nbtrack.start_run(store=store) as opened:
        raise error
    assert nbtrack.run(opened.id, store=store).status == "interrupted"


def test_an_ended_run_cannot_be_written(store: nbtrack.MemoryStore) -> None:
    opened = nbtrack.start_run(store=store)
    opened.log(loss=1.0)
    opened.finish()
    opened.finish()
    with pytest.raises(RunClosed, match="has ended"):
        opened.log(loss=2.0)


def test_module_functions_act_on_the_open_run(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"weights")
    with nbtrack.start_run(store=store) as opened:
        nbtrack.log(loss=1.0)
        nbtrack.log_params(lr=0.1)
        nbtrack.set_tags(a="b")
        nbtrack.log_artifact(tmp_path / "m.bin", name="model")
    run = nbtrack.run(opened.id, store=store)
    assert (run.metrics, run.params, run.tags) == ({"loss": 1.0}, {"lr": 0.1}, {"a": "b"})
    assert [(artifact.name, store.get(artifact.sha256)) for artifact in run.artifacts] == [("model", b"weights")]


def test_without_an_open_run_the_error_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="%%track"):
        nbtrack.log(loss=1.0)


@pytest.mark.parametrize("name", [".env", "id_rsa", "server.pem", "kaggle.json"])
def test_files_of_credentials_are_refused(store: nbtrack.MemoryStore, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with nbtrack.start_run(store=store) as opened, pytest.raises(UsageError, match="credentials"):
        opened.log_artifact(tmp_path / name)


def test_a_missing_artifact_or_a_folder_is_refused(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    with nbtrack.start_run(store=store) as opened:
        for path in (tmp_path, tmp_path / "nowhere"):
            with pytest.raises(UsageError, match="artifact"):
                opened.log_artifact(path)


def test_secrets_do_not_reach_the_disk(tmp_path: Path) -> None:
    secret = "gh" + "p_" + "a1B2" * 9
    with nbtrack.start_run(f"run {secret}", store=tmp_path / "s") as opened:
        opened.log_params(token=secret, api_key="correct-horse-battery")
        opened.set_tags(url=f"https://user:{secret}@example.org/x")
        opened.note(f"use {secret}")
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret.encode() not in stored
    assert b"correct-horse" not in stored
    assert opened.redactions >= 3


def test_threads_log_into_the_run_that_is_open(store: nbtrack.MemoryStore) -> None:
    with nbtrack.start_run(store=store) as opened:
        threads = [threading.Thread(target=lambda: [nbtrack.log(x=1.0) for _ in range(50)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(nbtrack.run(opened.id, store=store).history("x").values) == 400


def test_each_task_logs_into_its_own_run(store: nbtrack.MemoryStore) -> None:
    async def one(number: int) -> tuple[str, int]:
        with nbtrack.start_run(store=store) as opened:
            for _ in range(3):
                await asyncio.sleep(0)
                nbtrack.log(x=number)
        return opened.id, number

    async def many() -> list[tuple[str, int]]:
        return await asyncio.gather(*map(one, range(50)))

    for run_id, number in asyncio.run(many()):
        assert set(nbtrack.run(run_id, store=store).history("x").values) == {number}


class FullDisk(Writer):
    """A pen whose disk is full for a while."""

    def __init__(self, writer: Writer) -> None:
        self.run_id, self.full, self._writer = writer.run_id, False, writer

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        self._check()
        self._writer.append(kind, value, sources)

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        self._check()
        self._writer.point(values, step)

    def sync(self) -> None:
        self._writer.sync()

    def close(self, status: Any, duration: float) -> None:
        self._writer.close(status, duration)

    def _check(self) -> None:
        if self.full:
            raise StoreFull("no space left on the device")


def patient_run(store: nbtrack.MemoryStore) -> tuple[OpenRun, FullDisk]:
    from nbtrack.model.ids import new_run_id
    from nbtrack.record.patient import PatientWriter

    disk = FullDisk(store.begin(new_run_id(), {"name": "r", "experiment": "e"}))
    return OpenRun(store, lambda _: PatientWriter(disk)), disk


def test_what_a_full_disk_refused_is_written_when_there_is_room_again(store: nbtrack.MemoryStore) -> None:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    disk.full = True
    with pytest.warns(RuntimeWarning, match="no space left"):
        opened.log(loss=2.0)
    opened.log_params(lr=0.1)
    disk.full = False
    opened.log(loss=3.0)
    opened.finish()
    run = nbtrack.run(disk.run_id, store=store)
    assert (run.history("loss").values, run.params, run.warnings) == ((1.0, 2.0, 3.0), {"lr": 0.1}, ())


def test_what_never_fitted_is_owned_up_to(store: nbtrack.MemoryStore) -> None:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    disk.full = True
    with pytest.warns(RuntimeWarning):
        opened.log(loss=2.0)
    opened.log(loss=3.0)

    def room_for_the_end(kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        disk._writer.append(kind, value, sources)

    disk.append = room_for_the_end  # type: ignore[method-assign]  # only the last words fit
    opened.finish()
    assert nbtrack.run(disk.run_id, store=store).warnings == ("incomplete(2): the disk refused 2 records of this run",)
