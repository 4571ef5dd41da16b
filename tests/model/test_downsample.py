"""A thinned series is a part of the series, with its ends, and with its extremes where that is what was asked for."""

import math
import random
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbtrack.model.downsample import _by_hand, _by_numpy, extremes, largest_triangles

SERIES = st.lists(st.floats() | st.integers(-5, 5).map(float), max_size=300)
LIMITS = st.integers(4, 40)


@pytest.fixture(params=["with numpy", "without numpy"], scope="module", autouse=True)
def _numpy(request: pytest.FixtureRequest) -> Iterator[None]:
    import numpy as np

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", np) if request.param == "with numpy" else patch.delitem(
            sys.modules, "numpy"
        )
        yield


@given(SERIES, LIMITS)
@example([math.nan] * 50, 10)
@example([1e308] * 50, 10)
def test_places_are_in_order_within_the_limit_and_have_both_ends(values: list[float], limit: int) -> None:
    for places in (largest_triangles(range(len(values)), values, limit), extremes(values, limit)):
        assert len(places) <= limit
        assert list(places) == sorted(set(places))
        assert set(places) <= set(range(len(values)))
        assert {0, len(values) - 1} <= set(places) or not values


@given(SERIES, LIMITS)
def test_the_highest_and_the_lowest_point_are_among_the_extremes(values: list[float], limit: int) -> None:
    finite = [value for value in values if math.isfinite(value)]
    kept = [values[at] for at in extremes(values, limit) if math.isfinite(values[at])]
    assert (min(kept, default=None), max(kept, default=None)) == (min(finite, default=None), max(finite, default=None))


@given(SERIES, LIMITS)
def test_what_is_within_the_limit_stays_as_it_is(values: list[float], limit: int) -> None:
    once = [values[at] for at in largest_triangles(range(len(values)), values, limit)]
    assert list(largest_triangles(range(len(once)), once, limit)) == list(range(len(once)))
    assert list(extremes(once, limit)) == list(range(len(once)))


@given(SERIES, LIMITS)
def test_both_ways_to_find_extremes_find_the_same(values: list[float], limit: int) -> None:
    width = max(len(values) // limit, 1)
    assert sorted(_by_hand(values, width)) == sorted(_by_numpy(np, values, width))


def test_a_million_points_are_thinned_while_nobody_waits() -> None:
    draw = random.Random(1)
    values = [draw.random() for _ in range(1_000_000)]
    values[654_321] = 7.0
    started = time.process_time()
    places = largest_triangles(range(len(values)), values, 1000)
    assert (len(places), 654_321 in places, time.process_time() - started < 2) == (1000, True, True)
