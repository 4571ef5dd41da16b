"""Which of a writer's numbers were seen, kept as ranges: a million records in order are one range."""

from bisect import bisect_right


class Numbers:
    """A set of whole numbers from 1 up that is small when they come in runs."""

    __slots__ = ("_ranges",)

    def __init__(self) -> None:
        self._ranges: list[list[int]] = []

    def add(self, number: int) -> bool:
        """Put a number in; False when it was there."""
        ranges = self._ranges
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
            return True
        at = bisect_right(ranges, [number, number]) - 1
        for near in range(max(at, 0), min(at + 2, len(ranges))):
            if ranges[near][0] <= number <= ranges[near][1]:
                return False
        ranges.insert(at + 1, [number, number])
        self._join(at + 1)
        return True

    def _join(self, at: int) -> None:
        for left in (at, at - 1):
            if 0 <= left < len(self._ranges) - 1 and self._ranges[left][1] + 1 == self._ranges[left + 1][0]:
                self._ranges[left][1] = self._ranges.pop(left + 1)[1]

    def missing(self) -> int:
        """Return how many numbers below the highest were never seen."""
        seen = sum(last - first + 1 for first, last in self._ranges)
        return self._ranges[-1][1] - seen if self._ranges else 0
