"""Ranges behave as the set they stand for."""

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.store.lines.numbers import Numbers


@given(st.lists(st.integers(1, 60)))
def test_numbers_are_a_set_that_knows_its_gaps(added: list[int]) -> None:
    numbers, model = Numbers(), set[int]()
    for number in added:
        assert numbers.add(number) == (number not in model)
        model.add(number)
    assert numbers.missing() == max(model, default=0) - len(model)


def test_a_million_numbers_in_order_are_one_range() -> None:
    numbers = Numbers()
    added = sum(numbers.add(number) for number in range(1, 1_000_001))
    assert (added, numbers._ranges, numbers.missing()) == (1_000_000, [[1, 1_000_000]], 0)
