"""What changed between two mappings of recorded values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from nbtrack.model.direction import direction
from nbtrack.model.number import as_float

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One name whose value differs. For numbers ``delta`` is new minus old and ``relative`` that over the old one.

    ``better`` is True or False where the metric's name tells which way is better, else None.
    """

    name: str
    kind: Kind
    old: Any = None
    new: Any = None
    delta: float | None = None
    relative: float | None = None
    better: bool | None = None


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs, in the order of ``old``, then what only ``new`` has.

    >>> changes({"lr": 0.1, "depth": 3}, {"lr": 0.05, "depth": 3, "seed": 1})[0].delta
    -0.05
    """
    return tuple(_changes(old, new))


def metric_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs, each judged by the words of its name."""
    return tuple(_judged(change) for change in _changes(old, new))


def same(one: Any, other: Any) -> bool:
    """Tell whether two recorded values are the same: NaN is NaN, 1 is 1.0, but True is not 1."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other) or (one != one and other != other)  # noqa: PLR0124 - NaN


def flat(values: Mapping[str, Any] | None, prefix: str = "") -> dict[str, Any]:
    """Return nested mappings as one, with dotted names.

    >>> flat({"python": "3.13", "packages": {"numpy": "2.4"}})
    {'python': '3.13', 'packages.numpy': '2.4'}
    """
    pairs: dict[str, Any] = {}
    for name, value in (values or {}).items():
        pairs |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return pairs


def is_number(value: Any) -> bool:
    """Tell whether ``value`` is a finite number that a float can hold, and no boolean."""
    if type(value) is float:  # what metrics are, ten thousand at a time
        return isfinite(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(as_float(value))


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield Change(name, "removed", old=old[name])
        elif name not in old:
            yield Change(name, "added", new=new[name])
        elif not same(old[name], new[name]):
            yield _changed(name, old[name], new[name])


def _changed(name: str, old: Any, new: Any) -> Change:
    if not (is_number(old) and is_number(new)):
        return Change(name, "changed", old, new)
    delta = difference(new, old)
    return Change(name, "changed", old, new, delta, delta / abs(old) if old else None)


def difference(new: float, old: float) -> float:
    """Return ``new - old`` without the digits that only the subtraction made: 0.95 - 0.9 is 0.05."""
    delta = new - old
    return delta if isinstance(delta, int) else float(f"{delta:.12g}")


def _judged(change: Change) -> Change:
    if not change.delta:
        return change
    way = direction(change.name)
    better = None if way is None else (change.delta > 0) is (way == "max")
    return Change(change.name, change.kind, change.old, change.new, change.delta, change.relative, better)
