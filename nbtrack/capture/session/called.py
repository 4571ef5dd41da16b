"""What a value of the notebook may read when it is called: the free names of functions and classes defined in cells."""

from collections.abc import Container, Iterator, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from nbtrack.record.unasked import derives, instance_dict, module_name

_MOST = 400  # values looked at for one cell
# Values that are not called, or call nothing of the notebook's.
WITHOUT_CODE = frozenset({bool, int, float, complex, str, bytes, type(None), list, tuple, dict, set, frozenset, range})
WITHOUT_CODE |= {ModuleType, BuiltinFunctionType}


def names_behind(names: set[str], namespace: Mapping[str, Any], once: Container[str] = ()) -> set[str]:
    """Return the names of ``namespace`` that the values of ``names`` may read when called, and theirs, and so on.

    So are names that were there ``once``: a function that finds one gone does something else.
    Only functions whose globals are the notebook's own are followed, and classes made in it: library code does not
    see the notebook's names.
    """
    found: set[str] = set()
    waiting, looked = list(names), 0
    while waiting and looked < _MOST:
        looked += 1
        value = namespace.get(waiting.pop())
        if type(value) in WITHOUT_CODE:
            continue
        for code in _codes(value, namespace):
            fresh = {name for name in code.co_names if name in namespace or name in once} - found - names
            found |= fresh
            waiting += fresh
    return found


def _codes(value: object, namespace: Mapping[str, Any], depth: int = 3) -> Iterator[CodeType]:
    kind = type(value)
    if kind is FunctionType:
        yield from _of_function(value, namespace, depth)
    elif kind is MethodType:
        yield from _codes(value.__func__, namespace, depth)  # type: ignore[attr-defined]  # the type was asked
    elif derives(kind, type):
        if module_name(value) == "__main__":  # type: ignore[arg-type]  # a class
            yield from _of_class(value, namespace, depth)  # type: ignore[arg-type]  # a class
    elif module_name(kind) == "__main__":
        yield from _of_class(kind, namespace, depth)
    elif kind.__name__ == "partial" and module_name(kind) == "functools" and depth:
        yield from _codes(value.func, namespace, depth - 1)  # type: ignore[attr-defined]  # functools' own


def _of_function(function: Any, namespace: Mapping[str, Any], depth: int) -> Iterator[CodeType]:
    if function.__globals__ is namespace:
        yield from _with_inner(function.__code__)
    if not depth:
        return
    wrapped = instance_dict(function).get("__wrapped__")
    for inner in (wrapped, *map(_content, function.__closure__ or ())):
        if type(inner) is FunctionType:
            yield from _codes(inner, namespace, depth - 1)


def _of_class(kind: type, namespace: Mapping[str, Any], depth: int) -> Iterator[CodeType]:
    for member in list(type.__dict__["__dict__"].__get__(kind).values()):
        function = member.__func__ if type(member) is staticmethod or type(member) is classmethod else member
        function = function.fget if type(function) is property else function
        if type(function) is FunctionType and depth:
            yield from _codes(function, namespace, depth - 1)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _with_inner(constant)


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
