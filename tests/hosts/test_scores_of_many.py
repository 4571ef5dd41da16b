"""Several models, metrics or trainings in one cell: each number is called after what it is of, each training has a curve."""

from typing import Any

SETUP = """
from types import SimpleNamespace
def accuracy_score(y, p):
    return p / 8
def f1_score(y, p):
    return p / 16
class Model:
    def __init__(self, strength=1):
        self.strength = strength
    def predict(self, X):
        return self.strength
    def fit(self, X, epochs=3):
        return SimpleNamespace(history={"loss": [self.strength / (k + 1) for k in range(epochs)]})
class Other(Model):
    pass
models = {"weak": Model(1), "strong": Other(4)}
def evaluate(model):
    acc = accuracy_score(0, model.predict(0))
    f1 = f1_score(0, model.predict(0))
    return {"acc": acc, "f1": f1}
"""


def metrics(shell: Any, cell: str) -> dict[str, Any]:
    """Return the metrics of a cell, curves as tuples of their points, in the order of their names."""
    shell.run(SETUP)
    assert shell.run("%%track\n" + cell).success
    histories = {name: shell.last.history(name).values for name in sorted(shell.last.metrics)}
    return {name: values[0] if len(values) == 1 else tuple(values) for name, values in histories.items()}


def test_a_comprehension_over_models_scores_each(shell: Any) -> None:
    cell = "scores = {name: accuracy_score(0, m.predict(0)) for name, m in models.items()}"
    assert metrics(shell, cell) == {"scores.strong": 0.5, "scores.weak": 0.125}


def test_rows_of_a_table_are_called_after_what_they_are_about(shell: Any) -> None:
    cell = "rows = [{'model': n, 'acc': accuracy_score(0, m.predict(0))} for n, m in models.items()]"
    assert metrics(shell, cell) == {"acc.strong": 0.5, "acc.weak": 0.125}


def test_a_comprehension_over_numbers_is_one_curve_under_its_name(shell: Any) -> None:
    assert metrics(shell, "accs = [accuracy_score(0, k) for k in (1, 2, 4)]") == {"accs": (0.125, 0.25, 0.5)}


def test_what_a_comprehension_is_over_names_nothing_after_it(shell: Any) -> None:
    cell = "first = [evaluate(m) for m in models.values()]\nevaluate(Model(2))"
    found = metrics(shell, cell)
    assert (found["acc.Model"], found["acc.Other"], found["acc"]) == (0.125, 0.5, 0.25)


def test_a_generator_is_over_with_the_call_that_takes_it(shell: Any) -> None:
    cell = "total = sum(evaluate(m)['acc'] for m in models.values())\nevaluate(Model(2))"
    assert metrics(shell, cell)["acc"] == 0.25


def test_metrics_in_a_loop_have_their_names(shell: Any) -> None:
    cell = "for f in (accuracy_score, f1_score):\n    print(f.__name__, f(0, 4))"
    assert metrics(shell, cell) == {"accuracy_score": 0.5, "f1_score": 0.25}


def test_metrics_have_the_names_they_are_given_and_those_of_the_models(shell: Any) -> None:
    cell = (
        "for name, m in models.items():\n    for word, f in [('acc', accuracy_score), ('f1', f1_score)]:\n"
        "        value = f(0, m.predict(0))"
    )
    expected = {"acc.strong": 0.5, "acc.weak": 0.125, "f1.strong": 0.25, "f1.weak": 0.0625}
    assert metrics(shell, cell) == expected


def test_metrics_in_a_function_have_their_own_names(shell: Any) -> None:
    cell = "def tell(p):\n    for f in (accuracy_score, f1_score):\n        print(f(0, p))\ntell(4)"
    assert metrics(shell, cell) == {"accuracy_score": 0.5, "f1_score": 0.25}


def test_what_helpers_score_is_told_apart_though_their_values_are_kept(shell: Any) -> None:
    cell = "weak, strong, kept = Model(1), Other(4), []\nkept.append(evaluate(weak))\none = print(evaluate(strong))"
    expected = {"acc.strong": 0.5, "acc.weak": 0.125, "f1.strong": 0.25, "f1.weak": 0.0625}
    assert metrics(shell, cell) == expected


def test_the_cells_own_names_are_kept_for_what_a_helper_returns(shell: Any) -> None:
    cell = "weak = evaluate(models['weak'])\nstrong = evaluate(models['strong'])"
    expected = {"strong.acc": 0.5, "strong.f1": 0.25, "weak.acc": 0.125, "weak.f1": 0.0625}
    assert metrics(shell, cell) == expected


def test_each_of_several_trainings_has_a_curve(shell: Any) -> None:
    cell = "for units in (2, 8):\n    h = Model(units).fit(0)"
    assert metrics(shell, cell) == {"loss.units=2": (2.0, 1.0, 2 / 3), "loss.units=8": (8.0, 4.0, 8 / 3)}


def test_trainings_in_a_function_have_one_too(shell: Any) -> None:
    cell = "def train(m):\n    return m.fit(0, epochs=2)\na = train(Model(2))\nb = train(Other(4))"
    assert metrics(shell, cell) == {"loss.Model": (2.0, 1.0), "loss.Other": (4.0, 2.0)}


