"""Runs in quick succession share one look."""

import sys
import threading
import time
from types import ModuleType

import pytest

import nbtrack
from nbtrack.capture.guard import together
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.together import Look, Together


@pytest.mark.slow
def test_what_comes_before_the_quiet_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "QUIET", 0.5)
    background, looks = Background(), []
    shared: Together[int] = Together(background, looks.append)
    events = []
    for number in range(5):
        events.append(shared.add(number))
        time.sleep(0.01)
    assert all(event.over.wait(30) for event in events)
    assert looks == [[0, 1, 2, 3, 4]]
    assert shared.add(5).over.wait(30)
    assert looks == [[0, 1, 2, 3, 4], [5]]
    background.close()


def test_a_long_burst_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LONGEST", 0.1)
    background, looks = Background(), []
    shared: Together[int] = Together(background, looks.append)
    number = 0
    while not looks and number < 3000:
        shared.add(number)
        number += 1
        time.sleep(0.01)
    assert looks
    background.close()
    assert [each for look in looks for each in look] == list(range(number))


def test_closing_looks_at_once() -> None:
    background, looks = Background(), []
    shared: Together[int] = Together(background, looks.append)
    shared.add(1)
    background.close()
    assert looks == [[1]]


def test_what_a_run_loads_after_a_look_has_begun_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    background, begun, end = Background(), threading.Event(), threading.Event()

    def slow(_: list[int]) -> None:
        begun.set()
        end.wait(30)

    shared: Together[int] = Together(background, slow)
    run = nbtrack.start_run(store=nbtrack.MemoryStore())
    assert not Look().missed_imports(run)
    look = shared.add(1)
    assert begun.wait(30)
    monkeypatch.setitem(sys.modules, "loaded_by_the_cell", ModuleType("loaded_by_the_cell"))
    assert not look.over.is_set()
    assert look.missed_imports(run)
    end.set()
    assert look.over.wait(30)
    assert look.missed_imports(run)
    background.close()


def test_what_no_thread_could_begin_with_is_looked_at_once_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    background, looks = Background(), list[list[int]]()
    shared: Together[int] = Together(background, looks.append)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(threading.Thread, "start", _no_thread)
        with pytest.raises(RuntimeError):
            shared.add(1)
    look = shared.add(2)
    background.soon(lambda: None)
    assert look.over.wait(30)
    background.close()
    assert looks == [[1, 2]]


def _no_thread(_: object) -> None:
    raise RuntimeError("can't start new thread")
