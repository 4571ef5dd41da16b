"""Where the expressions inside of f-strings stand: before Python 3.12, syntax trees tell it wrongly."""

import ast
from collections.abc import Iterator
from typing import Final

_OPEN: Final = "([{"
_CLOSE: Final = ")]}"


def places(text: str, start: int, end: int, node: ast.JoinedStr) -> dict[ast.AST, tuple[int, int]]:
    """Return where the expressions in an f-string stand, itself from ``start`` to ``end``; none where that is unclear.

    >>> source = 'f"{x} and {score(y):.3f}"'
    >>> string = ast.parse(source).body[0].value
    >>> [source[a:b] for each, (a, b) in places(source, 0, len(source), string).items() if isinstance(each, ast.Call)]
    ['score(y)']
    """
    values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    fields = list(_fields(text[start:end]))
    if len(values) != len(fields):
        return {}
    found: dict[ast.AST, tuple[int, int]] = {}
    for value, (at, field) in zip(values, fields, strict=True):
        found |= _inside(value, field, start + at)
    return found


def _inside(value: ast.expr, field: str, begin: int) -> dict[ast.AST, tuple[int, int]]:
    try:
        tree = ast.parse(f"({field})", mode="eval").body
    except (SyntaxError, ValueError):
        return {}
    if "\n" in field or not field.isascii() or ast.dump(tree) != ast.dump(value):
        return {}
    pairs = zip(ast.walk(value), ast.walk(tree), strict=True)
    return {
        node: (begin + twin.col_offset - 1, begin + (twin.end_col_offset or 0) - 1)
        for node, twin in pairs
        if isinstance(twin, ast.expr)
    }


def _fields(text: str) -> Iterator[tuple[int, str]]:
    """Yield each expression in braces with its place; formats behind it are passed over."""
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            at += 2
        elif text[at] == "{":
            stop = _stop(text, at + 1)
            yield at + 1, text[at + 1 : stop].rstrip().removesuffix("=")
            at = _closing(text, stop)
        else:
            at += 1


def _stop(text: str, at: int) -> int:
    """Return where an expression ends: at its closing brace, its format or its conversion."""
    depth, quote = 0, ""
    while at < len(text):
        sign = text[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif depth == 0 and (sign in "}:" or (sign == "!" and text[at + 1 : at + 2] != "=")):
            return at
        else:
            depth += (sign in _OPEN) - (sign in _CLOSE)
        at += 1
    return at


def _closing(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return at
