import json
from collections.abc import Callable
from dataclasses import replace

from nbtrack.model.run import Run
from nbtrack.view.payload import INLINE, comparison_payload

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
        "format": 1,
        "title": "study",
        "columns": [
            {"space": "metrics", "key": "loss", "dir": "min", "values": [0.5, {"f": "nan"}]},
            {"space": "params", "key": "lr", "dir": None, "values": [0.1, None]},
            {"space": "params", "key": "kernel", "dir": None, "words": ["rbf"], "at": [0, 0]},
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


def test_curves_share_the_budget_of_points_and_the_rest_is_counted(make_run: Make) -> None:
    runs = [make_run(i, {"loss": [1 / (step + 1) for step in range(1000)]}) for i in range(10)]
    payload = comparison_payload(runs, budget=replace(INLINE, points=64))
    assert [len(series[6]) // 4 for series in payload["curves"][0]["series"]] == [16, 16, 16, 16]
    assert payload["omitted"] == {"sources": 0, "curves": 6}


def test_sources_beyond_the_budget_are_counted_not_kept(make_run: Make) -> None:
    runs = [make_run(1, cell=_cell("short")), make_run(2, cell=_cell("y" * 1000))]
    payload = comparison_payload(runs, budget=replace(INLINE, source=100))
    assert (payload["lines"], payload["cells"], payload["omitted"]["sources"]) == (["short"], [0, -1], 1)
