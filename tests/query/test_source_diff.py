from hypothesis import given
from hypothesis import strategies as st

from nbtrack.query.source_diff import Line, source_diff


def test_lines_replaced_one_for_one_are_marked_inside():
    assert source_diff("import x\nlr = 0.1\nfit(lr)", "import x\nlr = 0.01\nfit(lr)\nscore()") == (
        Line("=", "import x"),
        Line("-", "lr = 0.1", ((5, 8),)),
        Line("+", "lr = 0.01", ((5, 9),)),
        Line("=", "fit(lr)"),
        Line("+", "score()"),
    )


def test_marks_cover_whole_words_and_no_blanks_around_them():
    old, new = source_diff("%%track logistic C=0.05 -t a=sklearn", "%%track logistic -t a=skl")
    assert [[line.text[start:end] for start, end in line.marks] for line in (old, new)] == [
        ["C=0.05", "sklearn"],
        ["skl"],
    ]


def test_a_line_that_became_another_is_not_marked():
    assert [line.marks for line in source_diff("model = SVC(C=1)", "import numpy as np")] == [(), ()]


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_both_sources_can_be_read_off_the_diff(old, new):
    lines = source_diff(old, new)
    assert [line.text for line in lines if line.sign != "+"] == old.splitlines()
    assert [line.text for line in lines if line.sign != "-"] == new.splitlines()


def test_long_sources_come_back_whole_and_only_what_changed_is_marked():
    before = [f"x = f({number})" for number in range(2000)]
    after = [f"x = g({number})" if number % 100 == 50 else line for number, line in enumerate(before)]
    found = source_diff("\n".join(before), "\n".join(after))
    assert [line.text for line in found if line.sign != "+"] == before
    assert [line.text for line in found if line.sign != "-"] == after
    assert sum(line.sign == "=" for line in found) == 1980


def test_lines_that_moved_far_in_a_long_source_keep_the_order_of_the_rest():
    before = [f"line {number}" for number in range(600)]
    after = [*before[500:], *before[:500]]
    found = source_diff("\n".join(before), "\n".join(after))
    assert [line.text for line in found if line.sign != "+"] == before
    assert [line.text for line in found if line.sign != "-"] == after
    assert sum(line.sign == "=" for line in found) == 500
