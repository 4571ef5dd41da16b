"""Following a store: what is new is told once, in little, and reading histories keeps within its share of the time."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.model.run import History
from nbtrack.query.question import Question
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore
from nbtrack.view.follow import READING, Follower
from nbtrack.view.payload import INLINE


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = nbtrack.MemoryStore() if request.param == "memory" else LocalStore(tmp_path / "store")
    yield made
    if isinstance(made, LocalStore):
        made.close()


def _run(store: Store, name: str, **params: Any) -> Any:
    return nbtrack.start_run(name, store=store, params=params)


def _finished(store: Store, name: str, **metrics: float) -> str:
    with _run(store, name, lr=0.1) as opened:
        opened.log(**metrics)
    return opened.id


def _names(messages: list[dict[str, Any]]) -> list[list[str]]:
    return [message["payload"]["runs"]["name"] if message["payload"] else [] for message in messages]


def _values(message: dict[str, Any], key: str) -> list[Any]:
    (column,) = [each for each in message["payload"]["columns"] if each["key"] == key]
    return column["values"] if "values" in column else [column["all"]]


def test_nothing_new_is_no_message(store: Store) -> None:
    _finished(store, "one", f1=1)
    follower = Follower(Question(store))
    assert follower.look() == follower.look() == []
    assert follower.state == 0


def test_a_new_run_is_told_once(store: Store) -> None:
    follower = Follower(Question(store))
    _finished(store, "one", f1=1)
    first, second = follower.look(), follower.look()
    assert _names(first) == [["one"]]
    assert (second, follower.state, follower.stale) == ([], 1, True)


def test_of_a_growing_run_only_numbers_are_told(store: Store) -> None:
    with _run(store, "grows", lr=0.1) as opened:
        opened.log(loss=1.0)
        follower = Follower(Question(store))
        opened.log(loss=0.5)
        (message,) = follower.look()
        assert message["partial"]
        assert message["running"]
        assert [each["key"] for each in message["payload"]["columns"]] == ["loss"]
        assert _values(message, "loss") == [0.5]
        (point,) = message["points"]
        assert point[:4] == [opened.id, "loss", 1, 0.5]
        assert point[5] == 2
    assert not follower.stale


def test_the_end_of_a_run_is_told_with_all_that_is_known_of_it_then(store: Store) -> None:
    with _run(store, "grows", lr=0.1):
        follower = Follower(Question(store))
        assert follower.running
    (message,) = follower.look()
    assert "partial" not in message
    assert message["payload"]["runs"]["status"] == ["finished"]
    assert (message["running"], follower.running, follower.stale) == (False, False, True)


def test_points_between_two_looks_come_as_a_whole_series(store: Store) -> None:
    with _run(store, "grows", lr=0.1) as opened:
        follower = Follower(Question(store))
        for step in range(40):
            opened.log(loss=1 / (1 + step))
        follower.look()
        time.sleep(0.05)
        messages = follower.look()
        told = [message["payload"]["curves"] for message in messages]
    assert follower.reads >= 1
    assert follower.reads <= 2
    assert all(curves and curves[0]["metric"] == "loss" for curves in told)


def test_a_tag_changed_elsewhere_is_news(store: Store) -> None:
    run_id = _finished(store, "one", f1=1)
    follower = Follower(Question(store))
    store.annotate(run_id, "tags", {"best": True})
    (message,) = follower.look()
    assert _values(message, "best") == [True]


def test_runs_that_leave_the_answer_are_gone(store: Store) -> None:
    one, two = _finished(store, "one", f1=0.6), _finished(store, "two", f1=0.9)
    follower = Follower(Question(store, "metrics.f1 > 0.5"))
    nbtrack.delete_run(one, store=store)
    (message,) = follower.look()
    assert (message["gone"], message["payload"]) == ([one], None)
    assert follower.runs.ids == (two,)


def test_runs_asked_for_by_id_stay_those(store: Store) -> None:
    one = _finished(store, "one", f1=0.6)
    follower = Follower(Question(store, ids=(one,)))
    _finished(store, "two", f1=0.9)
    assert follower.look() == []


def test_a_filter_that_no_run_satisfies_any_more_is_no_error(store: Store) -> None:
    one = _finished(store, "one", f1=0.6)
    follower = Follower(Question(store, "metrics.f1 > 0.5"))
    nbtrack.delete_run(one, store=store)
    follower.look()
    assert follower.look() == []


def test_the_whole_tells_the_state_it_stands_for(store: Store) -> None:
    _finished(store, "one", f1=0.6)
    follower = Follower(Question(store))
    _finished(store, "two", f1=0.9)
    follower.look()
    whole = follower.whole(INLINE)
    assert (whole["state"], whole["payload"]["state"], whole["whole"]) == (1, 1, True)
    assert whole["payload"]["runs"]["name"] == ["one", "two"]
    assert not follower.stale


class Counted(nbtrack.MemoryStore):
    """A store in which reading a history takes a second, by a clock of its own."""

    seconds = 0.0
    slow = True

    def points(self, run_id: str, metric: str) -> History:
        self.seconds += 1.0 if self.slow else 0.0
        return super().points(run_id, metric)


def test_histories_are_read_no_more_often_than_their_cost_allows() -> None:
    store, seconds = Counted(), 0.0
    with _run(store, "grows", lr=0.1) as opened:
        follower = Follower(Question(store), spent=lambda: store.seconds, clock=lambda: seconds)
        for _ in range(300):
            seconds += 1.0
            opened.log(loss=1.0)
            opened.log(loss=0.5)
            follower.look()
    assert follower.reads >= 1
    assert store.seconds <= 1 + READING * seconds + 1


@pytest.mark.slow
def test_following_a_run_of_100_000_points_costs_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = LocalStore(tmp_path / "store")
    with _run(store, "long", lr=0.1) as opened:
        for step in range(100_000):
            opened.log(loss=1 / (1 + step))
        store.runs()
        follower = Follower(Question(store))
        stop = threading.Event()

        def train() -> None:
            while not stop.wait(0.02):
                opened.log(loss=0.0)

        training = threading.Thread(target=train)
        training.start()
        began, cpu = time.monotonic(), 0.0
        looks = told = 0
        while time.monotonic() - began < 10:
            before = time.thread_time()
            told += bool(follower.look())
            cpu += time.thread_time() - before
            looks += 1
            time.sleep(0.2)
        elapsed = time.monotonic() - began
        stop.set()
        training.join()
    store.close()
    with capsys.disabled():
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"\nfollowing 100,000 points: {looks} looks, {follower.reads} reads, {cpu / elapsed:.1%} CPU, {memory} MB"
        )
    assert told >= looks * 0.8
    assert follower.reads <= 1


def test_a_folder_that_went_away_does_not_take_its_runs_out_of_sight(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with nbtrack.start_run("one", store=store) as opened:
        opened.log(f1=0.5)
    follower = Follower(Question(store))
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    assert (follower.look(), len(follower.runs), follower.stale) == ([], 1, False)
    (tmp_path / "elsewhere").rename(tmp_path / "store")
    with nbtrack.start_run("two", store=store):
        pass
    assert [name for message in follower.look() for name in message["payload"]["runs"]["name"]] == ["two"]
    store.close()
