"""A column reads like the tuple of its numbers, for people and for numpy."""

import pickle
from array import array
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.model.column import Column, Seconds

COLUMNS = [
    (Column(array("d", [0.5, -1.5, 2.0])), (0.5, -1.5, 2.0)),
    (Column(memoryview(array("d", [0.5, -1.5, 2.0]))), (0.5, -1.5, 2.0)),
    (Column(range(3, 9, 3)), (3, 6)),
    (Column(()), ()),
    (Seconds(memoryview(array("I", [0, 250])), 1_795_256_141_000), (1795256141.0, 1795256141.25)),
]


@pytest.mark.parametrize(("column", "numbers"), COLUMNS)
def test_a_column_is_its_tuple_in_all_but_type(column: Column[float], numbers: tuple[float, ...]) -> None:
    assert (column, hash(column), repr(column), len(column)) == (numbers, hash(numbers), repr(numbers), len(numbers))
    assert (list(column), column[1:], column[::-1], numbers) == (list(numbers), numbers[1:], numbers[::-1], column)
    assert [column.index(each) for each in numbers] == list(range(len(numbers)))
    assert (isinstance(column, Sequence), 77 in column, column != [*numbers, 1]) == (True, False, True)
    assert (pickle.loads(pickle.dumps(column)), column == "no numbers") == (column, False)


@pytest.mark.parametrize(("column", "numbers"), COLUMNS)
def test_numpy_and_pandas_take_a_column_whole(column: Column[float], numbers: tuple[float, ...]) -> None:
    assert np.asarray(column).tolist() == list(numbers)
    assert np.asarray(column, "f4").dtype == "f4"
    assert pd.Series(column).tolist() == list(numbers)


def test_what_numpy_gets_is_a_copy() -> None:
    column = Column(array("d", [0.5]))
    np.asarray(column)[0] = 7
    assert column == (0.5,)


@given(st.lists(st.integers(0, 2**32 - 1)), st.integers(0, 2**41))
def test_seconds_are_the_milliseconds_divided(cells: list[int], origin: int) -> None:
    assert Seconds(array("I", cells), origin) == [(origin + cell) / 1000 for cell in cells]
