"""The list of very many runs is made of columns, and says what the runs themselves say."""

import base64
import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.query.runs import Runs
from nbtrack.store.local import LocalStore
from nbtrack.view.overview import overview


def store_at(path: Path) -> LocalStore:
    return nbtrack.open_store(path / ".nbtrack")


def record(store: LocalStore, name: str, params: dict[str, Any], **metrics: float) -> str:
    with nbtrack.start_run(name, store=store, params=params) as opened:
        opened.log(**metrics)
    return opened.id


def values(payload: dict[str, Any], space: str, key: str) -> list[Any]:
    """What the page makes of a column."""
    (column,) = (each for each in payload["columns"] if (each["space"], each["key"]) == (space, key))
    if "f64" in column:
        numbers = [each for (each,) in struct.iter_unpack("<d", base64.b64decode(column["f64"]))]
        return [None if math.isnan(each) else each for each in numbers]
    if "words" in column:
        return [column["words"][at] for at in column["at"]]
    return column["values"] if "values" in column else [column["all"]] * len(payload["runs"]["id"])


def test_every_value_of_every_run_is_told_as_it_is(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(12):
        params: dict[str, Any] = {"kernel": "rbf" if number % 2 else None, "same": 3, "odd": [1, number]}
        record(store, f"run {number}", params | ({"lr": 0.1 * number} if number != 5 else {}), f1=number / 7)
    payload = overview(nbtrack.runs(store=store))
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    assert values(payload, "params", "lr") == [None if at == 5 else 0.1 * at for at in range(12)]
    assert values(payload, "metrics", "f1") == [at / 7 for at in range(12)]
    assert values(payload, "params", "kernel") == ["rbf" if at % 2 else None for at in range(12)]
    assert values(payload, "params", "same") == [3] * 12
    assert values(payload, "params", "odd") == [f"[1, {at}]" for at in range(12)]


def test_numbers_that_are_none_are_told_as_words(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for value in (0.5, float("nan"), float("inf")):
        record(store, "one", {"whole": 2**60}, loss=value)
    payload = overview(nbtrack.runs(store=store))
    assert values(payload, "metrics", "loss") == [0.5, {"f": "nan"}, {"f": "inf"}]
    assert set(values(payload, "params", "whole")) == {"1.15292e+18"}


def test_runs_come_oldest_first_and_only_those_asked_for(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for number in range(6):
        record(store, f"run {number}", {"n": number}, f1=number / 7)
    found: Runs = nbtrack.runs("params.n >= 2 order by params.n desc", store=store)
    payload = overview(found)
    assert payload["runs"]["name"] == ["run 2", "run 3", "run 4", "run 5"]
    assert values(payload, "params", "n") == [2, 3, 4, 5]


def test_no_run_is_read(tmp_path: Path, monkeypatch: Any) -> None:
    store = store_at(tmp_path)
    for number in range(4):
        record(store, f"run {number}", {"n": number}, f1=number / 7)
    found = nbtrack.runs(store=store)
    monkeypatch.setattr(Runs, "_run", lambda *_: 1 / 0)
    assert len(overview(found)["runs"]["id"]) == 4


def test_what_is_hidden_in_a_name_is_made_visible_and_a_failure_has_its_kind(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    with pytest.raises(ZeroDivisionError), nbtrack.start_run("a\u202eb", store=store):
        1 / 0  # noqa: B018 - a mistake
    payload = overview(nbtrack.runs(store=store))
    assert payload["runs"]["name"] == ["a[U+202E]b"]
    assert payload["errors"] == {"0": "ZeroDivisionError"}
