"""Which paths an expression stands for, told from its words and from variables that hold text - nothing is called.

Understood are texts, ``Path("a") / "b"``, ``Path.cwd().parent``, ``os.path.join``, f-strings, ``cfg["data"]``,
``cfg.data``, lists of those, ``glob`` patterns, variables with exact ``str`` or ``Path`` values, and what the cell
bound a name to before.
"""

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any, Final

from nbtrack.capture.syntax.syntax import last_name
from nbtrack.record.unasked import stored

MOST_PATHS: Final = 1000  # of one expression
_LONGEST: Final = 2000
_DEEPEST: Final = 8
_PATHS: Final = frozenset({PosixPath, WindowsPath, PurePosixPath, PureWindowsPath, Path})
_JOINS: Final = frozenset("Path PurePath PosixPath PurePosixPath join joinpath".split())
_SAME: Final = frozenset(
    "str fspath sorted list tuple set reversed tqdm abspath realpath resolve absolute as_posix glob iglob".split()
)
_PLACES: Final[Mapping[str | None, Callable[[], str]]] = {
    "cwd": os.getcwd,
    "getcwd": os.getcwd,
    "home": lambda: os.path.expanduser("~"),  # noqa: PTH111 - text in, text out
    "Path": str,
}
_MISSING: Final = object()
_TELLING = frozenset({ast.Constant, ast.Attribute, ast.Subscript, ast.Name, ast.List, ast.Tuple, ast.Set})
_TELLING |= {ast.BinOp, ast.JoinedStr, ast.FormattedValue, ast.Call}  # the expressions that are understood


@dataclass(slots=True)
class Scope:
    """What names mean where a call stands: the texts they were bound to (none: nobody knows), else the variables."""

    namespace: Mapping[str, Any]
    bound: dict[str, list[str]] = field(default_factory=dict)
    is_function: bool = False

    def bind(self, name: str, value: ast.expr, scope: "Scope | None" = None) -> None:
        """Bind a name to what an expression stands for, here or - for arguments - where the call stands."""
        self.bound[name] = paths(value, scope or self)

    def afterwards(self) -> "Scope":
        """Return the scope once the cell has run: its names are variables now, those of a function are gone."""
        return (
            self
            if self.is_function
            else Scope(self.namespace, {name: found for name, found in self.bound.items() if found})
        )


def paths(expression: ast.expr, scope: Scope) -> list[str]:
    """Return the paths an expression stands for; none when its words do not tell."""
    return list(islice(_paths(expression, scope, 0), MOST_PATHS)) if expression.__class__ in _TELLING else []


def _paths(node: ast.expr, scope: Scope, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    deeper = depth + 1
    match node:
        case ast.Constant() | ast.Attribute() | ast.Subscript():
            yield from _simple(node, scope, deeper)
        case ast.Name(id=name):
            yield from _named(name, scope)
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            for item in items:
                yield from _paths(item, scope, deeper)
        case ast.BinOp(left=left, op=ast.Div() | ast.Add() as operator, right=right):
            yield from _combined([left, right], scope, deeper, os.sep if isinstance(operator, ast.Div) else "")
        case ast.JoinedStr(values=values):
            yield from _combined(values, scope, deeper, "")
        case ast.FormattedValue(value=value, format_spec=None):
            yield from _shown(value, scope, deeper)
        case ast.Call():
            yield from _called(node, scope, deeper)


def _called(node: ast.Call, scope: Scope, depth: int) -> Iterator[str]:
    name = last_name(node.func)
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name in _PLACES and not node.args:
        yield _PLACES[name]()
    elif name in ("glob", "rglob") and receiver is not None and last_name(receiver) != "glob":
        middle: list[ast.expr] = [ast.Constant("**")] if name == "rglob" else []
        yield from _combined([receiver, *middle, *node.args], scope, depth, os.sep)
    elif name == "joinpath" and receiver is not None:
        yield from _combined([receiver, *node.args], scope, depth, os.sep)
    elif name in _JOINS and node.args:
        yield from _combined(node.args, scope, depth, os.sep)
    elif name in _SAME and (node.args or receiver is not None):
        yield from _paths(node.args[0] if node.args else receiver, scope, depth)  # type: ignore[arg-type]  # one is there


def _combined(parts: list[ast.expr], scope: Scope, depth: int, between: str) -> Iterator[str]:
    """Put parts together, of which one may stand for several texts, as a loop's variable does."""
    texts = [list(islice(_paths(part, scope, depth), MOST_PATHS)) for part in parts]
    if not all(texts) or sum(len(each) > 1 for each in texts) > 1:
        return
    for number in range(max(map(len, texts))):
        row = [each[number] if len(each) > 1 else each[0] for each in texts]
        yield os.path.join(*row) if between else "".join(row)  # noqa: PTH118 - an absolute part begins anew, as there


def _named(name: str, scope: Scope) -> Iterator[str]:
    yield from scope.bound[name] if name in scope.bound else _held(scope.namespace.get(name))


def _shown(value: ast.expr, scope: Scope, depth: int) -> Iterator[str]:
    found = scope.namespace.get(value.id) if isinstance(value, ast.Name) and value.id not in scope.bound else None
    if type(found) is int:
        yield str(found)
    elif isinstance(value, ast.Constant) and type(value.value) is int:
        yield str(value.value)
    else:
        yield from _paths(value, scope, depth)


def _held(value: object) -> Iterator[str]:
    """Yield the paths a value holds, when its class is exactly one whose methods are Python's own."""
    kind = type(value)
    if kind is str:
        if 0 < len(value) <= _LONGEST and "\0" not in value:  # type: ignore[arg-type,operator]  # a str
            yield value  # type: ignore[misc]  # same
    elif kind in _PATHS:
        yield str(value)
    elif kind is list or kind is tuple:
        for item in islice(value, MOST_PATHS):  # type: ignore[call-overload]  # a list or tuple
            if type(item) is str or type(item) in _PATHS:
                yield from _held(item)


def _simple(node: ast.Constant | ast.Attribute | ast.Subscript, scope: Scope, depth: int) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        yield from map(os.path.dirname, _paths(node.value, scope, depth))
    else:
        yield from _held(_value(node, scope))


def _value(node: ast.Constant | ast.Attribute | ast.Subscript, scope: Scope) -> object:
    """Return what is written out, or what ``cfg.data`` or ``cfg["data"]`` holds, without asking ``cfg``."""
    if isinstance(node, ast.Constant):
        return node.value
    if not isinstance(node.value, ast.Name) or node.value.id in scope.bound:
        return None
    owner = scope.namespace.get(node.value.id)
    if isinstance(node, ast.Attribute):
        return stored(owner, node.attr)
    key = node.slice.value if isinstance(node.slice, ast.Constant) else _MISSING
    return owner.get(key) if type(owner) is dict and type(key) in (str, int) else None
