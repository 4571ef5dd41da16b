import math

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.view.thin import thin


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=500), st.integers(2, 60))
def test_thinning_keeps_both_ends_the_order_and_the_limit(values: list[float], limit: int) -> None:
    points = thin(range(len(values)), values, limit)
    assert len(points) <= limit
    assert points[0] == (0, values[0])
    assert points[-1] == (len(values) - 1, values[-1])
    assert points == sorted(set(points))


def test_a_spike_of_one_step_in_a_hundred_thousand_survives() -> None:
    values = [1.0] * 100_000
    values[54_321] = 9.0
    assert (54_321, 9.0) in thin(range(100_000), values, 40)


def test_points_that_are_not_finite_are_left_out() -> None:
    assert thin([0, 1, 2, 3], [1.0, math.nan, math.inf, 2.0], 10) == [(0, 1.0), (3, 2.0)]
