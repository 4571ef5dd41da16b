import re
from time import process_time

from hypothesis import example, given
from hypothesis import strategies as st

from nbtrack.query.likeness import like

letters = st.text("ab%_é\n", max_size=8)


@given(letters, letters)
@example("%a_b%", "aab")
@example("a%a", "a")
@example("%_%", "")
def test_like_agrees_with_the_regular_expression_it_stands_for(pattern, text):
    expression = "".join({"%": ".*", "_": "."}.get(letter) or re.escape(letter) for letter in pattern)
    assert like(pattern)(text) is (re.fullmatch(expression, text, re.DOTALL) is not None)


def test_a_pattern_that_ruins_backtracking_matchers_is_answered_at_once():
    start = process_time()
    assert not like("%a" * 500 + "%b")("a" * 100_000)
    assert not like("%_a" * 300 + "%_b")("a" * 20_000)
    assert process_time() - start < 1
