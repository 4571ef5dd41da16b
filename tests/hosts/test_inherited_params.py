"""Of what earlier cells set, a run has what made its data and models - and nothing that merely stands above it."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

SETUP = """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True)
knn = KNeighborsClassifier()
"""
SPLIT = "Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.4, random_state=4)"

JUDGED = "accuracy = knn.fit(Xa, ya).score(Xb, yb)"

FOLDS = """
from sklearn.model_selection import cross_validate
folds = KFold(n_splits=7, shuffle=False)
for i, each in enumerate(folds.split(range(14))):
    print(i, each)
"""

Cells = list[str]
CASES: dict[str, tuple[Cells, dict[str, Any]]] = {
    "an import beside another demonstration": (
        [
            FOLDS,
            "result = cross_validate(knn, X, y, cv=3)",
        ],
        {"cv": 3},
    ),
    "another call of the same function": (
        ["cross_val_score(SVC(C=3), X, y, scoring='f1_macro', cv=4)", "cross_val_score(knn, X, y)"],
        {},
    ),
    "a split that was made anew": (
        [SPLIT, "Xa, Xb, ya, yb = train_test_split(X, y, random_state=1)", "knn.fit(Xa, ya).score(Xb, yb)"],
        {"random_state": 1},
    ),
    "a split in the same cell that was made anew": (
        [f"{SPLIT}\nXa, Xb, ya, yb = train_test_split(X, y, random_state=1)", "knn.fit(Xa, ya).score(Xb, yb)"],
        {"random_state": 1},
    ),
    "the split that was used": ([SPLIT, "knn.fit(Xa, ya).score(Xb, yb)"], {"test_size": 0.4, "random_state": 4}),
    "through what was made of it": (
        [SPLIT, "mean = Xa.mean(axis=0)\nZa = Xa - mean", "SVC().fit(Za, ya).score(Za, ya)"],
        {"test_size": 0.4, "random_state": 4},
    ),
    "what stood beside it": (
        ["limit = 9\nshown = list(range(limit))\nhalf = X[: len(X) // 2]", "spread = float(half.std())"],
        {},
    ),
    "who drew before": (
        ["np.random.seed(3)", "scale = 0.1\nw = scale * np.random.randn(3)", "order = np.random.permutation(10)"],
        {"seed": 3},
    ),
    "a seed where nothing is drawn": (["np.random.seed(3)", "forces = np.array([1, 0, 0])"], {}),
    "a seed of what was drawn before": (
        ["np.random.seed(3)", "noise = np.random.randn(9)", "level = float(noise.mean())"],
        {"seed": 3},
    ),
    "what a function of the notebook reads": (
        ["depth = 3\ndef build():\n    return SVC(degree=depth)", "model = build().fit(X, y)"],
        {"depth": 3},
    ),
    "what a class of the notebook sets": (
        ["class Net:\n    def __init__(self):\n        self.inner = SVC(C=7)", "net = Net()", "net.inner.fit(X, y)"],
        {"C": 7},
    ),
    "a model trained in a loop": (
        ["from sklearn.linear_model import SGDClassifier\nmodel = SGDClassifier(alpha=0.02, random_state=1)",
         "for _ in range(3):\n    model.partial_fit(X, y, classes=[0, 1, 2])", "accuracy = model.score(X, y)"],
        {"alpha": 0.02, "random_state": 1},
    ),
    "a file that was written": (
        ["import pandas as pd\nhalf = pd.DataFrame(X).sample(frac=0.5, random_state=2)\nhalf.to_csv('part.csv')",
         "part = pd.read_csv('part.csv')\nmean = float(part.mean().mean())"],
        {"frac": 0.5, "random_state": 2},
    ),
    "a file that was written by what a call returned": (
        ["import pandas as pd\nframe = pd.DataFrame(X)", "frame.sample(frac=0.5, random_state=2).to_csv('part.csv')",
         "part = pd.read_csv('part.csv')\nmean = float(part.mean().mean())"],
        {"frac": 0.5, "random_state": 2},
    ),
    "a text that was written through its path": (
        ["from pathlib import Path\nrate = 0.3", "Path('rate.txt').write_text(str(rate))",
         "loss = float(Path('rate.txt').read_text()) / 2"],
        {"rate": 0.3},
    ),
    "a demonstration in the same cell": (
        ["from sklearn.datasets import make_blobs, make_moons",
         f"make_blobs(centers=3)\ndemo, _ = make_moons(noise=0.2)\nprint(demo)\n{SPLIT}\nother = SVC(C=9)\n{JUDGED}"],
        {"test_size": 0.4, "random_state": 4},
    ),
    "a demonstration where nothing is scored": (
        ["from sklearn.datasets import make_moons", "demo, _ = make_moons(noise=0.2)\nprint(demo.shape)"],
        {"noise": 0.2},
    ),
    "what a function of an earlier cell reads of this one": (
        ["def run():\n    return SVC().fit(A, b).score(A, b)\nfrom sklearn.datasets import make_moons",
         "A, b = make_moons(noise=0.2, random_state=1)\nprint(run())"],
        {"noise": 0.2, "random_state": 1},
    ),
    "what was set through another name": (
        ["model = SVC()", "same = model\nsame.set_params(degree=5)\naccuracy = model.fit(X, y).score(X, y)"],
        {"degree": 5},
    ),
    "words that are mapped": (
        ["import pandas as pd\ntitles = {'Mr': 1, 'Mrs': 2}\nnamed = pd.Series(['Mr', 'Mrs']).map(titles)",
         "share = float(named.mean())"],
        {},
    ),
    "data that is written out": (
        ["import pandas as pd\noil = [446.6, 454.4, 455.6]\nlevels = pd.Series(oil)", "mean = float(levels.mean())"],
        {},
    ),
    "colours": (["colors = ['black', 'orange']\nfor pair in zip(colors, y):\n    pass", "len(colors)"], {}),
    "a default that was written out": (
        ["near = KNeighborsClassifier(n_neighbors=5)", "near.fit(X, y)"],
        {"n_neighbors": 5},
    ),
    "what was written out and changed since": (
        ["near = KNeighborsClassifier(n_neighbors=5)", "near.set_params(n_neighbors=9)\nnear.fit(X, y)"],
        {"n_neighbors": 9},
    ),
    "what a search of an earlier cell has found": (
        ["search = GridSearchCV(SVC(), {'C': [0.5, 2.0]}, cv=3).fit(X, y)", "search.best_score_"],
        {"best_params.C": 0.5, "cv": 3},
    ),
    "the best model of a search": (
        ["search = GridSearchCV(SVC(), {'C': [0.5, 2.0]}, cv=3).fit(X, y)",
         "final = search.best_estimator_\naccuracy = final.score(X, y)"],
        {"C": 0.5, "cv": 3},
    ),
    "columns that were chosen": (
        ["import pandas as pd\nchosen = ['a', 'c']\nframe = pd.DataFrame(X, columns=list('abcd'))[chosen]",
         "level = float(frame.mean().mean())"],
        {"chosen": ["a", "c"]},
    ),
    "letters for how much data there are, and for what is built": (
        ["N, K, T, C, x = 40, 16, 30, 2.5, 1\nletters = 'abcdefghijklmnopqrst'",
         "A, b, t = np.random.randn(N, 4), np.arange(N) % 2, np.zeros(T)",
         "class Net:\n    def __init__(self, width, rate):\n        self.inner, self.width = SVC(), width\nnet = Net(K, C)",
         "accuracy = net.inner.fit(A, b).score(A, b) + 0 * (t[0] + x + len(letters))"],
        {"K": 16, "C": 2.5},
    ),
    "a number that was handed on in an earlier cell": (
        ["near_by = 9\nnear = KNeighborsClassifier(n_neighbors=near_by)", "near.fit(X, y)"],
        {"n_neighbors": 9},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_run_has_the_settings_it_stands_on(case: str, shell: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    shell.run(SETUP)
    cells, expected = CASES[case]
    for cell in cells[:-1]:
        assert shell.run(cell).success
    assert shell.run(f"%%track\n{cells[-1]}").success
    sources = shell.last.sources["params"]
    chosen = {name: value for name, value in shell.last.params.items() if not sources[name].endswith(" default")}
    assert chosen == expected
