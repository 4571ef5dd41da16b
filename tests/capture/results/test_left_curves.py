"""Which curves a cell leaves behind, told from its tree and its variables."""

import ast
from typing import Any

import numpy as np
import pytest

from nbtrack.capture.results.left_curves import Curve, LeftCurves
from nbtrack.capture.syntax.evidence import gather
from nbtrack.capture.syntax.syntax import read


class Walker:
    def __init__(self) -> None:
        self.history = {"loss": [2.0, 1.0]}

    def fit(self) -> None: ...


def left(cell: str, names: dict[str, Any]) -> LeftCurves:
    tree = ast.parse(cell)
    return LeftCurves(tree, names, gather(tree, names))


def returned(cell: str, names: dict[str, Any], *, watched: frozenset[str] = frozenset()) -> list[Curve]:
    return list(left(cell, names).returned(read(ast.parse(cell)), watched))


def test_lists_that_grew_and_dictionaries_that_were_filled_are_curves() -> None:
    cell = "for k in ks:\n    losses.append(f(k))\n    bic[k] = gmm.bic(X)\n    fit_times.append(m.score(X))\n    sizes.append(len(k))"
    names = {"losses": [2.0, 1.0], "bic": {2: 9.0, 3: 8.0}, "fit_times": [0.1, 0.2], "sizes": [3, 4]}
    assert list(left(cell, names).grown(frozenset())) == [
        Curve("losses", [2.0, 1.0], "losses.append(f(k))"),
        Curve("bic", [9.0, 8.0], "bic[...] = gmm.bic(X)", [2, 3]),
    ]


def test_what_was_seen_on_its_way_is_not_told_again() -> None:
    cell = "for k in ks:\n    accs.append(m.score(X, y))"
    assert list(left(cell, {"accs": [0.5, 0.75]}).grown({"m.score(X, y)"})) == []
    assert returned("accs = [m.score(X, y) for m in ms]", {"accs": [0.5]}, watched=frozenset({"m.score(X, y)"})) == []


def test_each_curve_of_an_unpacked_call_is_one_of_its_own() -> None:
    names = {"w": np.ones(2), "train_losses": [2.0, 1.0], "va_hist": [3.0, 2.5], "words": ["a", "b"]}
    found = returned("w, train_losses, va_hist, words = train(net)", names)
    assert [(curve.name, curve.values) for curve in found] == [("train_losses", [2.0, 1.0]), ("va_hist", [3.0, 2.5])]


def test_an_array_is_a_curve_where_it_is_called_a_history_and_a_score_of_each_sample_elsewhere() -> None:
    names = {"cost_history": np.array([2.0, 1.0]), "scores": np.array([0.1, 0.9])}
    assert [curve.name for curve in returned("cost_history, scores = fit(X)", names)] == ["cost_history"]


def test_what_a_method_of_a_library_returns_is_no_curve() -> None:
    assert returned("scores = clf.decision_function(X)", {"scores": [0.5, 0.25]}) == []


def test_a_dictionary_with_a_list_for_each_setting_has_a_curve_for_each() -> None:
    names = {"losses": {0.1: [2.0, 1.0], 0.5: [3.0, 2.5]}, "words": {1: ["a"]}}
    found = returned("losses = {lr: train(lr) for lr in (0.1, 0.5)}", names)
    assert [(each.name, each.values) for each in found] == [("losses.0.1", [2.0, 1.0]), ("losses.0.5", [3.0, 2.5])]
    grown = left("for lr in rates:\n    losses[lr] = train(lr)\n    words[lr] = train(lr)", names).grown(frozenset())
    assert [each.name for each in grown] == ["losses.0.1", "losses.0.5"]


def test_what_an_iteration_has_begun_and_filled_is_taken_alone() -> None:
    cell = (
        "for lr in rates:\n    costs = []\n    for i in x:\n        costs.append(f(i))\n        total_loss.append(f(i))"
    )
    names = {"costs": [2.0, 1.0], "total_loss": [1.0, 3.0]}
    found = left(f"y = m.predict(X)\n{cell}", names).renewed(read(ast.parse(cell)), set(), set(), {"costs"})
    assert [each.name for each in found] == ["costs"]


def test_an_array_that_a_loop_fills_with_scores_is_a_curve() -> None:
    cell = "for i, d in enumerate(ds):\n    rmses[i] = judge(d)\n    preds[i] = m.predict(d)\n    sizes[i] = len(d)"
    names = {each: np.array([2.0, 1.0]) for each in ("rmses", "preds", "sizes")}
    assert [(c.name, c.values) for c in left(cell, names).grown(frozenset())] == [("rmses", [2.0, 1.0])]
    assert list(left("for i in r:\n    rmses[i] = 2 * f(i)", names).grown({"f(i)"})) == []


def test_pairs_that_a_training_returns_are_a_curve_with_its_steps() -> None:
    names = {"steps": [(0, 2.0), (5, 1.0)], "places": [(3, 2.0), (1, 1.0)]}
    assert returned("steps = net.train()", names) == [Curve("steps", [2.0, 1.0], "steps = net.train()", [0, 5])]
    assert returned("places = net.train()", names) == []


def test_what_a_method_of_an_own_class_returns_may_be_a_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Walker, "__module__", "__main__")
    assert [c.name for c in returned("losses = w.walk()", {"w": Walker(), "losses": [2.5, 1.5]})] == ["losses"]
    assert returned("words = list(map(f, xs))\nprint('loss distribution:', words)", {"words": [2.5, 1.5]}) == []


def test_what_a_learner_had_before_the_cell_is_not_told_by_its_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Walker, "__module__", "__main__")
    walker = Walker()
    curves = left("walker.fit(X)", {"walker": walker})
    assert curves.unchanged("walker", walker) == {"loss"}
    walker.history["loss"].append(0.5)
    assert curves.unchanged("walker", walker) == set()
