"""Long cells are sampled, short ones are not, and nothing is left behind."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.environment import system
from nbtrack.capture.environment.machine import Gpus, Sampler
from nbtrack.capture.environment.system import System, interval
from nbtrack.capture.guard.background import Background
from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.scene import Scene


@pytest.fixture
def background() -> Any:
    made = Background()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> Counter[Sampler]:
    """How many samples each sampler took so far, without long waits between them."""
    counted: Counter[Sampler] = Counter()

    class Counted(Sampler):
        def sample(self) -> dict[str, Any]:
            counted[self] += 1
            return super().sample()

    monkeypatch.setattr(system, "Sampler", Counted)
    monkeypatch.setattr(system, "LONG", 0.05)
    monkeypatch.setattr(system, "_SETTLE", 0.01)
    monkeypatch.setattr(system, "_FAREWELL", 30)
    monkeypatch.setattr(system, "interval", lambda _: 0.02)
    return counted


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so() and time.monotonic() < end:
        time.sleep(0.005)
    assert is_so()


def scene(*, begin: bool = True, line: TrackLine | None = None) -> Scene:
    run = nbtrack.start_run("long", store=nbtrack.MemoryStore())
    if begin:
        run.begin()
    return Scene(CellNow("x", None, 1), line or TrackLine(), run, {}, Path())


def recorded(seen: Scene) -> dict[str, Any]:
    assert seen.run.store is not None
    return seen.run.store.read(seen.run.id).get("system", {})


def sampling() -> bool:
    return any(thread.name == "nbtrack-system" for thread in threading.enumerate())


def test_a_long_cell_has_samples_in_columns_of_one_length(background: Background, taken: Counter[Sampler]) -> None:
    part, seen = System(background, {}), scene()
    part.before(seen)
    until(lambda: taken.total() > 3)
    part.after(seen, None)
    found = recorded(seen)
    assert set(found) == {"t", "cpu", "rss_mb", "ram"}
    assert {len(column) for column in found.values()} == {taken.total()}
    assert found["t"] == sorted(found["t"])
    assert all(rss > 10 for rss in found["rss_mb"])
    assert not sampling()


def test_a_short_cell_has_none(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LONG", 600)
    part, seen = System(background, {}), scene()
    part.before(seen)
    part.after(seen, None)
    background.close()  # does at once what it waits for
    assert recorded(seen) == {}
    assert not sampling()


def test_samples_wait_for_a_run_that_has_not_begun_and_go_with_it(
    background: Background, taken: Counter[Sampler]
) -> None:
    part, seen, other = System(background, {}), scene(begin=False), scene(begin=False)
    part.before(seen)
    part.before(other)
    until(lambda: len(taken) == 2 and min(taken.values()) >= 2)
    seen.run.begin()
    part.after(seen, None)
    part.drop(other)
    assert len(recorded(seen)["t"]) >= 2
    assert not other.run.begun
    assert not sampling()


def test_it_is_switched_off_by_the_line_and_by_the_variable(background: Background) -> None:
    off, line = System(background, {"NBTRACK_SYSTEM": "0"}), TrackLine(system=False)
    for part, seen in ((off, scene()), (System(background, {}), scene(line=line))):
        part.before(seen)
        background.close()  # does at once what it waits for
        part.after(seen, None)
        assert recorded(seen) == {}


def test_closing_while_a_cell_runs_leaves_no_thread(background: Background) -> None:
    part, seen = System(background, {}), scene()
    part.before(seen)
    until(sampling)
    part.close()
    assert not sampling()


def test_a_run_that_ended_meanwhile_is_no_problem(background: Background) -> None:
    part, seen = System(background, {}), scene()
    part.before(seen)
    until(sampling)
    seen.run.finish()
    part.after(seen, None)
    assert not sampling()


def test_a_cell_that_ends_while_the_thread_begins_waits_for_it(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    beginning = threading.Event()

    class Slow(threading.Thread):
        def start(self) -> None:
            beginning.set()
            time.sleep(0.05)
            super().start()

    part, seen = System(background, {}), scene()
    monkeypatch.setattr(system, "Thread", Slow)
    part.before(seen)
    assert beginning.wait(30)
    part.after(seen, None)
    assert recorded(seen)["t"]
    assert not sampling()


def test_ten_hours_are_less_than_five_hundred_samples() -> None:
    elapsed, count = 1.0, 0
    while elapsed < 36_000:
        elapsed += interval(elapsed)
        count += 1
    assert 400 < count < 500


class Library(SimpleNamespace):
    """What NVIDIA's library does on a machine with two cards."""

    def __init__(self, *, works: bool = True) -> None:
        super().__init__(works=works, shut=False, busy=[90, 30], used=[3 << 30, 1 << 30])

    def nvmlInit(self) -> None:  # noqa: N802 - as the library has it
        if not self.works:
            raise RuntimeError("driver not loaded")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, at: int) -> int:  # noqa: N802
        return at

    def nvmlDeviceGetUtilizationRates(self, at: int) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=self.busy[at])

    def nvmlDeviceGetMemoryInfo(self, at: int) -> Any:  # noqa: N802
        return SimpleNamespace(used=self.used[at])

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.shut = True


def install(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    library.__spec__ = SimpleNamespace(name="pynvml")
    monkeypatch.setitem(sys.modules, "pynvml", library)


def test_gpus_are_sampled_where_there_are_any(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = Library()
    install(monkeypatch, library)
    with Sampler(Gpus(tmp_path)) as sampler:
        found = sampler.sample()
        assert (found["gpu"], found["gpu_mem_mb"]) == (60.0, 4096.0)
        library.busy = []
        assert sampler.sample()["gpu"] is None
    assert library.shut


def test_a_driver_that_does_not_answer_is_no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, Library(works=False))
    assert Gpus(tmp_path).sample() == {}
    install(monkeypatch, Library())
    assert Gpus(tmp_path / "no driver").sample() == {}
