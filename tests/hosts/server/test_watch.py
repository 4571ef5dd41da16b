"""One watcher a store: it answers in turn, looks when somebody looks, and is gone when nobody is there."""

import threading
from pathlib import Path
from typing import Any

import nbtrack
from nbtrack.hosts.server.desk import Desk, Rights
from nbtrack.hosts.server.watch import Watch, Watches


class Ear:
    """Waits for what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._heard = threading.Condition()

    def __call__(self, message: dict[str, Any]) -> None:
        with self._heard:
            self.told.append(message)
            self._heard.notify_all()

    def wait(self, count: int) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.told) >= count, 20), self.told


def test_news_come_by_themselves_and_the_thread_goes_with_the_last_page(tmp_path: Path) -> None:
    store, ear, watch = nbtrack.open_store(tmp_path / ".nbtrack"), Ear(), Watch()
    desk = Desk(store, "", ear, Rights())
    watch.join(desk)
    watch.receive(desk, {"do": "open", "channel": "panel", "ask": ""})
    ear.wait(1)
    with nbtrack.start_run("one", store=store) as opened:
        opened.log(f1=0.5)
    ear.wait(2)
    assert ear.told[1]["payload"]["runs"]["name"] == ["one"]
    watch.leave(desk)
    watch.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "nbtrack-watch"]


def test_a_hidden_page_costs_no_look(tmp_path: Path) -> None:
    store, ear, watch = nbtrack.open_store(tmp_path / ".nbtrack"), Ear(), Watch()
    desk = Desk(store, "", ear, Rights())
    watch.join(desk)
    watch.receive(desk, {"do": "open", "channel": "panel", "ask": ""})
    watch.receive(desk, {"do": "seen", "seen": False})
    watch.receive(desk, {"do": "ask", "number": 1, "what": "run", "run": "x"})
    ear.wait(2)
    before = watch.looks
    watch.receive(desk, {"do": "ask", "number": 2, "what": "run", "run": "x"})
    ear.wait(3)
    assert watch.looks == before
    watch.stop()


def test_pages_of_one_store_share_a_watch_and_an_idle_one_is_let_go(tmp_path: Path) -> None:
    watches, store = Watches(), nbtrack.open_store(tmp_path / ".nbtrack")
    watch = watches.of(store.path)
    watch.join(Desk(store, "", Ear(), Rights()))
    assert watches.of(store.path) is watch
    assert watches.of(tmp_path / "other") is not watch
    watches.stop()


def test_what_a_page_started_ends_when_the_server_does(tmp_path: Path) -> None:
    watches, ended = Watches(), []
    watch = watches.of(tmp_path)
    desk = Desk(nbtrack.open_store(tmp_path / ".nbtrack"), "", Ear(), Rights())
    desk._at_work[1] = Stoppable(ended)  # type: ignore[assignment]  # one that only notes it
    watch.join(desk)
    watches.stop()
    assert ended == ["stopped"]


class Stoppable:
    def __init__(self, ended: list[str]) -> None:
        self.ended = ended

    def stop(self) -> None:
        self.ended.append("stopped")


def test_a_message_is_done_with_also_where_dealing_with_it_failed(tmp_path: Path) -> None:
    watch, done = Watch(), threading.Event()
    desk = Desk(nbtrack.open_store(tmp_path / ".nbtrack"), "", lambda _: 1 / 0, Rights())
    watch.join(desk)
    watch.receive(desk, None, done.set)
    assert done.wait(20)
    watch.stop()
