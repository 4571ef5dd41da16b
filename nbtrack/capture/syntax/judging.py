"""Functions of the notebook's own that judge or train: something inside them scores, or fits a model.

A function of this cell is read; one of an earlier cell was watched when it was compiled, and is known by the keys of
the tee in its code. None is called.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.calls import Watched, asks_score, is_training
from nbtrack.capture.syntax.walking import every_node

_BACKWARD = "backward"  # what goes back through a network is a loss, and what such a step returns as well
_DEPTH = 3  # of functions inside functions
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def judges(tree: ast.AST, nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of functions that judge, among those that ``nodes``, all of ``tree``, define or call."""
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    found = {name for name in called if is_judge(namespace.get(name))}
    defined = [node for node in nodes if isinstance(node, _FUNCTIONS)]
    if defined:
        watched = Watched(tree, namespace)
        found -= {each.name for each in defined}  # defined anew
        found |= {each.name for each in defined if any(_scores(call, watched) for call in _calls(each))}
        found |= {each.name for each in defined if any(_calls_one(call, found) for call in _calls(each))}
    return found


def trainers(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of functions that fit a model, among those that ``nodes`` define or call."""
    defined = [node for node in nodes if isinstance(node, _FUNCTIONS)]
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    found = {name for name in called if _trains(namespace.get(name))} - {each.name for each in defined}
    found |= {each.name for each in defined if any(map(is_training, _calls(each)))}
    return found | {each.name for each in defined if any(_calls_one(call, found) for call in _calls(each))}


def _trains(function: object) -> bool:
    return type(function) is FunctionType and any(map(tee.trains, _constants(function.__code__, _DEPTH)))


def is_judge(function: object) -> bool:
    """Tell whether a value is a function in which something was watched that scores."""
    if type(function) is not FunctionType:
        return False
    return _BACKWARD in function.__code__.co_names or any(map(tee.scores, _constants(function.__code__, _DEPTH)))


def _scores(call: ast.Call, watched: Watched) -> bool:
    return watched.is_metric(call) or asks_score(call) or _learns(call)


def _learns(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == _BACKWARD


def _constants(code: CodeType, depth: int) -> Iterator[object]:
    for constant in code.co_consts:
        if type(constant) is CodeType and depth:
            yield from _constants(constant, depth - 1)
        elif type(constant) is str:
            yield constant


def _calls(function: ast.AST) -> Iterator[ast.Call]:
    return (node for node in every_node(function) if isinstance(node, ast.Call))


def _calls_one(call: ast.Call, names: set[str]) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in names
