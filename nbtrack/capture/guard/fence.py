"""The fence around every part of capture: nothing is raised into a cell, no part takes long, a failing one rests."""

from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from sys import _getframe
from threading import get_ident
from time import monotonic
from types import TracebackType
from typing import Final, Self

from nbtrack.capture.guard.deadline import BOUNDS, CONTAINED, MAIN, RINGS, SAFE, Deadline, OutOfTime, unwind, wind
from nbtrack.record.cutting import head

MOST_FAILURES: Final = 3
_SLOW: Final = 2  # failures that one part is worth that took too long: once may be a busy machine, twice costs the cell
SECONDS: Final = 1.0  # what a part may take, unless it is given more

Step = tuple[str, float | None, Callable[..., object]]  # a part, the seconds it is given, and what it does


class Fence:
    """Keeps exceptions of capture in, counts them, and switches a part off after three failures in a row, or two hangs.

    Everything is kept in, ``SystemExit`` of a user's ``get_params`` and an impatient interrupt included: before and
    after a cell nobody is there to catch them. While the cell runs, interrupts are the cell's; ``interrupted`` says
    that one came before it, and is still owed to it.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self.failing: dict[str, int] = {}  # how often in a row, the parts that failed when they last ran
        self._problems: list[str] = []
        # Runs a part, for a second or for as long as it is given; an exception becomes a problem for the card.
        self.around = partial(Guard, self)

    def open(self, part: str) -> bool:
        """Tell whether a part may still run."""
        return not self.failing or self.failing.get(part, 0) < MOST_FAILURES

    def each(self, steps: Iterable[Step], *told: object) -> list[str]:
        """Run parts one after another, each as ``around`` would have it; return those that failed.

        The fence is entered once, and again after a failure: what is around a part then moves on to the next.
        """
        failed: list[str] = []
        rest = iter(steps)
        for part, seconds, do in rest:
            with self.around(part, seconds) as guard:
                do(*told)
                for part, seconds, do in rest:  # noqa: PLW2901 - the rest of the same
                    guard.turn(part, seconds)
                    do(*told)
                break
            failed.append(part)
        return failed

    def passed(self, part: str) -> None:
        """Forget the failures of a part that works."""
        self.failing.pop(part, None)

    def failed(self, part: str, problem: BaseException) -> None:
        """Count a failure; a part that raised is given two more chances, one that took too long one."""
        slow = isinstance(problem, OutOfTime)
        self.interrupted = self.interrupted or isinstance(problem, KeyboardInterrupt)
        before = self.failing.get(part, 0)
        count = self.failing[part] = before + (_SLOW if slow else 1)
        rests = "; switched off until %reload_ext nbtrack" if before < MOST_FAILURES <= count else ""
        self._problems.append(f"{part}: {'took too long' if slow else _said(problem)}{rests}")

    def report(self, part: str, count: int) -> None:
        """Note failures counted elsewhere."""
        if count:
            self._problems.append(f"{part}: failed {count} times")

    def problems(self) -> list[str]:
        """Return the problems since the last call."""
        problems, self._problems = self._problems, []
        return problems


class Guard(Deadline):
    """One entering of the fence. A class, not a generator: an alarm in between would be raised past a generator.

    There are some thirty in every tracked cell, nearly all inside another and with the timer wound already: for those,
    what a ``Deadline`` does is written out here.
    """

    __slots__ = ("_around", "_fence", "_part", "_seconds")

    def __init__(self, fence: Fence, part: str, seconds: float | None = None) -> None:
        self._fence = fence
        self._part = part
        self._seconds = SECONDS if seconds is None else seconds
        self._around = inf
        self._set = False

    def __enter__(self) -> Self:
        """Start the clock; where even that fails, the part runs unbounded."""
        try:
            if BOUNDS and get_ident() == MAIN:
                around, owner = BOUNDS[-1]
                self._around = around
                until = monotonic() + self._seconds
                if until > around:  # noqa: PLR1730 - no call
                    until = around
                if until >= RINGS[0]:
                    self._set = True
                    BOUNDS.append((until, owner))  # as long as that runs, somebody catches what is raised
                    return self
            self.start(self._seconds, _getframe(1))
        except Exception:  # noqa: BLE001, S110 - the part does not depend on its bound
            pass
        return self

    def turn(self, part: str, seconds: float | None) -> None:
        """Leave a part that did its work, and go on with another, for which the clock starts anew."""
        if self._fence.failing:
            self._fence.passed(self._part)
        self._part = part
        if self._set and BOUNDS:
            now = monotonic()
            until = now + (SECONDS if seconds is None else seconds)
            if until > self._around:  # noqa: PLR1730 - no call
                until = self._around
            BOUNDS[-1] = until, BOUNDS[-1][1]
            if until < RINGS[0]:
                wind(now, until)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Stop the clock, and keep in whatever was raised."""
        try:
            if self._set:
                self._set = False
                del BOUNDS[-1]
                if not BOUNDS:
                    unwind()
            if problem is not None:
                self._fence.failed(self._part, problem)
            elif self._fence.failing:
                self._fence.passed(self._part)
        except BaseException as late:  # noqa: BLE001 - not even our own bookkeeping gets out
            self._fence.interrupted = self._fence.interrupted or isinstance(late, KeyboardInterrupt)
            return True
        return True


SAFE.update({Guard.__enter__.__code__, Guard.turn.__code__, Guard.__exit__.__code__})


def _said(problem: BaseException) -> str:
    try:
        return f"{type(problem).__name__}: {head(str(problem), 200)}"
    except CONTAINED:  # the problem may come from a user's object
        return type(problem).__name__
