"""What is captured from cells as people write them, with no call of ours in them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import nbtrack

pytestmark = pytest.mark.slow

SETUP = """
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, classification_report, f1_score, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn import metrics as skm
X, y = make_classification(60, 5, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
rf = RandomForestClassifier(n_estimators=5, random_state=0).fit(X_train, y_train)
pred = rf.predict(X_test)
"""


@pytest.mark.parametrize(
    ("cell", "metrics"),
    [
        ("accuracy_score(y_test, pred)", ["accuracy_score"]),
        ("acc = accuracy_score(y_test, pred)", ["acc"]),
        ("acc = accuracy_score(y_test, pred)\nacc", ["acc"]),
        ("print('accuracy: %.3f' % accuracy_score(y_test, pred))", ["accuracy_score"]),
        (
            "print(f'{skm.accuracy_score(y_test, pred):.3f}', skm.f1_score(y_test, pred))",
            ["accuracy_score", "f1_score"],
        ),
        ("rf.score(X_test, y_test)", ["score"]),
        ("print(rf.score(X_train, y_train), rf.score(X_test, y_test))", ["score.X_test", "score.X_train"]),
        ("round(rf.score(X_test, y_test), 3)", ["score"]),
        ("rmse = np.sqrt(mean_squared_error(y_test, pred))", ["rmse"]),
        ("print('RMSE: %.3f' % np.sqrt(mean_squared_error(y_test, pred)))", ["rmse"]),
        ("print('CV score: {}'.format(mean_squared_error(y_test, pred) ** 0.5))", ["cv_score"]),
        ("np.sqrt(mean_squared_error(y_test, pred))", ["sqrt_mean_squared_error"]),
        ("right = (pred == y_test).sum()\nprint(right / (right + 2))", ["right / (right + 2)"]),
        ("acc = round(rf.score(X_test, y_test) * 100, 2)", ["acc"]),
        ("results = {'rmse': float(np.sqrt(2.0)), 'model': 'rf'}", ["results.rmse"]),
        ("results = {}\nresults['acc'] = accuracy_score(y_test, pred)\nresults", ["results.acc"]),
        ("{'acc': float(np.mean(pred == y_test))}", ["acc"]),
        ("metrics = {'acc': accuracy_score(y_test, pred), 'f1': f1_score(y_test, pred)}", ["acc", "f1"]),
        ("pd.DataFrame({'acc': [0.5], 'f1': [0.25]})", ["acc", "f1"]),
        ("(pred == y_test).mean()", ["(pred == y_test).mean()"]),
        ("mean_error = np.abs(pred - y_test).mean()", ["mean_error"]),
        ("errors = int((pred != y_test).sum())", ["errors"]),
        ("report = classification_report(y_test, pred, output_dict=True)", ["report.0.f1-score", "report.accuracy"]),
        ("scores = []\nfor k in range(3):\n    scores.append(accuracy_score(y_test, pred))", ["scores"]),
        ("def evaluate():\n    return f1_score(y_test, pred)\nbest_f1 = evaluate()", ["best_f1"]),
        ("total = 0.0\nfor x in pred:\n    total += float(x)\nmean_loss = total / len(pred)", ["mean_loss"]),
        ("def evaluate():\n    return f1_score(y_test, pred)\nprint(evaluate())", ["f1_score"]),
        (
            "def both():\n    return f1_score(y_test, pred), accuracy_score(y_test, pred)\nf1, acc = both()",
            ["acc", "f1"],
        ),
        ("lr = 0.3\naccuracy = 1 - lr", ["accuracy"]),
        (
            "losses = []\nfor x in (2.0, 1.0):\n    losses.append(x * rf.score(X, y))\nfinal_loss = losses[-1]",
            ["final_loss", "score"],
        ),
        ("%timeit -n3 -r2 rf.score(X_test, y_test)", []),
        ("import math\nprint(math.log(accuracy_score(y_test, y_test)))", ["accuracy_score"]),
        (
            '"+".join(["x"] * 3)\nloss = ' + "+".join(["0.5"] * 600) + "\naccuracy = " + "+".join(["loss"] * 600),
            ["accuracy"],
        ),
        (
            "from __future__ import annotations\ndef f(x: rf.score(X, y)): ...\nassert f.__annotations__ == {'x': 'rf.score(X, y)'}",
            [],
        ),
        # nothing here is a metric
        ("n = len(X)\nrows, columns = X.shape\nidx = int(np.argmax(pred))", []),
        ("import time\nstart = time.time()\nlr = 0.1\nlr2 = lr * 10", []),
        ("for i in range(3):\n    pass\ni", []),
        ("counter = 0\nfor _ in range(3):\n    counter += 1", []),
        ("len(X)", []),
        (
            "from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(LogisticRegression(), {'C': [0.1]}, cv=2).fit(X, y)\nbest_C = g.best_params_['C']",
            ["best_score"],
        ),
        ("import time\nt0 = time.time()\nelapsed = time.time() - t0", []),
        ("df = pd.DataFrame({'a': [1, 2]})\ndf.describe()", []),
        ("config = {'lr': 0.1 * np.float64(2), 'momentum': 0.9}", []),
        ("42", []),
    ],
)
def test_metrics_are_found_where_people_leave_them(shell: Any, cell: str, metrics: list[str]) -> None:
    shell.run(SETUP)
    assert shell.run("%%track\n" + cell).success
    found = [name for name in shell.last.metrics if not name.startswith("report.") or name in metrics]
    assert sorted(found) == metrics


@pytest.mark.parametrize(
    ("cell", "params"),
    [
        (
            "learning_rate = 3e-4\nepochs = 10\nname = 'adam'\nnested = True",
            {"learning_rate": 3e-4, "epochs": 10, "name": "adam", "nested": True},
        ),
        (
            "layers = [64, 32]\nrange_ = (0, -1.5)\n_private = 3\nnothing = 1e3 * 2",
            {"layers": [64, 32], "range_": [0, -1.5], "nothing": 2000.0},
        ),
        ("lr, momentum = 0.1, 0.9", {"lr": 0.1, "momentum": 0.9}),
        ("params = {'depth': 3, 'eta': 0.1}", {"depth": 3, "eta": 0.1}),
        ("config = {'depth': 3, 'eta': 0.1}", {"config.depth": 3, "config.eta": 0.1}),
        (
            "a, b = train_test_split(X, test_size=0.25, random_state=7, shuffle=True)",
            {"test_size": 0.25, "random_state": 7, "shuffle": True},
        ),
        ("print('x', end='')\ndf = pd.DataFrame({'a': [1]})", {}),
        ("best = 0.0\nfor value in (0.5, 0.25):\n    best = max(best, value)", {}),
        ("f1_score(y_test, pred, average='macro')", {"f1_score.average": "macro"}),
        ("fast = bool(1)\nif fast:\n    epochs = 1\nelse:\n    epochs = 100", {"epochs": 1}),
        ("depth = 3\nif not depth:\n    depth = 9\n    pd.Series([1], name='never')", {"depth": 3}),
        ("opt = 'adam'\ndef f():\n    global opt\n    opt = 'sgd'\nf()", {}),
        ("def never():\n    train_test_split(X, test_size=0.9)", {}),
        ("def now():\n    return train_test_split(X, test_size=0.9)\na, b = now()", {"test_size": 0.9}),
        ("cfg = {'a': 1}\ncfg['a'] = 2\ncfg['b'] = 3", {"cfg.a": 2, "cfg.b": 3}),
        ("arr = np.zeros(3)\narr[0] = 7", {}),
        ("rows = []\nfound = {}", {}),
        ("SEED = 7\na, b = train_test_split(X, random_state=SEED)\nX2 = np.sum(X, axis=1)", {"SEED": 7}),
        (
            "X_, _ = make_classification(30, random_state=1)\na, b = train_test_split(X_, random_state=2)",
            {"random_state": 1, "train_test_split.random_state": 2},
        ),
    ],
)
def test_parameters_are_found_where_people_write_them(shell: Any, cell: str, params: dict[str, Any]) -> None:
    shell.run(SETUP)
    assert shell.run("%%track\n" + cell).success
    sources = shell.last.sources["params"]
    assert {k: v for k, v in shell.last.params.items() if not sources[k].startswith("earlier")} == params


def test_an_estimator_tells_its_parameters_the_chosen_ones_first(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nkw = dict(n_estimators=7, max_depth=3)\nmodel = RandomForestClassifier(**kw, random_state=1).fit(X, y)"
    )
    run = shell.last
    assert list(run.params)[:3] == ["max_depth", "n_estimators", "random_state"]
    assert run.params["criterion"] == "gini"
    assert run.sources["params"]["criterion"] == "RandomForestClassifier default"
    assert run.sources["params"]["max_depth"].startswith("RandomForestClassifier.get_params()")


def test_a_search_tells_its_best_and_keeps_its_table(shell: Any) -> None:
    shell.run(SETUP + "\nfrom sklearn.model_selection import GridSearchCV")
    shell.run("%%track\ngrid = GridSearchCV(LogisticRegression(), {'C': [0.1, 1.0]}, cv=2).fit(X, y)")
    run = shell.last
    (table,) = (each for each in run.artifacts if each.name == "grid.cv_results.csv")
    lines = nbtrack.open_store(shell.store).get(table.sha256).decode().splitlines()
    assert (len(lines), "param_C" in lines[0].split(","), table.media_type) == (3, True, "text/csv")
    assert run.metrics["best_score"] == shell.names["grid"].best_score_
    assert run.params["best_params.C"] == shell.names["grid"].best_params_["C"]


def test_a_person_s_own_metric_functions_are_named_in_the_project(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "nbtrack.toml").write_text('metrics = ["business_*"]\n')
    shell.run("def business_value(x):\n    return x / 3")
    shell.run("%%track\nprint(business_value(1.5))")
    assert dict(shell.last.metrics) == {"business_value": 0.5}


def test_a_loop_over_epochs_becomes_a_curve(shell: Any) -> None:
    shell.run("%%track\nfor epoch in range(10):\n    loss = 1 / (epoch + 1)")
    history = shell.last.history("loss")
    assert (history.steps, history.values) == (tuple(range(10)), tuple(1 / (k + 1) for k in range(10)))
    assert shell.last.params["epochs"] == 10


def test_a_loop_keeps_its_points_when_it_is_broken_off(shell: Any) -> None:
    cell = "for epoch in range(9):\n    loss = 1 / (epoch + 1)\n    if epoch == 1:\n        continue\n    if epoch == 3:\n        {}"
    shell.run("%%track\n" + cell.format("break"))
    assert shell.last.history("loss").values == (1.0, 1 / 2, 1 / 3, 1 / 4)
    shell.run("%%track\n" + cell.format("raise ValueError"))
    assert shell.last.status == "failed"
    assert shell.last.history("loss").values == (1.0, 1 / 2, 1 / 3, 1 / 4)


def test_epochs_are_counted_and_their_batches_are_not(shell: Any) -> None:
    shell.run(
        "%%track\nfor epoch in range(3):\n    for batch in [(1.0,), (2.0,)]:\n        loss = batch[0] / (epoch + 1)\n    val_loss = loss * 2"
    )
    assert shell.last.history("loss").values == (2.0, 1.0, 2 / 3)
    assert shell.last.history("val_loss").values == (4.0, 2.0, 4 / 3)


def test_a_loop_that_shows_nothing_last_shows_nothing(shell: Any) -> None:
    shell.ip.ast_node_interactivity = "all"
    shell.published.clear()
    result = shell.run("%%track\nfor epoch in range(2):\n    loss = 0.5 / (epoch + 1)")
    assert result.result is None
    assert [each for each in shell.published if "nbtrack" not in each["metadata"]] == []


def test_every_point_of_a_loop_of_quick_iterations_is_recorded(shell: Any) -> None:
    shell.run("%%track\nfor i in range(200):\n    loss = 1.0 / (i + 1)")
    assert shell.last.history("loss").steps == tuple(range(200))
    assert shell.last.history("loss").values == tuple(1.0 / (i + 1) for i in range(200))


def test_an_error_in_a_loop_of_quick_iterations_loses_none_that_came_before(shell: Any) -> None:
    shell.run("%%track\nfor i in range(200):\n    loss = 1.0 / (i + 1)\n    if i == 100:\n        1 / 0")
    assert shell.last.history("loss").steps == tuple(range(101))


def test_what_was_held_of_quick_iterations_is_recorded_while_a_long_one_runs(shell: Any) -> None:
    def wait(i: int) -> None:
        until = time.monotonic() + 30
        while i == 100 and time.monotonic() < until and shell.last.curves.get("loss", {}).get("count") != 100:
            time.sleep(0.05)

    shell.names["wait"] = wait
    shell.run("%%track\nfor i in range(110):\n    wait(i)\n    loss = 1.0 / (i + 1)\n    seen = i")
    assert shell.last.duration < 25
    assert shell.last.history("loss").steps == tuple(range(110))


def test_a_fast_loop_has_a_thinner_curve_and_its_last_value(shell: Any) -> None:
    shell.run("%%track\nfor i in range(20_000):\n    loss = 1.0 / (i + 1)")
    run = shell.last
    assert 255 <= run.curves["loss"]["count"] <= 20_000
    assert run.metrics["loss"] == shell.names["loss"]


def test_a_list_of_what_a_quick_loop_computes_is_its_curve_though_some_points_were_left_out(shell: Any) -> None:
    shell.run("%%track\nlosses = []\nfor step in range(300):\n    loss = 1 / (step + 1)\n    losses.append(loss)")
    assert list(shell.last.metrics) == ["loss"]


def test_what_is_taken_from_an_evaluation_has_the_name_it_is_given(shell: Any) -> None:
    shell.run("class Net:\n    def evaluate(self, k): return [0.5, 0.75 + k]\nnet = Net()")
    shell.run("%%track\nacc = net.evaluate(0.125)[1]\nprint('the accuracy is', acc * 100, '%')")
    assert shell.last.metrics == {"acc": 0.875}


def test_callbacks_are_no_setting(shell: Any) -> None:
    shell.run("class Net:\n    def fit(self, X, **words): return self")
    shell.run("%%track\nNet().fit([1], epochs=3, callbacks=None)")
    assert "callbacks" not in shell.last.params


def test_a_pipeline_tells_the_parameters_of_its_steps(shell: Any) -> None:
    shell.run(SETUP)
    shell.run("%%track\nmodel = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X, y)")
    params = shell.last.params
    assert (params["logisticregression__C"], params["standardscaler__with_mean"]) == (0.5, True)


def test_one_fact_has_one_name_with_all_its_sources(shell: Any) -> None:
    shell.run(SETUP)
    shell.run("%%track\nparams = {'n_estimators': 5}\nmodel = RandomForestClassifier(**params).fit(X, y)")
    assert shell.last.sources["params"]["n_estimators"] == "RandomForestClassifier.get_params(), params['n_estimators']"


def test_a_transformer_fitted_by_another_verb_is_found_by_its_variable(shell: Any) -> None:
    shell.run(SETUP)
    shell.run("%%track\nscaler = StandardScaler(with_mean=False)\nX2 = scaler.fit_transform(X)")
    assert shell.last.params["with_mean"] is False


def test_every_value_carries_where_it_came_from(shell: Any) -> None:
    shell.run(SETUP)
    shell.run("%%track lr=0.5\nepochs = 3\nacc = accuracy_score(y_test, pred)\nloss = float(acc * 2)\nloss")
    sources = shell.last.sources
    assert {k: v for k, v in sources["params"].items() if "earlier" not in v} == {"lr": "argument", "epochs": "literal"}
    assert sources["metrics"] == {"acc": "accuracy_score(y_test, pred)", "loss": "float(acc * 2)"}


def test_metrics_in_a_loop_become_a_series(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nfor depth in (1, 2, 3):\n    m = RandomForestClassifier(3, max_depth=depth).fit(X, y)\n    m.score(X, y)"
    )
    history = shell.last.history("score")
    assert history.steps == (0, 1, 2)
    assert history.values[-1] == shell.last.metrics["score"]


def test_names_are_stable_between_executions(shell: Any) -> None:
    shell.run(SETUP)
    cell = "%%track\nprint(f1_score(y_test, pred), accuracy_score(y_test, pred))\nloss = float('0.5')"
    for _ in range(2):
        shell.run(cell)
    first, second = shell.runs
    assert list(first.metrics) == list(second.metrics) == ["f1_score", "accuracy_score", "loss"]


def test_what_is_logged_by_hand_is_not_captured_again(shell: Any) -> None:
    shell.run(SETUP + "\nimport nbtrack")
    shell.run(
        "%%track\nlr = 0.1\nnbtrack.log_params(lr=lr)\nacc = accuracy_score(y_test, pred)\nnbtrack.log(loss=float('0.5'))\nloss = float('0.5')"
    )
    assert shell.last.sources["params"]["lr"] == "log_params"
    assert dict(shell.last.metrics) == {"loss": 0.5, "acc": shell.names["acc"]}


HELPER = """
from sklearn.model_selection import cross_val_score
def cv(model):
    return cross_val_score(model, X, y, cv=3).mean()
"""


def test_what_a_helper_of_an_earlier_cell_scores_is_called_as_the_caller_says(shell: Any) -> None:
    shell.run(SETUP + HELPER)
    shell.run("%%track\na = cv(LogisticRegression())\nprint('forest', cv(rf))")
    run = shell.last
    assert sorted(run.metrics) == ["a", "a.folds", "a.std", "forest", "forest.folds", "forest.std"]
    assert run.metrics["a"] == shell.names["a"]
    assert [len(run.history(f"{name}.folds").values) for name in ("a", "forest")] == [3, 3]


def test_what_a_helper_prints_of_its_folds_is_not_recorded_beside_them(shell: Any) -> None:
    shell.run(SETUP + HELPER)
    shell.run(
        "def told(model):\n    s = cross_val_score(model, X, y, cv=3)\n"
        "    print('%.3f +- %.3f' % (s.mean(), s.std()))\n    return s.mean()"
    )
    shell.run("%%track\na = told(LogisticRegression())\nb = told(rf)")
    assert sorted(shell.last.metrics) == ["a", "a.folds", "a.std", "b", "b.folds", "b.std"]


def test_folds_stay_one_series_where_a_mean_among_them_has_no_name(shell: Any) -> None:
    shell.run(SETUP + HELPER)
    shell.run("%%track\na = cv(LogisticRegression())\nif cv(rf) > 2:\n    pass")
    assert len(shell.last.history("cross_val_score.folds").values) == 6
    assert shell.last.metrics["a"] == shell.names["a"]


def test_the_mean_of_folds_has_the_name_a_person_gives_it(shell: Any) -> None:
    shell.run(SETUP + HELPER)
    shell.run("%%track\nacc = cross_val_score(rf, X, y, cv=3).mean()")
    assert sorted(shell.last.metrics) == ["acc", "acc.folds", "acc.std"]
    assert shell.last.metrics["acc"] == shell.names["acc"]


def test_entries_that_a_loop_puts_into_a_dictionary_are_called_by_their_keys(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nscores = {}\nfor name, m in {'lr': LogisticRegression(), 'rf': rf}.items():\n"
        "    scores[name] = m.fit(X_train, y_train).score(X_test, y_test)"
    )
    assert dict(shell.last.metrics) == {f"scores.{name}": value for name, value in shell.names["scores"].items()}


def test_entries_under_numbers_are_a_curve_over_them(shell: Any) -> None:
    shell.run(SETUP + "\nfrom sklearn.mixture import GaussianMixture")
    shell.run("%%track\nbic = {}\nfor k in range(2, 5):\n    bic[k] = GaussianMixture(k, random_state=0).fit(X).bic(X)")
    history = shell.last.history("bic")
    assert (list(history.steps), list(history.values)) == ([2, 3, 4], list(shell.names["bic"].values()))


def test_a_printed_number_that_a_series_has_just_got_is_no_further_point(shell: Any) -> None:
    shell.run(SETUP + HELPER)
    shell.run(
        "%%track\nfor n in (1, 5):\n"
        "    s = cross_val_score(RandomForestClassifier(n), X, y, cv=3)\n    print('%.3f' % s.mean())"
    )
    assert len(shell.last.history("s.mean").values) == 2


def test_a_mean_that_another_way_of_adding_up_makes_a_little_different_is_the_same_point(shell: Any) -> None:
    shell.run(f"{SETUP}\ndef cross_val_score(n):\n    return np.array([0.5, 0.6, 0.55]) + n")
    shell.run("%%track\nfor n in (0, 1):\n    s = cross_val_score(n)\n    print('%.3f' % s.mean())")
    assert len(shell.last.history("s.mean").values) == 2


MODELS = "models = {'lr': LogisticRegression(), 'rf': rf}\n"
OVER = "for name, m in models.items():\n    "


@pytest.mark.parametrize(
    ("cell", "metrics"),
    [
        (f"{OVER}score = m.score(X, y)\n    print(name, score)", ["score.lr", "score.rf"]),
        (f"{OVER}print(f'{{name}}: {{m.score(X, y):.3f}}')", ["score.lr", "score.rf"]),
        (f"accs = []\n{OVER}accs.append(accuracy_score(y, m.predict(X)))", ["accs.lr", "accs.rf"]),
        (
            f"names, accs = [], []\n{OVER}acc = (m.predict(X) == y).mean()\n    accs.append(acc); names.append(name)",
            ["acc.lr", "acc.rf"],
        ),
        (f"found = {{}}\n{OVER}acc = m.score(X, y)\n    found[name] = acc", ["acc.lr", "acc.rf"]),
        (f"found = {{}}\n{OVER}found[name] = {{'f1': f1_score(y, m.predict(X))}}", ["f1.lr", "f1.rf"]),
        (f"rows = []\n{OVER}acc = m.score(X, y)\n    rows.append((name, acc))\npd.DataFrame(rows)", ["acc.lr", "acc.rf"]),
        (f"{OVER}s = cross_val_score(m, X, y, cv=3)\n    print(name, s.mean())",
         ["s.lr.folds", "s.lr.mean", "s.lr.std", "s.rf.folds", "s.rf.mean", "s.rf.std"]),
        (f"def judge(m):\n    return f1_score(y, m.predict(X))\n{OVER}judge(m)", ["f1_score.lr", "f1_score.rf"]),
        (f"{OVER}found = GridSearchCV(m, {{}}, cv=2).fit(X, y)\n    print(found.best_score_)", ["best_score.lr", "best_score.rf"]),
        ("for m in [LogisticRegression().fit(X, y), rf]:\n    acc = m.score(X, y)", ["acc"]),
        ("for m in [SVC(), LogisticRegression()]:\n    acc = m.fit(X, y).score(X, y)", ["acc.LogisticRegression", "acc.SVC"]),
        ("for k in ('linear', 'rbf'):\n    acc = SVC(kernel=k).fit(X, y).score(X, y)", ["acc.linear", "acc.rbf"]),
        ("for i, (n, m) in enumerate(zip(['a', 'b'], [rf, rf])):\n    acc = m.score(X, y)", ["acc.a", "acc.b"]),
        ("for d in ('p', 'q'):\n    for n in ('a', 'b'):\n        acc = rf.score(X, y)",
         ["acc.p.a", "acc.p.b", "acc.q.a", "acc.q.b"]),
        ("for n in ('a', 'b', 'c'):\n    if n == 'b':\n        continue\n    acc = (rf.predict(X) == y).mean()",
         ["acc.a", "acc.c"]),
        # no names, or not of few things
        ("for m in [RandomForestClassifier(n) for n in (1, 2)]:\n    acc = m.fit(X, y).score(X, y)", ["acc"]),
        ("for c in (0.1, 1.0):\n    acc = LogisticRegression(C=c).fit(X, y).score(X, y)", ["acc"]),
        ("for word in [f'w{k}' for k in range(3)] * 2:\n    acc = rf.score(X, y)", ["acc"]),
        ("words = [f'w{k}' for k in range(99)]\nfor word in words:\n    acc = rf.score(X[:9], y[:9])", ["acc"]),
    ],
)  # fmt: skip
def test_scores_of_what_a_loop_passes_over_are_called_after_it(shell: Any, cell: str, metrics: list[str]) -> None:
    shell.run(
        SETUP
        + "\nfrom sklearn.svm import SVC\nfrom sklearn.model_selection import GridSearchCV, cross_val_score\n"
        + MODELS
    )
    shell.run("for m in models.values():\n    m.fit(X, y)")
    assert shell.run("%%track\n" + cell).success
    assert sorted(shell.last.metrics) == metrics


def test_of_each_thing_that_a_loop_passes_over_a_curve_begins_anew(shell: Any) -> None:
    shell.run(
        "%%track\nfor name, rate in {'slow': 0.01, 'fast': 0.1}.items():\n    w = 1.0\n"
        "    for epoch in range(400):\n        w -= rate * w\n        loss = w ** 2"
    )
    for name, rate in (("slow", 0.01), ("fast", 0.1)):
        history = shell.last.history(f"loss.{name}")
        assert history.steps[:200] == tuple(range(200))
        assert (history.steps[-1], history.values[0]) == (399, (1 - rate) ** 2)


def test_metrics_that_are_asked_for_by_name_come_with_what_a_loop_calls_them(shell: Any) -> None:
    shell.run(SETUP + MODELS)
    shell.run(f"%%track --metrics acc\n{OVER}m.fit(X, y)\n    acc = m.score(X, y)\n    f1 = f1_score(y, m.predict(X))")
    assert sorted(shell.last.metrics) == ["acc.lr", "acc.rf"]
    assert shell.last.warnings == ()


@pytest.mark.parametrize(
    "body",
    [
        "loss = mean_squared_error([p], [1.0])\n    loss, b = mean_squared_error([p], [1.0]) / 2, 1",
        "p, loss = step(p)\n    loss, b = loss / 2, 1",
        "loss, acc = net.evaluate(k)\n    loss, f1 = net.evaluate(k + 1)",
        "loss, acc = net.evaluate(k)",
    ],
)
def test_what_is_computed_twice_in_an_iteration_is_one_point_the_last(shell: Any, body: str) -> None:
    shell.run(
        SETUP + "class Net:\n    def evaluate(self, k): return [0.5 / (k + 1), 0.9 - 0.1 / (k + 1)]\n"
        "def step(p): return 0.9 * p, (p - 1) ** 2\nnet, p, seen = Net(), 3.0, []"
    )
    shell.run(f"%%track\nfor k in range(6):\n    {body}\n    p = 0.9 * p\n    seen.append(loss)")
    assert shell.last.history("loss").values == tuple(shell.names["seen"])


def test_a_loss_that_is_computed_now_and_then_keeps_all_of_its_points(shell: Any) -> None:
    shell.run("%%track\nw = 1.0\nfor i in range(20_001):\n    w *= 0.9999\n    if i % 500 == 0:\n        loss = w ** 2")
    assert shell.last.history("loss").steps == tuple(range(0, 20_001, 500))


@pytest.mark.parametrize("keeps", ["if I > peak:\n        peak = I", "peak = max(peak, I)"])
def test_the_most_that_a_loop_has_seen_is_one_number(shell: Any, keeps: str) -> None:
    shell.run(
        "%%track\nS, I, peak = 99.0, 1.0, 0.0\nfor t in range(50):\n    new = 0.004 * S * I\n"
        f"    S, I = S - new, I + new - 0.1 * I\n    {keeps}\nprint('peak infections', peak)"
    )
    assert shell.last.history("peak").values == (shell.names["peak"],)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("def error(p): return (p - 2.0) ** 2\ngrid = np.linspace(0, 4, 9)\nerr = [error(p) for p in grid]", False),
        ("errs = [(p - 2.0) ** 2 for p in np.arange(0, 4, 0.5)]", False),
        ("def cost(w): return np.exp(-w)\ncosts = cost(np.linspace(0, 1, 5))", False),
        ("def error(k):\n    m = RandomForestClassifier(int(k)).fit(X, y)\n    return np.mean(m.predict(X) != y)\nerr = [error(k) for k in np.arange(1, 4)]", True),
        ("def error(h):\n    x, t = 1.0, 0.0\n    while t < 1:\n        x, t = x - h * x, t + h\n    return x\nerr = [error(h) for h in np.logspace(-2, -1, 4)]", True),
        ("def step(k): return 1 / (k + 1)\nlosses = [step(k) for k in range(5)]", True),
    ],
)  # fmt: skip
def test_the_graph_of_a_formula_over_a_grid_is_no_curve_and_a_score_for_each_setting_is(
    cell: str, *, found: bool, shell: Any
) -> None:
    shell.run(SETUP)
    assert shell.run("%%track\n" + cell).success
    assert any(len(shell.last.history(name).values) > 2 for name in shell.last.metrics) is found


def test_an_element_of_an_array_of_scores_is_one_where_the_cell_says_so(shell: Any) -> None:
    shell.run(SETUP + "\nfrom sklearn.decomposition import PCA")
    shell.run(
        "%%track\np = PCA().fit(X)\ncum = np.cumsum(p.explained_variance_ratio_)\n"
        "print('two components explain', cum[1], 'of', p.components_[0][0], pred[0])"
    )
    assert dict(shell.last.metrics) == {"two_components_explain": shell.names["cum"][1]}


def test_every_call_of_one_class_has_its_settings(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\n" + "\n".join(f"m{n} = RandomForestClassifier(n_estimators={n}).fit(X, y)" for n in (2, 3, 4, 5))
    )
    found = {name: value for name, value in shell.last.params.items() if name.endswith("n_estimators")}
    owner = "RandomForestClassifier"
    assert found == {
        "n_estimators": 2,
        f"{owner}.n_estimators": 3,
        f"{owner}_3.n_estimators": 4,
        f"{owner}_4.n_estimators": 5,
    }


SEARCH = """
import random
rng, best = random.Random(3), -1.0
for t in range(6):
    {draw}
    score = LogisticRegression({given}).fit(X, y).score(X, y)
    if score > best:
        {keep}
"""


@pytest.mark.parametrize(
    ("draw", "given", "keep", "expected"),
    [
        ("cfg = {'C': rng.uniform(1e-4, 1e-2), 'tol': 0.01}", "**cfg", "best, best_cfg = score, cfg",
         {"best_cfg.C": "best_cfg['C']", "tol": "0.01"}),
        ("p = dict(C=rng.uniform(1e-4, 1e-2))", "**p", "best, best_p = score, p.copy()", {"best_p.C": "best_p['C']"}),
        ("c = 10 ** rng.uniform(-4, -2)", "C=c", "best, best_c = score, c", {"best_c": "best_c"}),
        ("c = 10 ** rng.uniform(-4, -2)", "C=c", "best = score\n        kept = {'score': score, 'C': c}",
         {"kept.C": "kept['C']"}),
    ],
)  # fmt: skip
def test_a_search_by_hand_tells_what_it_kept_and_not_what_it_tried_last(
    shell: Any, draw: str, given: str, keep: str, expected: dict[str, str]
) -> None:
    shell.run(SETUP)
    assert shell.run("%%track\n" + SEARCH.format(draw=draw, given=given, keep=keep)).success
    sources = shell.last.sources["params"]
    chosen = {n: v for n, v in shell.last.params.items() if not sources[n].endswith(" default") and n != "seed"}
    chosen = {n: v for n, v in chosen.items() if "earlier" not in sources[n]}
    assert chosen == {name: eval(text, dict(shell.names)) for name, text in expected.items()}
    assert "best_c" not in shell.last.metrics


def test_settings_that_are_the_same_in_each_fold_are_those_of_the_run(shell: Any) -> None:
    shell.run(SETUP + "\nfrom sklearn.model_selection import KFold\ndef settings(): return {'C': 0.5}")
    shell.run(
        "%%track\nfor tr, va in KFold(3).split(X):\n    cfg = settings()\n"
        "    acc = LogisticRegression(**cfg).fit(X[tr], y[tr]).score(X[va], y[va])"
    )
    assert shell.last.params["C"] == 0.5


@pytest.mark.parametrize(
    "picked",
    ["max(rows, key=lambda r: r['acc'])", "sorted(rows, key=lambda r: -r['acc'])[0]", "df.loc[df.acc.idxmax()]"],
)
def test_the_best_of_many_is_a_result_of_its_own(shell: Any, picked: str) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nrows = []\nfor n in (1, 5):\n"
        "    m = RandomForestClassifier(n, random_state=0).fit(X_train, y_train)\n"
        "    rows.append({'model': f'rf{n}', 'n': n, 'acc': accuracy_score(y_test, m.predict(X_test))})\n"
        f"df = pd.DataFrame(rows)\nbest = {picked}"
    )
    assert shell.last.metrics["best.acc"] == shell.names["best"]["acc"]
    assert "best.n" not in shell.last.metrics


def test_a_key_that_was_picked_is_no_result(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nby = {c: LogisticRegression(C=c).fit(X, y).score(X, y) for c in (0.1, 1.0)}\n"
        "best_C = max(by, key=by.get)\nprint('best C', max(by, key=lambda c: by[c]))"
    )
    assert list(shell.last.metrics) == ["by"]


def test_a_setting_that_a_loop_goes_through_is_no_param_of_the_run(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nsweep = {}\nfor C in (0.1, 1.0):\n    sweep[C] = {}\n"
        "    for it in (50, 60):\n        m = LogisticRegression(C=C, max_iter=it, tol=0.01).fit(X, y)\n"
        "        sweep[C][it] = m.score(X, y)"
    )
    chosen = {n for n, source in shell.last.sources["params"].items() if not source.endswith(" default")}
    assert "tol" in chosen
    assert chosen.isdisjoint({"C", "max_iter", "sweep"})


def test_a_setting_that_something_has_learnt_since_is_none(shell: Any) -> None:
    shell.run("import numpy as np")
    shell.run(
        "%%track\nparams = {'w': np.zeros(2), 'b': 0.0, 'lr': 0.1}\n"
        "def step():\n    params['b'] -= params['lr'] * 3.0\nstep()"
    )
    assert shell.last.params["lr"] == 0.1
    assert {"w", "b"}.isdisjoint(shell.last.params)


LEARNER = """
class Adaline:
    def __init__(self, n): self.n, self.losses_, self.names = n, [], ['a']
    def fit(self):
        self.losses_ = [1.0 / (k + 1) for k in range(self.n)]
        return self
class Shop:
    def __init__(self): self.costs = [1.0, 2.0]
"""


def test_a_learner_of_the_notebook_shows_the_curve_it_keeps(shell: Any) -> None:
    shell.run(LEARNER)
    shell.run("%%track\nada = Adaline(4).fit()\nshop = Shop()")
    assert list(shell.last.history("ada.losses_").values) == [1.0, 0.5, 1 / 3, 0.25]
    assert list(shell.last.metrics) == ["ada.losses_"]


def test_an_array_that_a_function_returns_is_a_curve_where_its_name_says_so(shell: Any) -> None:
    shell.run("import numpy as np\ndef train(n): return np.ones(2), 1.0 / np.arange(1, n + 1)")
    shell.run("%%track\nw, cost_history = train(3)\n_, sample_errors = train(3)")
    assert list(shell.last.metrics) == ["cost_history"]


def test_a_stale_value_under_a_condition_is_not_a_result(shell: Any) -> None:
    shell.run("loss = 0.5")
    shell.run("%%track\nif False:\n    loss = float('0.25')")
    assert dict(shell.last.metrics) == {}


def test_a_variable_handed_to_a_step_of_a_pipeline_is_one_parameter_however_it_was_set(shell: Any) -> None:
    shell.run(SETUP)
    for line in ("", " C=2.0"):
        shell.run(f"%%track{line}\nC = 1.0\nm = make_pipeline(StandardScaler(), LogisticRegression(C=C)).fit(X, y)")
    assert [run.params["C"] for run in shell.runs] == [2.0, 1.0]
    assert not any(name.endswith("__C") for run in shell.runs for name in run.params)


def test_a_literal_handed_on_under_another_name_is_not_recorded_twice(shell: Any) -> None:
    shell.run(SETUP)
    shell.run("%%track\nSEED = 3\nm = RandomForestClassifier(5, random_state=SEED).fit(X, y)")
    assert shell.last.params["random_state"] == 3
    assert "SEED" not in shell.last.params


def test_a_call_that_a_loop_writes_twice_has_one_point_an_iteration(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\naccs = []\nfor n in (1, 2, 3):\n"
        "    m = RandomForestClassifier(n, random_state=0).fit(X_train, y_train)\n"
        "    accs.append(m.score(X_test, y_test))\n    print(m.score(X_test, y_test))\n"
        "    if n > 1:\n        print(m.score(X_train, y_train))\n    else:\n        print(m.score(X_train, y_train))"
    )
    assert list(shell.last.history("accs").values) == shell.names["accs"]
    assert len(shell.last.history("score").values) == 3  # of two branches, one has run


def test_of_a_table_that_an_earlier_cell_began_the_rows_of_this_one_count(shell: Any) -> None:
    shell.run(
        SETUP + "\nrows = []\ndef grade(m, word):\n    m.fit(X_train, y_train)\n"
        "    return {'model': word, 'acc': m.score(X_test, y_test)}"
    )
    shell.run("rows.append(grade(LogisticRegression(), 'a'))\nrows.append(grade(LogisticRegression(C=9), 'b'))")
    shell.run("%%track\nrows.append(grade(RandomForestClassifier(5, random_state=0), 'c'))")
    assert dict(shell.last.metrics) == {"score": shell.names["rows"][-1]["acc"]}
    shell.run("%%track\npd.DataFrame(rows)")
    assert list(shell.last.metrics) == ["a.acc", "b.acc", "c.acc"]


def test_what_only_says_how_something_is_drawn_is_no_parameter(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\nimport matplotlib.pyplot as plt\npaper, line_color = '#fff', 'red'\nwidth = 0.4\ndepth = 2\n"
        "style = {'selector': 'td', 'props': 'color: red'}\nplt.bar([1, 2], [depth, 1], width, color=line_color, ec=paper)\nplt.close()\n"
        "pd.DataFrame(X).style.set_table_styles([style])\nm = RandomForestClassifier(5, max_depth=depth)"
    )
    assert {"depth", "n_estimators"} <= set(shell.last.params)
    assert not {"paper", "line_color", "width", "style.selector", "style.props"} & set(shell.last.params)


def test_a_variable_that_a_helper_prints_bare_is_not_held_a_second_time(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\ndef folds():\n    for n in (1, 2, 3):\n        m = RandomForestClassifier(n).fit(X_train, y_train)\n"
        "        fold_acc = m.score(X_test, y_test)\n        print(fold_acc)\nfolds()"
    )
    assert len(shell.last.history("fold_acc").values) == 3


def test_a_dictionary_that_was_put_into_another_tells_nothing_more(shell: Any) -> None:
    shell.run(SETUP)
    shell.run("def one(): return {'acc': rf.score(X_test, y_test)}\ndef two(): return {'f1': f1_score(y_test, pred)}")
    shell.run("%%track\na = one()\nb = two()\na.update(b)")
    assert sorted(shell.last.metrics) == ["a.acc", "a.f1"]
    shell.run("%%track\na = one()\nb = two()")
    assert sorted(shell.last.metrics) == ["a.acc", "b.f1"]
