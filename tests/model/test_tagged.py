"""Values that plain JSON cannot hold."""

import pytest

from nbtrack.model.tagged import untag


@pytest.mark.parametrize("value", [{"$f": "x"}, {"$i": "1.5"}, {"$d": "one"}, {"$f": ""}])
def test_a_number_that_is_none_stays_the_text_it_is(value: dict[str, str]) -> None:
    assert untag(value).text == next(iter(value.values()))
