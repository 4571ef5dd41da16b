"""Which numbers that a cell bound are results, told from their names, from what they are made of and what they hold."""

from __future__ import annotations

import ast
from collections import namedtuple
from typing import Any

import pytest

from nbtrack.capture.results.metrics import Known, bound_numbers
from nbtrack.capture.syntax.evidence import gather
from nbtrack.capture.syntax.syntax import read

Scores = namedtuple("Scores", "accuracy depth")  # noqa: PYI024 - as notebooks write it
Scores.__module__ = "__main__"


def told(cell: str, **names: Any) -> list[str]:
    tree = ast.parse(cell)
    evidence, reading = gather(tree, names), read(tree)
    known = Known((), (), {"n"}, evidence, names)
    return sorted(bound_numbers(reading, names, reading.bindings, known))


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("x = f(y)", 0.5, []),
        ("acc = f(y)", 0.5, ["acc"]),
        ("acc = f(y)", "0.5", []),
        ("acc = f(y)", [0.5], []),
        ("x = model.score(X, y)", 0.5, ["x"]),
        ("x = model.score(X, y)", 3, []),  # a whole number is a size, or it says what it counts
        ("errors = int((model.predict(X) != y).sum())", 3, ["errors"]),
        ("p_value = f(y)", 0.03, ["p_value"]),
        ("x = n / 2", 0.5, []),
        ("acc = n / 2", 0.5, ["acc"]),
        ("size = len(y)", 3, []),
        ("acc = time.time() - begun", 0.5, []),
        ("best = max(scores, key=scores.get)", 0.5, []),
        ("auc = best_params['auc']", 0.5, []),
    ],
)
def test_a_number_is_a_result_by_its_name_or_by_what_it_is_made_of(cell: str, value: Any, expected: list[str]) -> None:
    assert told(cell, **{cell.partition(" ")[0]: value}) == expected


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("d = {'rate': n, 'mean': f(x)}", {"rate": 0.1, "mean": 0.5}, []),
        ("d = {'rate': n, 'acc': f(x)}", {"rate": 0.1, "acc": 0.5}, ["d.acc"]),
        ("acc = {'svm': f(x), 'tree': f(y)}", {"svm": 0.1, "tree": 0.5}, ["acc.svm", "acc.tree"]),
        ("d = {'a': model.score(X, y), 'n': n}", {"a": 0.5, "n": 2}, ["d.a"]),
        ("d = {'a': model.score(X, y), 'rows': [1]}", {"a": 0.5, "rows": [1]}, ["d.a"]),
        ("d = judge(x)", {"acc": [0.5], "text": "good"}, []),
        ("d = judge(x)", {"acc": {"a": 0.5}}, []),
        ("d = judge(x)", {"acc": 0.5, 3: 0.5}, []),
        ("d = judge(x)", {}, []),
        ("cfg = {'acc': f(x)}", {"acc": 0.5}, []),
        ("d = judge(x)", Scores(0.5, 3), ["d.accuracy"]),
    ],
)
def test_entries_of_a_dictionary_are_results_by_the_same_rule(cell: str, value: Any, expected: list[str]) -> None:
    assert told(cell, **{cell.partition(" ")[0]: value}) == expected
