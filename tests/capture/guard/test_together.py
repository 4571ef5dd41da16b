"""Runs in quick succession share one look."""

import time

import pytest

from nbtrack.capture.guard import together
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.together import Together


def test_what_comes_before_the_quiet_is_looked_at_once() -> None:
    background, looks = Background(), []
    shared: Together[int] = Together(background, looks.append)
    events = []
    for number in range(5):
        events.append(shared.add(number))
        time.sleep(0.01)
    assert all(event.wait(2) for event in events)
    assert looks == [[0, 1, 2, 3, 4]]
    assert shared.add(5).wait(2)
    assert looks == [[0, 1, 2, 3, 4], [5]]
    background.close()


def test_a_long_burst_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LONGEST", 0.1)
    background, looks = Background(), []
    shared: Together[int] = Together(background, looks.append)
    for number in range(30):
        shared.add(number)
        time.sleep(0.01)
    background.close()
    assert len(looks) > 1
    assert [number for look in looks for number in look] == list(range(30))


def test_closing_looks_at_once() -> None:
    background, looks = Background(), []
    shared: Together[int] = Together(background, looks.append)
    shared.add(1)
    background.close()
    assert looks == [[1]]
