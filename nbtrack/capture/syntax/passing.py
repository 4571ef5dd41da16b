"""What a loop passes over that has names: models, kernels, data sets. Its scores are called after them.

``for name, model in models.items(): acc = ...`` finds an accuracy for each model: ``acc.svm`` and ``acc.tree``, and no
curve whose steps are models. The names are the texts that the loop goes through or, where there is none, the classes or
functions, or else the variables they are written as; they must differ, and be few. So it is in a comprehension.

What has no name but its number - a rate, the size of a layer, a fold - is a point of one curve, unless there is a curve
for each: ``loss.lr=0.1`` and ``loss.lr=0.01``.
"""

import ast
from collections import ChainMap, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final, NamedTuple

from nbtrack.capture.syntax.literals import literal
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.trials import Swept
from nbtrack.capture.syntax.walking import called_by_name, every_node, nodes_outside, of_kind
from nbtrack.record.unasked import class_name, derives, module_name
from nbtrack.record.values import as_label, number

MOST: Final = 30  # more are data that somebody goes through
_LONGEST: Final = 60
_WORDS: Final = 4  # of a text that is no name
_MOST_PARTS: Final = 4  # of a setting that is itself a tuple or a dictionary
_WRAPPERS: Final = frozenset({"tqdm", "list", "tuple", "sorted", "reversed", "iter", "track", "progress_bar"})
_RANGES: Final = frozenset({"range", "trange"})
_DATA: Final = frozenset({"builtins", "numpy", "pandas", "polars", "pyarrow", "datetime"})
_TABLES: Final = frozenset({dict, OrderedDict})
_DRAWN: Final = frozenset(
    "color colour clr ls linestyle lw linewidth marker fmt ax axis".split()
)  # how things are drawn
_PLAIN: Final = frozenset({int, float, bool, str, type(None)})
_SIMPLE: Final = frozenset({ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign})
_DISPLAYS: Final = frozenset({ast.List, ast.Tuple, ast.Dict})
_INNER: Final = frozenset({ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})


class _Value(NamedTuple):
    """A value that is there; what is only written so far is an expression, and what is paired a tuple."""

    held: object


class Passing:
    """A loop that may pass over things with names.

    Args:
        loop: the loop, or one of those of a comprehension.
        anew: each of its iterations trains something else, whatever the loop goes through.
    """

    __slots__ = ("_over", "_target", "anew", "turn")

    def __init__(self, loop: ast.For | ast.comprehension, *, anew: bool = False) -> None:
        self._target = loop.target
        self._over = loop.iter
        self.anew = anew
        self.turn = 0  # how many iterations have begun, where somebody counts them

    def label(self, namespace: Mapping[str, Any]) -> str | None:
        """Return what the thing is called that the loop has arrived at; None where it has no name of its own."""
        things = _things(self._over, namespace)
        if not things or self.reads(namespace):
            return None
        columns: dict[str, list[Mapping[str, str]]] = {}
        for thing in things:
            for name, part in _spread(self._target, thing):
                columns.setdefault(name, []).append(_names_of(part, namespace))
        for kind in ("text", "class", "variable"):
            for name, column in columns.items():
                words = [each.get(kind, "") for each in column]
                if name not in _DRAWN and all(words) and len(set(words)) == len(words) == len(things):
                    return _found(kind, words, namespace.get(name), namespace)
        return None

    def number(self, namespace: Mapping[str, Any]) -> str | None:
        """Return what a thing is called by its number, where each has a curve: ``lr=0.1``; None where nobody can tell.

        A loop that trains anew in each iteration tells by what it counts or, where that is no number, by its turns.
        """
        if self.anew:
            if self.turn > MOST or (_length(self._over, namespace) or 0) > MOST:
                return None
            told = (_setting(part.id, namespace.get(part.id)) for part in _variables(self._target))
            if self._combines():
                return ", ".join(filter(None, told)) or None
            return next(filter(None, told), str(self.turn) if self.turn else None)
        return self.setting(namespace)

    def _combines(self) -> bool:
        """Tell whether it goes through all combinations of settings: ``for lr, decay in product(rates, (0, 1))``."""
        return any(last_name(each.func) == "product" for each in of_kind(every_node(self._over), ast.Call))

    def tries(self) -> bool:
        """Tell whether it tries whole numbers as settings: ``for q in range(3): ARIMA(y, order=(1, 0, q)).fit()``."""
        return self.anew and isinstance(self._over, ast.Call) and last_name(self._over.func) in _RANGES

    def setting(self, namespace: Mapping[str, Any]) -> str | None:
        """Return which of the settings that are written out, or held by a name, the loop has arrived at."""
        things = _things(self._over, namespace)
        columns: dict[str, list[str]] = {}
        for thing in things or ():
            for name, part in _spread(self._target, thing):
                columns.setdefault(name, []).append(_setting(name, _worth(part, namespace)))
        for name, column in columns.items():
            if name not in _DRAWN and all(column) and len(set(column)) == len(column) == len(things or ()):
                return _setting(name, namespace.get(name)) or None
        return None

    def reads(self, namespace: Mapping[str, Any]) -> bool:
        """Tell whether it goes through texts that are data, as comments are: most of them have several words."""
        held = namespace.get(self._over.id) if isinstance(self._over, ast.Name) else None
        texts = held[:MOST] if type(held) is list or type(held) is tuple else ()
        if not texts or not all(type(each) is str for each in texts):
            return False
        return sum(len(each.split()) for each in texts) >= _WORDS * len(texts)

    def holds(self, namespace: Mapping[str, Any]) -> Mapping[str, Sequence[object]]:
        """Return what each variable of the loop goes through: expressions, or values that are there."""
        columns: dict[str, list[object]] = {}
        for thing in _things(self._over, namespace) or ():
            for name, part in _spread(self._target, thing):
                columns.setdefault(name, []).append(part.held if isinstance(part, _Value) else part)
        return columns


