"""Functions of the notebook's own that judge or train: something inside them scores, or fits a model.

A function of this cell is read; one of an earlier cell was watched when it was compiled, and is known by the keys of
the tee in its code. None is called.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.calls import Watched, asks_score, is_lightning_module, is_training
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import called_by_name, every_node, functions_among, of_kind
from nbtrack.model.direction import direction

_BACKWARD = "backward"  # what goes back through a network is a loss, and what such a step returns as well
_DEPTH = 3  # of functions inside functions
_PREDICTED = re.compile(
    r"y_?(?:hat|scores?|true|fit)|(?:y_?)?(?:preds?|predictions?|probas?|probs|forecasts?)|.*_(?:preds?|hat|forecasts?|probas?"
    r"|probs|predictions?|predicted)(?:_.*)?|preds?_.*|pred[A-Z0-9].*|predicted(?:_.*)?|logits|resid(?:ual)?s?|fitted(?:_values)?"
    r"|resid(?:ual)?s_.*|.*_resid(?:ual)?s?"
)
_GUESSES = re.compile(r"argmax|predict|classif|query|forward")


@lru_cache(1024)
def is_predicted(name: str) -> bool:
    """Tell whether a variable is called as what a model made, or was judged by: ``y_hat``, ``residuals``."""
    return _PREDICTED.fullmatch(name) is not None


def judges(tree: ast.AST, nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of functions that judge, among those that ``nodes``, all of ``tree``, define or call."""
    found = {name for name in called_by_name(nodes) if is_judge(namespace.get(name))}
    if defined := functions_among(nodes):
        watched = Watched(tree, namespace)
        found -= {each.name for each in defined}  # defined anew
        found |= {each.name for each in defined if any(_scores(call, watched) for call in _calls(each))}
        found |= {each.name for each in defined if any(_calls_one(call, found) for call in _calls(each))}
    return found


def trainers(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of functions that fit a model, among those that ``nodes`` define or call."""
    defined = functions_among(nodes)
    found = {name for name in called_by_name(nodes) if _trains(namespace.get(name))} - {each.name for each in defined}
    found |= {each.name for each in defined if any(map(is_training, _calls(each)))}
    return found | {each.name for each in defined if any(_calls_one(call, found) for call in _calls(each))}


def reporters(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[ast.ClassDef]:
    """Return the classes of a cell that are modules of Lightning's, or derive from one of the cell's."""
    found, names = set[ast.ClassDef](), set[str]()
    for node in of_kind(nodes, ast.ClassDef):
        if any(last_name(each) in names or is_lightning_module(each, namespace) for each in node.bases):
            found.add(node)
            names.add(node.name)
    return found


def tells_entries(name: str, nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> bool:
    """Tell whether a function of the notebook's own writes a dictionary with an entry that is called like a score.

    Args:
        name: the function's.
        nodes: all of the cell that calls it, which may define it.
        namespace: the user's variables.
    """
    defined = [node for node in functions_among(nodes) if node.name == name]
    keys: list[object] = []
    for part in (part for each in defined for part in of_kind(every_node(each), ast.Dict)):
        keys += [key.value for key in part.keys if isinstance(key, ast.Constant)]
    function = None if defined else namespace.get(name)
    for constant in function.__code__.co_consts if type(function) is FunctionType else ():
        keys += constant if type(constant) is tuple else [constant]
    return any(type(key) is str and direction(key) is not None for key in keys)


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


def _constants(code: CodeType, depth: int) -> list[str]:
    found: list[str] = []
    for constant in code.co_consts:
        if type(constant) is CodeType and depth:
            found += _constants(constant, depth - 1)
        elif type(constant) is str:
            found.append(constant)
    return found


def _calls(function: ast.AST) -> Sequence[ast.Call]:
    return of_kind(every_node(function), ast.Call)


def _calls_one(call: ast.Call, names: set[str]) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in names


def marked(nodes: Iterable[ast.AST]) -> set[str]:
    r"""Return what counts how often a guess is right: lists that get 1 or 0 for it, and numbers that grow by 1.

    >>> loop = "for x, y in data:\n    guess = np.argmax(net.query(x))\n    if guess == y: right.append(1)"
    >>> marked(ast.walk(ast.parse(loop + "\n    else: right.append(0)")))
    {'right'}
    >>> marked(ast.walk(ast.parse("for x, y in data:\n    y_pred = net(x)\n    if y_pred == y: hits += 1")))
    {'hits'}
    """
    return {name for loop in of_kind(nodes, ast.For) for name in _marked_in(every_node(loop))}


def _marked_in(nodes: Sequence[ast.AST]) -> Iterator[str]:
    tests = [node for node in of_kind(nodes, ast.If) if isinstance(node.test, ast.Compare)]
    bound = of_kind(nodes, ast.Assign) if tests else ()
    guessed = {each.id for node in bound if _guesses(node.value) for each in node.targets if isinstance(each, ast.Name)}
    for node in tests:
        match node.test:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]) if any(
                _guesses(side) or _is_guess(side, guessed) for side in (left, right)
            ):
                put = {pair for each in (*node.body, *node.orelse) for pair in _put(each)}
                yield from (name for name, mark in put if mark == 1 and (name, 0) in put)
                yield from (name for each in node.body for name in _counted(each))


def _is_guess(side: ast.expr, guessed: Collection[str]) -> bool:
    """Tell whether one side of a comparison is what was predicted, and is called so: ``y_pred``, ``preds[i]``."""
    match side:
        case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _is_guess(inner, guessed)
        case ast.Name(id=name):
            return name in guessed or is_predicted(name)
    return False


def _counted(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=ast.Constant(value=1)):
            yield name


def _guesses(value: ast.expr) -> bool:
    """Tell whether an expression asks which of several it is: ``np.argmax(p)``, ``self.predict(x)``."""
    return any(_GUESSES.match(last_name(call.func) or "") for call in of_kind(every_node(value), ast.Call))


def _put(statement: ast.stmt) -> Iterator[tuple[str, object]]:
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[ast.Constant(value=mark)])
        ):
            yield name, mark
