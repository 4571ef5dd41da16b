"""What a loop has arrived at, by name."""

from __future__ import annotations

import ast
from collections import OrderedDict
from typing import Any

import pytest

from nbtrack.capture.syntax.passing import MOST, Passing, is_candidate, turns


class Svm:
    """A model."""


class Tree:
    """Another."""


def judge() -> None:
    """A function."""


HELD: dict[str, Any] = {
    "models": {"svm": Svm(), "tree": Tree()},
    "ordered": OrderedDict(svm=Svm(), tree=Tree()),
    "pairs": [("svm", Svm()), ("tree", Tree())],
    "listed": [Svm(), Tree()],
    "alike": [Svm(), Svm()],
    "classes": (Svm, Tree),
    "texts": ["a", "b"],
    "twice": ["a", "a"],
    "numbers": [1, 2],
    "many": [str(k) for k in range(MOST + 1)],
    "f": judge,
    "Svm": Svm,
}


@pytest.mark.parametrize(
    ("loop", "names", "label"),
    [
        ("for name, m in models.items()", {"name": "svm", "m": HELD["models"]["svm"]}, "svm"),
        ("for name, m in ordered.items()", {"name": "tree"}, "tree"),
        ("for name in models", {"name": "svm"}, "svm"),
        ("for m in models.values()", {"m": Tree()}, "Tree"),
        ("for name, m in tqdm(pairs)", {"name": "tree"}, "tree"),
        ("for i, (name, m) in enumerate(pairs)", {"i": 1, "name": "tree"}, "tree"),
        ("for m, name in zip(listed, texts)", {"m": Svm(), "name": "a"}, "a"),
        ("for m in listed", {"m": Svm()}, "Svm"),
        ("for kind in classes", {"kind": Tree}, "Tree"),
        ("for m in [Svm(), Tree()]", {"m": Tree()}, "Tree"),
        ("for name, k in (('one', 1), ('two', 2))", {"name": "two", "k": 2}, "two"),
        ("for k in ('linear', 'rbf')", {"k": "rbf"}, "rbf"),
        ("for g in [f, Svm]", {"g": judge}, "judge"),
        ("for m in alike", {"m": Svm()}, None),
        ("for m in [Svm(1), Svm(2)]", {"m": Svm()}, None),
        ("for t in twice", {"t": "a"}, None),
        ("for n in numbers", {"n": 1}, None),
        ("for t in many", {"t": "1"}, None),
        ("for t in unknown", {"t": "1"}, None),
        ("for a, b in texts", {"a": "1", "b": "2"}, None),
        ("for t in read()", {"t": "1"}, None),
    ],
)
def test_things_are_called_by_their_texts_or_classes_where_these_tell_them_apart(
    loop: str, names: dict[str, Any], label: str | None
) -> None:
    (node,) = ast.parse(f"{loop}: pass").body
    assert isinstance(node, ast.For)
    assert Passing(node).label({**HELD, **names}) == label


def test_a_loop_that_counts_passes_over_nothing() -> None:
    loops = [ast.parse(f"{text}: pass").body[0] for text in ("for i in range(3)", "while x", "for m in models")]
    assert [is_candidate(each) for each in loops] == [False, False, True]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("report('svm', svm)\nreport('tree', tree)", ["svm", "tree"]),
        ("report(X, svm, 'fit')\nreport(Z, svm, 'test')", ["fit", "test"]),
        ("report(svm, X)\nplot()\nreport(tree, X)", ["svm", "tree"]),
        ("report(svm, where='here')\nreport(svm, where='there')", ["here", "there"]),
        ("def mine(x): pass\nmine(a)\nmine(b)", ["a", "b"]),
        ("report(svm)", []),
        ("report(svm)\nreport(svm)", []),
        ("report(0.1)\nreport(0.2)", []),
        ("a = report(svm)\nb = report(tree)", []),
        ("print('a')\nprint('b')", []),
        ("other('a')\nother('b')", []),
    ],
)
def test_calls_of_one_helper_are_told_apart_by_what_they_are_given(cell: str, expected: list[str]) -> None:
    def report() -> None: ...

    report.__module__ = "__main__"
    namespace = {"report": report, "other": ast.parse}
    assert list(turns(ast.parse(cell).body, namespace).values()) == expected
