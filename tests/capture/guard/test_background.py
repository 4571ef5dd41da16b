"""Work in the background is done in time, in order, by a thread that goes when there is none."""

import multiprocessing
import threading
import time

import pytest

from nbtrack.capture.guard import background as background_module
from nbtrack.capture.guard.background import Background, Task


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "nbtrack-background"]


def test_jobs_are_done_when_they_are_due() -> None:
    background, done = Background(), []
    late = background.soon(lambda: done.append("late"), 0.05)
    first = background.soon(lambda: done.append("first"))
    assert first.wait(30)
    assert done == ["first"]
    assert late.wait(30)
    assert done == ["first", "late"]
    background.close()


def test_the_thread_is_woken_for_what_is_due_before_it_looks_again_and_for_nothing_else() -> None:
    background, done, woken = Background(), [], []
    background.soon(lambda: done.append("far"), 60)
    wake = background._changed.notify
    background._changed.notify = lambda: woken.append(wake())  # type: ignore[method-assign]  # to count
    deadline = time.monotonic() + 30
    while not background._wakes and time.monotonic() < deadline:
        time.sleep(0.01)
    background.soon(lambda: done.append("farther"), 61)
    assert not woken
    near = background.soon(lambda: done.append("near"))
    assert near.wait(30)
    assert len(woken) == 1
    background.close()
    assert done == ["near", "far", "farther"]


def test_closing_does_what_waits_and_ends_the_thread() -> None:
    background, done = Background(), []
    for number in range(3):
        background.soon(lambda number=number: done.append(number), 60 + number)
    background.close()
    assert done == [0, 1, 2]
    assert not threads()


def test_closing_waits_for_a_hanging_job_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_module, "_PATIENCE", 0.2)
    background, held = Background(), threading.Event()
    background.soon(lambda: held.wait(30))
    background.soon(lambda: None, 60)
    started = time.monotonic()
    background.close()
    assert 0.15 < time.monotonic() - started < 20
    held.set()


def test_a_cancelled_job_is_not_done() -> None:
    background, done = Background(), []
    task = background.soon(lambda: done.append(1), 0.02)
    task.cancel()
    assert task.wait(30)
    background.close()
    assert done == []


def test_a_job_that_raises_is_only_its_own_end() -> None:
    background, done = Background(), []
    background.soon(lambda: 1 / 0)
    background.soon(lambda: done.append(1))
    background.close()
    assert done == [1]


@pytest.mark.slow
def test_the_thread_goes_without_work_and_comes_back() -> None:
    background, done = Background(), []
    background.soon(lambda: done.append(1)).wait(30)
    deadline = time.monotonic() + 30
    while threads() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not threads()
    background.soon(lambda: done.append(2)).wait(30)
    background.close()
    assert done == [1, 2]


def test_where_no_thread_can_begin_that_is_said_and_the_next_job_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    background, done = Background(), []
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            background.soon(lambda: done.append("first"))
        background.close()
    assert background.soon(lambda: done.append("next")).wait(30)
    background.close()
    assert done == ["next"]


def _in_child(background: Background, done: "multiprocessing.Queue[str]") -> None:
    background.soon(lambda: done.put("child")).wait(30)
    background.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_has_a_thread_of_its_own_and_none_of_its_parents_jobs() -> None:
    background = Background()
    background.soon(lambda: None).wait(30)
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    parent = background.soon(lambda: done.put("parent"), 60)
    child = context.Process(target=_in_child, args=(background, done))
    child.start()
    child.join(60)
    assert done.get(timeout=30) == "child"
    assert done.empty()
    parent.cancel()
    background.close()


def test_everybody_who_waits_for_a_job_is_told_when_it_is_over() -> None:
    task, go, heard = Task(lambda: None, 0.0), threading.Barrier(4), list[bool]()

    def wait() -> None:
        go.wait(20)
        heard.append(task.wait(20))

    assert task.wait(0) is False
    waiting = [threading.Thread(target=wait) for _ in range(3)]
    for each in waiting:
        each.start()
    go.wait(20)
    task.run()
    for each in waiting:
        each.join(20)
    assert (heard, task.wait(0)) == ([True] * 3, True)
