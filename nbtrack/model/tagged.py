"""Values that plain JSON cannot hold, and the one-key objects that hold them on disk.

    {"$f": "nan" | "inf" | "-inf"}    a float JSON has no word for
    {"$i": "123…"}                    an integer beyond ±2^53, which other readers would round
    {"$d": "1.10"}                    a decimal.Decimal
    {"$t": "2026-11-21T10:15:30Z"}    a date or time, ISO 8601
    {"$ref": "<sha256>", "size": n}   JSON text too long for a record, kept as an object
    {"$repr": "text", "type": "t"}    any other object: its bounded description, never the object
    {"$map": [[key, value], …]}       a mapping with keys that are not text, or that begin with "$"

Everything else is the JSON it looks like. ``record.values`` writes these forms; reading them here runs no code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias, Union

Json: TypeAlias = Union[bool, int, float, str, Sequence["Json"], Mapping[str, "Json"], None]  # noqa: UP007 - forward names
TAGS = frozenset({"$f", "$i", "$d", "$t", "$ref", "$repr", "$map"})


@dataclass(frozen=True, slots=True)
class Described:
    """A value that was recorded by description only: its text (cut to a bound) and its type's name."""

    text: str
    type: str

    def __str__(self) -> str:
        """Return the description."""
        return self.text


def untag(value: Any) -> Any:  # noqa: PLR0911 - JSON in, Python out; one return a form
    """Return the Python value of JSON read from a record.

    >>> untag({"$f": "inf"}), untag([1, {"$i": "90071992547409930"}])
    (inf, [1, 90071992547409930])
    """
    match value:
        case list():
            return [untag(item) for item in value]
        case {"$f": str(text)}:
            return _number(float, text)
        case {"$i": str(text)}:
            return _number(_integer, text)
        case {"$d": str(text)}:
            return _number(Decimal, text)
        case {"$t": str(text)}:
            return _moment(text)
        case {"$repr": str(text), **rest}:
            return Described(text, str(rest.get("type", "object")))
        case {"$map": list(pairs)}:
            return {_hashable(untag(key)): untag(item) for key, item in pairs}
        case dict():
            return {key: untag(item) for key, item in value.items()}
    return value


def _number(made: Callable[[str], Any], text: str) -> Any:
    """Return a number; what no writer of ours has written stays the text it is, so that its run can be read."""
    try:
        return made(text)
    except (ValueError, ArithmeticError):
        return Described(text, made.__name__.lstrip("_"))


def _integer(text: str) -> int | Described:
    """Integers past the interpreter's digit limit stay text: parsing them takes quadratic time."""
    return int(text) if len(text) < 4000 else Described(text, "int")


def _hashable(key: Any) -> Any:
    return tuple(_hashable(item) for item in key) if isinstance(key, list) else key


def _moment(text: str) -> datetime | date | time | Described:
    kind: type[datetime | date | time] = datetime if "T" in text else time if ":" in text else date
    try:
        return kind.fromisoformat(text)
    except ValueError:
        return Described(text, "datetime")
