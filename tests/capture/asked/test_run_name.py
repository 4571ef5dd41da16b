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
        ("# lr = 0.1\n# Baseline forest\nx = 1", "Baseline forest"),
        ("# model.fit(X, y)\nSVC(C=1).fit(X, y)", "SVC"),
        ("#\n# Baseline forest\nx = 1", "Baseline forest"),
        ("x = 1\n# Baseline forest", "cell 4"),
        ("################\n# Baseline forest\n################", "Baseline forest"),
        ('#@title Train the forest { display-mode: "form" }\ndepth = 3 #@param', "Train the forest"),
        ("# @title\n#@markdown Choose a depth\ndepth = 3", "cell 4"),
        ("# !pip install x\nSVC().fit(X, y)", "SVC"),
        ("# In[12]:\n\n# Baseline forest\nx = 1", "Baseline forest"),
        ("# -*- coding: utf-8 -*-\nx = 1", "cell 4"),
        ("# https://example.org/forest\n# ]\n# Baseline forest\nx = 1", "Baseline forest"),
        ("# --- Baseline forest: ---\nx = 1", "Baseline forest"),
        ("# noqa: E501\n# TODO: tidy up\nx = 1", "cell 4"),
    ],
)
def test_a_run_is_called_by_the_cells_own_words(cell: str, name: str) -> None:
    assert run_name(cell, 4) == name


@pytest.mark.parametrize(
    "code",
    [
        "check_path = './model/text.ckpt'",
        "x, y = load()",
        "df['a'] = 1",
        "total += 1",
        "plt.show()",
        "print(model.summary())",
        "import torch",
        "from torch import nn",
        "for epoch in range(10):",
        "def train(model):",
        "df[['a', 'b']]",
        "df.head().T",
        "model = Sequential([",
        "return loss",
        "@jit",
    ],
)
def test_code_that_was_switched_off_is_no_name(code: str) -> None:
    assert run_name(f"# {code}\nx = 1", 4) == "cell 4"


@pytest.mark.parametrize(
    "words",
    [
        "Baseline forest",
        "Step 1: load the data",
        "Baseline (depth 3)",
        "1. Baseline",
        "Forest: depth = 3 and 200 trees?",
        "for all stores",
        "If it rains",
        "Return on investment",
        "import of the data",
        "Importance of features",
        "训练模型",
        "Entraîner le modèle",
        "accuracy, loss and F1",
        "Is a = b?",
        "t-test",
        "Fitness = length of the tour",
        "得点",
    ],
)
def test_words_are_a_name(words: str) -> None:
    assert run_name(f"# {words}\nx = 1", 4) == words


def test_what_a_cell_says_is_remembered_and_its_number_is_not() -> None:
    assert [run_name("x = 1", count) for count in (3, 4, None)] == ["cell 3", "cell 4", "cell"]
