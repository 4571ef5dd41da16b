"""How often something is repeated: the number of epochs or episodes of a loop, and names that say such a number."""

import ast
import re
from collections.abc import Iterable, Iterator

from nbtrack.capture.syntax.literals import literal
from nbtrack.capture.syntax.walking import child_nodes, every_node, of_kind

_ROUND = re.compile(r"(?i)epoch|episode|generation")
_STEPS = {"e": "epoch", "ep": "epoch", "it": "iteration", "iter": "iteration", "iteration": "iteration"}


def counts_rounds(name: str) -> bool:
    """Tell whether a name speaks of epochs, episodes or generations.

    >>> [counts_rounds(name) for name in ("num_epochs", "maxEpoch", "batch")]
    [True, True, False]
    """
    return _ROUND.search(name) is not None


def epochs(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Yield the number of epochs or episodes a loop writes out: ``for epoch in range(10)``; or of steps of learning.

    >>> list(epochs(ast.walk(ast.parse("for epoch in range(1, 9): pass"))))
    [('epochs', 8)]
    """
    for node in of_kind(nodes, ast.For):
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.expr() as over) if counts_rounds(name) or _steps(node):
                ranges = [part for part in of_kind(every_node(over), ast.Call) if _is_range(part)]
                bounds = [literal(each) for each in ranges[0].args] if ranges else []
                if bounds and len(bounds) <= 2 and all(type(bound) is int for bound in bounds):
                    word = name if counts_rounds(name) else _STEPS.get(name, "step")
                    yield f"{word}s", bounds[-1] - (bounds[0] if len(bounds) == 2 else 0)


def _is_range(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="range" | "trange") | ast.Attribute(attr="range" | "trange"):
            return True
    return False


def _steps(loop: ast.For) -> bool:
    """Tell whether a loop itself goes down a slope in each of its rounds: ``loss.backward()``, in no loop inside it."""
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        part = waiting.pop()
        match part:
            case ast.Call(func=ast.Name(id="backward") | ast.Attribute(attr="backward")):
                return True
        waiting += [each for each in child_nodes(part) if each.__class__ is not ast.For]
    return False
