"""What is done at leisure leaves room for what must be done, and is given up when somebody waits for the end."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from nbtrack.store.writing.keeper import Keeper

Breathe = Callable[[], None]


class Kept:
    def __init__(self) -> None:
        self.flushed = 0

    def flush(self) -> None:
        self.flushed += 1

    def beat(self) -> None: ...


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.stop()


def test_jobs_are_done_one_after_the_other_even_after_one_that_fails(keeper: Keeper) -> None:
    done: list[str] = []
    finished = threading.Event()

    def fail(_: Breathe) -> None:
        done.append("failed")
        raise OSError("no room")

    keeper.later(fail)
    keeper.later(lambda _: (done.append("second"), finished.set()))
    assert (finished.wait(5), done) == (True, ["failed", "second"])


@pytest.mark.slow
def test_a_long_job_rests_and_open_runs_are_looked_after_meanwhile(keeper: Keeper) -> None:
    kept, finished, worked = Kept(), threading.Event(), [0.0]

    def job(breathe: Breathe) -> None:
        before = kept.flushed
        while kept.flushed < before + 2:
            started = time.thread_time()
            sum(range(20_000))
            worked[0] += time.thread_time() - started
            breathe()
        finished.set()

    keeper.keep(kept)
    started = time.monotonic()
    keeper.later(job)
    assert finished.wait(10)
    assert worked[0] < (time.monotonic() - started) / 4


@pytest.mark.slow
@pytest.mark.parametrize("end", [Keeper.stop, Keeper.rest])
def test_a_job_is_given_up_when_somebody_waits_for_the_end(keeper: Keeper, end: Callable[[Keeper], None]) -> None:
    begun, reached = threading.Event(), threading.Event()

    def job(breathe: Breathe) -> None:
        begun.set()
        while True:
            breathe()

    keeper.later(job)
    keeper.later(lambda _: reached.set())
    assert begun.wait(5)
    started = time.monotonic()
    end(keeper)
    assert (time.monotonic() - started < 2, reached.is_set()) == (True, False)
