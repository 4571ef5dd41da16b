import json
from collections.abc import Callable
from dataclasses import replace

from nbtrack.model.run import Run
from nbtrack.view.payload import INLINE, PAGE, comparison_payload

Make = Callable[..., Run]


def _cell(source: str) -> dict[str, object]:
    return {"source": source, "id": None, "count": 1, "hash": "", "line": "", "overrides": {}}


def test_runs_become_columns_and_shared_lines(make_run: Make) -> None:
    runs = [
        make_run(1, name="a", params={"lr": 0.1, "kernel": "rbf"}, metrics={"loss": 0.5}, cell=_cell("x = 1\nfit()")),
        make_run(
            2,
            name="b",
            params={"kernel": "rbf", "deep": True},
            metrics={"loss": {"$f": "nan"}},
            tags={"team": "nlp"},
            cell=_cell("x = 2\nfit()"),
            duration=None,
        ),
    ]
    payload = comparison_payload(runs, "study")
    assert {name: part for name, part in payload.items() if name != "runs"} == {
        "format": 2,
        "title": "study",
        "columns": [
            {"space": "metrics", "key": "loss", "dir": "min", "values": [0.5, {"f": "nan"}]},
            {"space": "params", "key": "kernel", "dir": None, "all": "rbf"},
            {"space": "params", "key": "lr", "dir": None, "values": [0.1, None]},
            {"space": "params", "key": "deep", "dir": None, "values": [None, True]},
            {"space": "tags", "key": "team", "dir": None, "words": ["nlp"], "at": [-1, 0]},
        ],
        "lines": ["x = 1", "fit()", "x = 2"],
        "sources": [[0, 1], [2, 1]],
        "cells": [0, 1],
        "curves": [],
        "omitted": {"sources": 0, "curves": 0},
    }
    assert payload["runs"]["name"] == ["a", "b"]
    assert payload["runs"]["duration"] == [1.5, None]


def test_a_payload_is_strict_json_whatever_the_values(make_run: Make) -> None:
    odd = {
        "nan": {"$f": "nan"},
        "big": {"$i": "9" * 40},
        "when": {"$t": "2026-11-21T10:15:30Z"},
        "nest": {"a": [1, {"$f": "inf"}]},
        "none": None,
    }
    payload = comparison_payload([make_run(params=odd, metrics={"m": {"$f": "-inf"}})])
    json.dumps(payload, allow_nan=False)
    shown = {column["key"]: column.get("words") or column["values"] for column in payload["columns"]}
    assert shown == {
        "m": [{"f": "-inf"}],
        "nan": [{"f": "nan"}],
        "big": ["1.00000e+40"],
        "when": ["2026-11-21 10:15:30+00:00"],
        "nest": ['{"a": [1, Infinity]}'],
        "none": ["None"],
    }


def test_columns_are_whole_however_little_room_there_is_and_leave_the_least_to_the_rest(make_run: Make) -> None:
    runs = [make_run(i, {"loss": [1.0, 0.5, 0.2]}, params={"lr": i / 7}, cell=_cell("x" * 100)) for i in range(50)]
    payload = comparison_payload(runs, budget=replace(INLINE, room=10, least=2000))
    assert [len(column["values"]) for column in payload["columns"] if column["key"] == "lr"] == [50]
    assert (payload["omitted"]["sources"], 20 < payload["omitted"]["curves"] < 50) == (0, True)


def test_a_param_left_at_its_default_by_every_run_is_marked_as_usual(make_run: Make) -> None:
    sources = {"params": {"tol": "SVC default", "C": "SVC default", "kernel": "literal"}, "metrics": {}}
    chosen = {"params": {**sources["params"], "C": "SVC(C=...)"}, "metrics": {}}
    params = {"tol": 1e-3, "C": 1.0, "kernel": "rbf"}
    runs = [make_run(1, params=params, sources=sources), make_run(2, params=params, sources=chosen)]
    assert {column["key"]: column.get("usual", False) for column in comparison_payload(runs)["columns"]} == {
        "tol": True,
        "C": False,
        "kernel": False,
    }


def test_a_saved_output_has_ten_digits_of_a_number_and_a_page_all(make_run: Make) -> None:
    runs = [make_run(1, metrics={"f1": 0.1 + 0.2}), make_run(2, metrics={"f1": 2 / 3})]
    shown = [comparison_payload(runs, budget=budget)["columns"][0]["values"] for budget in (INLINE, PAGE)]
    assert shown == [[0.3, 0.6666666667], [0.1 + 0.2, 2 / 3]]


def test_sources_beyond_the_budget_are_counted_not_kept(make_run: Make) -> None:
    runs = [make_run(1, cell=_cell("short")), make_run(2, cell=_cell("y" * 1000))]
    payload = comparison_payload(runs, budget=replace(INLINE, source=100))
    assert (payload["lines"], payload["cells"], payload["omitted"]["sources"]) == (["short"], [0, -2], 1)


def test_runs_that_are_not_whole_are_flagged_with_the_reason(make_run: Make) -> None:
    health = {"ok": False, "damaged": 1, "missing": 2, "unsealed": 0, "divergent": 0}
    payload = comparison_payload([make_run(0), make_run(1, health=health)])
    assert payload["flags"] == {"1": ["damaged", "1 damaged line; 2 records missing"]}


def test_seeds_come_after_all_other_params(make_run: Make) -> None:
    runs = [make_run(n, params={"seed": n, "random_state": n} | ({"lr": 0.1} if n else {})) for n in range(3)]
    keys = [column["key"] for column in comparison_payload(runs)["columns"] if column["space"] == "params"]
    assert keys == ["lr", "seed", "random_state"]


def test_a_failed_run_brings_its_error(make_run: Make) -> None:
    failed = make_run(1, status="failed", error={"type": "ValueError", "message": "Input X contains NaN."})
    payload = comparison_payload([make_run(0), failed])
    assert payload["errors"] == {"1": "ValueError: Input X contains NaN."}
    assert "errors" not in comparison_payload([make_run(0)])


def test_names_that_begin_alike_for_hundreds_of_characters_are_columns_of_their_own(make_run: Make) -> None:
    long = "config." * 60
    names = [f"{long}depth", f"{long}width"]
    run = make_run(1, {f"{long}loss": [1.0, 0.5]}, params=dict.fromkeys(names, 1))
    payload = comparison_payload([run])
    keys = [column["key"] for column in payload["columns"] if column["space"] == "params"]
    assert len(set(keys)) == 2
    assert all(len(key) == INLINE.text for key in keys)
    assert payload["curves"][0]["metric"] == next(c["key"] for c in payload["columns"] if c["space"] == "metrics")


def test_params_and_values_that_begin_alike_are_still_two(make_run: Make) -> None:
    begun = "x" * 199
    runs = [make_run(n, params={f"{begun}-a": 1, f"{begun}-b": 2, "text": f"{begun}{n}"}) for n in (1, 2)]
    columns = {column["key"]: column for column in comparison_payload(runs)["columns"]}
    assert len(columns) == 3
    assert len(columns["text"]["words"]) == 2
    assert all(len(word) <= INLINE.text for word in columns["text"]["words"])
