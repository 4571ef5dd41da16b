"""Workers do each call once, whether threads can begin or not."""

import threading

import pytest

from nbtrack.store.system import workers
from nbtrack.store.system.workers import Workers


def fail() -> None:
    raise ValueError("told to whoever asks for the result")


@pytest.mark.parametrize("most", [0, 1, 99])
def test_each_call_is_made_once_however_many_threads_can_begin(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, begun, done = threading.Thread.start, list[threading.Thread](), list[int]()

    def start(thread: threading.Thread) -> None:
        if len(begun) == most:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with Workers("ours") as pool:
        results = [pool.submit(done.append, number) for number in range(50)]
        failed = pool.submit(fail)
    assert [each.result(30) for each in results] == [None] * 50
    assert sorted(done) == list(range(50))
    assert isinstance(failed.exception(30), ValueError)


def test_what_nobody_has_begun_is_left_when_it_is_not_waited_for() -> None:
    begun, go_on, done = threading.Semaphore(0), threading.Event(), list[int]()

    def slow(number: int) -> None:
        begun.release()
        go_on.wait(30)
        done.append(number)

    pool = Workers("ours")
    for number in range(20):
        pool.submit(slow, number)
    for _ in range(8):
        begun.acquire(timeout=30)
    pool.end(wait=False)
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "ours":
            thread.join(30)
    assert sorted(done) == list(range(8))


def test_threads_go_when_there_is_nothing_to_do_and_others_come_when_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_IDLE", 0.01)
    pool = Workers("ours")
    for _ in range(3):
        assert [each.result(30) for each in [pool.submit(abs, -number) for number in range(20)]] == list(range(20))
        for thread in threading.enumerate():
            if thread.name == "ours":
                thread.join(30)
                assert not thread.is_alive()
    pool.end(wait=True)
