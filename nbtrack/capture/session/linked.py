"""Which variables share a changing object through what holds it: lists and dictionaries, and attributes of instances.

Only Python's own containers and ``__dict__``s are looked into, never a library's or a user's; and not far.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from nbtrack.capture.session.identities import identity, is_fixed, is_ipythons, is_result
from nbtrack.capture.session.learners import learns
from nbtrack.record.unasked import class_dict, derives, instance_dict, module_name

_DEPTH: Final = 3
_LONGEST: Final = 200  # items of one container
_MOST: Final = 4_000  # objects looked at for one cell
_PLAIN: Final = frozenset({list, dict, tuple, set})
_HOLDING: Final = frozenset({list, tuple, set, frozenset})  # no tuple: `in` would ask a metaclass for its ==
_ARRAYS: Final = frozenset({"numpy", "pandas", "polars", "pyarrow", "scipy", "builtins", "matplotlib"})


def linked(
    names: Collection[str],
    deep: Collection[str],
    before: Mapping[str, int],
    after: Mapping[str, int],
    namespace: Mapping[str, Any],
) -> set[str]:
    """Return the other names through which a change of ``names`` is seen.

    Args:
        names: the variables that hold a changed object.
        deep: those of them whose parts may have changed, too: ``pipeline.fit(X)`` fits its steps.
        before: identities of all values when the cell began.
        after: identities of all values now.
        namespace: the variables.
    """
    targets = {before.get(name) for name in names} - {None}
    targets |= {after[name] for name in names if name in after and not is_fixed(namespace.get(name))}
    budget = iter(range(_MOST))
    for name in deep:
        targets |= {identity(part) for part in _changing(namespace.get(name), budget, _DEPTH)}
    if not targets:
        return set()
    now = dict(namespace)
    others = {name: value for name, value in now.items() if name not in names and not is_fixed(value)}
    return {
        name
        for name, value in others.items()
        if not is_ipythons(name)
        and not is_result(name)
        and (after.get(name) in targets or any(identity(part) in targets for part in _parts(value, budget, _DEPTH)))
    }


def _parts(value: object, budget: Iterator[int], depth: int) -> Iterator[object]:
    """Yield what an object holds that can change, and what that holds, until the budget is spent."""
    for part in _held(value):
        if next(budget, None) is None:
            return
        if is_fixed(part) and type(part) is not tuple:
            continue
        yield part
        if depth > 1:
            yield from _parts(part, budget, depth - 1)


def _changing(value: object, budget: Iterator[int], depth: int) -> Iterator[object]:
    """Yield the parts that may change with the whole: an instance keeps what it was given, and changes what learns."""
    for part in _parts(value, budget, 1):
        if type(value) in _PLAIN or learns(part):
            yield part
        elif type(part) not in _PLAIN:
            continue
        if depth > 1:
            yield from _changing(part, budget, depth - 1)


def _held(value: object) -> Collection[object]:
    kind = type(value)
    if kind in _HOLDING:
        return value if len(value) <= _LONGEST else ()  # type: ignore[return-value,arg-type]  # the type was asked
    if kind is not dict:
        value = _attributes(value)
    return list(value.values()) if len(value) <= _LONGEST else ()  # type: ignore[attr-defined,arg-type]  # a dict now


def _attributes(value: object) -> Mapping[str, Any]:
    """Return the attributes of an instance, or of a class that the notebook itself defines."""
    if derives(type(value), type):
        return dict(class_dict(value)) if module_name(value) == "__main__" else {}  # type: ignore[arg-type]  # a class
    return {} if module_name(type(value)).partition(".")[0] in _ARRAYS else instance_dict(value)
