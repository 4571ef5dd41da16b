"""Whether a variable holds the value it held before: an address alone does not tell, Python uses them again at once.

``for i in range(3): y = y / 3`` may leave the third number where the first was. Small values are kept until the cell
has run, so that their address stays theirs; others are watched by a weak reference, which keeps nothing alive.
"""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nbtrack.record.unasked import library_base

_SMALL: Final = frozenset({int, float, complex, bool, type(None)})
_UNTOLD: Final = frozenset({list, dict, tuple})  # nor are there weak references to them
_LONGEST: Final = 10_000
_UNKNOWN: Final = object()


def watched(names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, object]:
    """Return what tells, for names that a cell may bind, whether they still hold what they hold now."""
    return {name: _watch(namespace[name]) for name in names if name in namespace}


def rebound(before: Mapping[str, object], namespace: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Return the names that hold another value than before, and those of which nobody can tell.

    >>> names = {"y": 0.1, "z": [1]}
    >>> before = watched(names, names)
    >>> names["y"] = 0.2
    >>> rebound(before, names)
    ({'y'}, {'z'})
    """
    there = {name: kept for name, kept in before.items() if name in namespace}
    unknown = {name for name, kept in there.items() if kept is _UNKNOWN}
    return {name for name in there.keys() - unknown if _now(there[name]) is not namespace[name]}, unknown


def _watch(value: Any) -> object:
    kind = type(value)
    if kind in _UNTOLD:
        return _UNKNOWN
    if kind in _SMALL or (kind in (str, bytes) and len(value) <= _LONGEST):
        return value
    try:
        return weakref.ref(value)
    except TypeError:
        return value if _is_of_numpy(kind) else _UNKNOWN


def _is_of_numpy(kind: type) -> bool:
    """Tell whether values are numbers of numpy, which are small, and to which there is no weak reference."""
    return library_base(kind, {"number", "bool", "bool_"}, {"numpy"}) is not None


def _now(kept: object) -> object:
    """Return what a variable held, if it is still there; what has gone is no value that one could hold now."""
    if type(kept) is not weakref.ref:
        return kept
    value = kept()
    return _UNKNOWN if value is None else value
