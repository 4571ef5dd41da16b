"""The curves of a cell's loops as a card draws them, kept while they grow: nothing is read back for a small picture."""

from typing import Final

from nbtrack.model.run import History

MOST: Final = 512  # points; a card is drawn from a hundred


class Thinned:
    """Every point of a series while there are few, then every second, every fourth; and always the last.

    >>> series = Thinned()
    >>> for step in range(2_000):
    ...     series.add(step, float(step))
    >>> history = series.history()
    >>> series.count, len(history.steps) <= MOST, history.steps[:3], history.steps[-1]
    (2000, True, (0, 4, 8), 1999)
    """

    __slots__ = ("_every", "_last", "_points", "count", "ordered")

    def __init__(self) -> None:
        self.count = 0
        self.ordered = True  # each step came after the one before
        self._every = 1
        self._points: list[tuple[int, float]] = []
        self._last: tuple[int, float] | None = None

    def add(self, step: int, value: float) -> None:
        """Take one more point; this stands in the path of every one."""
        if self._last is not None and step <= self._last[0]:
            self.ordered = False
        self._last = (step, value)
        if self.count % self._every == 0:
            self._points.append(self._last)
            if len(self._points) >= MOST:
                del self._points[1::2]
                self._every *= 2
        self.count += 1

    @property
    def first(self) -> float | None:
        """Return the value that the series begins with."""
        return self._points[0][1] if self._points else None

    @property
    def next(self) -> int:
        """Return the step of a point that says none."""
        return 0 if self._last is None else self._last[0] + 1

    def history(self) -> History:
        """Return what is kept, without the times."""
        last = [self._last] if self._last is not None and self._points[-1] is not self._last else []
        points = [*self._points, *last]
        return History(tuple(step for step, _ in points), tuple(value for _, value in points), ())
