"""Which names hold scores is told from the cells that bound them, once, and their trees are not kept for it."""

from __future__ import annotations

from typing import Any

import pytest

Kernel = Any  # tests/capture/conftest.py

SCORE = "def cross_val_score(*_, **__):\n    return [0.5, 1.0]\n\ndef model(*_):\n    return 'fitted'"
SCORE += "\n\ndef brentq(*_):\n    return 0.5"
SCORE += "\n\ndef confusion_matrix(*_):\n    return [[4, 1], [2, 3]]"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("scores = cross_val_score(1)", {"scores"}),
        ("mean = sum(cross_val_score(1)) / 2", {"mean"}),
        ("scores = cross_val_score(1)\nscores = [1, 2]", {"scores"}),  # as far as the syntax tells
        ("table = confusion_matrix(1)\nrow = table[1]\nlast = row[1]", {"table", "row", "last"}),
        ("folds = cross_val_score(1)\nmiddle = sum(folds)\nrow = {'mean': middle}", {"folds", "middle", "row"}),
        ("folds = cross_val_score(1)\nbig = [each for each in range(len(folds))]", {"folds"}),
        ("sizes = [3, 4]", set()),
        ("root = brentq(1)", {"root"}),  # what was found is a result
        ("fitted = model(cross_val_score)", set()),
        ("for score in cross_val_score(1):\n    pass", set()),
        ("best = type('Best', (), {'score': cross_val_score(1)})()", set()),  # no number
    ],
)
def test_names_bound_to_what_a_call_returned_that_scores(source: str, expected: set[str], kernel: Kernel) -> None:
    kernel.run(SCORE)
    past = kernel.run(source)
    assert kernel.session.scored(past.writes) == expected


MODEL = "class ndarray(list):\n    __sub__ = __getitem__ = lambda self, other: self\n\n"
MODEL += "class Model:\n    def predict(self, x):\n        return ndarray([0.5, 1.0])"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("likely = Model().predict(1)", {"likely"}),
        ("a = Model().predict(1)\nb = Model().predict(2)\ngain = a[0] - b[0]", {"a", "b", "gain"}),
        ("a = Model().predict(1)\nsize = len(a)", {"a"}),
        ("one = 0.5 if Model().predict(1) else 0.0", set()),  # one number
        ("model = Model()\nrows = ndarray([1.0])", set()),
    ],
)
def test_arrays_that_hold_what_was_predicted(source: str, expected: set[str], kernel: Kernel) -> None:
    kernel.run(MODEL)
    past = kernel.run(source)
    assert kernel.session.scored(past.writes) == expected


def test_what_was_recorded_as_a_metric_is_a_score(kernel: Kernel) -> None:
    past = kernel.run("qini, rows = 0.25, 8")
    past.measured = frozenset({"qini"})
    assert kernel.session.scored(past.writes) == {"qini"}


def test_a_name_that_was_bound_anew_is_what_it_is_now(kernel: Kernel) -> None:
    for source in (SCORE, "scores = cross_val_score(1)", "scores = [1, 2]"):
        kernel.run(source)
    assert kernel.session.scored(["scores", "unheard_of"]) == set()


def test_a_score_that_a_function_returned_which_fits_and_asks_is_one(kernel: Kernel) -> None:
    kernel.run("def trial(m):\n    m.fit([0])\n    return m, sum(m.predict([0])) / 3")
    kernel.run("class M:\n    def fit(self, x): return self\n    def predict(self, x): return [0.5]")
    past = kernel.run("fitted, best_auc = trial(M())\n_, size = trial(M())")
    assert kernel.session.scored(past.writes) == {"best_auc"}
