"""What a cell measures with a clock, again and again, and nothing else: the times of a benchmark are its results.

How long a training took is beside the point, and one step's time is no result. A benchmark gathers times in a loop,
asks ``timeit``, or divides one time by another.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from nbtrack.capture.syntax.syntax import CLOCKS, last_name
from nbtrack.capture.syntax.tables import appended, entries_of
from nbtrack.capture.syntax.walking import every_node, of_kind

_TIMERS: Final = frozenset({"timeit", "repeat"})
_SUMS: Final = frozenset("mean median min max std sum percentile quantile average round float array".split())
_SPOKEN: Final = ("latenc", "runtime", "elapsed", "duration", "times", "timings")
_ROUNDS: Final = 3  # of what is made of what is made of times


def benchmarked(tree: ast.AST, statements: Sequence[ast.stmt]) -> set[str]:
    """Return the names that hold the times of a benchmark, and what is made of them; none where a cell is none."""
    pairs = [(each.targets[0], each.value) for each in statements if isinstance(each, ast.Assign)]
    bound = [(target.id, value) for target, value in pairs if isinstance(target, ast.Name)]
    bound += [(name, value) for name, values in appended(tree).items() for value in values]
    clocks = {name for name, value in bound if _reads_clock(value)}
    found = {name for name, value in bound if name not in clocks and _is_elapsed(value, clocks)}
    found |= set(_returned(tree, pairs))
    for _ in range(_ROUNDS) if found else ():
        found |= {name for name, value in bound if name not in clocks and _made_of(value, found)}
    return found if found and _compares(tree, bound, clocks, found) else set()


def elapsed(statements: Sequence[ast.stmt]) -> set[str]:
    """Return the names that hold what has passed since a moment: ``took = time.time() - start``."""
    bound = [(each.targets[0], each.value) for each in statements if isinstance(each, ast.Assign)]
    named = [(target.id, value) for target, value in bound if isinstance(target, ast.Name)]
    clocks = {name for name, value in named if _reads_clock(value)}
    return {name for name, value in named if _is_elapsed(value, clocks)} if clocks else set()


def _reads_clock(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in CLOCKS and not node.args


def _is_elapsed(node: ast.expr, clocks: set[str]) -> bool:
    """``time.time() - start``, ``(end - start) * 1000``, ``timeit.timeit(f, number=3) / 3``."""
    match node:
        case (
            ast.BinOp(left=inner, op=ast.Mult() | ast.Div(), right=ast.Constant() | ast.Name())
            | ast.BinOp(left=ast.Constant(), op=ast.Mult(), right=inner)
        ):
            return _is_elapsed(inner, clocks)
        case ast.BinOp(left=left, op=ast.Sub(), right=ast.Name(id=start)):
            return start in clocks and (_reads_clock(left) or (isinstance(left, ast.Name) and left.id in clocks))
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in {"round", "min"}:
            return _is_elapsed(inner, clocks)
        case ast.Call(func=function):
            return last_name(function) in _TIMERS and bool(node.args)
    return False


def _returned(tree: ast.AST, pairs: Sequence[tuple[ast.expr, ast.expr]]) -> Iterator[str]:
    """Yield what a call tells of its own time: ``ranked, t = search(q); latencies.append(t)``."""
    grown = appended(tree)
    told = {
        name for target, value in pairs if grown and isinstance(value, ast.Call) for name in every_node(target).names
    }
    for name, values in grown.items():
        if any(word in name.lower() for word in _SPOKEN) and any(_reads(value, told) for value in values):
            yield name


def _reads(node: ast.expr, names: set[str]) -> bool:
    """``t``, and ``t * 1000``."""
    match node:
        case ast.BinOp(left=inner, op=ast.Mult(), right=ast.Constant()):
            return _reads(inner, names)
    return isinstance(node, ast.Name) and node.id in names


def _made_of(node: ast.expr, known: set[str]) -> bool:
    """Tell whether a value sums times up, or divides by them: ``np.mean(times)``, ``slow / fast``, ``n / seconds``."""
    match node:
        case ast.IfExp(body=inner):
            return _made_of(inner, known)
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _SUMS:
            return _made_of(inner, known)
        case ast.BinOp(left=left, op=ast.Div() | ast.Mult(), right=right):
            return _made_of(left, known) or _made_of(right, known)
    return isinstance(node, ast.Name) and node.id in known


def _compares(tree: ast.AST, bound: Sequence[tuple[str, ast.expr]], clocks: set[str], found: set[str]) -> bool:
    """Tell whether times are gathered, taken by ``timeit``, or held against each other."""
    grown = appended(tree)
    gathered = [value for values in grown.values() for value in values]
    gathered += [each for _, each in entries_of(tree)]
    if found & grown.keys() or any(_is_elapsed(each, clocks) or _made_of(each, found) for each in gathered):
        return True
    if any(last_name(call.func) in _TIMERS for _, v in bound for call in of_kind(every_node(v), ast.Call)):
        return True
    values = [value.body if isinstance(value, ast.IfExp) else value for _, value in bound]
    divides = (each for each in values if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div))
    return any(_made_of(each.left, found) and _made_of(each.right, found) for each in divides)
