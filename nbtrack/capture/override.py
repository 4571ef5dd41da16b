"""Arguments of the ``%%track`` line that replace the cell's own literals, for one execution."""

import ast
from collections.abc import Mapping
from typing import Any

from nbtrack.capture.syntax import is_literal


def override(tree: ast.Module, arguments: Mapping[str, Any]) -> list[str]:
    """Replace top-level literal assignments of the named variables in place; return the names that were replaced.

    >>> tree = ast.parse("lr = 0.1; momentum = 0.9")
    >>> override(tree, {"lr": 0.5, "batch": 32}), ast.unparse(tree).replace(chr(10), "; ")
    (['lr'], 'lr = 0.5; momentum = 0.9')
    """
    replaced: list[str] = []
    if not arguments:
        return replaced
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[target], value=value):
                statement.value = _replaced(target, value, arguments, replaced)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                statement.value = _replaced(target, value, arguments, replaced)
    return replaced


def _replaced(target: ast.expr, value: ast.expr, arguments: Mapping[str, Any], replaced: list[str]) -> ast.expr:
    match target, value:
        case ast.Name(id=name), _ if name in arguments and is_literal(value):
            replaced.append(name)
            return _written(arguments[name], value)
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            value.elts = [_replaced(*pair, arguments, replaced) for pair in zip(names, values, strict=True)]
    return value


def _written(value: Any, place: ast.expr) -> ast.expr:
    """Return the literal as it would stand in the source, at the place of the one it replaces."""
    expression = ast.parse(repr(value), mode="eval").body
    for node in ast.walk(expression):
        ast.copy_location(node, place)
    return expression
