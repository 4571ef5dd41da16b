"""What is written out in a cell: constants, containers of them, and arithmetic: ``1 / 252``, ``int(1e6)``."""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from types import EllipsisType
from typing import Any, Final

_LARGEST: Final = 1e6  # of what is raised to a power
_HIGHEST: Final = 100  # power
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


_CALLED: Final = frozenset({"set", "int", "float"})
_COMPOSED: Final = frozenset({ast.Tuple, ast.List, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp})


def is_literal(node: ast.expr) -> bool:
    """Tell whether an expression is written out: constants, their signs, arithmetic and plain containers of them."""
    items: Sequence[ast.expr | None]
    match node:
        case ast.Constant():
            return True
        case ast.Call():
            return reckoned(node) is not ...  # ``int(1e6)``
        case ast.UnaryOp(operand=inner):
            items = [inner]
        case ast.BinOp(left=left, right=right):
            items = [left, right]
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            items = elements
        case ast.Dict(keys=keys, values=values):
            items = [*keys, *values]
        case _:
            return False
    rest = [item for item in items if item.__class__ is not ast.Constant]  # nearly none
    return None not in rest and all(map(is_literal, rest))  # type: ignore[arg-type]  # nodes


def literal(node: ast.expr) -> Any:
    """Return the value of a literal expression, or ``...`` when it is not one Python reads without computing."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            pass
        case _ if node.__class__ not in _COMPOSED:
            return ...
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return reckoned(node)


def reckoned(node: ast.expr) -> int | float | EllipsisType:
    """Return what arithmetic with nothing but written numbers comes to, ``...`` for anything else.

    >>> texts = ("1 / 10", "3 * 10**-2", "int(1e4)", "float('-inf')", "n / 10", "9**9**9", "1 / 0")
    >>> [reckoned(ast.parse(text, mode="eval").body) for text in texts]
    [0.1, 0.03, 10000, -inf, Ellipsis, Ellipsis, Ellipsis]
    """
    try:
        return _reckon(node)
    except RecursionError:  # a sum of a thousand terms
        return ...


def _reckon(node: ast.expr) -> int | float | EllipsisType:
    match node:
        case ast.Constant(value=value) if type(value) in {int, float}:
            return value  # type: ignore[return-value]  # just asked
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = _reckon(operand)
            return ... if found is ... else -found
        case ast.BinOp(left=left, op=operation, right=right):
            return _applied(operation, _reckon(left), _reckon(right))
        case ast.Call(
            func=ast.Name(id="float"), args=[ast.Constant(value="inf" | "-inf" | "nan" as word)], keywords=[]
        ):
            return float(word)
        case ast.Call(func=ast.Name(id="int" | "float" as kind), args=[inner], keywords=[]):
            found = _reckon(inner)
            return ... if found is ... else _whole(found) if kind == "int" else float(found)
    return ...


def _applied(operation: ast.operator, one: float | EllipsisType, other: float | EllipsisType) -> float | EllipsisType:
    apply = _OPERATORS.get(type(operation))
    if apply is None or one is ... or other is ...:
        return ...
    if apply is operator.pow and not (abs(one) <= _LARGEST and abs(other) <= _HIGHEST):
        return ...
    try:
        found = apply(one, other)
    except ArithmeticError:
        return ...
    return found if type(found) in {int, float} else ...


def _whole(value: float) -> int | EllipsisType:
    try:
        return int(value)
    except (ValueError, OverflowError):  # of no number, or an infinite one
        return ...
