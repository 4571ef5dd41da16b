"""All that one writer left in a run: the numbers and checksums of its records, held against what it sealed."""

import hashlib
from array import array
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from nbtrack.store.writing.journal import little_endian

_FAR: Final = 1 << 32  # a number that no writer reaches
_SHOWN: Final = 6


class Seal(NamedTuple):
    """What a writer, or a check after its death, says it wrote: all records with numbers below ``end``."""

    end: int
    events: int
    points: int
    digest: str


class Gaps(NamedTuple):
    """Numbers that no record has: how many, and the first of them in words."""

    many: int
    text: str


class Trail:
    """The sealed records of one writer, in any order and any number of copies."""

    __slots__ = ("_all", "_events", "_points", "seal")

    def __init__(self) -> None:
        self._events = array("Q")
        self._points = array("Q")
        self._all: list[int] | None = None
        self.seal: Seal | None = None

    def add(self, number: int, check: bytes, *, point: bool) -> bool:
        """Take a record in by its number and checksum; False for a number that cannot be."""
        if not 0 < number < _FAR:
            return False
        (self._points if point else self._events).append(number << 32 | int(check, 16))
        self._all = None
        return True

    def entries(self, below: int = _FAR) -> list[int]:
        """Return number and checksum of each different record, in the order of the numbers."""
        if self._all is None:
            self._all = sorted({*self._events, *self._points})
        return self._all if below >= _FAR else [entry for entry in self._all if entry >> 32 < below]

    def highest(self) -> int:
        """Return the highest number there is, 0 without records."""
        entries = self.entries()
        return entries[-1] >> 32 if entries else 0

    def divergent(self) -> list[int]:
        """Return the numbers that two different records claim."""
        return [two >> 32 for one, two in pairwise(self.entries()) if one >> 32 == two >> 32]

    def missing(self, up_to: int | None = None) -> Gaps:
        """Return which numbers from 1 on have no record."""
        last = self.highest() if up_to is None else up_to
        ranges = list(_gaps(self.entries(), last))
        count = sum(high - low + 1 for low, high in ranges)
        words = [f"{low}" if low == high else f"{low}-{high}" for low, high in ranges[:_SHOWN]]
        return Gaps(count, ", ".join(words) + (", …" if len(ranges) > _SHOWN else ""))

    def sealed(self) -> Seal:
        """Return the seal that fits what is here."""
        end = self.highest() + 1
        return Seal(end, len(set(self._events)), len(set(self._points)), self.digest(end))

    def counted(self, end: int) -> tuple[int, int]:
        """Return how many different events and points have numbers below ``end``."""
        events, points = ({entry for entry in part if entry >> 32 < end} for part in (self._events, self._points))
        return len(events), len(points)

    def digest(self, end: int) -> str:
        """Return the digest of the records with numbers below ``end``, as a seal has it."""
        checks = array("I", [entry & 0xFFFFFFFF for entry in self.entries(end)])
        return f"sha256:{hashlib.sha256(little_endian(checks)).hexdigest()}"


def seal_of(value: Any, end: Any) -> Seal | None:
    """Return the seal that a record has for a writer, None where it is not one."""
    if not isinstance(value, Mapping) or not isinstance(end, int):
        return None
    events, points, digest = value.get("ev"), value.get("mx"), value.get("d")
    if not isinstance(events, int) or not isinstance(points, int) or not isinstance(digest, str):
        return None
    return Seal(end, events, points, digest)


def _gaps(entries: list[int], last: int) -> Iterator[tuple[int, int]]:
    before = 0
    for entry in entries:
        number = entry >> 32
        if number > last:
            break
        if number > before + 1:
            yield before + 1, number - 1
        before = number
    if before < last:
        yield before + 1, last
