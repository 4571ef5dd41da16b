"""Making any function of nbtrack fail, wherever it is held: its code is replaced, not its name.

A place is a code object of nbtrack that ran while cells ran: a function, a method, or what is defined inside one.
"""

from __future__ import annotations

import builtins
import gc
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

_numbers = itertools.count()


@dataclass(frozen=True)
class Place:
    """A function and, for what is defined inside it, the way there through its constants."""

    name: str
    function: FunctionType
    path: tuple[int, ...]

    @property
    def code(self) -> CodeType:
        code = self.function.__code__
        for index in self.path:
            code = code.co_consts[index]
        return code


@contextmanager
def failing(place: Place, fault: Callable[[], Any]) -> Iterator[None]:
    """Have a function do ``fault`` instead of its work."""
    key = f"_fault_{next(_numbers)}"
    setattr(builtins, key, fault)
    healthy = place.function.__code__
    place.function.__code__ = _replaced(healthy, place.path, key)
    try:
        yield
    finally:
        place.function.__code__ = healthy
        delattr(builtins, key)


def _replaced(code: CodeType, path: tuple[int, ...], key: str) -> CodeType:
    if path:
        consts = list(code.co_consts)
        consts[path[0]] = _replaced(consts[path[0]], path[1:], key)
        return code.replace(co_consts=tuple(consts))
    inner: CodeType = next(
        each
        for each in compile(f"def f(*args, **named): return {key}()", code.co_filename, "exec").co_consts
        if type(each) is CodeType
    )
    return inner.replace(co_name=code.co_name, co_qualname=code.co_qualname, co_freevars=code.co_freevars)


def seen(run: Callable[[], Any]) -> tuple[set[CodeType], set[CodeType]]:
    """Return the code of nbtrack that runs meanwhile in any thread, and that which a cell waits for, inside it."""
    every: set[CodeType] = set()
    inside: set[CodeType] = set()

    def profile(frame: Any, event: str, _: Any) -> None:
        if event != "call" or not str(frame.f_globals.get("__name__", "")).startswith("nbtrack."):
            return
        every.add(frame.f_code)
        caller = frame
        while caller is not None:
            if "ipython-input" in caller.f_code.co_filename:
                inside.add(frame.f_code)
                return
            caller = caller.f_back

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return every, inside


def places(codes: set[CodeType]) -> list[Place]:
    """Return where the functions are that these codes belong to; comprehensions belong to what they stand in."""
    found: dict[CodeType, Place] = {}
    functions = [
        each for each in gc.get_objects() if type(each) is FunctionType and str(each.__module__).startswith("nbtrack")
    ]
    for function in sorted(functions, key=lambda each: "<locals>" in each.__qualname__):
        for code, path in _codes(function.__code__, ()):
            if code in codes and code not in found and not code.co_name.startswith("<") or code.co_name == "<lambda>":
                name = f"{function.__module__.removeprefix('nbtrack.')}.{code.co_qualname}"
                found.setdefault(code, Place(name, function, path))
    return sorted((place for code, place in found.items() if code in codes), key=lambda place: (place.name, place.path))


def _codes(code: CodeType, path: tuple[int, ...]) -> Iterator[tuple[CodeType, tuple[int, ...]]]:
    yield code, path
    for index, constant in enumerate(code.co_consts):
        if type(constant) is CodeType:
            yield from _codes(constant, (*path, index))
