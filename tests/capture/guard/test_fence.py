"""The fence keeps our failures in, and bounds what a part may take."""

import gc
import signal
import sys
import threading
import time
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from nbtrack.capture.guard import deadline
from nbtrack.capture.guard.deadline import Deadline, Inside, OutOfTime
from nbtrack.capture.guard.fence import Fence, Step


def fail(fence: Fence, part: str, error: BaseException) -> None:
    with fence.around(part):
        raise error


def test_a_failure_becomes_a_problem() -> None:
    fence = Fence()
    fail(fence, "params", ValueError("odd"))
    assert fence.problems() == ["params: ValueError: odd"]
    assert fence.problems() == []


def test_a_part_that_keeps_failing_is_switched_off() -> None:
    fence = Fence()
    for _ in range(3):
        assert fence.open("params")
        fail(fence, "params", ValueError("odd"))
    assert not fence.open("params")
    assert fence.open("metrics")
    assert fence.problems()[-1] == "params: ValueError: odd; switched off until %reload_ext nbtrack"


def test_a_success_forgives() -> None:
    fence = Fence()
    fail(fence, "params", ValueError())
    with fence.around("params"):
        pass
    for _ in range(2):
        fail(fence, "params", ValueError())
    assert fence.open("params")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_nothing_gets_out(error: type[BaseException]) -> None:
    fence = Fence()
    fail(fence, "params", error())
    assert fence.problems() == [f"params: {error.__name__}: "]


def test_an_error_that_cannot_be_printed_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    fence = Fence()
    fail(fence, "params", Mute())
    assert fence.problems() == ["params: Mute"]


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt, OutOfTime])
def test_an_error_whose_text_raises_gets_no_further(error: type[BaseException]) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise error

    fence = Fence()
    fail(fence, "params", Mute())
    assert (fence.failing, fence.interrupted) == ({"params": 1}, error is KeyboardInterrupt)


def test_signals_are_let_through_again_where_the_bound_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Deadline, "start", broken)
    with pytest.raises(RuntimeError):
        Inside().start(1.0)
    assert signal.getsignal(signal.SIGINT) == before


def hang() -> None:
    while True:
        with suppress(Exception):
            time.sleep(60)


def test_a_part_that_hangs_is_left_and_tried_once_more() -> None:
    fence, began = Fence(), time.monotonic()
    for may_go_on in (True, False):
        with fence.around("params", 0.05):
            hang()
        assert fence.open("params") is may_go_on
    assert time.monotonic() - began < 30
    assert fence.problems() == [
        "params: took too long",
        "params: took too long; switched off until %reload_ext nbtrack",
    ]


def test_a_part_that_was_slow_for_one_large_cell_goes_on() -> None:
    fence = Fence()
    for _ in range(3):
        with fence.around("params", 0.05):
            hang()
        with fence.around("params"):
            pass
    assert fence.open("params")
    assert fence.problems() == ["params: took too long"] * 3


def test_a_part_that_is_off_says_so_once() -> None:
    fence = Fence()
    for _ in range(5):
        fail(fence, "params", ValueError("odd"))
    assert [problem for problem in fence.problems() if "switched off" in problem] == [
        "params: ValueError: odd; switched off until %reload_ext nbtrack"
    ]


def test_a_part_inside_another_has_its_own_bound_and_the_outer_goes_on() -> None:
    fence, after = Fence(), []
    with fence.around("start", 30):
        with fence.around("params", 0.05):
            hang()
        with fence.around("params", 0.05):
            hang()
        after.append(fence.open("params"))
    assert (after, fence.open("start")) == ([False], True)


def test_a_bound_around_another_ends_both() -> None:
    fence = Fence()
    with fence.around("start", 0.05):
        with fence.around("params", 30):
            hang()
        hang()
    assert [problem.partition(":")[0] for problem in fence.problems()] == ["params", "start"]


@pytest.mark.slow
def test_an_alarm_wound_for_a_part_that_is_done_does_not_end_the_one_around_it() -> None:
    fence, began = Fence(), time.monotonic()
    with fence.around("start", 1.5):
        with fence.around("params", 0.1):
            pass
        while time.monotonic() - began < 0.2:
            pass
        with fence.around("metrics", 0.1):
            hang()
        lasted = time.monotonic() - began
        hang()
    assert 0.3 <= lasted < 1.5 <= time.monotonic() - began < 30
    assert [problem.partition(":")[0] for problem in fence.problems()] == ["metrics", "start"]


def test_no_alarm_is_left_behind() -> None:
    with Fence().around("params", 0.05):
        hang()
    with Fence().around("params", 0.05):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_an_alarm_that_rings_as_a_part_ends_goes_nowhere() -> None:
    fence = Fence()
    for nap in range(300):
        with fence.around("params", 0.0005):
            time.sleep(0.00045 + nap * 1e-6)
        fence.passed("params")


