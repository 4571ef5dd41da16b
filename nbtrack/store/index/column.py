"""One column of the index as bytes, and back: numbers as they lie in memory, words by their number, the rest as JSON.

d   floats, eight bytes each; a NaN where there is none (documents tag their own)
q   whole numbers, eight bytes each; the lowest there is where there is none
w   few values many times: the JSON array of them, a newline, then the number of each row's (0 for none)
j   a JSON array
W J the same for the exact parser only: very large integers, lone surrogates
"""

import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from typing import Any, Final

import orjson

from nbtrack.model.tagged import untag

_SAFE: Final = 1 << 53  # up to here a float holds every whole number
_NONE: Final = -(1 << 63)
_PLAIN: Final = frozenset({str, bool, int, float, type(None)})
_NESTED: Final = frozenset({dict, list})
_MISSING: Final[Mapping[str, float]] = {"d": nan, "q": _NONE}
_NUMBERS: Final = frozenset({float, int, type(None)})
_WORDS: Final = 4  # values at least for one word, else counting them is not worth it


def pack(values: Sequence[Any]) -> tuple[str, bytes]:
    """Return the kind of a column and its bytes. The values are the JSON of documents, None where there is none."""
    if (alike := of_one_kind(values)) is not None:
        return alike.typecode, alike.tobytes()
    if set(map(type, values)) <= _PLAIN and (found := _words(values)) is not None:
        return found
    text, exactly = as_json(list(values))
    return "J" if exactly else "j", text


def unpack(kind: str, content: bytes) -> list[Any]:
    """Return the values of a column, as they stand in documents.

    Raises:
        ValueError: the bytes are none of a column of this kind.
    """
    match kind:
        case "d":
            floats = array("d", content)
            return [None if x != x else x for x in floats] if _has_nan(floats) else floats.tolist()  # noqa: PLR0124 - NaN
        case "q":
            whole = array("q", content)
            return [None if x == _NONE else x for x in whole] if _NONE in whole else whole.tolist()
        case "w" | "W":
            return _worded(content, _LOADS[kind])
        case "j" | "J":
            return list(_LOADS[kind](content))
    raise ValueError(f"no kind of column: {kind!r}")


def unpack_numbers(kind: str, content: bytes) -> "array[Any] | None":
    """Return a column of numbers of one kind without making an object of each, or None when it has others.

    What is missing is marked within the kind, so that any part of the column says what its own values say: only
    ``joined`` decides which kind the numbers of a table are.
    """
    return array(kind, content) if kind in _MISSING else None


def of_one_kind(values: Sequence[Any]) -> "array[Any] | None":
    """Return the same from values; None as well when a float could not hold one of them."""
    kinds = set(map(type, values))
    if kinds <= {float, type(None)}:
        return array("d", [nan if value is None else value for value in values])
    if kinds <= {int, type(None)} and _are_small(values):
        return array("q", [_NONE if value is None else value for value in values])
    return None


def none_of(kind: str, count: int) -> "array[Any]":
    """Return a column of this kind in which all numbers are missing."""
    return array(kind, [_MISSING[kind]]) * count


def joined(parts: "Sequence[array[Any]]") -> "array[Any]":
    """Return columns of one kind each, one after the other: whole numbers if all are, else floats, NaN for none."""
    is_whole = {part.typecode for part in parts} == {"q"} and not any(_NONE in part for part in parts)
    if len(parts) == 1 and (is_whole or parts[0].typecode == "d"):
        return parts[0]
    found: array[Any] = array("q" if is_whole else "d")
    for part in parts:
        found.extend(part if part.typecode == found.typecode else _floats(part))
    return found


def _floats(whole: "array[int]") -> "array[float]":
    return array("d", [nan if x == _NONE else x for x in whole] if _NONE in whole else whole)


def numbers(values: Sequence[Any]) -> "array[Any] | None":
    """Return the numbers of values, as ``joined`` does: also of whole ones among floats. None when there are others."""
    kinds = set(map(type, values))
    if not kinds <= _NUMBERS or (int in kinds and not _are_small(values)):
        return None
    if kinds == {int}:
        return array("q", values)
    return array("d", [nan if value is None else value for value in values])


def untagged(values: list[Any]) -> list[Any]:
    """Return values as Python's own, in place of the tagged forms of documents."""
    if _NESTED.isdisjoint(map(type, values)):
        return values
    return [untag(value) if type(value) in _NESTED else value for value in values]


def as_json(value: Any) -> tuple[bytes, bool]:
    """Return JSON, and whether only the exact parser reads it as it was."""
    try:
        text = orjson.dumps(value)
        if orjson.loads(text) == value:
            return text, False
    except (TypeError, ValueError, RecursionError):
        pass
    return json.dumps(value, separators=(",", ":")).encode("ascii"), True


def _are_small(values: Iterable[Any]) -> bool:
    return all(type(value) is not int or -_SAFE <= value <= _SAFE for value in values)


def _has_nan(floats: "array[float]") -> bool:
    total = sum(floats)  # quick to ask of all at once; infinities, which documents do not have, would only cost time
    return total != total  # noqa: PLR0124 - true of NaN alone


def _words(values: Sequence[Any]) -> tuple[str, bytes] | None:
    """Number the values that are different. 1, 1.0 and True are, so are 0.0 and -0.0; None has the number 0."""
    known: dict[Any, int] = {None: 0}
    keys = [value if type(value) is str or value is None else (type(value), repr(value)) for value in values]
    codes = [known.setdefault(key, len(known)) for key in keys]
    if len(known) * _WORDS > len(values):
        return None
    first = dict(zip(reversed(codes), reversed(values), strict=True))
    words, exactly = as_json([first[code] for code in range(1, len(known))])
    code = "B" if len(known) <= 1 << 8 else "H" if len(known) <= 1 << 16 else "I"
    return "W" if exactly else "w", words + b"\n" + code.encode() + array(code, codes).tobytes()


def _worded(content: bytes, loads: Callable[[bytes], Any]) -> list[Any]:
    text, newline, rest = content.partition(b"\n")
    if not newline:
        raise ValueError("a column of words without its words")
    words = [None, *loads(text)]
    return list(map(words.__getitem__, array(rest[:1].decode("ascii"), rest[1:])))


_LOADS: Mapping[str, Callable[[bytes], Any]] = {
    "w": orjson.loads,
    "j": orjson.loads,
    "W": json.loads,
    "J": json.loads,
}
