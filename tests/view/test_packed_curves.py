"""Curves survive packing: what Python packs, the front end unpacks."""

import json
import math
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.model.run import History, Run
from nbtrack.view.packed_curves import packed, packed_curves, places_to_draw

Make = Callable[..., Run]
_HERE = Path(__file__).parent


def _unpacked(series: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    node = shutil.which("node") or pytest.skip("node is not installed; the front end is not tested")
    command = [node, str(_HERE / "unpack_curves.mjs")]
    done = subprocess.run(command, input=json.dumps(series), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def _histories(count: int) -> list[History]:
    """Return series of every kind: short and long, even and uneven, falling by magnitudes, with holes."""
    rng = random.Random(5)
    return [_history(rng, kind) for kind in range(count)]


def _history(rng: random.Random, kind: int) -> History:
    count = rng.choice([1, 2, 3, 40])
    gaps = [kind % 4 or rng.randrange(0, 10 ** rng.randrange(1, 6)) for _ in range(count)]
    steps = [sum(gaps[:at]) + kind for at in range(count)]
    values = [rng.choice([rng.gauss(0, 1), 10 ** rng.uniform(-9, 9)][kind % 2 : kind % 2 + 1]) for _ in range(count)]
    if kind % 5 == 0:
        values[rng.randrange(count)] = rng.choice([math.nan, math.inf, -math.inf])
    times = [1e9 + step * 0.25 + (rng.uniform(0, 900) if kind % 3 == 0 else 0) for step in steps]
    return History(tuple(steps), tuple(values), tuple(times))


@pytest.mark.parametrize("fine", [False, True])
def test_the_front_end_unpacks_exact_steps_close_times_and_close_values(*, fine: bool) -> None:
    histories = _histories(200)
    unpacked = _unpacked([[3, *packed(history, 50, 1e9, fine=fine)] for history in histories])
    for history, series in zip(histories, unpacked, strict=True):
        assert (series["run"], series["count"], series["steps"]) == (3, len(history.values), list(history.steps))
        span = max(history.times) - min(history.times)
        for got, time in zip(series["times"], history.times, strict=True):
            assert got + 1e9 == pytest.approx(time, abs=span / 200 + 1e-3)
        _close(series["values"], history.values, 1 / 250_000 if fine else 1 / 4000)


def _close(got: Sequence[Any], values: Sequence[float], part: float) -> None:
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    log = low > 0 and high / low > 100
    for one, value in zip(got, values, strict=True):
        if not math.isfinite(value):
            assert one == {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        elif log:
            assert math.log(one / value) == pytest.approx(0, abs=part * math.log(high / low) + 1e-5)
        else:
            assert one == pytest.approx(value, abs=part * (high - low) + 1e-5 * abs(high) + 1e-5 * abs(low))


@given(st.lists(st.floats(), min_size=1, max_size=300), st.integers(2, 40))
def test_points_to_draw_keep_both_ends_their_order_and_about_the_limit(values: list[float], limit: int) -> None:
    places = places_to_draw(range(len(values)), values, limit)
    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, len(values) - 1)
    assert len(places) <= limit + 3


@given(st.lists(st.floats(), min_size=1, max_size=60), st.integers(2, 60))
def test_any_series_is_packed_as_strict_json(values: list[float], limit: int) -> None:
    steps = tuple(range(len(values)))
    json.dumps(packed(History(steps, tuple(values), tuple(map(float, steps))), limit, 0.0), allow_nan=False)


def test_the_ends_of_a_stretch_without_numbers_are_drawn() -> None:
    values = [math.nan if 3_000 <= at < 7_000 else math.sin(at / 900) for at in range(10_000)]
    values[500] = math.inf
    assert {500, 3_000, 6_999} <= set(places_to_draw(range(10_000), values, 60))


def test_many_curves_stay_within_their_room_whatever_their_steps_and_times(make_run: Make) -> None:
    rng = random.Random(1)
    uneven = [make_run(i, {"loss": [rng.random() for _ in range(3000)]}) for i in range(40)]
    for room in (2_000, 8_000, 24_000):
        curves, _ = packed_curves(uneven, room, 200)
        assert len(json.dumps(curves, separators=(",", ":"))) <= room * 1.03


def test_curves_share_the_room_and_the_rest_is_counted(make_run: Make) -> None:
    runs = [make_run(i, {"loss": [1 / (step + 1) for step in range(1000)]}) for i in range(10)]
    kept = []
    for room in (0, 500, 2000, 10_000):
        curves, omitted = packed_curves(runs, room, 200)
        lengths = [len(series[10]) // 2 for curve in curves for series in curve["series"]]
        kept.append((len(lengths), omitted, min(lengths, default=0) >= 16))
    assert kept == [(0, 10, False), (4, 6, True), (10, 0, True), (10, 0, True)]


def test_whole_metrics_are_kept_before_some_runs_of_many_and_what_counts_epochs_first(make_run: Make) -> None:
    falling = [1 / (step + 1) for step in range(100)]
    runs = [make_run(i, {"loss": falling, "error": falling, "rate": falling, "epoch": falling}) for i in range(10)]
    curves, omitted = packed_curves(runs, 2500, 200)
    assert [(curve["metric"], len(curve["series"])) for curve in curves] == [("epoch", 10), ("loss", 10)]
    assert omitted == 20


def test_a_run_with_one_point_is_drawn_among_longer_ones_and_a_metric_of_single_points_is_not(make_run: Make) -> None:
    runs = [make_run(0, {"loss": [3.0, 2.0], "score": [1.0]}), make_run(1, {"loss": [3.0], "score": [2.0]})]
    curves, omitted = packed_curves(runs, 5000, 200)
    assert [(curve["metric"], [series[1] for series in curve["series"]]) for curve in curves] == [("loss", [2, 1])]
    assert omitted == 0
