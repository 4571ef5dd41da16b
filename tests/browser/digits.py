"""A morning's work on handwritten digits, recorded as a person records it: cells run in a shell, real models, real data."""

import io
import random
import runpy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from nbtrack.query.runs import Runs

_SHELL = runpy.run_path(str(Path(__file__).parents[1] / "hosts" / "conftest.py"))["fresh_shell"]

_START = """
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
"""
_DATA = """
X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X / 16.0, y, test_size=0.25, random_state=0, stratify=y)
"""
_NETWORK = """%%track mlp {arguments} -t family=mlp -t stage={stage}
learning_rate = 0.01
momentum = 0.9
hidden = 32
batch_size = 64
epochs = 30
seed = 0

model = MLPClassifier((hidden,), solver="sgd", learning_rate_init=learning_rate, momentum=momentum,
                      batch_size=batch_size, random_state=seed)
for epoch in range(epochs):
    model.partial_fit(X_train, y_train, classes=np.unique(y))
    nbtrack.log(train_loss=model.loss_, val_accuracy=model.score(X_val, y_val),
                val_loss=log_loss(y_val, model.predict_proba(X_val)), step=epoch)
accuracy = accuracy_score(y_val, model.predict(X_val))
f1_macro = f1_score(y_val, model.predict(X_val), average="macro")
"""
_FOREST = """%%track forest {arguments} -t family=forest -t stage={stage}
n_estimators = 200
max_depth = 8
seed = 0

model = RandomForestClassifier(n_estimators=n_estimators, max_depth=max_depth, random_state=seed).fit(X_train, y_train)
accuracy = accuracy_score(y_val, model.predict(X_val))
f1_macro = f1_score(y_val, model.predict(X_val), average="macro")
val_loss = log_loss(y_val, model.predict_proba(X_val))
"""
_FAILS = """%%track svm {arguments} -t family=svm -t stage={stage}
C = 1.0
kernel = "rbf"
model = SVC(C=C, kernel=kernel).fit(X_train, y_train)
accuracy = accuracy_score(y_val, model.predict(X_val))
f1_macro = f1_score(y_val, model.predict(X_val), average="macro")
"""
_NORMALISED = """
X, y = load_digits(return_X_y=True)
X = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
"""


def record(folder: Path) -> Runs:
    """Run the cells with a store in ``folder``, and return the runs, newest first."""
    with _shell(folder) as shell, warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for cell in (_START, "import nbtrack", _DATA, *_cells()):
            shell.run(cell)
        runs: Runs = shell.runs
        list(runs)
    return runs


@contextmanager
def _shell(folder: Path) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        made = _SHELL(folder, patch)
        try:
            yield next(made)
        finally:
            next(made, None)


def _cells() -> Iterator[str]:
    rng = random.Random(4)
    for rate in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3):
        for seed in range(3):
            yield _NETWORK.format(arguments=f"learning_rate={rate} seed={seed}", stage="draft")
    for _ in range(10):
        chosen = f"learning_rate={round(10 ** rng.uniform(-2.5, -0.7), 4)} hidden={rng.choice((16, 32, 64, 128))}"
        more = f" momentum={rng.choice((0.0, 0.5, 0.9))} batch_size={rng.choice((32, 64, 128))}"
        yield _NETWORK.format(arguments=chosen + more, stage=rng.choice(("draft", "candidate")))
    for trees in (20, 100, 200):
        for depth in (3, 8, 16):
            yield _FOREST.format(arguments=f"n_estimators={trees} max_depth={depth}", stage="draft")
    for kernel in ("'linear'", "'rbf'", "'cosine'"):
        yield _FAILS.format(arguments=f"kernel={kernel}", stage="draft")
    yield _NORMALISED
    for rate in (0.01, 0.03):
        yield _NETWORK.format(arguments=f"learning_rate={rate} hidden=128", stage="candidate")
