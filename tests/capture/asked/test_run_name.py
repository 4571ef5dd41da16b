"""What a run is called when nobody says."""

import pytest

from nbtrack.capture.asked.run_name import run_name


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("%%track lr=1\n# Baseline forest -----\nx = 1", "Baseline forest"),
        ("RandomForestClassifier(3).fit(X, y)", "RandomForestClassifier"),
        ("model = SVC(C=1)\nmodel.fit(X, y)\ndf = pd.DataFrame(model.predict(X))", "SVC"),
        ("grid = GridSearchCV(SVC(), {'C': [1]})\ngrid.fit(X, y)", "GridSearchCV"),
        ("m = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)", "LogisticRegression"),
        ("m = Pipeline([('s', StandardScaler()), ('m', Ridge(alpha=1))])\nm.fit(X, y)", "Ridge"),
        ("model.fit(X, y)", "cell 4"),
        ("x = 1", "cell 4"),
        ("%matplotlib inline\nSVC().fit(X)", "cell 4"),
        ("#| echo: false\nx = 1", "cell 4"),
        ("# " + "long " * 40, "long long long long long long long long long long long long…"),
        ("", "cell 4"),
    ],
)
def test_a_run_is_called_by_the_cells_own_words(cell: str, name: str) -> None:
    assert run_name(cell, 4) == name
