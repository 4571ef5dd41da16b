"""Whoever logs without a pause lets a thread that has slept have its turn of the interpreter."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.store.writing import turn
from nbtrack.store.writing.turn import TURN


@pytest.fixture(autouse=True)
def _unasked() -> Iterator[None]:
    TURN.had()
    yield
    TURN.had()


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(turn, "sleep", found.append)
    return found


def test_a_pen_rests_when_a_turn_is_due_and_not_before(tmp_path: Path, rests: list[float]) -> None:
    with nbtrack.start_run(store=nbtrack.open_store(tmp_path / ".nbtrack")) as run:
        run.log(loss=1.0)
        TURN.ask(60.0)
        run.log(loss=0.9)
        assert rests == []
        TURN.ask(-1.0)
        run.log(loss=0.8)
        assert len(rests) == 1
        TURN.had()
        run.log(loss=0.7)
    assert len(rests) == 1
    assert len(nbtrack.run(run.id, store=tmp_path / ".nbtrack").history("loss").values) == 4


def test_who_never_takes_its_turn_is_waited_for_no_more(rests: list[float]) -> None:
    TURN.ask(-1.0)
    for _ in range(1000):
        TURN.due -= 3_000_000  # as if so much time had gone by
        if time.time_ns() > TURN.due:
            TURN.give()
    assert 1 < len(rests) < 50
