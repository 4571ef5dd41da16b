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
from nbtrack.model.run import History, Run
from nbtrack.query.question import Question
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.at_hand import at_hand
from nbtrack.view.follow import READING, Follower
from nbtrack.view.payload import INLINE, comparison_payload


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
    return str(opened.id)


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
    assert sorted(whole["payload"]["runs"]["name"]) == ["one", "two"]  # begun within one millisecond
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


class Looked(LocalStore):
    """A store that counts how often it is asked."""

    looks = reads = 0

    def runs(self) -> Any:
        self.looks += 1
        return super().runs()

    def points(self, run_id: str, metric: str) -> History:
        self.reads += 1
        return super().points(run_id, metric)


@pytest.fixture
def looked(tmp_path: Path) -> Iterator[Looked]:
    made = Looked(tmp_path / "store")
    yield made
    made.close()


def test_a_glance_tells_how_far_a_run_of_this_process_is_without_asking_the_store(looked: Looked) -> None:
    with _run(looked, "grows", lr=0.1) as opened:
        opened.log(loss=1.0)
        follower = Follower(Question(looked), at_hand=at_hand)
        before = looked.looks
        for step in range(1, 100):
            opened.log(loss=1 / (1 + step))
            (message,) = follower.glance()
            assert message["partial"]
            assert [point[:4] for point in message["points"]] == [[opened.id, "loss", step, 1 / (1 + step)]]
        assert follower.glance() == []
        assert (follower.covered, follower.behind, looked.looks, looked.reads) == (True, False, before, 0)


def test_a_glance_opens_no_file(looked: Looked) -> None:
    with _run(looked, "grows", lr=0.1) as opened:
        follower = Follower(Question(looked), at_hand=at_hand)
        opened.log(loss=0.5, f1=0.1)
        (looked.path / "runs").rename(looked.path / "elsewhere")
        (message,) = follower.glance()
        (looked.path / "elsewhere").rename(looked.path / "runs")
    assert [point[:4] for point in message["points"]] == []  # the first point of a series is a number in the table
    assert (_values(message, "loss"), _values(message, "f1")) == ([0.5], [0.1])


def _log_points(opened: Any) -> None:
    opened.log(loss=2.0)
    opened.log(loss=float("nan"), f1=1)
    opened.log(loss=0.25, step=10)
    opened.log({"f1": 10**30, "new": float("inf")}, step=3)
    opened.log(late=0.5, step=7)
    opened.log(late=0.75, step=2)


def test_what_glances_have_told_is_what_a_fresh_read_gives(looked: Looked) -> None:
    with _run(looked, "grows", lr=0.1) as opened:
        opened.record_metrics({"single": 0.9, "words": "none"}, {})
        opened.log(single=0.1, words=0.1, loss=1.0)
        follower = Follower(Question(looked), at_hand=at_hand)
        _log_points(opened)
        opened.log(single=0.2, words=0.2)
        follower.glance()
        fresh = nbtrack.run(opened.id, store=LocalStore(looked.path))
        (shown,) = follower._open.values()
        assert shown.document == fresh.document
        told = follower.payload(INLINE)
        assert {**comparison_payload([fresh], "", INLINE), "state": 1} == told


def test_a_look_after_glances_leaves_the_page_as_the_store_is(looked: Looked) -> None:
    with _run(looked, "grows", lr=0.1) as opened:
        opened.log(loss=1.0)
        follower = Follower(Question(looked), at_hand=at_hand)
        opened.log(loss=0.5)
        follower.glance()
        follower.look()
        (again,) = follower._open.values()
        assert again.document == _fresh(looked, opened.id).document
    (message,) = follower.look()
    assert message["payload"]["runs"]["status"] == ["finished"]
    assert follower.runs[0].document == _fresh(looked, opened.id).document
    assert (follower.covered, follower._open) == (False, {})


def _fresh(store: LocalStore, run_id: str) -> Run:
    return nbtrack.run(run_id, store=LocalStore(store.path))


@pytest.mark.parametrize(
    "change",
    [
        lambda opened, _: opened.log_params(depth=3),
        lambda opened, _: opened.set_tags(best=True),
        lambda opened, _: opened.finish(),
        lambda _, store: _finished(store, "another", f1=1),
    ],
)
def test_what_a_glance_does_not_tell_is_known_to_be_missing(looked: Looked, change: Any) -> None:
    with _run(looked, "grows", lr=0.1) as opened:
        follower = Follower(Question(looked), at_hand=at_hand)
        behind = []
        for happens in (lambda *_: None, change):
            happens(opened, looked)
            follower.glance()
            behind.append(follower.behind)
        assert behind == [False, True]
        assert follower.look()
        assert not follower.behind


def test_a_run_that_another_writes_is_not_covered(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with _run(store, "grows", lr=0.1):
        follower = Follower(Question(store))
        assert (follower.running, follower.covered, follower.glance()) == (True, False, [])
    store.close()
