"""Reading cells as Python, whatever magics stand in them."""

import ast

import pytest

from nbtrack.query.checklist.sources import parsed, text_of


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%%track name lr=1\nx = 1", "x = 1"),
        ("# first\n%%time\nx = 1", "x = 1"),
        ("if a:\n    !pip install x\n    %time f()\nx?", "if a:\n    pass\n    pass\npass"),
        ("files = !ls *.csv\nt = %timeit -o f()", "files = None\nt = None"),
        ("s = '''\n%not a magic\n'''", "s = '\\n%not a magic\\n'"),
        ("y = a % b\nz = ~x", "y = a % b\nz = ~x"),
    ],
)
def test_the_lines_of_ipython_become_lines_of_python(source: str, expected: str) -> None:
    assert ast.unparse(parsed(source)) == expected


@pytest.mark.parametrize("source", ["%%bash\nls", "%%writefile a.py\nx = 1", "def f(:", "\0", "(" * 100_000])
def test_what_is_no_python_is_none(source: str) -> None:
    assert parsed(source) is None


def test_reading_warns_of_nothing_and_is_not_too_deep_for_a_long_sum() -> None:
    assert parsed("x = '\\d'; y = (x is 'a')") is not None
    tree = parsed(f"train_test_split({' + '.join(['a'] * 3000)})")
    assert tree is None or text_of(tree.body[0].value) == "train_test_split(…)"
