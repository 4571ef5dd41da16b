"""What a loop has arrived at, by name."""

from __future__ import annotations

import ast
from collections import OrderedDict
from types import ModuleType
from typing import Any

import pytest

from nbtrack.capture.syntax.passing import MOST, Comprehended, Passing, is_candidate, turns


class Svm:
    """A model."""


class Tree:
    """Another."""


def judge() -> None:
    """A function."""


LIBRARY = ModuleType("library")
LIBRARY.Svm, LIBRARY.Tree = Svm, Tree  # type: ignore[attr-defined]  # a module has what it is given
SMALL, LARGE = Svm(), Svm()

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
    "small": SMALL,
    "large": LARGE,
    "library": LIBRARY,
    "one": 1,
    "two": 2,
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
        ("for m in (small, large)", {"m": LARGE}, "large"),
        ("for m, k in ((small, 1), (large, 2))", {"m": SMALL, "k": 1}, "small"),
        ("for m in (small, large)", {"m": Svm()}, None),
        ("for kind in (library.Svm, library.Tree)", {"kind": Tree}, "Tree"),
        ("for k in (one, two)", {"k": 2}, None),
        ("for m, color in zip(alike, texts)", {"m": Svm(), "color": "a"}, None),
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


def loop(text: str) -> ast.For:
    (node,) = ast.parse(f"{text}: pass").body
    assert isinstance(node, ast.For)
    return node


@pytest.mark.parametrize(
    ("text", "names", "number"),
    [
        ("for lr in (0.1, 1e-5)", {"lr": 1e-5}, "lr=1e-05"),
        ("for n in numbers", {"n": 2}, "n=2"),
        ("for i, lr in enumerate([0.1, 0.2])", {"i": 1, "lr": 0.2}, "lr=0.2"),
        ("for layers in [(8,), (8, 4)]", {"layers": (8, 4)}, "layers=(8, 4)"),
        ("for depth in (3, None)", {"depth": None}, "depth=None"),
        ("for cfg in [{'lr': 0.1}, {'lr': 0.2}]", {"cfg": {"lr": 0.2}}, "lr=0.2"),
        ("for m, color in zip(alike, texts)", {"m": Svm(), "color": "a"}, None),
        ("for n in (1, 1)", {"n": 1}, None),
        ("for n in range(3)", {"n": 1}, None),
        ("for x in (f(1), f(2))", {"x": 1.0}, None),
        ("for m in listed", {"m": Svm()}, None),
    ],
)
def test_settings_that_are_written_out_tell_curves_apart(text: str, names: dict[str, Any], number: str | None) -> None:
    assert Passing(loop(text)).number({**HELD, **names}) == number


def test_a_loop_that_trains_anew_tells_curves_apart_by_what_it_counts_or_by_its_turns() -> None:
    folds = Passing(loop("for fold, (a, b) in enumerate(split(X))"), anew=True)
    pairs = Passing(loop("for a, b in split(X)"), anew=True)
    pairs.turn = 2
    many = Passing(loop("for k in range(n)"), anew=True)
    endless = Passing(loop("for k in stream"), anew=True)
    endless.turn = MOST + 1
    names = {"fold": 1, "a": object(), "b": object(), "k": 3, "n": MOST + 1}
    assert [each.number(names) for each in (folds, pairs, many, endless)] == ["fold=1", "2", None, None]
    assert many.number({"k": 3, "n": MOST}) == "k=3"


def comprehended(text: str) -> Comprehended:
    (statement,) = ast.parse(f"[0 {text}]").body
    return Comprehended(statement.value.generators[0])  # type: ignore[attr-defined]  # a comprehension


def test_a_comprehension_is_told_what_it_has_arrived_at() -> None:
    own = comprehended("for name, m in models.items()")
    assert own.label(HELD) is None
    own.arrive(("svm", HELD["models"]["svm"]), HELD)
    assert (own.label(HELD), own.turn) == ("svm", 1)
    own.leave()
    assert own.label(HELD) is None


def test_a_key_that_is_a_text_names_what_has_no_name() -> None:
    own, many = comprehended("for k in numbers"), comprehended(f"for k in range({MOST + 1})")
    for each in (own, many):
        each.arrive((1,), HELD)
        each.file("k is 1", HELD)
    assert (own.label(HELD), own.setting(HELD), many.label(HELD)) == ("k is 1", "k=1", None)


def test_what_a_variable_of_a_loop_goes_through_is_known_before_it_runs() -> None:
    held = Passing(loop("for name, f in pairs")).holds({"pairs": ast.parse("[('a', f), ('b', g)]").body[0].value})  # type: ignore[attr-defined]
    assert [ast.unparse(each) for each in held["f"]] == ["f", "g"]  # type: ignore[arg-type]  # they are expressions
    assert Passing(loop("for f in classes")).holds(HELD) == {"f": [Svm, Tree]}


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
        ("report(0.1)\nreport(0.2)", ["#0.1", "#0.2"]),
        ("def mine(lr): pass\na = mine(0.1)\na = mine(0.2)", ["#lr=0.1", "#lr=0.2"]),
        ("a = report(lr=0.1)\na = report(lr=0.2)", ["#lr=0.1", "#lr=0.2"]),
        ("a = report(svm)\nb = report(tree)", ["svm", "tree"]),
        ("a, b = report(Svm().fit(X))\nc, d = report(Tree())", ["Svm", "Tree"]),
        ("a = report(0.1)\nb = report(0.2)", ["a", "b"]),
        ("rows.append(report(svm))\nrows.append(report(tree))", ["svm", "tree"]),
        ("x = report(svm) + report(tree)\nreport(tree)", []),
        ("a = [report(m) for m in ms]\nb = [report(n) for n in ns]", []),
        ("print('a')\nprint('b')", []),
        ("other('a')\nother('b')", []),
    ],
)
def test_calls_of_one_helper_are_told_apart_by_what_they_are_given(cell: str, expected: list[str]) -> None:
    def report() -> None: ...

    report.__module__ = "__main__"
    namespace = {"report": report, "other": ast.parse}
    found = turns(ast.parse(cell).body, namespace).values()
    assert [each.label({}) or f"#{each.number({})}" for each in found] == expected