def goes_through(swept: Swept, value: object, namespace: Mapping[str, Any]) -> bool | None:
    """Tell whether a comprehension goes through a value; None where nobody can tell what it goes through."""
    over = swept.loop.iter
    if isinstance(over, ast.Call) and last_name(over.func) in _RANGES:
        return type(value) is int
    parts = Passing(swept.loop).holds(namespace).get(swept.variable)
    if parts is None:
        return None
    told = _setting("", value)
    values = (_worth(each, namespace) if isinstance(each, ast.expr) else each for each in parts)
    return told != "" and any(_setting("", each) == told for each in values)


class Comprehended(Passing):
    """The loop of a comprehension, whose variables nobody else sees: it is told what it has arrived at."""

    __slots__ = ("_label", "_number", "variables")

    def __init__(self, loop: ast.comprehension) -> None:
        super().__init__(loop)
        self.variables = [part.id for part in _variables(loop.target)]
        self._label: str | None = None
        self._number: str | None = None

    def arrive(self, values: Sequence[object], namespace: Mapping[str, Any]) -> None:
        """Note what the comprehension has arrived at, by its names alone; the values are not kept."""
        self.turn += 1
        seen = ChainMap(dict(zip(self.variables, values, strict=True)), namespace)  # type: ignore[arg-type]  # only read
        self._label, self._number = super().label(seen), super().setting(seen)

    def file(self, key: object, namespace: Mapping[str, Any]) -> None:
        """Note under which key the value will be found, if it is a text."""
        if type(key) is str and _of_text(key) and self._is_few(namespace):
            self._label = key

    def _is_few(self, namespace: Mapping[str, Any]) -> bool:
        return bool(_things(self._over, namespace)) or 0 < (_length(self._over, namespace) or 0) <= MOST

    def is_about_things(self) -> bool:
        """Tell whether the thing it has arrived at has a name or a number."""
        return self._label is not None or self._number is not None

    def leave(self) -> None:
        """Note that the comprehension is over."""
        self._label = self._number = None
        self.turn = 0

    def label(self, _: Mapping[str, Any]) -> str | None:
        """Return what the thing is called."""
        return self._label

    def setting(self, _: Mapping[str, Any]) -> str | None:
        """Return what it is called by its number."""
        return self._number


_Arguments = Mapping[int | str | None, ast.expr]


class _Called(NamedTuple):
    """A call of a helper: its arguments by their places and names, and what its value becomes."""

    arguments: _Arguments
    target: str


class Turn:
    """One of several calls of a helper, which judges or trains another thing in each: ``report("svm", svm)``."""

    __slots__ = ("_label", "_number", "turn")

    def __init__(self, label: str, *, by_number: bool = False) -> None:
        self._label = None if by_number else label
        self._number = label if by_number else None
        self.turn = 0

    def label(self, _: Mapping[str, Any]) -> str | None:
        """Return what the call is about."""
        return self._label

    def number(self, _: Mapping[str, Any]) -> str | None:
        """Return what it is about where that is a number."""
        return self._number

    setting = number


