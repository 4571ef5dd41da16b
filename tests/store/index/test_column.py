"""Whatever a column holds comes back as it was, type and all, and as numbers only when it is numbers."""

import itertools
from math import inf, isnan, nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nbtrack.store.index.column import joined, none_of, numbers, of_one_kind, pack, unpack, unpack_numbers, untagged

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**54), 2**54),
    st.floats(allow_nan=False),
    st.text(st.characters()),
    st.sampled_from(["\ud83d", "a\nb", "", "rbf", 0.0, -0.0, 1, 1.0, True, 10**40, inf]),
)
values = st.one_of(
    st.lists(scalars),
    st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none()),
    st.lists(st.integers(-(2**53), 2**53) | st.none()),
    st.lists(st.sampled_from(["rbf", "linear", None, 3, True, 1.5]), min_size=40),
    st.lists(scalars | st.lists(scalars) | st.dictionaries(st.text(), scalars)),
)


def exactly(found: object) -> str:
    return repr(found)  # 1, 1.0 and True are equal, and so are 0.0 and -0.0


@settings(deadline=None)
@given(values)
def test_a_column_comes_back_as_it_was(column: list[object]) -> None:
    assert exactly(unpack(*pack(column))) == exactly(column)


@settings(deadline=None)
@given(values, st.lists(st.integers(0, 30), max_size=3))
@example([1, None], [1])
@example([1, None, 2], [1, 2])
def test_any_part_of_a_packed_column_has_the_numbers_of_its_values(column: list[object], cuts: list[int]) -> None:
    found = unpack_numbers(*pack(column))
    stretches = list(itertools.pairwise(sorted([0, *cuts, len(column)])))
    if found is None:
        assert of_one_kind(column) is None
        return
    for start, stop in stretches:
        if column[start:stop]:
            assert exactly(joined([found[start:stop]])) == exactly(numbers(column[start:stop]))
    assert exactly(joined([found[start:stop] for start, stop in stretches])) == exactly(numbers(column))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers() | st.floats(allow_nan=False) | st.none(), min_size=1), min_size=1))
def test_columns_one_after_the_other_have_the_numbers_of_all_their_values(columns: list[list[object]]) -> None:
    found = [numbers(column) for column in columns]
    expected = numbers([value for column in columns for value in column])
    assert exactly(None if None in found else joined(found)) == exactly(expected)  # type: ignore[arg-type]  # none is None


@pytest.mark.parametrize("kind", ["d", "q"])
def test_a_column_of_none_has_no_number(kind: str) -> None:
    assert exactly(joined([none_of(kind, 3)])) == exactly(numbers([None] * 3))


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([0.5, None, 1.5], "d"),
        ([1, 2, None], "q"),
        ([1, 2**53 + 1], "j"),
        ([1, 10**40], "J"),
        (["rbf", "linear"] * 8, "w"),
        (["\ud83d", "linear"] * 8, "W"),
        ([None, 4, 8, "auto"] * 4, "w"),
        ([f"run {k}" for k in range(9)], "j"),
        ([{"$f": "nan"}, 0.5], "j"),
        ([None, None], "d"),
        ([], "d"),
    ],
)
def test_a_column_is_kept_in_the_form_that_is_read_fastest(column: list[object], kind: str) -> None:
    assert pack(column)[0] == kind


def test_numbers_are_floats_with_nan_for_none_or_ints_when_none_is_missing() -> None:
    whole, gaps, mixed = numbers([1, 2]), numbers([1, None]), numbers([1, 0.5])
    assert whole is not None
    assert gaps is not None
    assert mixed is not None
    assert (whole.typecode, whole.tolist()) == ("q", [1, 2])
    assert (gaps.typecode, gaps[0], isnan(gaps[1])) == ("d", 1.0, True)
    assert (mixed.typecode, mixed.tolist()) == ("d", [1.0, 0.5])


@pytest.mark.parametrize("column", [[True, 1], ["1", 2], [2**53 + 1, 1.0], [{"$f": "nan"}], [[1], 2]])
def test_a_column_with_anything_else_has_no_numbers(column: list[object]) -> None:
    assert numbers(column) is None


def test_tagged_values_become_pythons_own() -> None:
    (found, other, plain) = untagged([{"$f": "nan"}, {"$i": "9007199254740993"}, "x"])
    assert isnan(found)
    assert (other, plain) == (2**53 + 1, "x")
    assert exactly(untagged([0.5, nan, None])) == "[0.5, nan, None]"


@pytest.mark.parametrize("kind", ["", "z", "dd"])
def test_an_unknown_kind_of_column_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="no kind of column"):
        unpack(kind, b"")
