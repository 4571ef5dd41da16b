import json
import random
import runpy
from math import isnan
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from nbtrack.errors import MetricNotFound
from nbtrack.query.importance import importance

make_run = runpy.run_path(str(Path(__file__).parents[1] / "view" / "fake_runs.py"))["make_run"]
VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("importance.json").read_text("utf-8"))


def _runs(params, metric):
    return [
        make_run(
            n,
            params={key: values[n] for key, values in params.items() if values[n] is not None},
            metrics={} if value is None else {"f1": value},
        )
        for n, value in enumerate(metric)
    ]


def test_shares_and_intervals_are_those_of_scipy():
    rows = importance(_runs(VECTORS["params"], VECTORS["metric"]), "f1")
    assert [list(row.params) for row in rows] == [each["params"] for each in VECTORS["rows"]]
    for row, each in zip(rows, VECTORS["rows"], strict=True):
        expected = [each[name] for name in ("n", "value", "low", "high", "chance", "top")]
        assert [row.n, row.value, row.low, row.high, row.chance] == pytest.approx(expected[:-1], abs=1e-9)
        assert row.top == expected[-1]
        assert isnan(row.rho) if each["rho"] is None else row.rho == pytest.approx(each["rho"])


def test_what_does_not_vary_and_what_is_different_in_every_run_is_left_out():
    assert (
        importance(_runs({"same": [1] * 9, "id": [f"r{n}" for n in range(9)]}, [0.1 * n for n in range(9)]), "f1") == ()
    )


def test_none_is_a_value_of_a_param():
    rows = importance(_runs_with_none(), "f1")
    assert [(row.params, row.n, row.levels, row.top) for row in rows] == [(("max_depth",), 12, ("None", "3"), "3")]


def _runs_with_none():
    return [make_run(n, params={"max_depth": 3 if n % 2 else None}, metrics={"f1": float(n % 2)}) for n in range(12)]


def test_runs_without_a_finite_value_are_left_out():
    params = {"lr": [n % 2 for n in range(12)]}
    metric = [float(n % 2) for n in range(12)]
    rows = importance(_runs(params, [*metric[:10], float("nan"), float("inf")]), "f1")
    assert [row.n for row in rows] == [10]


def test_an_integer_that_no_float_can_hold_is_farther_than_all_others():
    rows = importance(_runs({"n": [1, 2, 10**400] * 4}, [float(n % 3) for n in range(12)]), "f1")
    assert [(row.levels, row.top) for row in rows] == [(("1", "2", "inf"), "inf")]


def test_nothing_goes_with_a_metric_that_is_the_same_everywhere():
    assert importance(_runs({"lr": [n % 2 for n in range(12)]}, [0.5] * 12), "f1") == ()


def test_no_runs_have_nothing_of_importance():
    assert importance([], "f1") == ()


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(MetricNotFound, match="did you mean 'f1'"):
        importance(_runs({"lr": [1, 2]}, [0.1, 0.2]), "f1x")
    with pytest.raises(MetricNotFound, match="there are 'f1'"):
        importance(_runs({"lr": [1, 2]}, [0.1, 0.2]), "accuracy")


@pytest.mark.slow
def test_of_params_that_do_nothing_none_passes_what_chance_reaches_in_95_studies_of_100():
    rng, studies = random.Random(1), 60
    wrong = 0
    for _ in range(studies):
        params = {f"p{k}": [rng.random() if k % 2 else rng.randrange(2 + k) for _ in range(24)] for k in range(4)}
        rows = importance(_runs(params, [rng.random() for _ in range(24)]), "f1")
        wrong += any(row.value > row.chance for row in rows)
    assert wrong <= studies * 0.05 + 6


@pytest.mark.slow
def test_a_thousand_runs_of_thirty_params_take_seconds_not_minutes():
    rng = random.Random(1)
    params = {f"p{k}": [rng.random() if k % 2 else rng.randrange(5) for _ in range(1000)] for k in range(30)}
    runs = _runs(params, [rng.random() for _ in range(1000)])
    started = process_time()
    assert len(importance(runs, "f1")) == 30
    assert process_time() - started < 8


def test_a_quick_answer_is_no_surer_than_a_thorough_one(runs_of) -> None:
    runs = runs_of(
        *({"params": {"lr": at % 4, "depth": at % 3}, "metrics": {"f1": at % 4 + at / 500}} for at in range(400))
    )
    quick, thorough = importance(runs, "f1", thorough=False), importance(runs, "f1")
    assert [row.params for row in quick if row.value > row.chance] == [("lr",)]
    assert [row.params for row in thorough if row.value > row.chance] == [("lr",)]
    assert quick[0].chance >= 0.9 * thorough[0].chance
