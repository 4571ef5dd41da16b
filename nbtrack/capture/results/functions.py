"""The settings of the notebook's own functions: what a call passes by position, and defaults it leaves as they are."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from nbtrack.capture.syntax.syntax import last_name, literal
from nbtrack.record.unasked import class_member, derives, instance_dict, module_name

_MOST = 100
_PLAIN = (bool, int, float)
_SETTLING = ("sklearn.model_selection", "lightgbm.callback", "xgboost.callback", "keras.", "torch.optim")


class Setting(NamedTuple):
    """An argument of a call: ``given`` by position, or the function's default."""

    function: str
    name: str
    value: Any
    given: bool


def settings_of_calls(calls: Iterable[ast.Call], namespace: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield literal positional arguments of calls to functions written in Python, and defaults of the user's own.

    A function is looked at, never called; a value a variable was given is that variable's business. Of libraries, the
    classes that settle how models are trained and judged are known too: ``KFold(5)``, ``lgb.early_stopping(10)``.
    """
    for call in list(calls)[:_MOST]:
        name = last_name(call.func)
        function = _called(call.func, namespace)
        if name and type(function) is FunctionType:
            yield from _of_call(name, call, function, 0)
        elif name and _settles(function):
            begin = class_member(function, "__init__")  # type: ignore[arg-type]  # a class: just asked
            if type(begin) is FunctionType:
                yield from _of_call(name, call, begin, 1)


def _called(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return what a call calls: a name of the notebook's, or one of a module of ``_SETTLING``."""
    match node:
        case ast.Name(id=name):
            return namespace.get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if type(namespace.get(module)) is ModuleType:
            function = vars(namespace[module]).get(name)
            plain = type(function) is FunctionType and function.__module__.startswith(_SETTLING)
            return function if plain or _settles(function) else None
    return None


def _settles(value: object) -> bool:
    return derives(type(value), type) and module_name(value).startswith(_SETTLING)  # type: ignore[arg-type]  # a class


def _of_call(name: str, call: ast.Call, function: FunctionType, bound: int) -> Iterator[Setting]:
    code: CodeType = function.__code__
    names = code.co_varnames[bound : code.co_argcount]
    for word, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            return
        value = literal(argument)
        if type(value) in _PLAIN:
            yield Setting(name, word, value, given=True)
    if function.__module__ != "__main__" or instance_dict(function):
        return
    given = {*names[: len(call.args)], *(keyword.arg for keyword in call.keywords)}
    if None in given:  # **settings
        return
    for word, value in _defaults(function, names).items():
        if word not in given and type(value) in (*_PLAIN, str):
            yield Setting(name, word, value, given=False)


def _defaults(function: FunctionType, names: tuple[str, ...]) -> dict[str, Any]:
    defaults = function.__defaults__ or ()
    positional = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {**dict(positional), **(function.__kwdefaults__ or {})}
