"""The settings behind what a cell picked by a score."""

import ast

import numpy as np
import pandas as pd
import pytest

from nbtrack.capture.results.picked import picked_settings
from nbtrack.capture.syntax.syntax import read

ROWS = [
    {"model": "svm", "C": 0.1, "acc": 0.7, "hits": 7},
    {"model": "svm", "C": 1.0, "acc": 0.9, "hits": 9},
    {"model": "tree", "C": 0.1, "acc": 0.8, "hits": 8},
]


def picked(cell: str) -> dict[str, object]:
    names: dict[str, object] = {"rows": ROWS, "df": pd.DataFrame(ROWS), "np": np, "pd": pd}
    exec(cell, names)
    return {name: value for name, value, _ in picked_settings(read(ast.parse(cell)), names)}


@pytest.mark.parametrize(
    "cell",
    [
        "top = max(rows, key=lambda row: row['acc'])",
        "top = df.loc[df.acc.idxmax()]",
        "top = sorted(rows, key=lambda row: -row['acc'])[0]",
    ],
)
def test_what_tells_the_best_row_from_the_others_are_its_settings(cell: str) -> None:
    assert picked(cell) == {"top.model": "svm", "top.C": 1.0}


def test_the_best_of_what_was_tried_is_a_setting_under_the_name_of_one() -> None:
    cell = "scores = {0.1: 3, 0.2: 5}\nbest_rate = max(scores, key=scores.get)\nlongest = max(rows, key=len)"
    assert picked(cell)["best_rate"] == 0.2
    assert picked("scores = {'a': 3, 'b': 5}\nwho = max(scores, key=scores.get)") == {}
