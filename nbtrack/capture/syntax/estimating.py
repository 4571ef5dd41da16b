"""Functions of the notebook's own that estimate: they fit a model and ask it, so that a number they return is a result.

Which functions fit and ask is read from the names in them - in this cell's tree, or in the code of an earlier cell's
function. None is called.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

from nbtrack.capture.syntax.syntax import CLOCKS
from nbtrack.capture.syntax.walking import every_node

_ASKED = frozenset(
    "predict predict_proba predict_log_proba decision_function forecast get_forecast params coef_ intercept_".split()
)
_DEPTH = 3  # of functions inside functions
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def estimating(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of functions that fit a model and ask it, among those that ``nodes`` define or call."""
    defined = {node.name: set(_named(node)) for node in nodes if isinstance(node, _FUNCTIONS)}
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    earlier = {name: namespace.get(name) for name in called.difference(defined)}
    known = {name: set(_in_code(each.__code__, _DEPTH)) for name, each in earlier.items() if type(each) is FunctionType}
    return {name for name, words in (defined | known).items() if _estimates(words)}


def _estimates(words: Collection[str]) -> bool:
    """Tell whether a function with these names in it does; what reads a clock may as well return the time it took."""
    return "fit" in words and not _ASKED.isdisjoint(words) and CLOCKS.isdisjoint(words)


def _named(function: ast.AST) -> Iterator[str]:
    for node in every_node(function):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def _in_code(code: CodeType, depth: int) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts if depth else ():
        if type(constant) is CodeType:
            yield from _in_code(constant, depth - 1)
