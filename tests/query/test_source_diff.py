from hypothesis import given
from hypothesis import strategies as st

from nbtrack.query.source_diff import Line, source_diff


def test_lines_replaced_one_for_one_are_marked_inside():
    assert source_diff("import x\nlr = 0.1\nfit(lr)", "import x\nlr = 0.01\nfit(lr)\nscore()") == (
        Line("=", "import x"),
        Line("-", "lr = 0.1"),
        Line("+", "lr = 0.01", ((7, 8),)),
        Line("=", "fit(lr)"),
        Line("+", "score()"),
    )


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_both_sources_can_be_read_off_the_diff(old, new):
    lines = source_diff(old, new)
    assert [line.text for line in lines if line.sign != "+"] == old.splitlines()
    assert [line.text for line in lines if line.sign != "-"] == new.splitlines()
