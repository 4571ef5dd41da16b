"""What an earlier cell scored is a result in the next: summed up, printed, compared - and nothing else of that cell is."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

SETUP = """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
X, y = load_iris(return_X_y=True)
knn = KNeighborsClassifier()
scores = cross_val_score(knn, X, y, cv=10)
pred = knn.fit(X, y).predict(X)
sizes = np.array([3.0, 4.0])
test_error = 1 - accuracy_score(y, pred)
rmse = np.sqrt(np.mean((y - pred) ** 2))
size = sizes.mean()
"""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("scores.mean()", {"scores.mean": "scores.mean()"}),
        ("print(scores.mean())", {"scores.mean": "scores.mean()"}),
        ("round(np.mean(scores), 3)", {"scores.mean": "round(np.mean(scores), 3)"}),
        ("print(np.mean(scores))", {"scores.mean": "np.mean(scores)"}),
        ("np.mean(y == pred)", {"np.mean(y == pred)": "np.mean(y == pred)"}),
        ("print(np.mean(y == pred))", {"np.mean(y == pred)": "np.mean(y == pred)"}),
        (
            "print('%0.2f accuracy with a standard deviation of %0.2f' % (scores.mean(), scores.std()))",
            {"scores.mean": "scores.mean()", "accuracy_std": "scores.std()"},
        ),
        (
            "print('Accuracy: %0.2f (+/- %0.2f)' % (scores.mean(), scores.std() * 2))",
            {"accuracy": "scores.mean()", "accuracy_std": "2 * scores.std()"},
        ),
        ("print('Accuracy: ' + str(np.mean(y == pred)))", {"accuracy": "np.mean(y == pred)"}),
        ("print('Accuracy: ' + str(100 * np.mean(y == pred))[0:5] + '%')", {"accuracy": "100 * np.mean(y == pred)"}),
        ("print('rows ' + str(X.shape[0]))\nlen(scores)", {}),
        ("print(sizes.mean(), X.mean())", {}),
        ("ordered = sorted(scores)", {}),
        ("scores = sizes * 2\nprint(sizes.max())", {}),
        ("print('Test: %.2f' % test_error)", {"test_error": "test_error"}),
        ("print('Root of the squared error', rmse)\nprint('size', size)", {"rmse": "rmse"}),
        ("for _ in range(3):\n    print('RMSE', rmse)", {}),
    ],
)
def test_scores_of_an_earlier_cell_are_results_here(cell: str, expected: dict[str, str], shell: Any) -> None:
    shell.run(SETUP)
    assert shell.run(f"%%track\n{cell}").success
    there = shell.names
    names = {name: there[name] for name in ("np", "scores", "y", "pred", "test_error", "rmse")}
    assert shell.last.metrics == pytest.approx({name: eval(text, names) for name, text in expected.items()})


def test_a_score_by_a_function_of_the_notebook_s_own_is_one_in_later_cells(shell: Any) -> None:
    shell.run(SETUP + "\ndef rmse(a, b): return float(np.sqrt(np.mean((a - b) ** 2)))")
    shell.run("r = rmse(X[:, 0], X[:, 1])")
    assert shell.run("%%track\nr").success
    assert dict(shell.last.metrics) == {"r": shell.names["r"]}
