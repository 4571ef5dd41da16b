"""Numerical methods that the notebook writes itself: functions that are handed another one, loops that ask one.

``bisect(f, 0, 2)`` and ``x = x - f(x) / df(x)``, step by step, find out what nobody could write down. No function is
called. Nor is one that draws numbers, solves or integrates: it is known by the names in it.
"""

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from nbtrack.capture.syntax.codes import names_in
from nbtrack.capture.syntax.syntax import CLOCKS
from nbtrack.capture.syntax.walking import called_by_name, every_node, functions_among, of_kind
from nbtrack.record.unasked import module_name

_FEWEST: Final = 3  # arguments: ``apply(f, x)`` only calls what it is handed
_DRAWN: Final = frozenset("random randn rand rng gauss default_rng".split())
_MANY: Final = frozenset("range mean average sum std var median percentile quantile max min".split())
_SOLVED: Final = frozenset(
    "solve_ivp odeint quad dblquad brentq fsolve root_scalar minimize minimize_scalar curve_fit find_peaks welch "
    "periodogram filtfilt sosfiltfilt".split()
)
_DEPTH: Final = 2  # of functions inside functions
_TABLES: Final = frozenset({"pandas", "polars", "dask", "pyspark"})


def solvers(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the functions of the notebook's own that a cell hands another one, beside numbers: ``bisect(f, 0, 2)``.

    Args:
        nodes: all of the cell's tree.
        namespace: the user's variables, to see which are functions, and which are tables.
    """
    defined = {node.name: node for node in functions_among(nodes)}
    found = set()
    for node in of_kind(nodes, ast.Call):
        if not isinstance(node.func, ast.Name):
            continue
        given = [*node.args, *(word.value for word in node.keywords)]
        if len(given) < _FEWEST or not _is_own(node.func.id, defined, namespace):
            continue
        handed = any(isinstance(each, ast.Lambda) or _names_own(each, defined, namespace) for each in given)
        if handed and not any(_holds_table(each, namespace) for each in given):
            found.add(node.func.id)
    return {name for name in found if not _reads_clock(defined.get(name), namespace.get(name))}


def finders(nodes: Sequence[ast.AST], namespace: Mapping[str, Any]) -> set[str]:
    """Return the functions of the notebook's own that a cell calls and that draw many times, solve or integrate.

    What such a function returns was found out: ``def price(n): return np.maximum(np.exp(randn(n)) - K, 0).mean()``.
    """
    defined = {node.name: node for node in functions_among(nodes)}
    found = set()
    for name in called_by_name(nodes):
        if _is_own(name, defined, namespace):
            words = _words(defined.get(name), namespace.get(name), namespace, _DEPTH)
            if _finds_out(words) and CLOCKS.isdisjoint(words):
                found.add(name)
    return found


def finds_out(function: object, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a value is a function of the notebook's own that draws many times, solves or integrates."""
    own = type(function) is FunctionType and function.__module__ == "__main__"
    return own and _finds_out(_words(None, function, namespace, _DEPTH))


def _finds_out(words: Collection[str]) -> bool:
    """Tell whether a function with these names in it solves or integrates, or draws many times."""
    return not _SOLVED.isdisjoint(words) or not (_DRAWN.isdisjoint(words) or _MANY.isdisjoint(words))


def asks_itself(made: Sequence[tuple[str, ast.expr]]) -> bool:
    """Tell whether a loop moves a number by what a function of the notebook's own says of it.

    Args:
        made: the names that the loop binds, each with what it is made of: ``x_new = x - f(x) / df(x)``, ``x = x_new``.
    """
    reads = {name: set[str]() for name, _ in made}
    for name, value in made:
        reads[name].update(_names(value))
    moved = {name for name, value in made if isinstance(value, ast.BinOp) and name in _reached(name, reads)}
    asked = {each for _, value in made for each in _asked_of(value)}
    return any(not moved.isdisjoint({name, *_reached(name, reads)}) and name in _reached(name, reads) for name in asked)


def _reached(name: str, reads: Mapping[str, Collection[str]]) -> set[str]:
    """Return the names that a name is made of, directly or by others."""
    found, waiting = set[str](), [name]
    while waiting:
        new = set(reads.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def _asked_of(value: ast.expr) -> Iterator[str]:
    """Yield what functions that are neither Python's nor a library's are asked about: ``x`` of ``f(x) / 2``."""
    for node in every_node(value):
        match node:
            case ast.Call(func=ast.Name(id=function), args=args) if not hasattr(builtins, function):
                yield from (name for each in args for name in _names(each))


def _names(node: ast.AST) -> Iterator[str]:
    return (part.id for part in every_node(node) if isinstance(part, ast.Name))


def _is_own(name: str, defined: Mapping[str, ast.AST], namespace: Mapping[str, Any]) -> bool:
    value = namespace.get(name)
    return name in defined or (type(value) is FunctionType and value.__module__ == "__main__")


def _names_own(node: ast.expr, defined: Mapping[str, ast.AST], namespace: Mapping[str, Any]) -> bool:
    return isinstance(node, ast.Name) and _is_own(node.id, defined, namespace)


def _holds_table(node: ast.expr, namespace: Mapping[str, Any]) -> bool:
    homes = (module_name(type(namespace.get(name))).partition(".")[0] for name in _names(node))
    return not _TABLES.isdisjoint(homes)


def _reads_clock(tree: ast.AST | None, function: object) -> bool:
    """Tell whether a function returns the time that another one took, as far as its names tell."""
    return not CLOCKS.isdisjoint(_words(tree, function, {}, 0))


def _words(tree: ast.AST | None, function: object, namespace: Mapping[str, Any], depth: int) -> set[str]:
    """Return the names in a function - in its tree, or in its code -, and in those of the notebook's that it calls."""
    if tree is not None:
        parts = every_node(tree)
        words = {part.id for part in of_kind(parts, ast.Name)}
        words |= {part.attr for part in of_kind(parts, ast.Attribute)}
    else:
        words = set(names_in(function.__code__)) if type(function) is FunctionType else set()
    if depth:
        called = (namespace.get(word) for word in words)
        inner = [each for each in called if type(each) is FunctionType and each.__module__ == "__main__"]
        words = words.union(*(_words(None, each, namespace, depth - 1) for each in inner))
    return words
