"""What is written out in a cell: constants, containers of them, and arithmetic: ``1 / 252``, ``int(1e6)``."""

import ast
import operator
from collections.abc import Callable, Collection, Mapping
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
_UNITS: Final = frozenset("sqrt exp log log2 log10 sin cos tan radians deg2rad".split())
_COMPOSED: Final = frozenset({ast.Tuple, ast.List, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp})


def is_literal(node: ast.expr) -> bool:
    """Tell whether an expression is written out: constants, their signs, arithmetic and plain containers of them."""
    waiting: list[ast.expr | None] = [node]
    while waiting:
        match waiting.pop():
            case ast.Constant():
                pass
            case ast.UnaryOp(operand=inner):
                waiting.append(inner)
            case ast.BinOp(left=left, right=right):
                waiting += left, right
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                waiting += elements
            case ast.Dict(keys=keys, values=values):
                waiting += keys
                waiting += values
            case ast.Call() as call if reckoned(call) is not ...:  # ``int(1e6)``
                pass
            case _:
                return False
    return True


def is_derived(node: ast.expr, literals: Collection[str]) -> bool:
    """Tell whether an expression only puts what was written out into other units: ``6 * np.pi * mu * r / m``.

    >>> texts = ("2 * np.pi * r", "np.sqrt(r) / 2", "r * x", "f(r)")
    >>> [is_derived(ast.parse(text, mode="eval").body, {"r"}) for text in texts]
    [True, True, False, False]
    """
    waiting = [node]
    while waiting:
        match waiting.pop():
            case ast.Constant(value=value) if type(value) in {int, float}:
                pass
            case ast.Name(id=name) if name in literals:
                pass
            case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math"), attr="pi" | "e"):
                pass
            case ast.UnaryOp(operand=operand):
                waiting.append(operand)
            case ast.BinOp(left=left, right=right):
                waiting += left, right
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "numpy" | "math"), attr=name), args=[inner]) if (
                name in _UNITS
            ):
                waiting.append(inner)
            case _:
                return False
    return True


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
