"""The graph of a function over a grid of numbers: a formula that somebody draws, and no curve of a metric.

``err = [error(p) for p in np.linspace(0, 4)]`` is one where ``error`` is straight arithmetic. Where it fits, scores,
draws or runs through steps, there is something to find out for each value, and the list is a curve over settings.
"""

import ast
import dis
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from nbtrack.capture.syntax.calls import does_more_than_compute
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.tables import is_array
from nbtrack.capture.syntax.tee import handed_through
from nbtrack.capture.syntax.walking import every_node

_GRIDS: Final = frozenset({"linspace", "arange", "logspace", "geomspace"})
_PLAIN: Final = frozenset("abs round float int sum max min pow len bool complex".split())
_MATHEMATICS: Final = frozenset({"numpy", "math", "cmath"})
_JUMPS: Final = frozenset((*dis.hasjrel, *dis.hasjabs))
_DEPTH: Final = 4  # of functions that call functions
_LONGEST: Final = 10_000


def is_graph(node: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """Tell whether an expression puts the points of a grid through a formula, and does nothing else.

    Args:
        node: what a list or an array was made by.
        namespace: the variables when the cell has run; functions are looked at, never called.
    """
    match node:
        case ast.ListComp(elt=formula, generators=[ast.comprehension(iter=grid, ifs=[])]):
            return _is_grid(grid, namespace) and _is_formula(formula, namespace)
        case ast.Call(args=[grid, *_]):
            return _is_grid(grid, namespace) and _is_formula(node, namespace)
    return False


def _is_grid(node: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """``np.linspace(0, 4)``, or a variable that holds an array of rising numbers."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in _GRIDS
    value: Any = namespace.get(node.id) if isinstance(node, ast.Name) else None
    if not is_array(value) or value.ndim != 1 or value.dtype.kind not in "fiu" or not 2 < value.size <= _LONGEST:
        return False
    points = value.tolist()
    return all(one < other for one, other in pairwise(points))


def _is_formula(node: ast.expr, namespace: Mapping[str, Any]) -> bool:
    calls = [part for part in every_node(node) if isinstance(part, ast.Call) and last_name(part.func) not in _GRIDS]
    return all(handed_through(call) is None and _computes(call.func, namespace) for call in calls)


def _computes(function: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a call is no more than arithmetic: of mathematics, or a function of the notebook's own that is."""
    if isinstance(function, ast.Attribute):
        home = namespace.get(function.value.id) if isinstance(function.value, ast.Name) else None
        return type(home) is ModuleType and home.__name__.partition(".")[0] in _MATHEMATICS
    if not isinstance(function, ast.Name):
        return False
    value = namespace.get(function.id)
    if value is None:
        return function.id in _PLAIN
    if type(value) is not FunctionType:
        return False
    return value.__module__ == "__main__" and _is_straight(value.__code__, namespace, _DEPTH)


def _is_straight(code: CodeType, namespace: Mapping[str, Any], depth: int) -> bool:
    """Tell whether code runs through no steps, and asks nothing of models and generators; nor what it calls."""
    if not depth or any(_goes_back(each) for each in dis.get_instructions(code)):
        return False
    if any(map(does_more_than_compute, code.co_names)):
        return False
    inner = [value.__code__ for name in code.co_names if type(value := namespace.get(name)) is FunctionType]
    return all(_is_straight(each, namespace, depth - 1) for each in (*inner, *_nested(code)))


def _goes_back(step: dis.Instruction) -> bool:
    return step.opcode in _JUMPS and step.argval <= step.offset


def _nested(code: CodeType) -> Iterator[CodeType]:
    return (each for each in code.co_consts if type(each) is CodeType)
