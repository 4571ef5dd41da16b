"""Which values of large data are looked at, and how they become bytes: the same for the same data, everywhere.

Of up to 4,096 values in an array all are looked at; of more, the first 256, the last 256 and 512 between them. Of up to
64 rows of a table all; of more, the first 16, the last 16 and 32 between them. Those between are spread by the golden
ratio, so that they fall into no step with what repeats. Of more than 32 columns, the first, the last and 30 between.

Numbers count as the bytes they are in memory. Of objects only those whose class is exactly a plain one are read (text:
its length and up to its first and last 500 characters); others count as their class's name.
"""

import decimal
import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from functools import lru_cache
from typing import Any, Final

from nbtrack.record.unasked import full_name

ALL_VALUES: Final = 4096
MOST_COLUMNS: Final = 32
_GOLDEN: Final = 0x9E3779B97F4A7C15
_WHOLE: Final = 1 << 64
_LONG: Final = 1000
_NESTED: Final = 50
_HUGE: Final = 1 << 64
_PLAIN: Final = frozenset({bool, float, type(None)})
_TEXTS: Final = frozenset({str, type(None)})


@lru_cache(maxsize=64)
def value_positions(count: int) -> tuple[int, ...]:
    """Return the positions of the values to look at in an array of so many."""
    return _positions(count, ALL_VALUES, 256, 512)


@lru_cache(maxsize=64)
def row_positions(count: int) -> tuple[int, ...]:
    """Return the numbers of the rows to look at in a table of so many.

    >>> row_positions(3), len(row_positions(10**9))
    ((0, 1, 2), 64)
    """
    return _positions(count, 64, 16, 32)


@lru_cache(maxsize=64)
def column_positions(count: int) -> tuple[int, ...]:
    """Return the numbers of the columns to look at."""
    return _positions(count, MOST_COLUMNS, 1, MOST_COLUMNS - 2)


def _positions(count: int, most: int, ends: int, between: int) -> tuple[int, ...]:
    if count <= most:
        return tuple(range(count))
    span = count - 2 * ends
    middle = sorted(ends + (number * _GOLDEN % _WHOLE) * span // _WHOLE for number in range(1, between + 1))
    return (*range(ends), *middle, *range(count - ends, count))


class Digest:
    """Adds up what was looked at. Each part is told from the next, so that no two different rows of parts are alike."""

    def __init__(self, *parts: object) -> None:
        self._sum = hashlib.blake2b(digest_size=16)
        self.add(ascii(parts).encode())

    def add(self, content: bytes) -> None:
        """Add one part."""
        self._sum.update(len(content).to_bytes(8, "little"))
        self._sum.update(content)

    def items(self, values: Sequence[object]) -> None:
        """Add values of any class."""
        self.add(told(values))

    def text(self) -> str:
        """Return the digest."""
        return self._sum.hexdigest()


def told(values: Sequence[object]) -> bytes:
    r"""Return bytes for values of any class, without a call of their own code.

    >>> told([1, "é", None, 0.5, object()])
    b"[1, '\\xe9', None, 0.5, <object>]"
    """
    if _is_short(values):  # the same bytes, ten times as fast
        return ascii(list(values)).encode()
    return f"[{', '.join([_told(value, 0) for value in values])}]".encode("ascii", "backslashreplace")


def _is_short(values: Sequence[Any]) -> bool:
    kinds = set(map(type, values))
    if kinds <= _TEXTS:
        return max(map(len, filter(None, values)), default=0) <= _LONG
    return kinds <= _PLAIN or (kinds == {int} and all(-_HUGE < value < _HUGE for value in (min(values), max(values))))


def _told(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is str:
        return ascii(value) if len(value) <= _LONG else f"{len(value)}{value[:500]!a}{value[-500:]!a}"
    if kind in _PLAIN:
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() <= _LONG else f"<int {value.bit_length()}>"
    tell = _TELL.get(kind)
    if tell is not None:
        return tell(value)
    if (kind is list or kind is tuple) and depth < 3:
        inner = ", ".join(_told(each, depth + 1) for each in value[:_NESTED])
        return f"{len(value)}[{inner}]"
    return f"<{full_name(kind)}>"


def _moment(value: Any) -> str:
    return str(value.isoformat() if type(value) is date else value.replace(tzinfo=None).isoformat())


def _text(value: Any) -> str:
    return ascii(value[:_LONG] if type(value) is bytes else str(value))


_TELL: Final[dict[type, Callable[[Any], str]]] = {
    **dict.fromkeys((date, datetime, clock_time), _moment),
    **dict.fromkeys((timedelta, decimal.Decimal, complex, bytes), _text),
}
