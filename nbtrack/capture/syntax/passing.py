"""What a loop passes over that has names: models, kernels, data sets. Its scores are called after them.

``for name, model in models.items(): acc = ...`` finds an accuracy for each model: ``acc.svm`` and ``acc.tree``, and no
curve whose steps are models. The names are the texts that the loop goes through or, where there is none, the classes or
functions; they must differ, and be few.
"""

import ast
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import Any, Final, NamedTuple

from nbtrack.capture.syntax.syntax import last_name
from nbtrack.record.unasked import class_name, derives, module_name

MOST: Final = 30  # more are data that somebody goes through
_LONGEST: Final = 60
_WRAPPERS: Final = frozenset({"tqdm", "list", "tuple", "sorted", "reversed", "iter", "track", "progress_bar"})
_DATA: Final = frozenset({"builtins", "numpy", "pandas", "polars", "pyarrow", "datetime"})
_TABLES: Final = frozenset({dict, OrderedDict})


_Arguments = Mapping[int | str | None, ast.expr]


class _Value(NamedTuple):
    """A value that is there; what is only written so far is an expression, and what is paired a tuple."""

    held: object


class Passing:
    """A loop that may pass over things with names."""

    __slots__ = ("_over", "_target")

    def __init__(self, loop: ast.For) -> None:
        self._target = loop.target
        self._over = loop.iter

    def label(self, namespace: Mapping[str, Any]) -> str | None:
        """Return what the thing is called that the loop has arrived at; None where it has no name of its own."""
        things = _things(self._over, namespace)
        if not things:
            return None
        columns: dict[str, list[tuple[str, str]]] = {}
        for thing in things:
            for name, part in _spread(self._target, thing):
                columns.setdefault(name, []).append(_name_of(part, namespace))
        for kind in ("text", "class"):
            for name, column in columns.items():
                if all(each[0] == kind for each in column) and len(set(column)) == len(column) == len(things):
                    found, word = _name_of(_Value(namespace.get(name)), namespace)
                    return word if found == kind else None
        return None


class Turn:
    """One of several calls of a helper, which judges or trains another thing in each: ``report("svm", svm)``."""

    __slots__ = ("_label",)

    def __init__(self, label: str) -> None:
        self._label = label

    def label(self, _: Mapping[str, Any]) -> str | None:
        """Return what the call is about."""
        return self._label


def turns(statements: Sequence[ast.stmt], namespace: Mapping[str, Any]) -> dict[ast.stmt, str]:
    """Return the statements that only call a function of the notebook's own which others call too, each with its label.

    The label is the argument by which they differ: a text that is written out or, where there is none, a variable.
    """
    defined = {each.name for each in statements if isinstance(each, ast.FunctionDef)}
    groups: dict[str, dict[ast.stmt, _Arguments]] = {}
    for each in statements:
        match each:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call) if name in defined or _is_own(
                namespace.get(name)
            ):
                groups.setdefault(name, {})[each] = _arguments(call)
    found: dict[ast.stmt, str] = {}
    for group in groups.values():
        found.update(zip(group, _labels(list(group.values())), strict=False))
    return found


def _is_own(value: object) -> bool:
    return type(value) is FunctionType and value.__module__ == "__main__"


def _arguments(call: ast.Call) -> _Arguments:
    """Return the arguments of a call by their places and names."""
    return {**dict(enumerate(call.args)), **{each.arg: each.value for each in call.keywords}}


def _labels(calls: Sequence[_Arguments]) -> Sequence[str]:
    """Return what tells calls apart; nothing where nothing does."""
    if not 1 < len(calls) <= MOST:
        return ()
    for word_of in (_written, _variable):
        for place in calls[0]:
            words = [word_of(call.get(place)) for call in calls]
            if all(words) and len(set(words)) == len(words):
                return words
    return ()


def _written(node: ast.expr | None) -> str:
    return _of_text(node.value)[1] if isinstance(node, ast.Constant) and type(node.value) is str else ""


def _variable(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def is_candidate(loop: ast.AST) -> bool:
    """Tell whether a loop may pass over things with names: not one that counts."""
    return isinstance(loop, ast.For) and (
        isinstance(loop.iter, ast.Name | ast.List | ast.Tuple | ast.Dict)
        or (isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) not in {"range", "trange"})
    )


