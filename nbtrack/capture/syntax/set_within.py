"""Numbers that a function sets once, at the top of its body: settings of whoever calls it."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from nbtrack.capture.syntax.literals import reckoned
from nbtrack.capture.syntax.walking import of_kind, of_kinds

_SMALL: Final = frozenset("nNmMkKijxy_")  # what counts, and places
_DRAWING: Final = frozenset("plt ax axes axs fig sns px go".split())
_SHARING: Final = (ast.Global, ast.Nonlocal)
_BOUNDS: Final = frozenset("clip clamp maximum minimum max min".split())


def set_within(
    function: ast.FunctionDef | ast.AsyncFunctionDef, nodes: Sequence[ast.AST]
) -> Iterator[tuple[str, int | float]]:
    """Yield the numbers that a function gives names, which it reads and never changes.

    Not what only keeps others within bounds, ``p.clip(min=tiny)``.

    Args:
        function: the definition.
        nodes: all of its tree.

    >>> function = ast.parse("def f(x): gamma = 1.4; total = 0; spare = 2; total += gamma * x; return total").body[0]
    >>> list(set_within(function, list(ast.walk(function))))
    [('gamma', 1.4)]
    """
    names = of_kind(nodes, ast.Name)
    bounds = {each for node in of_kind(nodes, ast.Call) for each in _bounding(node)}
    read = {node.id for node in names if isinstance(node.ctx, ast.Load) and node not in bounds}
    bound = Counter(node.id for node in names if isinstance(node.ctx, ast.Store))
    shared = {name for node in of_kinds(nodes, _SHARING) for name in node.names}
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if bound[name] == 1 and name in read - shared:
                number = reckoned(value)
                if number is not ... and name not in _SMALL and not name.startswith("_"):
                    yield name, number


def draws_pictures(nodes: Sequence[ast.AST]) -> bool:
    """Tell whether a function draws with one of the libraries for that: what it sets then says how things look."""
    return any(node.id in _DRAWING for node in of_kind(nodes, ast.Name))


def _bounding(call: ast.Call) -> Iterator[ast.expr]:
    function = call.func
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    if name in _BOUNDS:
        yield from call.args
        yield from (keyword.value for keyword in call.keywords)
