"""What a call of ``log`` was given, told apart: numbers are points, mappings are taken apart, the rest is described."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from nbtrack.model.tagged import Json, untag
from nbtrack.record.unasked import class_name, derives
from nbtrack.record.values import key, number, to_json
from nbtrack.store.lines.record import STEPS

_DEPTH: Final = 8


class Spread(NamedTuple):
    """Numbers by name, values that are none by name, and what to say about those."""

    numbers: dict[str, Json]
    others: dict[str, Json]
    problems: dict[str, str]


def spread(given: Mapping[str, object]) -> Spread:
    """Tell apart what was given. Total: any value, under any name.

    >>> spread({"loss": 0.5, "val": {"acc": 1, "f1": None}})
    Spread(numbers={'loss': 0.5, 'val.acc': 1}, others={'val.f1': None}, problems={'val.f1': 'NoneType None'})
    """
    found = Spread({}, {}, {})
    for name, value in given.items():
        _sort(key(name), value, found, _DEPTH)
    return found


def _sort(name: str, value: Any, found: Spread, depth: int) -> None:
    told = number(value)
    if told is not None:
        found.numbers[name] = told
    elif derives(type(value), dict) and depth and dict.__len__(value):
        for inner, item in list(dict.items(value)):
            _sort(key(f"{name}.{key(inner)}"), item, found, depth - 1)
    else:
        found.others[name] = told = to_json(value)
        found.problems[name] = f"{class_name(type(value))} {_shown(told)}"


def _shown(told: Json) -> str:
    text = told.get("$repr", told) if isinstance(told, dict) else told
    return str(text)


def whole(step: object) -> int | None:
    """Return a step as an integer, or None when it is none.

    >>> whole(3.0), whole(3.5), whole("x")
    (3, None, None)
    """
    told = untag(number(step))
    found = int(told) if isinstance(told, float) and told.is_integer() else told
    return found if isinstance(found, int) and -STEPS < found < STEPS else None
