"""Curves that objects of the notebook's own classes keep while they learn: ``self.losses.append(loss)``.

An object is known by its class: one of the notebook's own that can be fitted or trained. Its attributes are read where
Python keeps them; nothing of it is called. A named tuple of curves, as a training returns it, is read likewise.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from nbtrack.capture.results.told import MOST_POINTS
from nbtrack.capture.syntax.spaced import spaced
from nbtrack.capture.syntax.tables import is_array
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.unasked import class_member, derives, instance_dict, module_name
from nbtrack.record.values import number

MOST_ATTRIBUTES: Final = 50
_LEARNS: Final = ("fit", "train", "partial_fit", "learn")
_HISTORY: Final = re.compile(r"(?i)hist|loss|cost")  # an array of other scores may have one for each sample
_HELD: Final = re.compile(
    r"(?i)_?(?:\w+_)?(?:history|hist|logs?|metrics|scores|losses|stats)_?"
)  # a dictionary of curves


def curves_kept(value: Any, before: Mapping[str, object] = MappingProxyType({})) -> dict[str, list[Json]]:
    """Return the numbers that a learner keeps as a list, or in a dictionary of such, called like a score or a cost.

    Args:
        value: any object; nothing of it is called.
        before: the ``states`` of its curves before the cell ran: those that are still the same are left out.
    """
    kept = ((name, values) for name, values in _kept(value) if before.get(name) != _state(values))
    return {name: column for name, values in kept if len(column := _numbers(_column(values))) > 1}


def states(value: Any) -> dict[str, object]:
    """Return what tells whether the curves of a learner are still the same after a cell."""
    return {name: _state(values) for name, values in _kept(value)}


def curves_of_fields(value: Any) -> dict[str, list[Json]]:
    """Return the curves in a named tuple, by the names of their fields: ``stats.episode_rewards``."""
    kind = type(value)
    names = class_member(kind, "_fields")
    if not derives(kind, tuple) or type(names) is not tuple:
        return {}
    fields = list(zip(names, tuple.__iter__(value), strict=False))[:MOST_ATTRIBUTES]
    columns = ((name, _column(each)) for name, each in fields if type(name) is str and direction(name) is not None)
    return {name: found for name, column in columns if len(found := _numbers(column)) > 1}


def _kept(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each list or array that an object which learns keeps under the name of a score or a cost."""
    kind = type(value)
    if module_name(kind) != "__main__" or not any(callable(class_member(kind, name)) for name in _LEARNS):
        return
    for name, values in list(instance_dict(value).items())[:MOST_ATTRIBUTES]:
        if type(name) is not str:
            continue
        if type(values) is dict and _HELD.fullmatch(name):
            yield from ((f"{name}.{key}", column) for key, column in _scores_in(values))
        elif direction(name) is not None and (type(values) is list or (_HISTORY.search(name) and is_array(values))):
            yield name, values


def _scores_in(values: Mapping[Any, Any]) -> Iterator[tuple[str, list[Any]]]:
    for key, column in list(values.items())[:MOST_ATTRIBUTES]:
        if type(key) is str and type(column) is list and direction(key) is not None:
            yield key, column


def _state(values: Any) -> object:
    """An array may be filled in place; of a list it is enough which one it is, and how it ends."""
    if type(values) is list:
        return id(values), len(values), id(values[-1]) if values else 0
    return values.tobytes() if values.size <= MOST_POINTS else id(values)


def _column(value: Any) -> list[Any]:
    """Return a list, or what an array of floating-point numbers holds; nothing of anything else."""
    if is_array(value) and value.ndim == 1 and value.dtype.kind == "f" and value.shape[0] <= MOST_POINTS:
        value = value.tolist()
    return value if type(value) is list else []


def _numbers(values: list[Any]) -> list[Json]:
    found = spaced(values, MOST_POINTS, lambda value: None if type(value) is bool else number(value))
    return [] if any(each is None for each in found) else found
