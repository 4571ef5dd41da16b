"""A quiet cell is one in which no walk finds anything: looking there is left out, and nothing is lost by it."""

import ast

import pytest

from nbtrack.capture.syntax.evidence import Evidence, gather
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.quiet import is_quiet
from nbtrack.capture.syntax.tables import appended, histories

QUIET = (
    "",
    "pass",
    "import numpy as np\nfrom sklearn import metrics",
    "lr = 0.1\nname = 'rmse: 0.5'\nloss = None",
    "accuracy = loss = 0.5",
)


@pytest.mark.parametrize("cell", QUIET)
def test_in_a_quiet_cell_there_is_nothing_to_watch_and_no_evidence(cell: str) -> None:
    tree = ast.parse(cell)
    before = ast.dump(tree, include_attributes=True)
    assert is_quiet(tree)
    assert (gather(tree), appended(tree), histories(tree)) == (Evidence(), {}, set())
    assert instrument(tree, {}) == []
    assert ast.dump(tree, include_attributes=True) == before


@pytest.mark.parametrize(
    "cell",
    [
        "f()",
        "x = y_pred",
        "y_pred = 1",
        "loss",
        "x = -y",
        "x: float = 0.1",
        "d['loss'] = 0.1",
        "x += 1",
        "if x: pass",
        "f'{loss}'",
        "for i in x: pass",
        "def f(): return score()",
        "a, b = 1, 2",
        "x = [1]",
    ],
)
def test_any_other_cell_is_looked_at(cell: str) -> None:
    assert not is_quiet(ast.parse(cell))
