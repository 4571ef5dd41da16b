"""What earlier executions gave a cell: statement by statement, in the version that was read."""

from __future__ import annotations

import random
from typing import Any

import pytest

Kernel = Any  # tests/capture/conftest.py

MAKE = "def make(*_, **settings):\n    return [settings]"


def settings(kernel: Kernel, past: Any) -> dict[str, Any]:
    given = kernel.session.supplies(past).given
    return {keyword.name: keyword.value for each in given for part in each.parts for keyword in part.keywords}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a = make(size=1)", "b = a"], {"size": 1}),
        (["a = make(size=1)", "a = make(kind='x')", "b = a"], {"kind": "x"}),
        (["a = make(size=1)", "a = make(a, kind='x')", "b = a"], {"size": 1, "kind": "x"}),
        (["a = make(size=1)\nc = make(kind='x')", "b = a"], {"size": 1}),
        (["make(size=1)\na = 2", "b = a"], {}),
        (["a = make(size=1)", "a.append(make(kind='x'))", "b = a"], {"size": 1, "kind": "x"}),
        (["import math\na = make(size=1)", "b = math.pi"], {}),
        (["size = make(size=1)\ndef f():\n    return size", "b = f()"], {"size": 1}),
        (["a = 1", "b = 2"], {}),
    ],
)
def test_statements_that_made_what_was_read(cells: list[str], expected: dict[str, Any], kernel: Kernel) -> None:
    kernel.run(MAKE)
    past = [kernel.run(cell) for cell in cells][-1]
    assert settings(kernel, past) == expected


def test_names_are_those_that_were_needed(kernel: Kernel) -> None:
    kernel.run("size, other = 3, 4\nrows = list(range(size))\nidle = other")
    [supply] = kernel.session.supplies(kernel.run("count = len(rows)")).given
    assert {"rows", "size"} <= supply.names
    assert "other" not in supply.names


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["import random", "random.seed(3)", "a = random.random()", "b = a"], 3),
        (["import random", "random.seed(3)", "b = random.random()"], 3),
        (["import random", "random.seed(3)", "b = 2"], None),
        (["import random", "random.seed(3)\na = random.random()", "b = a"], 3),
    ],
)
def test_seeds_of_what_was_drawn(cells: list[str], expected: int | None, kernel: Kernel) -> None:
    kept = random.getstate()
    try:
        past = [kernel.run(cell) for cell in cells][-1]
    finally:
        random.setstate(kept)
    seeds = [seed for group in kernel.session.supplies(past).seeds for _, seed in group]
    assert seeds == ([] if expected is None else [expected])
