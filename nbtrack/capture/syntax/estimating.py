"""Functions of the notebook's own that estimate: they fit a model and ask it, so that a number they return is a result.

So do those that ask a language model (``asking.py``).
Which functions fit and ask is read from the names in them - in this cell's tree, or in the code of an earlier cell's
function. None is called.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

from nbtrack.capture.syntax.asking import CHATS, SAMPLED
from nbtrack.capture.syntax.codes import names_in
from nbtrack.capture.syntax.syntax import CLOCKS
from nbtrack.capture.syntax.walking import called_by_name, every_node, functions_among

_ASKED = frozenset(
    "predict predict_proba predict_log_proba decision_function forecast get_forecast params coef_ intercept_".split()
)
_DEPTH = 3  # of functions inside functions


def estimating(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of functions that fit a model and ask it, among those that ``nodes`` define or call."""
    defined = {node.name: set(_named(node)) for node in functions_among(nodes)}
    called = called_by_name(nodes)
    earlier = {name: namespace.get(name) for name in called.difference(defined)}
    known = {name: _words(each) for name, each in earlier.items() if type(each) is FunctionType}
    functions = defined | known
    found = {name for name, words in functions.items() if _estimates(words)}
    asking = {name for name, words in functions.items() if _asks(words, namespace)}
    return found | asking | {name for name, words in defined.items() if not asking.isdisjoint(words)}


def answers(function: FunctionType, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a function asks a language model, so that what it returns is an answer."""
    return _asks(_words(function), namespace)


def estimates(function: FunctionType) -> bool:
    """Tell whether a function fits a model and asks it, so that a score it returns is one of that model."""
    return function.__module__ == "__main__" and _estimates(_words(function))


def _asks(words: Collection[str], namespace: Mapping[str, Any], depth: int = _DEPTH) -> bool:
    """Tell whether a function with these names in it asks a language model, or an earlier function that does."""
    if not (SAMPLED.isdisjoint(words) and CHATS.isdisjoint(words)):
        return True
    called = [each for each in map(namespace.get, words) if type(each) is FunctionType] if depth else []
    return any(_asks(_words(each, 1), namespace, depth - 1) for each in called)


def _estimates(words: Collection[str]) -> bool:
    """Tell whether a function with these names in it does; what reads a clock may as well return the time it took."""
    return "fit" in words and not _ASKED.isdisjoint(words) and CLOCKS.isdisjoint(words)


def _named(function: ast.AST) -> Iterator[str]:
    for node in every_node(function):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg


def _words(function: FunctionType, depth: int = _DEPTH) -> set[str]:
    return set(names_in(function.__code__, depth, keywords=True))
