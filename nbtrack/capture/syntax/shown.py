"""What a cell prints, and under which words: ``print(f"val loss: {x.item():.3f}")`` shows ``x.item()`` as ``val_loss``.

Read from f-strings, ``"..." % values``, ``"...".format(values)`` and the arguments of ``print``; the text that stands
before a value, back to the last separator, is its label.
"""

import ast
import re
from collections.abc import Iterator

from nbtrack.capture.syntax.syntax import last_name

_PERCENT = re.compile(r"%(?:\(\w*\))?[#0\- +]*(?:\d+|\*)?(?:\.\d+)?[diouxXeEfFgGcrsa]")
_BRACES = re.compile(r"\{[^{}]*\}")
_BETWEEN = re.compile(r"[|,;\n\t\[\](){}]|\s[-–—]+\s|\s{3,}")  # noqa: RUF001 - people print dashes of every kind
_SPREAD = re.compile(r"^[\s%(]*(?:\+\s*/\s*-|±|\+-)[\s(]*$")
_SHARE = re.compile(r"\s*(?:/|\(|of)\s*\(?")
_SHARED = re.compile(r"\s*%?\s*(?:[/(%)]|$)")
_WORDS = re.compile(r"[^\W\d_]\w*")
_MOST_WORDS = 4


def shown(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Yield the values an expression puts into text, each with its label; "" where no text stands before it."""
    match node:
        case ast.JoinedStr(values=parts):
            yield from _in_fstring(parts)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=right):
            values = right.elts if isinstance(right, ast.Tuple) else [right]
            yield from _in_template(text.replace("%%", ""), _PERCENT, values)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=values):
            yield from _in_template(text.replace("{{", "").replace("}}", ""), _BRACES, values)
        case ast.Call(func=ast.Name(id="print"), args=values):
            yield from _in_print(values)


def label(text: str) -> str:
    """Return the words right before a value as a name.

    >>> label("Epoch 3 | Val. loss: "), label("RMSE = "), label("")
    ('val_loss', 'rmse', '')
    """
    piece = _BETWEEN.split(text.rstrip(" \t:=~≈→>"))[-1]
    words = _WORDS.findall(piece)[-_MOST_WORDS:]
    return "_".join(words).lower()


def words(text: str) -> list[str]:
    """Return all words of a text, in lower case."""
    return [word.lower() for word in _WORDS.findall(text)]


def _in_fstring(parts: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    pieces, values = [""], []
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            values.append(part.value)
            pieces.append("")
        elif isinstance(part, ast.Constant):
            pieces[-1] += str(part.value)
    return _labelled(pieces, values)


def _in_template(text: str, places: re.Pattern[str], values: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    pieces = places.split(text)
    return _labelled(pieces, values) if len(pieces) == len(values) + 1 else iter(())


def _labelled(pieces: list[str], values: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    """Yield each value with its label; ``pieces`` is the text around them, one more than there are values."""
    last = ""
    for before, value, after in zip(pieces, values, pieces[1:], strict=False):
        last = _label(before, last, after)
        yield value, last


def _in_print(values: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    before = last = ""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            before = value.value
        else:
            last = _label(before, last, "-")
            yield value, last
            before = ""


def _label(text: str, last: str, after: str) -> str:
    """Return the label of a value; behind a plus-minus stands the spread of the value before it, in brackets its share.

    ``Accuracy: {}/{} ({:.0f}%)`` says accuracy three times, and only the last of them is no whole number.
    """
    if last and _SPREAD.search(text):
        return f"{last}_std"
    return last if last and _SHARE.fullmatch(text) and _SHARED.match(after) else label(text)


def name_of(node: ast.expr, said: str) -> str:
    """Return what a shown value is called: by its label or, where there is none, by its own words."""
    inner = core(node)
    if said:
        return said
    if isinstance(inner, ast.Call) and last_name(inner.func) == "sqrt" and inner.args:
        return f"sqrt_{name_of(inner.args[0], '')}"
    match inner:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[]):
            return f"{name}.{method}"
        case ast.Call(func=function, args=[ast.Name(id=name)]):
            return f"{last_name(function)}_{name}"
    return (last_name(inner.func) if isinstance(inner, ast.Call) else last_name(inner)) or ""


def core(node: ast.expr) -> ast.expr:
    """Return what a number is made from, without what only changes its form: ``loss`` in ``100 * loss.item()``."""
    while (inner := _inner(node)) is not None:
        node = inner
    return node


def _inner(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Call(func=ast.Name(id="round" | "float" | "abs"), args=[inner, *_]):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr="item" | "numpy" | "cpu" | "detach"), args=[], keywords=[]):
            return inner
        case ast.BinOp(left=inner, op=ast.Mult() | ast.Div(), right=ast.Constant()):
            return inner
        case ast.BinOp(left=ast.Constant(), op=ast.Mult(), right=inner):
            return inner
    return None
