"""What is recorded of cells that call and compute nothing: only what their line, their names or their session tell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from nbtrack.capture.results.scores import Scores

SCORED = "from sklearn.metrics import accuracy_score"
SEARCHED = """
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
X, y = make_classification(60, 5, random_state=0)
search = GridSearchCV(SVC(), {'C': [1.0, 2.0]}, cv=2).fit(X, y)
"""
MODULES = {
    "logs_itself": "import nbtrack\nnbtrack.log({'inner': 0.5})\nnbtrack.log_params({'lr': 9})",
    "gives_a_learner": "import IPython\nloss = IPython.get_ipython().user_ns['net']\n__all__ = ['loss']",
    "gives_a_table": "scores = [{'model': 'svm', 'acc': 0.5}, {'model': 'forest', 'acc': 0.75}]",
    "shows_scores": "import sys\nsys.displayhook({'acc': 0.5})",
    "draws": "import random\nrandom.random()",
    "fails": "raise ValueError('no')",
    "lets_go": "import IPython\nnames = IPython.get_ipython().user_ns\nnames['go'].set()\nnames['done'].wait(20)",
}


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.setitem(sys.modules, name, None)  # so that it is taken out again
        del sys.modules[name]


@pytest.mark.parametrize(
    ("cell", "params"),
    [
        ("", {}),
        ("pass", {}),
        ("# only words", {}),
        ("import math, os.path as p\nfrom sys import path", {}),
        ("from __future__ import annotations\nlr = 0.1", {"lr": 0.1}),
        ("lr = 0.1; n = 3", {"lr": 0.1, "n": 3}),
        ("name = 'adam'\nnested = True\nempty = ''\nnone = None\ndots = ...", {"name": "adam", "nested": True}),
        ("a = accuracy = 0.9", {"a": 0.9, "accuracy": 0.9}),
        ("acc = 0.9\nloss = 0.25", {"acc": 0.9, "loss": 0.25}),
        ("best_acc = 0.0\nbest_k = 3", {"best_k": 3}),
        ("_x = 3\nx = 4", {"x": 4}),
        ("lr = 0.1\nlr = 0.2", {"lr": 0.2}),
        ("global lr\nlr = 0.1", {"lr": 0.1}),
        ("api_key = 'abcdefghijkl'\nlook = '#ffffff'\nn = 3", {"n": 3}),
        ("text = '" + "x" * 600 + "'\nm = 1e400", {}),
        ("business_gain = 0.9", {"business_gain": 0.9}),
        # no longer quiet, and next to it
        ("lr = -0.1\nalpha = 3", {"alpha": 3, "lr": -0.1}),
        ("sizes = (3, 4)\na, b = 1, 2", {"a": 1, "b": 2, "sizes": [3, 4]}),
        ("y_pred = 0.9", {"y_pred": 0.9}),
        ("'only a text'\nlr = 0.1", {"lr": 0.1}),
    ],
)
def test_a_quiet_cell_has_the_constants_it_gives_names_to(shell: Any, cell: str, params: dict[str, Any]) -> None:
    Path("nbtrack.toml").write_text('metrics = ["business_*"]\n')
    assert shell.run(f"%%track\n{cell}").success
    assert dict(shell.last.params) == params
    assert dict(shell.last.metrics) == {}


@pytest.mark.parametrize(
    ("line", "cell", "params", "metrics"),
    [
        ("--metrics acc", "acc = 0.9\nloss = 0.3", {"acc": 0.9, "loss": 0.3}, {"acc": 0.9}),
        ("--metrics acc,name", "acc = 0.9\nname = 'x'", {"acc": 0.9, "name": "x"}, {"acc": 0.9}),
        ("--metrics earlier", "pass", {}, {"earlier": 0.75}),
        ("--metrics several", "pass", {}, {"several.a": 1.5, "several.b": 2}),
        ("--params lr", "lr = 0.1\nn = 3", {"lr": 0.1}, {}),
        ("--params earlier,n", "n = 3\nlr = 1", {"earlier": 0.75, "n": 3}, {}),
        ("--params earlier --metrics acc", "acc = 0.5", {"earlier": 0.75}, {"acc": 0.5}),
        ("lr=0.5", "lr = 0.1\nn = 3", {"lr": 0.5, "n": 3}, {}),
        ("lr=(1,2)", "lr = 0.1\nn = 3", {"lr": [1, 2], "n": 3}, {}),
        ("lr=-2", "lr = 0.1", {"lr": -2}, {}),
        ("lr=3", "lr = [1, 2]", {"lr": 3}, {}),
        ("lr=3", "n = 1", {"lr": 3, "n": 1}, {}),
        ("acc=0.25 --metrics acc", "acc = 0.5", {"acc": 0.25}, {"acc": 0.25}),
        ("--seed 7", "lr = 0.1", {"lr": 0.1, "seed": 7}, {}),
        ("--no-auto", "lr = 0.1", {}, {}),
        ("lr=1 --no-auto", "lr = 0.1", {"lr": 1}, {}),
        ("--params lr --no-auto", "lr = 0.1", {"lr": 0.1}, {}),
    ],
)
def test_a_quiet_cell_gives_what_its_line_asks_for(
    shell: Any, line: str, cell: str, params: dict[str, Any], metrics: dict[str, Any]
) -> None:
    shell.run("earlier = 0.75\nseveral = {'a': 1.5, 'b': 2}")
    assert shell.run(f"%%track {line}\n{cell}").success
    assert (dict(shell.last.params), dict(shell.last.metrics)) == (params, metrics)


@pytest.mark.parametrize(
    ("cell", "params", "metrics"),
    [
        ("lr = 0.1\nnbtrack.log({'acc': 0.5})", {"lr": 0.1}, {"acc": 0.5}),
        ("lr = 0.1\nimport logs_itself", {"lr": 9}, {"inner": 0.5}),
        ("loss = 0.5\nfrom gives_a_learner import *", {}, {"loss.losses": 1.0}),
        ("scores = 0.5\nfrom gives_a_table import *", {}, {}),
        ("scores = 0.5\nimport math as scores", {}, {}),
        ("lr = 0.5\nimport shows_scores", {"lr": 0.5}, {}),
        ("lr = 0.5\nimport fails\nn = 3", {"lr": 0.5}, {}),
        ("%%capture out\nlr = 0.1\nacc = 0.5", {"lr": 0.1, "acc": 0.5}, {}),
        ("%%capture out\nlr = 0.1\nacc = accuracy_score([1, 0], [1, 1])", {"lr": 0.1}, {"acc": 0.5}),
        ("%%capture out\npass", {}, {}),
        ("%%time\nlr = 0.1", {"lr": 0.1}, {}),
        ("acc = accuracy_score([1, 0], [1, 1])\n%time n = 3", {"n": 3}, {"acc": 0.5}),
    ],
)
def test_what_happens_beside_a_quiet_cell_is_recorded(
    shell: Any, cell: str, params: dict[str, Any], metrics: dict[str, Any]
) -> None:
    shell.run(f"import nbtrack\n{SCORED}")
    shell.run("class Net:\n    def fit(self): pass\nnet = Net()\nnet.losses = [3.0, 2.0, 1.0]")
    shell.run(f"%%track\n{cell}")
    assert (dict(shell.last.params), dict(shell.last.metrics)) == (params, metrics)


def test_a_score_that_a_thread_of_an_earlier_cell_computes_meanwhile_is_recorded(shell: Any) -> None:
    shell.run(f"{SCORED}\nimport threading\ngo, done = threading.Event(), threading.Event()")
    body = "go.wait(20)\n    accuracy_score([1, 0], [1, 1])\n    done.set()"
    shell.run(f"%%track\ndef work():\n    {body}\nthreading.Thread(target=work).start()")
    assert shell.run("%%track\nlr = 0.1\nimport lets_go").success
    assert (dict(shell.last.params), dict(shell.last.metrics)) == ({"lr": 0.1}, {"accuracy_score": 0.5})


def test_what_a_module_draws_comes_from_the_seed_of_an_earlier_cell(shell: Any) -> None:
    shell.run("import random\nrandom.seed(3)\nunread = 4")
    assert shell.run("%%track\nlr = 0.5\nimport draws").success
    assert dict(shell.last.params) == {"lr": 0.5, "seed": 3}


def test_a_search_that_a_quiet_cell_mentions_says_what_it_has_found(shell: Any) -> None:
    shell.run(SEARCHED)
    shell.run("%%track\n# search.best_score_\nlr = 0.1")
    assert dict(shell.last.params) == {"best_params.C": 1.0, "lr": 0.1}


def test_a_constant_that_is_displayed_is_no_result(shell: Any) -> None:
    shell.ip.ast_node_interactivity = "last_expr_or_assign"
    assert shell.run("%%track\nacc = 0.9").result == 0.9
    assert (dict(shell.last.params), dict(shell.last.metrics)) == ({"acc": 0.9}, {})


def test_quiet_cells_are_no_runs_of_their_own_where_all_that_score_are_tracked(shell: Any) -> None:
    shell.run("%track on")
    for cell in ("pass", "acc = 0.9", "import math"):
        shell.run(cell)
    assert len(shell.runs) == 0
    shell.run("%%track --metrics acc\nacc = 0.5")
    assert dict(shell.last.metrics) == {"acc": 0.5}


def test_a_quiet_cell_that_works_forgives_a_part_that_has_failed(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    works = Scores.finish

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no")

    for _ in range(4):
        monkeypatch.setattr(Scores, "finish", fail)
        shell.run("%%track\nx = [1]")
        monkeypatch.setattr(Scores, "finish", works)
        shell.run("%%track\nlr = 0.1")
    shell.run("%%track\nlr = 0.25\naccuracy = 1 - lr")
    assert dict(shell.last.metrics) == {"accuracy": 0.75}
