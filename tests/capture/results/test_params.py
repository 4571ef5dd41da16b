"""Which parameters a cell writes out: not what it only draws with, nor what is data."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from nbtrack.capture.results.params import find_params
from nbtrack.capture.syntax.syntax import read


def told(cell: str, *, draws: bool = True, **names: Any) -> dict[str, Any]:
    return {name: pair[0] for name, pair in find_params(read(ast.parse(cell)), names, (), {}, draws=draws).items()}


def test_what_a_cell_only_draws_with_is_no_parameter_of_it() -> None:
    cell = "lr = 0.1\nwidth = 0.4\nplt.bar(x - width, y)\nmodel = train(lr)"
    assert told(cell, lr=0.1, width=0.4) == {"lr": 0.1}


def test_a_cell_that_draws_nothing_is_not_asked_what_it_draws_with() -> None:
    assert told("lr = 0.1\nmodel = train(lr)", draws=False, lr=0.1) == {"lr": 0.1}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (
            "roads = {'a': ['b', 'c'], 'b': ['c'], 'c': []}\ncosts = {'a': 1, 'b': 2, 'c': 3}",
            {},
        ),  # a graph, and its nodes
        ("roads = {'a': ['b', 'c'], 'b': 4, 'c': []}", {"roads.a": ["b", "c"], "roads.b": 4}),
        ("costs = {'a': 1, 'b': 2}", {"costs.a": 1, "costs.b": 2}),
        ("best_acc = 0.5\nlayers = [8, 4]", {"layers": [8, 4]}),
        ("settings = {'lr': rate, 'n': 3}", {"settings.lr": 0.1, "settings.n": 3}),
        ("held = {'lr': rate, 'n': 3}", {}),
    ],
)
def test_settings_are_told_from_data_and_from_what_was_computed(cell: str, expected: dict[str, Any]) -> None:
    names: dict[str, Any] = {"rate": 0.1}
    exec(cell, names)
    assert told(cell, **names) == expected
