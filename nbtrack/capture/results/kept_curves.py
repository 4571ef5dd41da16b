"""Curves that objects of the notebook's own classes keep while they learn: ``self.losses.append(loss)``.

An object is known by its class: one of the notebook's own that can be fitted or trained. Its attributes are read where
Python keeps them; nothing of it is called.
"""

from typing import Any, Final

from nbtrack.capture.results.told import MOST_POINTS
from nbtrack.capture.syntax.spaced import spaced
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.unasked import class_member, instance_dict, module_name
from nbtrack.record.values import number

MOST_ATTRIBUTES: Final = 50
_LEARNS: Final = ("fit", "train", "partial_fit", "learn")


def curves_kept(value: Any) -> dict[str, list[Json]]:
    """Return the lists of numbers that a learner keeps under the name of a score or a cost."""
    kind = type(value)
    if module_name(kind) != "__main__" or not any(callable(class_member(kind, name)) for name in _LEARNS):
        return {}
    kept = list(instance_dict(value).items())[:MOST_ATTRIBUTES]
    return {
        name: column
        for name, values in kept
        if type(name) is str and type(values) is list and direction(name) is not None
        if len(column := _numbers(values)) > 1
    }


def _numbers(values: list[Any]) -> list[Json]:
    found = spaced(values, MOST_POINTS, lambda value: None if type(value) is bool else number(value))
    return [] if any(each is None for each in found) else found
