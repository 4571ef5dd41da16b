"""Which numerical methods of the notebook's own find something out, told without calling them."""

import ast
import random
import time
from typing import Any

import pandas as pd
import pytest

from nbtrack.capture.syntax.solving import asks_itself, finders, solvers
from nbtrack.capture.syntax.walking import every_node

BISECT = "def bisect(f, low, high):\n    return f((low + high) / 2)\n"
CUBE = "def cube(x):\n    return x**3\n"


def mean_of(n: int) -> float:
    return sum(random.random() for _ in range(n)) / n


def doubled(x: float) -> float:
    return 2 * x


def seconds(n: int) -> float:
    begin = time.perf_counter()
    mean_of(n)
    return time.perf_counter() - begin


def average(n: int) -> float:
    return 100 * mean_of(n)


OWN = (mean_of, doubled, seconds, average)


@pytest.fixture
def namespace(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for function in OWN:
        monkeypatch.setattr(function, "__module__", "__main__")
    return {function.__name__: function for function in OWN}


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (f"{BISECT}{CUBE}bisect(cube, 0, 2)", {"bisect"}),
        (f"{BISECT}bisect(lambda x: x - 1, low=0, high=2)", {"bisect"}),
        (f"{BISECT}{CUBE}bisect(high=2, low=0, f=cube)", {"bisect"}),
        (f"{CUBE}def apply(f, x):\n    return f(x)\napply(cube, 2)", set()),
        (f"{BISECT}bisect(1, 0, 2)", set()),
        (f"{BISECT}{CUBE}bisect(cube, table, 2)", set()),
        (f"{CUBE}library(cube, 0, 2)", set()),
        (
            "def took(f, a, b):\n    start = time()\n    f(a, b)\n    return time() - start\ntook(lambda a, b: a, 1, 2)",
            set(),
        ),
    ],
)
def test_a_function_that_is_handed_another_one_and_numbers_solves(cell: str, names: set[str]) -> None:
    assert solvers(every_node(ast.parse(cell)), {"table": pd.DataFrame({"a": [1]})}) == names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("mean_of(9)", {"mean_of"}),
        ("average(9)", {"average"}),  # by what it calls
        ("doubled(9)", set()),
        ("seconds(9)", set()),
        ("mean_of", set()),  # not called
        ("def toss():\n    return rng.random()\ntoss()", set()),  # one draw tells nothing
        ("def heads(n):\n    return sum(rng.random() < 0.5 for _ in range(n))\nheads(9)", {"heads"}),
        ("def area():\n    return quad(f, 0, 1)[0]\narea()", {"area"}),
        ("def doubled(n):\n    return rng.random(n).mean()\ndoubled(9)", {"doubled"}),  # defined anew
    ],
)
def test_a_function_that_draws_many_times_or_integrates_finds_something_out(
    cell: str, names: set[str], namespace: dict[str, Any]
) -> None:
    assert finders(every_node(ast.parse(cell)), namespace) == names


def test_functions_of_libraries_are_no_finders() -> None:
    assert finders(every_node(ast.parse("mean_of(9)")), {"mean_of": mean_of}) == set()


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("x_new = x - f(x) / df(x)\nx = x_new", True),
        ("x = x + h * f(x)", True),
        ("c = (a + b) / 2\ny = f(c)\na = c", True),
        ("y = f(x)", False),
        ("x = f(x)", False),  # no number of it is moved
        ("x = x + abs(x)", False),
    ],
)
def test_a_loop_asks_a_function_where_to_go(body: str, *, asks: bool) -> None:
    pairs = [(each.targets[0].id, each.value) for each in ast.parse(body).body]  # type: ignore[attr-defined]
    assert asks_itself(pairs) is asks
