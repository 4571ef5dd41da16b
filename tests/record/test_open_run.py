"""An open run: what can be logged, by whom, and what a full disk does to it."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.errors import ArtifactNotFound, RunClosed, StoreError, StoreFull, StoreReadOnly, UsageError
from nbtrack.model.ids import new_run_id
from nbtrack.model.tagged import Described, Json
from nbtrack.record.open_run import OpenRun
from nbtrack.record.patient import PatientWriter
from nbtrack.store.base import Noted, Plotted, Writer
from nbtrack.store.lines.segment import Segment


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


def test_runs_made_within_a_millisecond_keep_their_order(store: nbtrack.MemoryStore) -> None:
    for number in range(50):
        with nbtrack.start_run(store=store) as opened:
            opened.log_params(number=number)
    assert [run.params["number"] for run in nbtrack.runs(store=store, order_by="started")] == list(range(50))


def test_a_clock_set_back_is_followed(store: nbtrack.MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with nbtrack.start_run(store=store):
        pass
    monkeypatch.setattr("nbtrack.record.start.time.time", lambda: 1_700_000_000.0)
    with nbtrack.start_run(store=store) as opened:
        opened.log(loss=1.0)
    assert nbtrack.run(opened.id, store=store).started.timestamp() == 1_700_000_000


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


class Odd:
    """A value that fights back."""

    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__


@pytest.mark.parametrize(
    ("value", "kept", "says"),
    [
        (None, None, "NoneType None"),
        ("abc", "abc", "str abc"),
        ([1.0, "x"], [1.0, "x"], "list [1.0, 'x']"),
        (1 + 2j, Described("(1+2j)", "complex"), "complex (1+2j)"),
        ({}, {}, "dict {}"),
    ],
)
def test_a_metric_that_is_no_number_is_described_with_a_warning_said_once(
    store: nbtrack.MemoryStore, value: object, kept: object, says: str
) -> None:
    with nbtrack.start_run(store=store) as opened:  # noqa: SIM117 - the warning is of the calls
        with pytest.warns(UserWarning, match="metric 'm' is no number") as shown:  # noqa: PT031 - each call may warn
            opened.log(m=value, fine=1.0)
            opened.log(m=value)
    run = nbtrack.run(opened.id, store=store)
    assert (run.metrics, run.warnings) == ({"fine": 1.0, "m": kept}, (f"metric 'm' is no number: {says}",))
    assert len(shown) == 1


def test_arrays_and_objects_as_metrics_are_described(store: nbtrack.MemoryStore) -> None:
    np = pytest.importorskip("numpy")
    with pytest.warns(UserWarning), nbtrack.start_run(store=store) as opened:  # noqa: PT030 - which warning is said elsewhere
        opened.log(a=np.array([1.0, 2.0]), b=Odd())
    run = nbtrack.run(opened.id, store=store)
    assert str(run.metrics["a"]) == "[1.0, 2.0]"
    assert "Odd" in str(run.metrics["b"])


def test_numbers_in_a_mapping_are_metrics_of_their_own(store: nbtrack.MemoryStore) -> None:
    with nbtrack.start_run(store=store) as opened:
        for epoch in range(2):
            opened.log(val={"acc": 0.5 + epoch, "by": {"class": 1}})
    run = nbtrack.run(opened.id, store=store)
    assert (run.metrics, run.warnings) == ({"val.acc": 1.5, "val.by.class": 1}, ())


def test_a_series_outlives_a_value_that_is_no_number(store: nbtrack.MemoryStore) -> None:
    with pytest.warns(UserWarning), nbtrack.start_run(store=store) as opened:  # noqa: PT030, PT031 - which warning is said elsewhere
        for value in (1.0, None, 2.0):
            opened.log(m=value)
    run = nbtrack.run(opened.id, store=store)
    assert (run.metrics, run.history("m").values) == ({"m": 2.0}, (1.0, 2.0))


@pytest.mark.parametrize(
    "step", ["first", 1.5, None, float("nan"), 10**5000, 1 << 63, Odd()], ids="text half none nan huge long odd".split()
)
def test_a_step_that_is_no_integer_is_ignored_and_the_point_continues_the_series(
    store: nbtrack.MemoryStore, step: Any
) -> None:
    with nbtrack.start_run(store=store) as opened:
        opened.log(m=1.0, step=4)
        opened.log(m=2.0)
        if step is None:
            opened.log(m=3.0, step=step)
        else:
            with pytest.warns(UserWarning, match="step is no integer"):
                opened.log(m=3.0, step=step)
    assert nbtrack.run(opened.id, store=store).history("m").steps == (4, 5, 6)


@pytest.mark.parametrize("verb", ["log", "log_params", "set_tags"])
@pytest.mark.parametrize("given", [0.5, "x", [1, 2], Odd()])
def test_what_is_no_mapping_is_left_out_with_a_warning(store: nbtrack.MemoryStore, verb: str, given: Any) -> None:
    with nbtrack.start_run(store=store) as opened, pytest.warns(UserWarning, match="takes a mapping"):
        getattr(opened, verb)(given, kept=1)
    run = nbtrack.run(opened.id, store=store)
    assert {**run.metrics, **run.params, **run.tags} == {"kept": 1}


def test_where_warnings_are_errors_nothing_is_raised_and_the_record_is_kept(store: nbtrack.MemoryStore) -> None:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        disk.refusal = StoreFull("no space")
        opened.log(loss=2.0)
        disk.refusal = None
        opened.log(loss="three")
    opened.finish()
    run = nbtrack.run(disk.run_id, store=store)
    assert (run.history("loss").values, run.warnings) == (
        (1.0, 2.0),
        ("metric 'loss' is no number: str three",),
    )


def test_any_value_can_be_a_param(store: nbtrack.MemoryStore) -> None:
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


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".ENV.local",
        "id_rsa",
        "id_ecdsa",
        "id_dsa",
        "server.pem",
        "server.key",
        "x.pfx",
        "x.p12",
        "kaggle.json",
        ".aws/config",
        ".git/config",
        ".git-credentials",
        ".pgpass",
        ".docker/config.json",
        ".kube/config",
    ],
)
def test_files_of_credentials_are_not_kept_by_any_road(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "home" / name
    file.parent.mkdir(parents=True)
    file.write_text("the content of this file")
    (tmp_path / "data.txt").symlink_to(file)
    monkeypatch.chdir(file.parent)
    with nbtrack.start_run(store=tmp_path / "s") as opened:
        for path in (file, file.name, tmp_path / "data.txt"):
            with pytest.warns(UserWarning, match="credentials"):
                opened.log_artifact(path, name="innocent")
    run = nbtrack.run(opened.id, store=tmp_path / "s")
    assert (run.artifacts, len(run.warnings)) == ((), 3)
    assert not [path for path in (tmp_path / "s" / "objects").rglob("*") if path.is_file()]


@pytest.mark.parametrize("path", ["nowhere.csv", "/dev/null", None, 5, "a\0b"])
def test_an_artifact_that_cannot_be_kept_is_a_warning(
    store: nbtrack.MemoryStore, tmp_path: Path, path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with nbtrack.start_run(store=store) as opened, pytest.warns(UserWarning, match="was not kept"):  # noqa: PT031 - each call may warn
        opened.log_artifact(path)
        opened.log_artifact(path)
    run = nbtrack.run(opened.id, store=store)
    assert (run.artifacts, len(run.warnings), run.status) == ((), 1, "finished")


def test_a_folder_is_kept_whole_and_given_back(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "model" / "parts").mkdir(parents=True)
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "model" / "parts" / "1.bin").write_bytes(b"weights")
    with nbtrack.start_run(store=store) as opened:
        opened.log_artifact(tmp_path / "model")
    model = nbtrack.run(opened.id, store=store).artifact("model")
    assert (model.is_folder, model.size, model.paths()) == (True, 9, ("config.json", "parts/1.bin"))
    again = model.save(tmp_path / "again")
    assert (again / "parts" / "1.bin").read_bytes() == b"weights"
    with pytest.raises(ArtifactNotFound, match="no artifact 'modle'; it has 'model'"):
        nbtrack.runs(store=store)[0].artifact("modle")


def test_a_file_is_read_and_saved_under_a_new_name_only(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"weights")
    with nbtrack.start_run(store=store) as opened:
        opened.log_artifact(tmp_path / "m.bin")
    kept = nbtrack.run(opened.id, store=store).artifact("m.bin")
    assert (kept.read(), kept.save(tmp_path / "n.bin").read_bytes(), kept.paths()) == (b"weights", b"weights", ())
    with pytest.raises(FileExistsError):
        kept.save(tmp_path / "m.bin")


def test_what_a_folder_has_beside_files_and_its_credentials_are_told_of(
    store: nbtrack.MemoryStore, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    (folder / ".aws").mkdir(parents=True)
    (folder / ".aws" / "config").write_text("the content of this file")
    (folder / "data.csv").write_text("1,2")
    os.mkfifo(folder / "pipe")
    with nbtrack.start_run(store=store) as opened, pytest.warns(UserWarning, match="was not kept: .aws/config"):
        opened.log_artifact(folder)
    run = nbtrack.run(opened.id, store=store)
    assert run.warnings == (
        "of folder 'work' was not kept: .aws/config (by its name it is a file of credentials), pipe (it is not a file)",
    )
    assert run.artifact("work").paths() == ("data.csv",)


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

    refusal: Exception | None

    def __init__(self, writer: Writer) -> None:
        self.run_id, self.refusal, self._writer = writer.run_id, None, writer

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        self._check()
        self._writer.append(kind, value, sources)

    def append_all(self, records: Sequence[Noted]) -> None:
        self._check()
        self._writer.append_all(records)

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        self._check()
        self._writer.point(values, step)

    def points(self, rows: Sequence[Plotted]) -> None:
        self._check()
        self._writer.points(rows)

    def sync(self) -> None:
        self._check()
        self._writer.sync()

    def close(self, status: Any, duration: float) -> None:
        self._check()
        self._writer.close(status, duration)

    def _check(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def patient_run(store: nbtrack.MemoryStore) -> tuple[OpenRun, FullDisk]:
    disk = FullDisk(store.begin(new_run_id(), {"name": "r", "experiment": "e"}))
    return OpenRun(store, lambda _: PatientWriter(disk)), disk


def test_what_a_full_disk_refused_is_written_when_there_is_room_again(store: nbtrack.MemoryStore) -> None:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    disk.refusal = StoreFull("no space left on the device")
    with pytest.warns(RuntimeWarning, match="no space left"):
        opened.log(loss=2.0)
    opened.log_params(lr=0.1)
    disk.refusal = None
    opened.log(loss=3.0)
    opened.finish()
    run = nbtrack.run(disk.run_id, store=store)
    assert (run.history("loss").values, run.params, run.warnings) == ((1.0, 2.0, 3.0), {"lr": 0.1}, ())


def test_points_a_full_disk_refused_together_are_written_one_by_one(store: nbtrack.MemoryStore) -> None:
    opened, disk = patient_run(store)
    opened.points([(0, {"loss": 1.0}), (1, {"loss": 2.0})])
    disk.refusal = StoreFull("no space left on the device")
    with pytest.warns(RuntimeWarning, match="no space left"):
        opened.points([(2, {"loss": 3.0}), (3, {"loss": 4.0})])
    disk.refusal = None
    opened.points([(4, {"loss": 5.0})])
    opened.finish()
    run = nbtrack.run(disk.run_id, store=store)
    assert run.history("loss").values == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert (run.history("loss").steps, run.warnings) == ((0, 1, 2, 3, 4), ())


def test_points_under_names_with_secrets_are_added_without_them(store: nbtrack.MemoryStore) -> None:
    secret = "ghp_" + "a1B2" * 9
    with nbtrack.start_run(store=store) as opened:
        opened.points([(0, {"loss": 1.0, f"x {secret}": 2.0}), (1, {"loss": 0.5})])
        opened.points([(2, {"loss": 0.25})])
    run = nbtrack.run(opened.id, store=store)
    assert run.history("loss").values == (1.0, 0.5, 0.25)
    assert secret not in str(run.metrics)


def test_what_never_fitted_is_owned_up_to(store: nbtrack.MemoryStore) -> None:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    disk.refusal = StoreFull("no space left on the device")
    with pytest.warns(RuntimeWarning):
        opened.log(loss=2.0)
    opened.log(loss=3.0)

    def room_for_the_end(kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        disk._writer.append(kind, value, sources)

    disk.append = room_for_the_end  # type: ignore[method-assign]  # only the last words fit
    disk.close = disk._writer.close  # type: ignore[method-assign]
    opened.finish()
    assert nbtrack.run(disk.run_id, store=store).warnings == ("incomplete(2): the disk refused 2 records of this run",)


@pytest.mark.parametrize(
    "refusal",
    [OSError(getattr(errno, name), name) for name in ("EIO", "EROFS", "EACCES", "ESTALE", "EBADF", "ENOENT")]
    + [StoreError("fails"), StoreReadOnly("read-only")],
    ids=str,
)
def test_no_failure_of_the_store_reaches_the_persons_code(store: nbtrack.MemoryStore, refusal: Exception) -> None:
    opened, disk = patient_run(store)
    with pytest.warns(RuntimeWarning), pytest.raises(KeyError), opened:  # noqa: PT012, PT031 - the exception passes through all of it
        opened.log(loss=1.0)
        disk.refusal = refusal
        opened.log(loss=2.0)
        opened.log_params(lr=0.1)
        opened.writer.sync()
        disk.refusal = None
        opened.log(loss=3.0)
        disk.refusal = refusal
        raise KeyError("mine")
    run = nbtrack.run(disk.run_id, store=store)
    assert (run.history("loss").values, run.params) == ((1.0, 2.0, 3.0), {"lr": 0.1})


def test_a_store_deleted_meanwhile_does_not_reach_the_persons_code(tmp_path: Path) -> None:
    with warnings.catch_warnings(), nbtrack.start_run(store=tmp_path / "s") as opened:
        warnings.simplefilter("ignore")
        opened.log(loss=1.0)
        (tmp_path / "s").rename(tmp_path / "gone")
        opened.log(loss=2.0)
        opened.log_params(lr=0.1)
        opened.log_artifact(__file__)


def test_a_store_that_cannot_be_written_is_said_when_the_run_is_opened(store: nbtrack.MemoryStore) -> None:
    def refuse(_: str) -> Writer:
        raise StoreReadOnly("read-only")

    with pytest.raises(StoreReadOnly), OpenRun(store, refuse):
        pass
    with pytest.warns(RuntimeWarning, match="read-only"):
        OpenRun(store, refuse).log(loss=1.0)


class Interrupted(FullDisk):
    """A pen whose first close is interrupted, before or after it took effect."""

    def close(self, status: Any, duration: float) -> None:
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        self._writer.close(status, duration)


def test_a_finish_that_was_interrupted_can_be_made_again(store: nbtrack.MemoryStore) -> None:
    pen = Interrupted(store.begin(new_run_id(), {"name": "r", "experiment": "e"}))
    opened = OpenRun(store, lambda _: pen)
    opened.log(loss=1.0)
    pen.refusal = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        opened.finish()
    assert nbtrack.run(pen.run_id, store=store).status == "running"
    opened.finish()
    assert nbtrack.run(pen.run_id, store=store).status == "finished"


def test_an_interrupt_at_the_end_of_a_with_block_still_ends_the_run(store: nbtrack.MemoryStore) -> None:
    pen = Interrupted(store.begin(new_run_id(), {"name": "r", "experiment": "e"}))
    with pytest.raises(KeyboardInterrupt), OpenRun(store, lambda _: pen):
        pen.refusal = KeyboardInterrupt()  # type: ignore[assignment]
    assert nbtrack.run(pen.run_id, store=store).status == "finished"


@pytest.mark.parametrize("at", range(1, 4))
def test_an_interrupt_while_a_folder_is_closed_leaves_a_run_that_can_be_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    calls = 0
    flush = Segment.sync

    def interrupted(segment: Segment) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise KeyboardInterrupt
        flush(segment)

    opened = nbtrack.start_run(store=tmp_path / "s")
    opened.log(loss=1.0)
    monkeypatch.setattr(Segment, "sync", interrupted)
    try:
        opened.finish()
    except KeyboardInterrupt:
        opened.finish()
    run = nbtrack.run(opened.id, store=tmp_path / "s")
    assert (run.status, run.health["ok"], list((tmp_path / "s" / "live").iterdir())) == ("finished", True, [])


def test_a_run_cannot_end_in_a_way_there_is_none(store: nbtrack.MemoryStore) -> None:
    opened = nbtrack.start_run(store=store)
    opened.log(loss=1.0)
    with pytest.raises(UsageError, match="'banana'; it can be finished, failed, interrupted"):
        opened.finish("banana")  # type: ignore[arg-type]
    opened.finish("failed")
    assert nbtrack.run(opened.id, store=store).status == "failed"


def hostile(error: type[BaseException]) -> type[Exception]:
    def refuse(_: object) -> Any:
        raise error

    body = {"__str__": refuse, "__notes__": property(refuse), "__cause__": property(refuse)}
    return type("Hostile", (Exception,), body)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ValueError, RecursionError])
def test_an_exception_whose_text_raises_still_ends_the_run_and_goes_on(
    store: nbtrack.MemoryStore, error: type[BaseException]
) -> None:
    mine = hostile(error)
    with pytest.raises(mine), nbtrack.start_run(store=store) as opened:
        raise mine("x")
    run = nbtrack.run(opened.id, store=store)
    assert (run.status, run.error and run.error["type"]) == ("failed", "Hostile")


@pytest.mark.slow
@pytest.mark.parametrize("folder", [True, False])
def test_a_run_of_thousands_of_metrics_ends_and_keeps_the_exception(tmp_path: Path, *, folder: bool) -> None:
    many_metrics(14_000, tmp_path / "s" if folder else nbtrack.MemoryStore())


@pytest.mark.slow
def test_a_run_of_a_hundred_thousand_metrics_ends(tmp_path: Path) -> None:
    many_metrics(100_000, tmp_path / "s")


def many_metrics(count: int, place: Any) -> None:
    store = place if isinstance(place, nbtrack.MemoryStore) else nbtrack.open_store(place)
    names = [f"layers/weights/number_{number}" for number in range(count)]
    with pytest.raises(KeyError, match="mine"), nbtrack.start_run(store=store) as opened:  # noqa: PT012 - the exception passes through all of it
        for name in names[:100]:
            opened.log({name: 0.5})
        opened.log(dict.fromkeys(names, 1.5))
        opened.log(dict.fromkeys(names, 2.5), step=7)
        raise KeyError("mine")
    for found in (nbtrack.run(opened.id, store=store), next(iter(nbtrack.runs(store=store)))):
        assert (found.status, found.warnings, found.health["ok"], found.document["sealed"]) == (
            "failed",
            (),
            True,
            True,
        )
        assert found.metrics == dict.fromkeys(names, 2.5)
        assert found.curves[names[-1]]["min"] == 1.5


@pytest.mark.slow
def test_what_is_too_long_for_one_record_is_recorded_in_several_or_cut(tmp_path: Path) -> None:
    with nbtrack.start_run(store=tmp_path / "s") as opened:
        opened.log_params({f"p{number}": "y" * 1000 for number in range(3000)})
        opened.set_tags({f"t{number}": "y" * 1000 for number in range(3000)})
        opened.note("n" * 3_000_000)
    run = nbtrack.run(opened.id, store=tmp_path / "s")
    assert (len(run.params), len(run.tags), set(run.sources["params"].values())) == (3000, 3000, {"log_params"})
    assert run.note is not None
    assert run.note.endswith("n… (3,000,000 characters)")


def test_a_thread_that_outlives_its_run_does_not_write_into_the_next(store: nbtrack.MemoryStore) -> None:
    go = threading.Event()
    said: list[str] = []

    def late() -> None:
        go.wait(5)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            nbtrack.log(x=1.0)
        said.extend(str(each.message) for each in caught)

    with nbtrack.start_run(store=store) as first:
        thread = threading.Thread(target=late)
        thread.start()
    with nbtrack.start_run(store=store) as second:
        go.set()
        thread.join()
        nbtrack.log(y=1.0)
    assert [dict(nbtrack.run(run.id, store=store).metrics) for run in (first, second)] == [{}, {"y": 1.0}]
    assert len(said) == 1
    assert f"run {first.id} has ended" in said[0]


def test_a_task_that_outlives_its_run_does_not_write_into_the_next(store: nbtrack.MemoryStore) -> None:
    async def late(go: asyncio.Event) -> None:
        await go.wait()
        nbtrack.log(x=1.0)

    async def cells() -> list[str]:
        go = asyncio.Event()
        with nbtrack.start_run(store=store) as first:
            task = asyncio.create_task(late(go))
        with nbtrack.start_run(store=store) as second:
            go.set()
            await task
            nbtrack.log(y=1.0)
        return [first.id, second.id]

    with pytest.warns(UserWarning, match="has ended"):
        ids = asyncio.run(cells())
    assert [dict(nbtrack.run(run_id, store=store).metrics) for run_id in ids] == [{}, {"y": 1.0}]


def test_a_pools_thread_works_for_each_run_in_turn(store: nbtrack.MemoryStore) -> None:
    with ThreadPoolExecutor(1) as pool:
        runs = []
        for number in range(2):
            with nbtrack.start_run(store=store) as opened:
                pool.submit(nbtrack.log, x=float(number)).result()
            runs.append(nbtrack.run(opened.id, store=store).metrics)
    assert runs == [{"x": 0.0}, {"x": 1.0}]


def test_what_is_gathered_is_recorded_in_one_go_and_without_secrets(store: nbtrack.MemoryStore) -> None:
    opened = OpenRun(store, lambda run_id: store.begin(run_id, {"name": "r", "experiment": "e"}))
    opened.log(loss=0.5)
    opened.gather()
    opened.log_params(lr=0.1, api_key="x8Yq0pLz7Wv2")
    opened.log(loss=0.25)
    other = threading.Thread(target=opened.set_tags, args=({"by": "another thread"},))
    other.start()
    other.join()
    held = nbtrack.run(opened.id, store=store)
    assert (held.params, held.tags, held.metrics["loss"]) == ({}, {"by": "another thread"}, 0.25)
    opened.release()
    found = nbtrack.run(opened.id, store=store)
    assert (found.params["lr"], found.params["api_key"], found.redactions) == (0.1, "[redacted:name]", 1)


def test_what_is_gathered_is_recorded_when_the_run_ends_even_if_one_of_it_is_too_long(
    store: nbtrack.MemoryStore,
) -> None:
    opened = OpenRun(store, lambda run_id: store.begin(run_id, {"name": "r", "experiment": "e"}))
    opened.log(loss=0.5)
    opened.gather()
    opened.gather()
    opened.record("slice", {"executions": [{"n": n, "cell": "x" * 100} for n in range(20_000)], "verdicts": []})
    opened.log_params(lr=0.1)
    with pytest.warns(UserWarning, match="slice was not recorded"):
        opened.release()
    opened.gather()
    opened.set_tags(a="b")
    opened.finish()
    found = nbtrack.run(opened.id, store=store)
    assert (found.params["lr"], found.tags["a"], found.status) == (0.1, "b", "finished")
    assert any("slice was not recorded" in warning for warning in found.warnings)


def test_what_is_gathered_while_the_disk_is_full_waits_as_if_it_had_come_one_by_one(
    store: nbtrack.MemoryStore,
) -> None:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    opened.gather()
    opened.log_params(lr=0.1)
    opened.set_tags(a="b")
    disk.refusal = StoreFull("no space left on the device")
    with pytest.warns(RuntimeWarning, match="no space left"):
        opened.release()
    disk.refusal = None
    opened.finish()
    (found,) = nbtrack.runs(store=store)
    assert (found.params["lr"], found.tags["a"], found.condition) == (0.1, "b", "whole")


def gathered_run(store: nbtrack.MemoryStore) -> tuple[OpenRun, FullDisk]:
    opened, disk = patient_run(store)
    opened.log(loss=1.0)
    opened.gather()
    opened.log_params(lr=0.1)
    opened.set_tags(a="b")
    return opened, disk


def kinds(store: nbtrack.MemoryStore) -> list[str]:
    ((_, records),) = store._records.items()
    return [record["k"] for record in records]


def test_what_is_still_gathered_at_the_end_comes_before_it(store: nbtrack.MemoryStore) -> None:
    opened, _ = gathered_run(store)
    opened.finish()
    assert kinds(store) == ["run.start", "m", "params", "tags", "run.end"]


def test_what_is_gathered_and_no_record_can_take_is_said_before_the_end(store: nbtrack.MemoryStore) -> None:
    opened, _ = gathered_run(store)
    opened.record("slice", {"executions": [{"n": n, "cell": "x" * 100} for n in range(20_000)], "verdicts": []})
    with pytest.warns(UserWarning, match="slice was not recorded"):
        opened.finish()
    assert kinds(store) == ["run.start", "m", "params", "tags", "warning", "run.end"]


def test_what_is_gathered_while_the_disk_is_full_until_the_end_is_tried_again(store: nbtrack.MemoryStore) -> None:
    opened, disk = gathered_run(store)
    refusals = [StoreFull("no space left on the device")] * 2  # of all at once, and of the first by itself
    disk._check = lambda: _raised(refusals.pop()) if refusals else None  # type: ignore[method-assign]
    with pytest.warns(RuntimeWarning, match="no space left"):
        opened.finish()
    assert kinds(store) == ["run.start", "m", "params", "tags", "run.end"]


def test_what_is_gathered_while_the_disk_stays_full_is_missed_by_its_end(store: nbtrack.MemoryStore) -> None:
    opened, disk = gathered_run(store)
    for verb in ("append", "append_all"):
        setattr(disk, verb, lambda *_: _raised(StoreFull("no space left")))
    with pytest.warns(RuntimeWarning, match="no space left"):
        opened.finish()
    assert kinds(store) == ["run.start", "m", "run.end"]


@pytest.mark.parametrize("problem", [StoreFull("no space left"), KeyboardInterrupt(), RuntimeError("a bug")])
def test_what_is_gathered_is_recorded_once_whatever_becomes_of_the_end(
    problem: BaseException, store: nbtrack.MemoryStore
) -> None:
    opened, disk = gathered_run(store)
    close, problems = disk._writer.close, [problem]
    disk._writer.close = lambda *end: _raised(problems.pop()) if problems else close(*end)  # type: ignore[method-assign]
    with suppress(KeyboardInterrupt), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        opened.finish()
    opened.finish()
    is_told = not isinstance(problem, StoreFull)  # what a disk refuses is not tried twice
    assert kinds(store) == ["run.start", "m", "params", "tags", *["run.end"] * is_told]


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), RuntimeError("a bug"), RunClosed("ended elsewhere")])
def test_what_is_gathered_is_recorded_although_it_could_not_be_with_the_end(
    problem: BaseException, store: nbtrack.MemoryStore
) -> None:
    opened, disk = gathered_run(store)
    disk.close_with = lambda *_: _raised(problem)  # type: ignore[method-assign]
    with suppress(KeyboardInterrupt):
        opened.finish()
    opened.finish()
    assert kinds(store) == ["run.start", "m", "params", "tags", "run.end"]


def _raised(problem: BaseException) -> Any:
    raise problem
