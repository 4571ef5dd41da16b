"""Cells with nothing to watch: those that only import, and give names to what is written out."""

import ast
from typing import Final

from nbtrack.capture.syntax.judging import is_predicted

_SIMPLE: Final = frozenset({ast.Pass, ast.Import, ast.ImportFrom, ast.Global})


def is_quiet(tree: ast.Module) -> bool:
    """Tell whether a cell calls and computes nothing, so that no result can come from it: no walk finds one there.

    >>> [is_quiet(ast.parse(cell)) for cell in ("import os", "lr, n = 0.1, 3", "lr = 0.1; name = 'net'", "f()")]
    [True, False, True, False]
    """
    return all(map(_computes_nothing, tree.body))


def _computes_nothing(statement: ast.stmt) -> bool:
    return type(statement) in _SIMPLE or (
        type(statement) is ast.Assign
        and type(statement.value) is ast.Constant
        and all(type(target) is ast.Name and not is_predicted(target.id) for target in statement.targets)
    )
