"""Pipelines and searches over them: each setting has one name, whether or not it is the default."""

from typing import Any

import pytest

pytest.importorskip("sklearn")

SETUP = """
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True)
"""
PIPELINE = """%%track
model = Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression(C={C}, max_iter=500))]).fit(X, y)
model.score(X, y)
"""
SEARCH = """%%track
grid = GridSearchCV(
    Pipeline([("scale", StandardScaler()), ("clf", SVC(random_state=0))]), param_grid={"clf__C": [0.1, 2]}, cv=3
).fit(X, y)
best = grid.best_estimator_
print(classification_report(y, best.predict(X), target_names=["a", "b", "c"], digits=3))
"""


def _chosen(run: Any) -> dict[str, Any]:
    sources = run.sources["params"]
    return {name: value for name, value in run.params.items() if not sources[name].endswith(" default")}


@pytest.mark.parametrize("C", [1.0, 2.0])
def test_a_setting_has_one_name_whether_or_not_it_is_the_default(shell: Any, C: float) -> None:  # noqa: N803 - as scikit-learn calls it
    shell.run(SETUP)
    shell.run(PIPELINE.format(C=C))
    assert _chosen(shell.runs[-1]) == {"clf__C": C, "clf__max_iter": 500}


def test_what_a_search_was_given_is_recorded_once_and_labels_of_classes_not_at_all(shell: Any) -> None:
    shell.run(SETUP)
    shell.run(SEARCH)
    names = [name for name in _chosen(shell.runs[-1]) if name != "classification_report.digits"]
    assert sorted(names) == ["clf__C", "cv", "estimator__clf__random_state", "param_grid"]
