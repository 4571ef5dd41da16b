"""Which arguments of the callables that a cell names are secrets: told by the signatures of what is loaded.

``connect("db", "me", "hunter2")`` says of no argument what it is; the signature of ``connect`` calls the third one
``password``. Signatures are read where Python keeps them, and nothing is called or asked.
"""

import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from nbtrack.record.known import KNOWN
from nbtrack.record.unasked import class_member, derives
from nbtrack.secret.argument import Places
from nbtrack.secret.name import grade

_LONGEST: Final = 100_000  # characters of a cell that are looked at: longer ones hold data
_CALLED: Final = re.compile(r"\b([A-Za-z_][\w.]*+)\(")
_BUILTINS: Final = frozenset(dir(builtins))
_IMPORT: Final = re.compile(r"(?m)^[ \t]*(?:from[ \t]+(?P<home>[\w.]+)[ \t]+)?import[ \t]+\(?(?P<names>[\w., \t]+)")
_WRAPPERS: Final = 10  # decorators around one function


def learn_calls(source: str, namespace: Mapping[str, object]) -> None:
    """Have what a cell writes in the place of a secret argument kept out of all that is recorded from now on."""
    if '"' not in source and "'" not in source:
        return
    text = source[:_LONGEST]
    imported: dict[str, object] | None = None
    for name in _called(text):
        first, *rest = name.split(".")
        if first in namespace:
            value = namespace[first]
        elif first in _BUILTINS:
            continue
        else:
            imported = _imported(text) if imported is None else imported
            value = imported.get(first)
        if value is not None:
            secrets, likely = _places(_parameters(value, rest))
            if secrets or likely:
                KNOWN.learn_places(name, secrets, likely)


@lru_cache(maxsize=256)  # asked before a cell and after it
def _called(text: str) -> Sequence[str]:
    """Return what a cell calls."""
    return list(dict.fromkeys(_CALLED.findall(text)))


def _imported(text: str) -> dict[str, object]:
    """Return what a cell's imports will bind, as far as it is loaded already."""
    bound: dict[str, object] = {}
    for line in _IMPORT.finditer(text):
        for each in line["names"].split(","):
            name, _, called = (part.strip() for part in each.partition(" as "))
            home = sys.modules.get(line["home"] or (name if called else name.partition(".")[0]))
            if type(home) is ModuleType:
                bound[called or name.partition(".")[0]] = vars(home).get(name) if line["home"] else home
    return bound


def _parameters(value: Any, path: list[str]) -> tuple[str, ...]:
    """Return the names of the positional parameters of what is found along a path of attributes."""
    is_bound = False
    for name in path:
        if type(value) is ModuleType:
            value = vars(value).get(name)
        elif derives(type(value), type):
            value = class_member(value, name)
        else:
            value, is_bound = class_member(type(value), name), True
    if type(value) in (staticmethod, classmethod):
        is_bound, value = type(value) is classmethod, value.__func__
    elif type(value) is MethodType:
        is_bound, value = True, value.__func__
    elif derives(type(value), type):
        is_bound, value = True, class_member(value, "__init__")
    for _ in range(_WRAPPERS):
        if type(value) is not FunctionType or "__wrapped__" not in value.__dict__:
            break
        value = value.__dict__["__wrapped__"]
    if type(value) is not FunctionType:
        return ()
    code = value.__code__
    return code.co_varnames[is_bound : code.co_argcount]


@lru_cache(maxsize=1024)
def _places(parameters: tuple[str, ...]) -> tuple[Places, Places]:
    """Return where only a secret stands, and where one may stand."""
    grades = list(map(grade, parameters))
    return tuple(frozenset(at for at, told in enumerate(grades) if told == wanted) for wanted in (2, 1))  # type: ignore[return-value]  # two