class Watcher:
    """What a library has called as garbage is collected."""

    def __init__(self) -> None:
        self.finished = 0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            ends = time.monotonic() + 0.1
            while time.monotonic() < ends:
                pass
            self.finished += 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["function", "method", "object"])
def test_what_a_library_does_after_a_collection_is_finished_before_a_part_is_left(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fence, watcher, unheard = Fence(), Watcher(), list[Any]()

    def called(phase: str, info: dict[str, int]) -> None:
        watcher(phase, info)

    callback = {"function": called, "method": watcher.__call__, "object": watcher}[kind]
    monkeypatch.setattr(sys, "unraisablehook", unheard.append)
    gc.callbacks.append(callback)
    try:
        with fence.around("params", 0.05):
            gc.collect()
            hang()
    finally:
        gc.callbacks.remove(callback)
    assert (watcher.finished > 0, unheard) == (True, [])
    assert fence.problems() == ["params: took too long"]


def test_the_alarm_of_a_program_is_not_taken_from_it() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        with Fence().around("params", 0.01):
            time.sleep(0.05)
        assert rung == [signal.SIGALRM]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_other_threads_are_not_bounded_but_fenced() -> None:
    fence = Fence()

    def work() -> None:
        with fence.around("params", 0.01):
            time.sleep(0.03)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert fence.problems() == []


def test_parts_in_turn_fail_each_for_itself() -> None:
    fence, done = Fence(), list[str]()

    def work(name: str, error: BaseException | None) -> Step:
        def do(*told: object) -> None:
            assert told == ("told", 1)
            if error is not None:
                raise error
            done.append(name)

        return name, None, do

    errors = {"a": None, "b": ValueError("odd"), "c": KeyboardInterrupt(), "d": None, "e": SystemExit()}
    assert fence.each([work(*each) for each in errors.items()], "told", 1) == ["b", "c", "e"]
    assert (done, fence.failing, fence.interrupted) == (["a", "d"], {"b": 1, "c": 1, "e": 1}, True)
    assert fence.problems() == ["b: ValueError: odd", "c: KeyboardInterrupt: ", "e: SystemExit: "]
    assert fence.each([work("b", None), work("c", ValueError()), work("e", None)], "told", 1) == ["c"]
    assert fence.failing == {"c": 2}
    assert fence.each([], "told", 1) == []


@pytest.mark.parametrize("around", [0, 30])
def test_parts_in_turn_are_bounded_each_by_its_own_time(around: float) -> None:
    fence, done, began = Fence(), list[str](), time.monotonic()

    def slow() -> None:
        time.sleep(0.1)
        done.append("slow")

    with fence.around("hooks", around) if around else nullcontext():
        steps: list[Step] = [("one", 0.15, slow), ("two", 30, slow), ("three", 0.15, slow)]
        assert fence.each([*steps, ("four", 0.05, hang), ("five", 0.15, slow), ("six", 0.05, hang)]) == ["four", "six"]
        assert bool(deadline.BOUNDS) == bool(around)
    assert (done, fence.problems()) == (["slow"] * 4, ["four: took too long", "six: took too long"])
    assert time.monotonic() - began < 30
    assert (signal.getitimer(signal.ITIMER_REAL), deadline.BOUNDS) == ((0, 0), [])


def test_what_bounds_parts_in_turn_bounds_all_of_them() -> None:
    fence, done = Fence(), list[str]()
    with fence.around("end", 0.1):
        fence.each([("one", 30, lambda: None), ("two", 30, hang), ("three", 30, lambda: done.append("three"))])
        hang()
    assert [problem.partition(":")[0] for problem in fence.problems()] == ["two", "end"]


def test_an_alarm_that_rings_between_two_parts_keeps_none_from_its_turn() -> None:
    fence, done = Fence(), list[int]()
    for nap in range(300):
        first = ("first", 0.0005, lambda: time.sleep(0.00045 + nap * 1e-6))  # noqa: B023 - called at once
        fence.each([first, ("second", None, lambda: done.append(nap))])  # noqa: B023
        fence.passed("first")
    assert done == list(range(300))


def test_bounds_that_somebody_dropped_meanwhile_are_not_missed() -> None:
    fence, done = Fence(), list[str]()
    with fence.around("hooks", 30):
        fence.each([("one", None, deadline.forget), ("two", None, lambda: done.append("two"))])
    assert (done, fence.problems(), fence.interrupted) == (["two"], [], False)


def test_other_threads_take_turns_too() -> None:
    fence, done = Fence(), list[str]()
    steps = [("one", 0.01, lambda: time.sleep(0.03)), ("two", 0.01, lambda: done.append("two"))]
    thread = threading.Thread(target=fence.each, args=(steps,))
    with fence.around("hooks", 30):
        thread.start()
        thread.join()
    assert (done, fence.problems()) == (["two"], [])
