"""A curve is drawn from what was kept of it: all of a short one, the shape and the end of a long one."""

import pytest

from nbtrack.capture.results.thinned import MOST, Thinned


@pytest.mark.parametrize("count", [1, 2, 100, MOST - 1])
def test_short_series_are_kept_whole(count: int) -> None:
    series = Thinned()
    for step in range(count):
        series.add(step, step / 2)
    history = series.history()
    assert history.steps == tuple(range(count))
    assert history.values == tuple(step / 2 for step in range(count))


@pytest.mark.parametrize("count", [MOST, MOST + 1, 3_000, 100_000])
def test_long_series_keep_their_shape_and_their_end(count: int) -> None:
    series = Thinned()
    for step in range(count):
        series.add(step, float(step))
    history = series.history()
    assert MOST / 2 <= len(history.steps) <= MOST + 1
    assert (history.steps[0], history.steps[-1], series.count) == (0, count - 1, count)
    gaps = {after - before for before, after in zip(history.steps[:-2], history.steps[1:-1], strict=True)}
    assert len(gaps) == 1
