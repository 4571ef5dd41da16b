"""The settings of the notebook's own functions and classes: what a call passes by position, and defaults it leaves."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from nbtrack.capture.syntax.syntax import last_name, literal
from nbtrack.record.unasked import class_member, derives, instance_dict, module_name

_MOST = 100
_PLAIN = (bool, int, float)
_SETTLING = (
    *("sklearn.model_selection", "lightgbm.callback", "xgboost.callback", "keras."),
    *("torch.optim", "torch.utils.data", "torch.nn.utils", "torch.nn.modules.dropout", "torch.nn.modules.loss"),
)


class Setting(NamedTuple):
    """An argument of a call: ``given`` by position, or the function's default."""

    function: str
    name: str
    value: Any
    given: bool


def settings_of_calls(calls: Iterable[ast.Call], namespace: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield literal positional arguments of calls to functions written in Python, and defaults of the user's own.

    A function is looked at, never called; a value a variable was given is that variable's business. So are classes of
    the notebook's own of which it has an object, ``Net(64)``, and of libraries those that settle how models are trained
    and judged: ``KFold(5)``, ``lgb.early_stopping(10)``.
    """
    for call in list(calls)[:_MOST]:
        name = last_name(call.func)
        function = _unwrapped(_called(call.func, namespace))
        if name and type(function) is FunctionType:
            yield from _of_call(name, call, function, 0)
        elif name and (_settles(function) or _is_own(function, namespace)):
            begin = class_member(function, "__init__")  # type: ignore[arg-type]  # a class: just asked
            if type(begin) is FunctionType:
                yield from _of_call(name, call, begin, 1)


def _called(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return what a call calls: a name of the notebook's, or one of a module of ``_SETTLING``."""
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    function = _dotted(node, namespace)
    plain = type(function) is FunctionType and function.__module__.startswith(_SETTLING)
    return function if plain or _settles(function) else None


def _unwrapped(value: object) -> object:
    """Return the function of a library that its decorator stands for; of the notebook's own it may be anything."""
    if type(value) is FunctionType and value.__module__.startswith(_SETTLING):
        inner = instance_dict(value).get("__wrapped__")
        return inner if type(inner) is FunctionType else value
    return value


def _is_own(value: object, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a value is a class of the notebook's own, and not one whose objects are a function's business."""
    if not derives(type(value), type) or module_name(value) != "__main__":  # type: ignore[arg-type]  # a class
        return False
    return any(type(each) is value for each in namespace.values())


def _dotted(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return what stands in a module, or a module in it: ``keras.optimizers.Adam``."""
    match node:
        case ast.Name(id=name):
            return namespace.get(name)
        case ast.Attribute(value=inner, attr=name) if type(module := _dotted(inner, namespace)) is ModuleType:
            return vars(module).get(name)
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
