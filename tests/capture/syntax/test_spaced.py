"""Columns longer than a curve may be."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nbtrack.capture.syntax.spaced import spaced, steps_of, thinned


@pytest.mark.parametrize("length", [1, 2, 9, 10, 11, 19, 20, 99, 1000])
def test_of_a_long_column_an_even_part_is_left_with_its_places(length: int) -> None:
    values = [place / 2 for place in range(length)]
    found = spaced(values, 10, float)
    steps = steps_of(found) or range(length)
    assert found == [values[step] for step in steps]
    assert len(found) <= 10
    assert len(found) >= min(length, 4)
    assert (steps[0], steps[-1]) == (0, length - 1)
    assert len({after - before for before, after in pairwise(steps[:-1])}) <= 1


def test_what_is_no_number_is_told() -> None:
    assert spaced([1, "x"], 10, lambda value: value if type(value) is int else None) == [1, None]


def test_numbers_with_steps_keep_them() -> None:
    assert thinned([0.0, 0.1, 0.2, 0.3], [2, 4, 6, 8], 3) == ([0.0, 0.2, 0.3], [2, 6, 8])
    assert thinned([0.0, 0.1], [2, 4], 3) == ([0.0, 0.1], [2, 4])
