"""The settings of the notebook's own functions: what a call passes by position, and defaults it leaves as they are."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from nbtrack.capture.syntax.syntax import last_name, literal
from nbtrack.record.unasked import instance_dict

_MOST = 20
_PLAIN = (bool, int, float)


class Setting(NamedTuple):
    """An argument of a call: ``given`` by position, or the function's default."""

    function: str
    name: str
    value: Any
    given: bool


def settings_of_calls(calls: Iterable[ast.Call], namespace: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield literal positional arguments of calls to functions written in Python, and defaults of the user's own.

    A function is looked at, never called; a value a variable was given is that variable's business.
    """
    for call in list(calls)[:_MOST]:
        name = last_name(call.func)
        function = namespace.get(name or "")
        if name and type(function) is FunctionType:
            yield from _of_call(name, call, function)


def _of_call(name: str, call: ast.Call, function: FunctionType) -> Iterator[Setting]:
    code: CodeType = function.__code__
    names = code.co_varnames[: code.co_argcount]
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