def turns(statements: Sequence[ast.stmt], namespace: Mapping[str, Any]) -> dict[ast.stmt, Turn]:
    """Return the statements that call a function of the notebook's own which others call too, each with its label.

    The label is the argument by which they differ: a text that is written out or, where there is none, a variable, a
    class, or else what the value of the call becomes. Numbers tell no more than curves apart.
    """
    defined = {each.name: each for each in statements if isinstance(each, ast.FunctionDef)}
    groups: dict[str, dict[ast.stmt, _Called]] = {}
    for each in statements:
        if each.__class__ in _SIMPLE:
            for name, call in _own_calls(each, defined, namespace):
                groups.setdefault(name, {})[each] = _Called(_arguments(call), _target(each, call))
    found: dict[ast.stmt, Turn] = {}
    for name, group in groups.items():
        if 1 < len(group) <= MOST:
            names = _parameters(defined.get(name) or namespace.get(name))
            for statement, turn in zip(group, _told_apart(list(group.values()), names), strict=False):
                found.setdefault(statement, turn)
    return found


def _own_calls(
    statement: ast.stmt, defined: Mapping[str, ast.FunctionDef], namespace: Mapping[str, Any]
) -> Iterator[tuple[str, ast.Call]]:
    """Yield the notebook's own functions that a statement calls once, in no loop, with these calls."""
    called = called_by_name(every_node(statement))
    owns = [name for name in called if name in defined or _is_own(namespace.get(name))]
    calls: dict[str, list[ast.Call]] = {}
    for node in nodes_outside(statement, _INNER) if owns else ():
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in owns:
                calls.setdefault(name, []).append(node)
    yield from ((name, found[0]) for name, found in calls.items() if len(found) == 1)


def _is_own(value: object) -> bool:
    return type(value) is FunctionType and value.__module__ == "__main__"


def _arguments(call: ast.Call) -> _Arguments:
    """Return the arguments of a call by their places and names."""
    return {**dict(enumerate(call.args)), **{each.arg: each.value for each in call.keywords}}


def _target(statement: ast.stmt, call: ast.Call) -> str:
    """Return the variable that the value of a call becomes: ``svm_scores = evaluate(X)``."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call:
            return name
    return ""


def _parameters(function: object) -> Sequence[str]:
    """Return what a function calls its arguments, by their places."""
    if isinstance(function, ast.FunctionDef):
        return [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    code = function.__code__ if type(function) is FunctionType else None
    return code.co_varnames[: code.co_argcount] if code is not None else ()


def _told_apart(calls: Sequence[_Called], names: Sequence[str]) -> Sequence[Turn]:
    """Return what tells calls apart; nothing where nothing does."""
    for word_of in (_written, _variable, _made):
        for place in calls[0].arguments:
            words = [word_of(each.arguments.get(place)) for each in calls]
            if all(words) and len(set(words)) == len(words):
                return [Turn(word) for word in words]
    words = [each.target for each in calls]
    if all(words) and len(set(words)) == len(words):
        return [Turn(word) for word in words]
    for place in calls[0].arguments:
        called = names[place] if isinstance(place, int) and place < len(names) else str(place or "")
        words = [_setting(called, _plain_value(each.arguments.get(place))) for each in calls]
        if all(words) and len(set(words)) == len(words):
            return [Turn(word, by_number=True) for word in words]
    return ()


def _written(node: ast.expr | None) -> str:
    return _of_text(node.value) if isinstance(node, ast.Constant) and type(node.value) is str else ""


def _variable(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _made(node: ast.expr | None) -> str:
    """Return the class of what is made for a call: ``evaluate(GaussianNB())``."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        node = node.func.value  # ``Ridge().fit(X, y)``
    word = (last_name(node.func) or "") if isinstance(node, ast.Call) else ""
    return word if word[:1].isupper() else ""


def is_candidate(loop: ast.AST) -> bool:
    """Tell whether a loop, or one of a comprehension, may pass over things with names: not one that counts."""
    return isinstance(loop, ast.For | ast.comprehension) and (
        isinstance(loop.iter, ast.Name | ast.List | ast.Tuple | ast.Dict)
        or (isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) not in _RANGES)
    )


def _variables(target: ast.expr) -> Sequence[ast.Name]:
    return of_kind(every_node(target), ast.Name)


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


def _length(node: ast.expr, namespace: Mapping[str, Any]) -> int | None:
    """Return how many iterations a loop over a range has; None where nobody can tell, and for any other loop."""
    match node:
        case ast.Call(func=function, args=[_, *_] as bounds) if last_name(function) in _RANGES:
            known = [each for each in (_worth(bound, namespace) for bound in bounds[:3]) if type(each) is int]
            return len(range(*known)) if len(known) == len(bounds) and known[2:] != [0] else None
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in {"enumerate", *_WRAPPERS}:
            return _length(inner, namespace)
    return None


def _held(value: object) -> Sequence[object] | None:
    """Return what a container holds that is there, or that the cell is about to write out."""
    kind = type(value)
    if kind in _DISPLAYS:
        return value.keys if kind is ast.Dict else value.elts  # type: ignore[attr-defined,no-any-return]  # of these
    if kind not in {list, tuple, *_TABLES} or len(value) > MOST:  # type: ignore[arg-type]  # these have a length
        return None
    return [_Value(each) for each in list(value)]  # type: ignore[call-overload]  # and are gone through


