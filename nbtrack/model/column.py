"""Long rows of numbers kept as they lie in memory, four or eight bytes each, that read like tuples."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

N = TypeVar("N", int, float)


class Column(Sequence[N]):
    """Numbers that never change. A column equals any sequence of the same numbers and prints as a tuple of them.

    Numpy and pandas take it whole, without looking at each number.

    >>> from array import array
    >>> column = Column(array("d", [0.5, 0.25]))
    >>> column, column == (0.5, 0.25), column[-1], list(column[:1])
    ((0.5, 0.25), True, 0.25, [0.5])
    """

    __slots__ = ("_cells",)

    def __init__(self, cells: Sequence[Any] = ()) -> None:
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[N]:
        return iter(self._cells)

    @overload
    def __getitem__(self, place: int) -> N: ...
    @overload
    def __getitem__(self, place: slice) -> "Column[N]": ...
    def __getitem__(self, place: int | slice) -> "N | Column[N]":
        found = self._cells[place]
        return self._part(found) if isinstance(place, slice) else self._number(found)

    def _part(self, cells: Any) -> "Column[N]":
        return Column(cells)

    def _number(self, cell: Any) -> N:
        number: N = cell
        return number

    def __eq__(self, other: object) -> bool:
        """A column equals what holds the same numbers in the same order."""
        if isinstance(other, str | bytes) or not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def __hash__(self) -> int:
        """Hash as the tuple that the column equals."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Show the numbers as a tuple."""
        return repr(tuple(self))

    def __reduce__(self) -> Any:
        """Travel to other processes as plain numbers."""
        return Column, (tuple(self),)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001 - numpy's own signature
        """Return the numbers as numpy wants them; only numpy asks, so it is there."""
        numpy, cells = sys.modules["numpy"], self._cells
        if isinstance(cells, range):
            cells = numpy.arange(cells.start, cells.stop, cells.step)
        return numpy.array(cells, dtype)  # always a copy: what never changes is not handed out to be changed


class Seconds(Column[float]):
    """Moments in seconds since 1970, kept as whole milliseconds after ``origin``.

    >>> Seconds([0, 250], 1_795_256_141_000)
    (1795256141.0, 1795256141.25)
    """

    __slots__ = ("_origin",)

    def __init__(self, cells: Sequence[Any] = (), origin: int = 0) -> None:
        super().__init__(cells)
        self._origin = origin

    def __iter__(self) -> Iterator[float]:
        origin = self._origin
        return ((origin + cell) / 1000 for cell in self._cells)

    def _part(self, cells: Any) -> "Seconds":
        return Seconds(cells, self._origin)

    def _number(self, cell: Any) -> float:
        return float((self._origin + cell) / 1000)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001 - numpy's own signature
        """Return the seconds as numpy wants them."""
        numpy = sys.modules["numpy"]
        return ((numpy.array(self._cells, "i8") + self._origin) / 1000).astype(dtype or "f8")
