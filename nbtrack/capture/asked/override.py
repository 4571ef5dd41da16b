"""Arguments of the ``%%track`` line that replace the cell's own literals, for one execution."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from nbtrack.capture.syntax.literals import is_literal
from nbtrack.capture.syntax.walking import every_node


def override(tree: ast.Module, arguments: Mapping[str, Any]) -> list[str]:
    """Replace top-level literal assignments of the named variables in place; return the names that were replaced.

    >>> tree = ast.parse("lr = 0.1; momentum = 0.9")
    >>> override(tree, {"lr": 0.5, "batch": 32}), ast.unparse(tree).replace(chr(10), "; ")
    (['lr'], 'lr = 0.5; momentum = 0.9')
    """
    replaced: list[str] = []
    if not arguments:
        return replaced
    tree.body = [each for statement in tree.body for each in _statements(statement, arguments, replaced)]
    return replaced


def _statements(statement: ast.stmt, arguments: Mapping[str, Any], replaced: list[str]) -> Iterator[ast.stmt]:
    """Yield what runs in place of a statement: itself, or ``lr = 0.5; momentum = 0.1`` for ``lr = momentum = 0.1``."""
    match statement:
        case ast.Assign(targets=[target], value=value):
            statement.value = _replaced(target, value, arguments, replaced)
        case ast.Assign(targets=targets, value=value) if is_literal(value):
            named = [each for each in targets if isinstance(each, ast.Name) and each.id in arguments]
            for target in named:
                yield ast.copy_location(ast.Assign([target], _replaced(target, value, arguments, replaced)), statement)
            statement.targets = [each for each in targets if each not in named]
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
            statement.value = _replaced(target, value, arguments, replaced)
    if not isinstance(statement, ast.Assign) or statement.targets:
        yield statement


def _replaced(target: ast.expr, value: ast.expr, arguments: Mapping[str, Any], replaced: list[str]) -> ast.expr:
    match target, value:
        case ast.Name(id=name), _ if name in arguments and is_literal(value):
            replaced.append(name)
            return _placed(_written(arguments[name]), value)
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            value.elts = [_replaced(*pair, arguments, replaced) for pair in zip(names, values, strict=True)]
    return value


def _written(value: Any) -> ast.expr:
    """Return the literal as it would stand in the source; built, not parsed, because not every float has a literal."""
    match value:
        case list():
            return ast.List([_written(item) for item in value], ast.Load())
        case tuple():
            return ast.Tuple([_written(item) for item in value], ast.Load())
        case set():
            return ast.Set([_written(item) for item in value])
        case dict():
            return ast.Dict([_written(key) for key in value], [_written(item) for item in value.values()])
    return ast.Constant(value)


def _placed(expression: ast.expr, place: ast.expr) -> ast.expr:
    for node in every_node(expression):
        ast.copy_location(node, place)
    return expression