def test_a_model_that_is_trained_on_has_one_long_curve(shell: Any) -> None:
    cell = "m = Model(2)\nfor k in range(3):\n    m.fit(0, epochs=2)"
    assert metrics(shell, cell) == {"loss": (2.0, 1.0) * 3}


def test_more_trainings_than_anybody_looks_at_have_a_point_each(shell: Any) -> None:
    cell = "for units in range(1, 41):\n    Model(units).fit(0, epochs=2)"
    assert metrics(shell, cell) == {"loss": tuple(units / 2 for units in range(1, 41))}


DESCENT = """
for lr in (0.25, 0.5):
    w = 8.0 + 0 * lr
    losses = []
    for epoch in range(3):
        w = w - lr * w
        loss = w * w
        losses.append(loss)
"""


def test_an_own_loop_inside_of_one_over_settings_has_a_curve_and_steps_for_each(shell: Any) -> None:
    assert metrics(shell, DESCENT) == {"loss.lr=0.25": (36.0, 20.25, 11.390625), "loss.lr=0.5": (16.0, 4.0, 1.0)}
    assert [shell.last.history(name).steps for name in sorted(shell.last.metrics)] == [(0, 1, 2)] * 2


def test_a_list_that_is_begun_anew_is_a_curve_for_each_setting(shell: Any) -> None:
    cell = "for lr in (0.25, 0.5):\n    losses = []\n    for k in range(3):\n        losses.append(lr / (k + 1) + 0.0)"
    assert metrics(shell, cell) == {
        "losses.lr=0.25": (0.25, 0.125, 0.25 / 3),
        "losses.lr=0.5": (0.5, 0.25, 0.5 / 3),
    }


def test_epochs_that_a_loop_of_an_earlier_cell_writes_out_are_a_setting(shell: Any) -> None:
    shell.run(SETUP + "w = 8.0\nfor epoch in range(6):\n    w -= 0.5 * w")
    shell.run("%%track\ntest_loss = w * w")
    assert shell.last.params["epochs"] == 6


def test_what_a_name_held_before_the_loop_is_no_point_of_its_curve(shell: Any) -> None:
    cell = "for lr in (0.25, 0.5):\n    loss = 9.0\n    for epoch in range(2):\n        loss = lr / (epoch + 1)"
    assert metrics(shell, cell) == {"loss.lr=0.25": (0.25, 0.125), "loss.lr=0.5": (0.5, 0.25)}


def test_folds_inside_of_settings_are_a_curve_for_each_setting(shell: Any) -> None:
    cell = "for k in (1, 2):\n    for train, test in zip('ab', 'cd'):\n        acc = accuracy_score(0, k)"
    assert metrics(shell, cell) == {"acc.k=1": (0.125, 0.125), "acc.k=2": (0.25, 0.25)}


def test_a_grid_of_whole_numbers_stays_one_curve(shell: Any) -> None:
    cell = "for p in range(2):\n    for q in range(2):\n        m = Model(p + q)\n        m.fit(0, epochs=1)\n"
    cell += "        acc = accuracy_score(0, p + q)"
    assert metrics(shell, cell) == {"acc": (0.0, 0.125, 0.125, 0.25), "loss": (0.0, 1.0, 1.0, 2.0)}


def test_a_grid_of_settings_stays_one_curve(shell: Any) -> None:
    cell = "for k in (1, 2):\n    for scale in (1, 2):\n        acc = accuracy_score(0, k * scale)"
    assert metrics(shell, cell) == {"acc": (0.125, 0.25, 0.25, 0.5)}


def test_what_a_comprehension_goes_through_is_no_setting_of_the_run(shell: Any) -> None:
    shell.run("from sklearn.linear_model import Ridge\nX, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0]")
    shell.run("%%track\nr2 = {a: Ridge(alpha=a, tol=0.01).fit(X, y).score(X, y) for a in (0.5, 2.0)}")
    assert "alpha" not in shell.last.params
    assert shell.last.params["tol"] == 0.01


def test_more_things_than_have_names_are_told_apart_where_they_are_few_times_few(shell: Any) -> None:
    cell = "words = list('abcdefgh')\nx = [accuracy_score(0, k + ord(w)) for k in (1, 2, 3, 4, 5) for w in words]"
    found = metrics(shell, cell)
    assert found == {f"x.{w}": tuple((k + ord(w)) / 8 for k in (1, 2, 3, 4, 5)) for w in "abcdefgh"}


def test_models_that_are_tried_in_one_loop_stay_one_curve_of_what_they_tell(shell: Any) -> None:
    shell.run("import statsmodels.api as sm\nimport numpy as np\nx, y = np.arange(9.0), np.arange(9.0) ** 2")
    cell = "import itertools\nfor p, q in itertools.product([1, 2], [1, 2]):\n"
    assert shell.run(f"%%track\n{cell}    res = sm.OLS(y, np.c_[x**p, x**0 * q]).fit()").success
    assert [name for name in shell.last.metrics if "=" in name] == []
    assert len(shell.last.history("aic").values) == 4
