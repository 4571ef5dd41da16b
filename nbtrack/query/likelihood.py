"""Which of many changes is likely to have moved a metric: the one a person chose, and the one that is largest."""

from collections.abc import Callable, Iterable

from nbtrack.query.changes import Change, is_number


def likely_first(changes: Iterable[Change], idle: Callable[[Change], int] = lambda _: 0) -> list[Change]:
    """Return ``changes`` with the largest relative change first, of equals what both have; what is more ``idle`` later.

    >>> found = likely_first([Change("n", "changed", 100, 101), Change("lr", "changed", 0.1, 0.001)])
    >>> [change.name for change in found]
    ['lr', 'n']
    """
    return sorted(changes, key=lambda change: (idle(change), -relative_size(change), change.kind != "changed"))


def relative_size(change: Change) -> float:
    """Return how far a number moved, relative to the larger of both: 0 to 2; 1 for anything that is no number.

    >>> relative_size(Change("lr", "changed", 0.1, 0.05)), relative_size(Change("kernel", "changed", "rbf", "linear"))
    (0.5, 1.0)
    """
    if not (is_number(change.old) and is_number(change.new)):
        return 1.0
    far = max(abs(change.old), abs(change.new))
    return float(abs(change.new - change.old) / far) if far else 0.0
