"""Which variables a cell rebound, told by the identities of their values. No value is looked at."""

import re
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from nbtrack.record.unasked import derives

Snapshot = dict[str, int]

# Values that cannot change: two names for one of them are not two names for something.
_FIXED = frozenset(
    (str, int, float, complex, bool, bytes, tuple, frozenset, type(None), range, slice, type(...), FunctionType)
) | {BuiltinFunctionType, MethodType, ModuleType}
# What IPython itself keeps among the variables; ``_`` and ``_3`` are results of cells, which other cells may read.
_IPYTHON = re.compile(r"_i+|_i\d+|_[iod]h|In|Out|exit|quit|get_ipython|open|___?|__\w+__|_exit_code")
_RESULT = re.compile(r"_\d*")


def snapshot(namespace: Mapping[str, Any]) -> Snapshot:
    """Return the identity of each variable's value."""
    now = dict(namespace)  # at once: a thread may add names
    return dict(zip(now, map(id, now.values()), strict=True))


def changed(before: Snapshot, after: Snapshot) -> set[str]:
    """Return the variables that are new, or hold another object."""
    fresh = {name for name, identity in after.items() if before.get(name) != identity}
    return {name for name in fresh if not is_ipythons(name)}


def is_ipythons(name: str) -> bool:
    """Tell whether a name is one that IPython, not a person, gives."""
    return _IPYTHON.fullmatch(name) is not None


def is_result(name: str) -> bool:
    """Tell whether a name is one under which IPython keeps a cell's result: ``_`` and ``_3``."""
    return _RESULT.fullmatch(name) is not None


def is_fixed(value: object) -> bool:
    """Tell whether a value cannot change: text, numbers, functions, classes, modules."""
    return type(value) in _FIXED or derives(type(value), type)
