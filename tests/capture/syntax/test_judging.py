"""Which functions of a notebook score, told without calling them."""

import ast

import pytest

from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.judging import judges, trainers
from nbtrack.capture.syntax.walking import every_node


def judging(cell: str, namespace: dict[str, object] | None = None) -> set[str]:
    tree = ast.parse(cell)
    return judges(tree, every_node(tree), namespace or {})


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("def f(m):\n    return accuracy_score(y, m.predict(X))", {"f"}),
        ("def f(m):\n    return m.predict(X)[0]\nf(m)", set()),
        ("def f(m): return r2_score(y, m)\ndef g(m): return [f(m) for _ in range(3)]", {"f", "g"}),
        ("def step(b):\n    loss = crit(net(b))\n    loss.backward()\n    return loss.item()", {"step"}),
        ("unknown(X)", set()),
    ],
)
def test_a_function_of_the_cell_judges_when_something_in_it_scores(cell: str, names: set[str]) -> None:
    assert judging(cell) == names


def test_a_function_of_an_earlier_cell_is_known_by_what_was_watched_in_it() -> None:
    tree = ast.parse("def f(m):\n    return [m.score(X, y) for _ in (1, 2)]\ndef g(m):\n    return m.predict(X)")
    for site in instrument(tree, {}, functions_only=True):
        tee.place(site)
    namespace: dict[str, object] = {}
    exec(compile(ast.fix_missing_locations(tree), "cell", "exec"), namespace)
    assert judging("a, b = f(m), g(m)", namespace) == {"f"}
    assert judging("def f(m):\n    return 1\nf(m)", namespace) == set()


def test_a_class_or_an_object_is_not_asked() -> None:
    class Loud:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    assert judging("f(x)", {"f": Loud()}) == set()


def test_a_function_trains_when_something_in_it_fits_a_model() -> None:
    cell = "def f(m): return m.fit(X)\ndef g(m): return f(m)\ndef h(m): return m.transform(X)\nearlier(m)"
    tree = ast.parse("def earlier(m):\n    return m.fit(X)")
    instrument(tree, {}, functions_only=True)
    namespace: dict[str, object] = {}
    exec(compile(tree, "cell", "exec"), namespace)
    assert trainers(every_node(ast.parse(cell)), namespace) == {"f", "g", "earlier"}
