"""Which variables a cell rebound, told by the identities of their values. No value is looked at.

IPython adds a name for the input of every cell, so that a long session has thousands: those are looked at once, and
what is done for every other name is done in C.
"""

import re
from collections.abc import Mapping
from itertools import compress
from operator import ne
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from nbtrack.record.unasked import derives, module_name

# Values that cannot change: two names for one of them are not two names for something.
_FIXED = frozenset(
    (str, int, float, complex, bool, bytes, tuple, frozenset, type(None), range, slice, type(...), FunctionType)
) | {BuiltinFunctionType, MethodType, ModuleType}
# What IPython itself keeps among the variables; ``_`` and ``_3`` are results of cells, which other cells may read.
_IPYTHON = re.compile(r"_i+|_i\d+|_[iod]h|In|Out|exit|quit|get_ipython|open|___?|__\w+__|_exit_code")
_RESULT = re.compile(r"_\d*")

# A number of its own for each object there is, made of its address as ``id`` is; but each ``id()`` is an event for
# audit hooks, ours among them. This is ``object``'s own function, whatever an object's class says of hashes.
identity: Final = object.__hash__


class Snapshot:
    """The names of a person's variables in their order, and the identities of their values."""

    __slots__ = ("_table", "ids", "names")

    def __init__(self, names: list[str], ids: list[int]) -> None:
        self.names = names
        self.ids = ids
        self._table: dict[str, int] | None = None

    @property
    def table(self) -> dict[str, int]:
        """The identities by name; made when it is first asked for."""
        if self._table is None:
            self._table = dict(zip(self.names, self.ids, strict=True))
        return self._table

    def only_adds_to(self, before: "Snapshot") -> bool:
        """Tell whether the variables are those of before in the same order, and maybe more."""
        return self.names[: len(before.names)] == before.names


class Variables:
    """Takes snapshots of one namespace, and remembers which of its names are a person's."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._known: set[str] = set()  # all names, IPython's among them
        self._last: str | None = None

    def snapshot(self, namespace: Mapping[str, Any]) -> Snapshot:
        """Return the variables as they are now."""
        try:
            self._extend(namespace)
            ids = list(map(identity, map(namespace.__getitem__, self._names)))
        except (KeyError, RuntimeError):  # a name is gone, or a thread adds some
            self._names, self._known, self._last = [], set(), None
            now = dict(namespace)
            self._extend(now)
            ids = list(map(identity, map(now.__getitem__, self._names)))
        return Snapshot(self._names, ids)

    def _extend(self, namespace: Mapping[str, Any]) -> None:
        """Take in the names added since, which stand at the end.

        Raises:
            KeyError: they cannot be told, because others were deleted, or deleted and set again.
        """
        fresh: list[str] = []
        names: Any = namespace  # a dictionary, as IPython has it
        for name in reversed(names):
            if name == self._last:
                break
            fresh.append(name)
        if len(self._known) + len(fresh) != len(namespace) or not self._known.isdisjoint(fresh):
            raise KeyError
        if fresh:
            self._last = fresh[0]
            self._known.update(fresh)
            self._names = self._names + [name for name in reversed(fresh) if not is_ipythons(name)]


def changed(before: Snapshot, after: Snapshot) -> set[str]:
    """Return the variables that are new, or hold another object."""
    if after.only_adds_to(before):
        fresh = {*compress(before.names, map(ne, before.ids, after.ids)), *after.names[len(before.names) :]}
    else:
        fresh = {name for name, identity in after.table.items() if before.table.get(name) != identity}
    return fresh


def gone(before: Snapshot, after: Snapshot) -> set[str]:
    """Return the variables that are no more."""
    if after.only_adds_to(before):
        return set()
    return before.table.keys() - after.table.keys()


def is_ipythons(name: str) -> bool:
    """Tell whether a name is one that IPython, not a person, gives."""
    return _IPYTHON.fullmatch(name) is not None


def is_result(name: str) -> bool:
    """Tell whether a name is one under which IPython keeps a cell's result: ``_`` and ``_3``."""
    return _RESULT.fullmatch(name) is not None


def is_fixed(value: object) -> bool:
    """Tell whether a value cannot change: text, numbers, functions, modules, the classes of libraries."""
    return type(value) in _FIXED or (derives(type(value), type) and module_name(value) != "__main__")  # type: ignore[arg-type]  # a class
