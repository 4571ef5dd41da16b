"""What a page of JupyterLab hears, whatever it says."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.session.cells import CellNow
from nbtrack.hosts.server.answers import cells_now
from nbtrack.hosts.server.desk import MOST, Desk, Rights
from nbtrack.query.runs import Runs
from nbtrack.store.index.table import RunsTable
from nbtrack.store.local import LocalStore


class Page:
    """A page that keeps what it is told, as it would come over the wire."""

    def __init__(self, store: LocalStore, *, write: bool = True) -> None:
        self.told: list[dict[str, Any]] = []
        self.desk = Desk(store, "n.ipynb", self.hear, Rights(write=write))

    def hear(self, message: dict[str, Any]) -> None:
        self.told.append(json.loads(json.dumps(message, allow_nan=False)))

    def say(self, message: Any) -> list[dict[str, Any]]:
        before = len(self.told)
        self.desk.receive(message)
        return self.told[before:]

    def step(self) -> list[dict[str, Any]]:
        before = len(self.told)
        self.desk.step()
        return self.told[before:]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return nbtrack.open_store(tmp_path / ".nbtrack")


@pytest.fixture
def page(store: LocalStore) -> Page:
    return Page(store)


def record(store: LocalStore, name: str, **metrics: float) -> str:
    with nbtrack.start_run(name, store=store, params={"lr": 0.1}) as opened:
        opened.log(**metrics)
    return opened.id


def test_a_channel_tells_all_runs_and_then_what_is_new(store: LocalStore, page: Page) -> None:
    record(store, "one", f1=0.5)
    (whole,) = page.say({"do": "open", "channel": "panel", "ask": ""})
    assert (whole["do"], whole["channel"], whole["payload"]["runs"]["name"]) == ("news", "panel", ["one"])
    assert page.step() == []
    record(store, "two", f1=0.7)
    (news,) = page.step()
    assert (news["state"], news["payload"]["runs"]["name"]) == (whole["state"] + 1, ["two"])


def test_a_long_list_begins_with_its_newest_runs(store: LocalStore, page: Page, monkeypatch: Any) -> None:
    monkeypatch.setattr("nbtrack.hosts.server.desk._AHEAD", 2)
    for name in ("one", "two", "three", "four", "five"):
        record(store, name, f1=0.5)
    first, whole = page.say({"do": "open", "channel": "panel", "ask": ""})
    assert (first["of"], first["state"], first["payload"]["runs"]["name"]) == (5, -1, ["four", "five"])
    assert (whole["state"], whole["payload"]["runs"]["name"]) == (0, ["one", "two", "three", "four", "five"])
    (whole,) = page.say({"do": "hello", "channel": "panel", "state": -1})
    assert len(whole["payload"]["runs"]["id"]) == 5
    assert len(page.say({"do": "open", "channel": "c", "ask": "", "detail": True})) == 1


def test_several_runs_that_came_together_are_told_oldest_first(store: LocalStore, page: Page) -> None:
    page.say({"do": "open", "channel": "panel", "ask": ""})
    for name in ("one", "two", "three"):
        record(store, name, f1=0.5)
    (news,) = page.step()
    assert news["payload"]["runs"]["name"] == ["one", "two", "three"]


def test_a_channel_follows_the_answer_to_its_filter(store: LocalStore, page: Page) -> None:
    record(store, "low", f1=0.1)
    page.say({"do": "open", "channel": "c", "ask": "metrics.f1 > 0.5"})
    record(store, "still low", f1=0.2)
    assert page.step() == []
    record(store, "high", f1=0.9)
    assert page.step()[0]["payload"]["runs"]["name"] == ["high"]


def test_whoever_missed_something_is_told_all_of_it(store: LocalStore, page: Page) -> None:
    page.say({"do": "open", "channel": "c", "ask": ""})
    record(store, "one", f1=0.5)
    state = page.step()[0]["state"]
    assert page.say({"do": "hello", "channel": "c", "state": state})[0]["do"] == "here"
    (whole,) = page.say({"do": "hello", "channel": "c", "state": 0})
    assert (whole["whole"], whole["payload"]["runs"]["name"]) == (True, ["one"])


def test_a_tag_is_recorded_and_told(store: LocalStore, page: Page) -> None:
    run = record(store, "one", f1=0.5)
    page.say({"do": "open", "channel": "c", "ask": ""})
    (done,) = page.say(
        {
            "do": "edit",
            "channel": "c",
            "number": 7,
            "change": {"do": "tag", "run": run, "key": "starred", "value": True},
        }
    )
    assert done == {"do": "done", "number": 7, "channel": "c"}
    assert nbtrack.run(run, store=store).tags["starred"] is True
    assert page.step()


def test_who_may_only_read_changes_nothing(store: LocalStore) -> None:
    run, page = record(store, "one", f1=0.5), Page(store, write=False)
    page.say({"do": "open", "channel": "c", "ask": ""})
    change = {"do": "note", "run": run, "text": "mine"}
    (done,) = page.say({"do": "edit", "channel": "c", "number": 1, "change": change})
    assert "lets you read" in done["problem"]
    assert nbtrack.run(run, store=store).note is None


def test_a_run_that_the_channel_does_not_show_is_not_changed(store: LocalStore, page: Page) -> None:
    run = record(store, "one", f1=0.5)
    page.say({"do": "open", "channel": "c", "ask": "metrics.f1 > 0.9"})
    change = {"do": "note", "run": run, "text": "mine"}
    (done,) = page.say({"do": "edit", "channel": "c", "number": 1, "change": change})
    assert "Not saved" in done["problem"]


def test_a_filter_that_cannot_be_read_is_refused_in_words(page: Page) -> None:
    (refused,) = page.say({"do": "open", "channel": "c", "ask": "metrics.f1 >"})
    assert (refused["do"], refused["channel"]) == ("refused", "c")
    assert refused["problem"]


def test_a_page_has_only_so_many_channels(page: Page) -> None:
    for number in range(MOST):
        page.say({"do": "open", "channel": str(number), "ask": ""})
    assert page.say({"do": "open", "channel": "more", "ask": ""})[0]["do"] == "refused"
    page.say({"do": "close", "channel": "0"})
    assert page.say({"do": "open", "channel": "more", "ask": ""})[0]["do"] == "news"


def test_nothing_is_looked_for_while_nobody_looks(store: LocalStore, page: Page) -> None:
    page.say({"do": "open", "channel": "c", "ask": ""})
    page.say({"do": "seen", "seen": False})
    record(store, "one", f1=0.5)
    assert page.step() == []
    page.say({"do": "seen", "seen": True})
    assert page.step()


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "open",
        {},
        {"do": "open"},
        {"do": "open", "channel": 1, "ask": ""},
        {"do": "open", "channel": "x" * 1000, "ask": ""},
        {"do": "open", "channel": "c", "ask": "x" * 20_000},
        {"do": "hello", "channel": "unknown", "state": 1},
        {"do": "edit", "channel": "unknown", "number": 1, "change": None},
        {"do": "ask", "number": 1, "what": "__import__"},
        {"do": "ask", "number": 1, "what": "run"},
        {"do": "ask", "number": 1, "what": "run", "run": {"$ne": 1}},
        {"do": "ask", "number": 1, "what": "artifact", "run": "x", "name": "../../etc/passwd"},
        {"do": "ask", "number": 1, "what": "cells", "cells": {"a": 1}},
        {"do": "ask", "number": 1, "what": "program", "run": "x", "kind": "sh"},
    ],
)
def test_whatever_a_page_says_it_gets_an_answer_in_words(page: Page, message: Any) -> None:
    (answer,) = page.say(message)
    assert answer.get("problem")


def test_a_run_in_detail_names_what_was_kept(store: LocalStore, page: Page) -> None:
    run = record(store, "one", f1=0.5)
    (answer,) = page.say({"do": "ask", "number": 3, "what": "run", "run": run})
    assert answer["number"] == 3
    assert (answer["value"]["metrics"], answer["value"]["params"]) == ({"f1": 0.5}, {"lr": 0.1})


def test_a_picture_is_handed_over_and_a_model_is_not(store: LocalStore, page: Page, tmp_path: Path) -> None:
    (tmp_path / "plot.png").write_bytes(b"\x89PNG")
    (tmp_path / "model.pkl").write_bytes(b"\x80")
    with nbtrack.start_run("one", store=store) as opened:
        opened.log_artifact(tmp_path / "plot.png")
        opened.log_artifact(tmp_path / "model.pkl")
    (picture,) = page.say({"do": "ask", "number": 1, "what": "artifact", "run": opened.id, "name": "plot.png"})
    assert picture["value"] == {"name": "plot.png", "media_type": "image/png", "base64": "iVBORw=="}
    (model,) = page.say({"do": "ask", "number": 2, "what": "artifact", "run": opened.id, "name": "model.pkl"})
    assert "not shown here" in model["problem"]


def test_a_report_is_a_whole_page_with_a_name_that_is_none_but_a_name(store: LocalStore, page: Page) -> None:
    ids = [record(store, name, f1=0.5) for name in ("one", "two")]
    question = {"do": "ask", "number": 1, "what": "report", "runs": ids, "title": "../../Rates & <b>"}
    (answer,) = page.say(question)
    assert answer["value"]["name"] == "rates-b.html"
    assert answer["value"]["text"].startswith("<!doctype html>")
    assert "Rates &amp; &lt;b&gt;" in answer["value"]["text"]


def test_what_takes_seconds_is_made_aside_and_only_so_much_of_it(store: LocalStore) -> None:
    run = record(store, "one", f1=0.5)
    told: list[dict[str, Any]] = []
    later: list[Any] = []
    desk = Desk(store, "", told.append, Rights(), later.append)
    for number in range(20):
        desk.receive({"do": "ask", "number": number, "what": "report", "runs": [run]})
    assert len(later) < 20
    assert len(told) == 20 - len(later)
    assert all("wait" in each["problem"] for each in told)
    desk.receive({"do": "ask", "number": 20, "what": "run", "run": run})
    assert told[-1]["value"]["id"] == run


def test_who_may_not_execute_reproduces_nothing(store: LocalStore, page: Page) -> None:
    run = record(store, "one", f1=0.5)
    (answer,) = page.say({"do": "reproduce", "number": 1, "run": run})
    assert answer == {"do": "answer", "number": 1, "problem": "this server does not let you run code"}


def test_a_store_that_is_gone_for_a_while_is_followed_again(store: LocalStore, page: Page, tmp_path: Path) -> None:
    record(store, "one", f1=0.5)
    page.say({"do": "open", "channel": "c", "ask": ""})
    store.path.rename(tmp_path / "away")
    assert page.step() == [], "a store that is not mounted is not a store without runs"
    (tmp_path / "away").rename(store.path)
    record(store, "two", f1=0.7)
    assert page.step()[0]["payload"]["runs"]["name"] == ["two"]


def test_a_cell_is_known_by_its_id_and_one_without_by_its_source(store: LocalStore) -> None:
    record(store, "one", f1=0.5)
    plain = store.runs().documents[0]

    def kept(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def ran(number: int, source: str, cell: str | None, *before: tuple[str, str]) -> Any:
        executions = [{"cell": name, "source": kept(text)} for name, text in (*before, ("own", ""))]
        known = {"source": source, "id": cell, "count": 1, "line": "", "overrides": {}, "hash": CellNow(source).hash}
        told = {"id": f"20261121t10153{number}-aaaaaaa{number}", "cell": known, "started": number}
        return {**plain, **told, "slice": {"executions": executions, "verdicts": []}}

    read = (("b", "y = 1"), ("gone", "z"), ("c", "w = 1"))
    documents = [ran(1, "%%track\nx = 1", "a"), ran(2, "%%track\nx = 2", "a", *read), ran(3, "q = 1", None)]
    found = Runs(RunsTable.of(documents), range(2, -1, -1), store.points)
    told = cells_now(found, {"a": "x = 1", "b": "y = 2", "c": "w = 1", "d": "%%track\nq = 1", "e": ""})
    newest, first = documents[1]["id"], documents[0]["id"]
    assert told["a"] == {"runs": [newest, first], "stale": True, "upstream": ["b"]}
    assert told["d"] == {"runs": [documents[2]["id"]], "stale": False, "upstream": []}
    assert set(told) == {"a", "d"}


def test_cells_are_told_without_reading_the_runs_before_the_newest(store: LocalStore, monkeypatch: Any) -> None:
    for number in range(5):
        record(store, f"run {number}", f1=0.5)
    read: list[int] = []
    whole = Runs._run
    monkeypatch.setattr(Runs, "_run", lambda runs, row: read.append(row) or whole(runs, row))
    cells_now(nbtrack.runs(store=store), {"a": "x = 1"})
    assert read == []