def _viewed(node: ast.expr, view: str, namespace: Mapping[str, Any]) -> Sequence[object] | None:
    """Return the items, keys or values of a dictionary, written out or held by a name."""
    pairs: list[tuple[object, object]]
    value: Any = namespace.get(node.id) if isinstance(node, ast.Name) else node
    if type(value) is ast.Dict:
        pairs = list(zip(value.keys, value.values, strict=True))
    else:
        if type(value) not in _TABLES or len(value) > MOST:
            return None
        pairs = [(_Value(key), _Value(item)) for key, item in list(dict.items(value))]
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


def _names_of(thing: object, namespace: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what a thing is called, by its ``text``, its ``class`` and the ``variable`` it is written as."""
    match thing:
        case ast.Name(id=name):
            value = namespace.get(name)
            return {**_names_of(_Value(value), namespace), "variable": "" if type(value) in _PLAIN else name}
        case ast.Call(func=function):
            word = last_name(function) or ""
            return {"class": word if word[:1].isupper() else ""}
        case ast.Attribute() | ast.Constant():
            held = thing.value if isinstance(thing, ast.Constant) else _of_module(thing, namespace)
        case _Value(held=held):
            pass
        case _:
            return {}
    return {"text": _of_text(held)} if type(held) is str else {"class": _of_class(held)}


def _of_module(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return what a module has under a name, ``torch.optim.SGD``; None for an attribute of anything else."""
    if isinstance(node, ast.Attribute):
        module = _of_module(node.value, namespace)
        return vars(module).get(node.attr) if type(module) is ModuleType else None
    return namespace.get(node.id) if isinstance(node, ast.Name) else None


def _found(kind: str, words: Sequence[str], value: object, namespace: Mapping[str, Any]) -> str | None:
    """Return which of its names a value has that a loop has arrived at."""
    if kind == "variable":
        return next((word for word in words if namespace.get(word) is value), None)
    return _names_of(_Value(value), namespace).get(kind) or None


def _of_text(text: str) -> str:
    return text if 0 < len(text) <= _LONGEST and "\n" not in text else ""


def _of_class(value: object) -> str:
    """A model is called by its class, a class and a function by themselves."""
    kind = type(value)
    if kind in {FunctionType, BuiltinFunctionType}:
        word = str(getattr(value, "__name__", ""))
    elif derives(kind, type):
        word = class_name(value)  # type: ignore[arg-type]  # a class
    else:
        word = "" if module_name(kind).partition(".")[0] in _DATA else class_name(kind)
    word = word.rpartition(".")[2]
    return word if word.isidentifier() else ""


def _worth(part: object, namespace: Mapping[str, Any]) -> object:
    """Return the value of a thing, ``...`` where it is yet to be computed."""
    match part:
        case _Value(held=held):
            return held
        case ast.Name(id=name):
            return namespace.get(name, ...)
    return _plain_value(part)


def _plain_value(part: object) -> object:
    return literal(part) if isinstance(part, ast.expr) else ...


def _setting(name: str, value: object) -> str:
    """Return a setting as a name, ``lr=0.1``, ``layers=(16, 8)``; "" for anything that is none.

    >>> [_setting("lr", 0.1), _setting("layers", (16, 8)), _setting("cfg", {"lr": 0.1, "depth": 2}), _setting("x", [])]
    ['lr=0.1', 'layers=(16, 8)', 'lr=0.1, depth=2', '']
    """
    kind = type(value)
    if kind in _TABLES and 0 < len(value) <= _MOST_PARTS:  # type: ignore[arg-type]  # these have a length
        pairs: list[tuple[object, object]] = list(dict.items(value))  # type: ignore[arg-type]  # one of these
        told = [_setting(as_label(key), item) if item is not value else "" for key, item in pairs]
        return ", ".join(told) if all(told) else ""
    if kind in {tuple, list} and 0 < len(value) <= _MOST_PARTS:  # type: ignore[arg-type]  # the same
        parts = [_written_out(each) for each in list(value)]  # type: ignore[call-overload]
        word = f"({', '.join(parts)})" if all(parts) else ""
    else:
        word = _written_out(value)
    return f"{name}={word}" if name and word else word


def _written_out(value: object) -> str:
    kind = type(value)
    if kind is str:
        return _of_text(value)  # type: ignore[arg-type]  # a text
    if kind in _PLAIN and kind is not float:
        return as_label(value)
    told = number(value) if kind is float or module_name(kind) == "numpy" else None
    return f"{told:.6g}" if isinstance(told, int | float) else ""
