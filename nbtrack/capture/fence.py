"""The fence around every part of capture: nothing is raised into a cell, and a part that keeps failing rests."""

from collections.abc import Iterator
from contextlib import contextmanager

from nbtrack.record.cutting import head

MOST_FAILURES = 3


class Fence:
    """Keeps exceptions of capture in, counts them, and switches a part off after three failures in a row.

    Everything is kept in, ``SystemExit`` of a user's ``get_params`` and an impatient interrupt included: before and
    after a cell nobody is there to catch them. While the cell runs, interrupts are the cell's.
    """

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._problems: list[str] = []

    def open(self, part: str) -> bool:
        """Tell whether a part may still run."""
        return self._failures.get(part, 0) < MOST_FAILURES

    @contextmanager
    def around(self, part: str) -> Iterator[None]:
        """Run a part; an exception becomes a problem for the card."""
        try:
            yield
        except BaseException as problem:  # noqa: BLE001 - whatever goes wrong in here is ours, never the cell's
            count = self._failures[part] = self._failures.get(part, 0) + 1
            rests = "; switched off until %load_ext" if count == MOST_FAILURES else ""
            self._problems.append(f"{part}: {_said(problem)}{rests}")
        else:
            self._failures.pop(part, None)

    def report(self, part: str, count: int) -> None:
        """Note failures counted elsewhere."""
        if count:
            self._problems.append(f"{part}: failed {count} times")

    def problems(self) -> list[str]:
        """Return the problems since the last call."""
        problems, self._problems = self._problems, []
        return problems


def _said(problem: BaseException) -> str:
    try:
        return f"{type(problem).__name__}: {head(str(problem), 200)}"
    except Exception:  # noqa: BLE001 - the problem may come from a user's object
        return type(problem).__name__
