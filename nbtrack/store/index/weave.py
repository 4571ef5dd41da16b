"""Runs from several places as one row of them, by age, without looking at each: whole stretches keep together."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, overload

from nbtrack.model.document import RunDocument
from nbtrack.store.index.rows import Age, Rows


class Span(NamedTuple):
    """Neighbours in one place: its rows from ``start`` up to ``stop``."""

    rows: Rows
    start: int
    stop: int

    def is_all(self) -> bool:
        """Tell whether these are all runs that are shown there."""
        return self.start == 0 and self.stop == self.rows.count

    def first_after(self, age: Age) -> int:
        """Return the first row that is not older than ``age``."""
        return bisect_left(range(self.stop), age, self.start, self.stop, key=self.rows.age)


def spans(rows: Rows, start: int, stop: int, hidden: Iterable[int] = ()) -> list[Span]:
    """Return the rows from ``start`` up to ``stop`` without those that are hidden."""
    found: list[Span] = []
    for row in sorted(hidden):
        if start <= row < stop:
            found.append(Span(rows, start, row))
            start = row + 1
    found.append(Span(rows, start, stop))
    return [span for span in found if span.start < span.stop]


def weave(strands: Iterable[Sequence[Span]]) -> list[Span]:
    """Return the runs of all strands by age. The cost grows with how often they cross, not with how long they are."""
    woven: list[Span] = []
    for strand in strands:
        woven = _two(woven, strand)
    return woven


def _two(one: Sequence[Span], two: Sequence[Span]) -> list[Span]:
    if not one or not two:
        return [*one, *two]
    if _last(one) < _first(two):
        return [*one, *two]
    left, right = list(reversed(one)), list(reversed(two))  # what comes next is taken off their ends
    woven: list[Span] = []
    while left and right:
        if _first(left[-1:]) > _first(right[-1:]):
            left, right = right, left
        span = left.pop()
        cut = max(span.first_after(_first(right[-1:])), span.start + 1)
        woven.append(span._replace(stop=cut))
        if cut < span.stop:
            left.append(span._replace(start=cut))
    return [*woven, *reversed(left), *reversed(right)]


def _first(strand: Sequence[Span]) -> Age:
    return strand[0].rows.age(strand[0].start)


def _last(strand: Sequence[Span]) -> Age:
    return strand[-1].rows.age(strand[-1].stop - 1)


class Documents(Sequence[RunDocument]):
    """The documents of woven runs; each is read when it is asked for."""

    __slots__ = ("_ends", "spans")

    def __init__(self, woven: Sequence[Span]) -> None:
        self.spans = tuple(woven)
        self._ends = list(accumulate(span.stop - span.start for span in self.spans))

    def __len__(self) -> int:
        """Return how many there are."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> RunDocument: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RunDocument, ...]: ...
    def __getitem__(self, index: int | slice) -> RunDocument | tuple[RunDocument, ...]:
        """Return the document at a position, or those of a slice."""
        if isinstance(index, slice):
            return tuple(map(self._at, range(len(self))[index]))
        return self._at(range(len(self))[index])

    def _at(self, position: int) -> RunDocument:
        place, row = self.place(position)
        return place.document(row)

    def place(self, position: int) -> tuple[Rows, int]:
        """Return where the document at a position is kept."""
        at = bisect_left(self._ends, position + 1)
        span = self.spans[at]
        return span.rows, span.stop - (self._ends[at] - position)

    def position(self, at: int, row: int) -> int:
        """Return the position of a row of the span with the number ``at``."""
        return self._ends[at] - (self.spans[at].stop - row)

    def __iter__(self) -> Iterator[RunDocument]:
        """Yield all documents, oldest first."""
        for span in self.spans:
            yield from span.rows.documents(span.start, span.stop)

    def __reversed__(self) -> Iterator[RunDocument]:
        """Yield all documents, newest first."""
        return map(self._at, range(len(self) - 1, -1, -1))

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"<{len(self)} documents>"
