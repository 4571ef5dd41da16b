"""Whatever a page says: an answer in words or silence by design, never an exception, never a file outside the store."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.hosts.server.answers import ANSWERS
from nbtrack.hosts.server.desk import Desk, Rights

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SILENT = {"close", "seen", "stop"}


class Place:
    """A store with two runs in a folder where nothing else is, and who hears what is said of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = nbtrack.open_store(folder / ".nbtrack")
        self.ids = [self._recorded(name) for name in ("one", "two")]
        self.told: list[Any] = []

    def _recorded(self, name: str) -> str:
        with nbtrack.start_run(name, store=self.store, params={"lr": 0.1}) as opened:
            opened.log(f1=0.5)
        return opened.id

    def desk(self) -> Desk:
        self.told.clear()
        rights = Rights(write=True)  # no right to execute: nothing may start
        return Desk(
            self.store, "n.ipynb", lambda message: self.told.append(json.dumps(message, allow_nan=False)), rights
        )

    def beside(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("fuzzed"))


def names(place: Place) -> st.SearchStrategy[Any]:
    """What may stand where a message has something: what belongs there, what nearly does, and anything."""
    words = [
        "panel",
        "x" * 101,
        "",
        *place.ids,
        place.ids[0][:4],
        "../../etc/passwd",
        "metrics.f1 > 0.1",
        "f1 >",
        "$",
        "\ud800",
        "\x00",
    ]
    return st.sampled_from(words) | JSON


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_message_does_harm(place: Place, data: st.DataObject) -> None:
    value = names(place)
    member = st.sampled_from(
        [
            "channel",
            "ask",
            "detail",
            "state",
            "number",
            "change",
            "seen",
            "what",
            "run",
            "name",
            "kind",
            "old",
            "new",
            "cells",
            "runs",
            "title",
            "environment",
        ]
    )
    change = st.fixed_dictionaries(
        {"do": st.sampled_from(["tag", "note", "archive", "rm"]), "run": value},
        optional={"key": value, "value": value, "text": value},
    )
    message = st.builds(
        lambda do, what, members: {"number": 1, "channel": "panel", "run": place.ids[0], **members, **do, **what},
        st.fixed_dictionaries(
            {"do": st.sampled_from(["open", "hello", "edit", "close", "seen", "ask", "reproduce", "stop"]) | value}
        ),
        st.fixed_dictionaries(
            {}, optional={"what": st.sampled_from(sorted(set(ANSWERS) - {"report"})), "change": change}
        ),
        st.dictionaries(member, value, max_size=4),
    )
    desk = place.desk()
    for said in data.draw(st.lists(message | JSON, min_size=1, max_size=4)):
        before = len(place.told)
        desk.receive(said)
        desk.step()
        silent = isinstance(said, dict) and str(said.get("do")) in SILENT
        assert silent or len(place.told) > before, said
        assert not [told for told in place.told if "could not do it" in told], "that is for what nobody thought of"
    desk.close()
    assert place.beside() == [".nbtrack"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(st.text(max_size=8), max_size=3) | JSON, title=st.text(max_size=400) | JSON)
def test_a_report_of_nothing_sensible_is_refused_in_words(place: Place, runs: Any, title: Any) -> None:
    place.desk().receive({"do": "ask", "number": 1, "what": "report", "runs": runs, "title": title})
    (answer,) = map(json.loads, place.told)
    assert answer["problem"]
    assert not answer["problem"].startswith("nbtrack could not do it")