def _things(node: ast.expr, namespace: Mapping[str, Any]) -> Sequence[object] | None:
    """Return what a loop goes through, of which nothing is used up; None where nobody can tell."""
    found: Sequence[object] | None = None
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            found = items
        case ast.Dict(keys=keys):
            found = keys
        case ast.Name(id=name):
            found = _held(namespace.get(name))
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values" as view), args=[]):
            found = _viewed(inner, view, namespace)
        case ast.Call(func=ast.Name(id="zip"), args=[_, *_] as many):
            columns = [each for inner in many if (each := _things(inner, namespace)) is not None]
            found = list(zip(*columns, strict=False)) if len(columns) == len(many) else None
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
            found = [(None, each) for each in _things(inner, namespace) or ()]
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _WRAPPERS:
            found = _things(inner, namespace)
    return found if found is not None and len(found) <= MOST else None


def _held(value: object) -> Sequence[object] | None:
    kind = type(value)
    if kind not in {list, tuple, *_TABLES} or len(value) > MOST:  # type: ignore[arg-type]  # these have a length
        return None
    return [_Value(each) for each in list(value)]  # type: ignore[call-overload]  # and are gone through


def _viewed(node: ast.expr, view: str, namespace: Mapping[str, Any]) -> Sequence[object] | None:
    """Return the items, keys or values of a dictionary, written out or held by a name."""
    pairs: list[tuple[object, object]]
    if isinstance(node, ast.Dict):
        pairs = list(zip(node.keys, node.values, strict=True))
    else:
        value: Any = namespace.get(node.id) if isinstance(node, ast.Name) else None
        if type(value) not in _TABLES or len(value) > MOST:
            return None
        pairs = [(_Value(key), _Value(item)) for key, item in list(value.items())]
    return pairs if view == "items" else [pair[view == "values"] for pair in pairs]


def _spread(target: ast.expr, thing: object) -> Iterator[tuple[str, object]]:
    """Yield what each name of a loop's target gets of a thing: ``for i, (name, model) in ...`` has three."""
    if isinstance(target, ast.Name):
        yield target.id, thing
    elif isinstance(target, ast.Tuple | ast.List):
        parts = _parts(thing)
        if len(parts) == len(target.elts):
            for inner, part in zip(target.elts, parts, strict=True):
                yield from _spread(inner, part)


def _parts(thing: object) -> Sequence[object]:
    if isinstance(thing, _Value):
        kind = type(thing.held)
        return [_Value(each) for each in thing.held] if kind in {list, tuple} else ()  # type: ignore[attr-defined]
    if isinstance(thing, ast.Tuple | ast.List):
        return thing.elts
    return thing if type(thing) is tuple else ()


def _name_of(thing: object, namespace: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a thing is called, and whether by its ``text`` or by its ``class``; two empty texts for neither."""
    match thing:
        case ast.Constant(value=str(text)):
            return _of_text(text)
        case ast.Name(id=name):
            return _name_of(_Value(namespace.get(name)), namespace)
        case ast.Call(func=function):
            word = last_name(function) or ""
            return ("class", word) if word[:1].isupper() else ("", "")
        case _Value(held=held) if type(held) is str:
            return _of_text(held)
        case _Value(held=held):
            return _of_class(held)
    return "", ""


def _of_text(text: str) -> tuple[str, str]:
    return ("text", text) if 0 < len(text) <= _LONGEST and "\n" not in text else ("", "")


def _of_class(value: object) -> tuple[str, str]:
    """A model is called by its class, a class and a function by themselves."""
    kind = type(value)
    if kind in {FunctionType, BuiltinFunctionType}:
        word = str(getattr(value, "__name__", ""))
    elif derives(kind, type):
        word = class_name(value)  # type: ignore[arg-type]  # a class
    else:
        word = "" if module_name(kind).partition(".")[0] in _DATA else class_name(kind)
    word = word.rpartition(".")[2]
    return ("class", word) if word.isidentifier() else ("", "")
