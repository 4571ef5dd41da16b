"""Signals that a program handles itself are heard by it, and what its handlers raise is not kept in."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType

import pytest

from nbtrack.record import program_signals
from nbtrack.record.program_signals import Held, handling, let_go

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="a system without these signals")


class Late(Exception):
    pass


class Handlers:
    """The kinds of things that may handle a signal."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def method(self, number: int, frame: object) -> None:
        self.heard.append(number)
        raise Late

    def __call__(self, number: int, frame: object) -> None:
        self.method(number, frame)

    def kinds(self) -> dict[str, Callable[[int, object], None]]:
        def function(number: int, frame: object) -> None:
            self.method(number, frame)

        return {"function": function, "method": self.method, "object": self, "part": partial(function)}


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    numbers = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("kind", ["function", "method", "object", "part"])
def test_a_signal_waits_and_is_heard_once_afterwards(kind: str) -> None:
    handlers = Handlers()
    handler = handlers.kinds()[kind]
    signal.signal(signal.SIGUSR1, handler)
    held = Held()
    held.start()
    for _ in range(3):
        signal.raise_signal(signal.SIGUSR1)
    assert handlers.heard == []
    with pytest.raises(Late):
        held.stop()
    assert handlers.heard == [signal.SIGUSR1]
    assert signal.getsignal(signal.SIGUSR1) is handler
    held.stop()
    assert handlers.heard == [signal.SIGUSR1]


def test_all_that_came_are_heard_though_the_first_raises() -> None:
    handlers = Handlers()
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, handlers.method)
    held = Held()
    held.start()
    signal.raise_signal(signal.SIGUSR2)
    signal.raise_signal(signal.SIGUSR1)
    with pytest.raises(Late):
        held.stop()
    assert sorted(handlers.heard) == sorted([signal.SIGUSR1, signal.SIGUSR2])


def test_who_waits_for_signals_by_a_file_hears_of_each_once_and_handlers_see_the_program() -> None:
    frames = list[FrameType | None]()
    signal.signal(signal.SIGUSR1, lambda _, frame: frames.append(frame))
    hears, speaks = os.pipe()
    os.set_blocking(speaks, False)
    before = signal.set_wakeup_fd(speaks)
    try:
        held = Held()
        held.start()
        signal.raise_signal(signal.SIGUSR1)
        held.stop()
        assert os.read(hears, 10) == bytes([signal.SIGUSR1])
    finally:
        signal.set_wakeup_fd(before)
        os.close(hears)
        os.close(speaks)
    assert frames == [sys._getframe()]


def test_an_interrupt_waits_too() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    held = Held()
    held.start()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        held.stop()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_inside_another_does_nothing() -> None:
    handlers = Handlers()
    signal.signal(signal.SIGUSR1, handlers.method)
    outer, inner = Held(), Held()
    outer.start()
    inner.start()
    signal.raise_signal(signal.SIGUSR1)
    inner.stop()
    assert handlers.heard == []
    with pytest.raises(Late):
        outer.stop()


def test_signals_that_nobody_handles_are_left_alone() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    held = Held()
    held.start()
    assert (signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGUSR2)) == (signal.SIG_IGN, signal.SIG_DFL)
    held.stop()
    assert (signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGUSR2)) == (signal.SIG_IGN, signal.SIG_DFL)


def test_other_threads_leave_handlers_alone() -> None:
    handlers, seen = Handlers(), list[object]()
    signal.signal(signal.SIGUSR1, handlers.method)

    def work() -> None:
        held = Held()
        held.start()
        seen.append(signal.getsignal(signal.SIGUSR1))
        held.stop()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [handlers.method]


@pytest.mark.parametrize("kind", ["function", "method", "object", "part"])
def test_what_a_handler_raised_is_let_go_also_from_behind_another_error(kind: str) -> None:
    handlers = Handlers()
    signal.signal(signal.SIGUSR1, handlers.kinds()[kind])
    assert handling()
    try:
        try:
            signal.raise_signal(signal.SIGUSR1)
        except Late as error:
            raise OSError from error
    except OSError as problem:
        with pytest.raises(Late):
            let_go(problem)


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_failure_to_look_lets_nothing_go(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> set[object]:
        raise error

    monkeypatch.setattr(program_signals, "handling", fail)
    let_go(ValueError())


def test_errors_of_others_are_not_let_go() -> None:
    handlers = Handlers()
    signal.signal(signal.SIGUSR1, handlers.method)
    try:
        int("no number")
    except ValueError as problem:
        let_go(problem)
