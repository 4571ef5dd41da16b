"""How far a reproduction has come, in a line: the phase, the cell of how many, and how long it is likely to take."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from nbtrack.query.program import Step
from nbtrack.reproduce.plan import Plan
from nbtrack.view.escape import shown

_TAIL: Final = 12  # lines of the program's output that are kept in sight
_SHORT: Final = 3.0  # seconds left that are not worth telling


class Progress:
    """What a reproduction is doing now. ``clock`` counts seconds.

    A listener for ``reproduce.attempting``; whoever shows it asks ``line()`` as often as the screen can be drawn.
    """

    def __init__(self, plan: Plan, clock: Callable[[], float] = time.monotonic) -> None:
        self._steps = plan.steps
        self._turns = max(plan.options.seeds, 1)
        self._expected = [step.duration * step.times for step in plan.steps]
        self._clock = clock
        self._phase_began = self._began = self._step_began = clock()
        self._turn = 0
        self._at: int | None = None
        self._took: list[float] = []
        self.now = ""
        self.detail = ""
        self.tail: deque[str] = deque(maxlen=_TAIL)

    def phase(self, name: str) -> None:
        """Begin a phase."""
        self.now, self.detail, self._at = name, "", None
        self._phase_began = self._clock()

    def say(self, text: str) -> None:
        """Note what the phase is doing."""
        self.detail = text

    def begun(self, at: int) -> None:
        """Begin a cell; the first one of a further replay begins again."""
        if at == 0:
            self._turn += 1
            self._took = []
        self._at, self._step_began = at, self._clock()

    def ended(self, at: int) -> None:
        """End a cell."""
        self._took = [*self._took[:at], self._clock() - self._step_began]

    def wrote(self, stream: str, text: str) -> None:
        """Keep the last lines of the program's output."""
        del stream
        if text.strip():
            self.tail.append(text)

    def waiting(self) -> None:
        """Do nothing: whoever draws now and then, draws."""

    def line(self, elapsed: float | None = None) -> str:
        """Return where it is, on one line of plain text; with the time before what may be cut, where that is given."""
        parts, time_told = [self.now], []
        if self._at is not None:
            parts = [f"cell {self._at + 1} of {len(self._steps)}", heading(self._steps[self._at])]
            if self._turns > 1:
                parts.insert(0, f"replay {self._turn} of {self._turns}")
        elif self.detail:
            parts.append(shown(self.detail, 60))
        left = self.left()
        if left is not None and left >= _SHORT:
            time_told.append(f"about {roughly(left)} left")
        if elapsed is None:
            return " · ".join([*parts, *time_told])
        told = [*time_told, f"{roughly(elapsed)} so far"]
        at = 1 + (self._turns > 1 and self._at is not None)
        return " · ".join([*parts[:at], *told, *parts[at:]])

    def elapsed(self) -> float:
        """Return the seconds since this phase began."""
        return self._clock() - self._phase_began

    def left(self) -> float | None:
        """Return about how many seconds the program still takes, from how long it took when it was recorded.

        What has run already tells how much faster or slower this machine is. None where nothing runs, or nothing is
        known.
        """
        if self._at is None or not sum(self._expected):
            return None
        done = sum(self._expected[: len(self._took)])
        pace = sum(self._took) / done if done > 1 else 1.0
        running = self._clock() - self._step_began if len(self._took) <= self._at else 0.0
        this = max(self._expected[self._at] * pace - running, 0.0) if len(self._took) <= self._at else 0.0
        rest = sum(self._expected[self._at + 1 :]) * pace
        return this + rest + sum(self._expected) * pace * max(self._turns - self._turn, 0)


def heading(step: Step, limit: int = 44) -> str:
    """Return a cell in a few words: its place, and its first line that says something."""
    return f"{step.place} {first_line(step.source, limit)}".rstrip()


def first_line(source: str, limit: int = 60) -> str:
    r"""Return the first line of a cell that says what it does, cut to ``limit`` characters.

    >>> first_line("%%track --seed 3\n\n# fit\nimport os\nmodel.fit(X, y)\n")
    'model.fit(X, y)'
    """
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith(("#", "%%"))]
    telling = [line for line in code if not line.startswith(("import ", "from "))]
    calling = [line for line in telling if "(" in line]  # says more than a setting before it
    return shown((calling or telling or code or lines or [""])[0], limit)


def roughly(seconds: float) -> str:
    """Return a duration as people say it.

    >>> [roughly(each) for each in (4.2, 75, 5400)]
    ['4 s', '1 min 15 s', '1 h 30 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 and whole < 600 else "")
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names in a row, the number of those that are too many at the end.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
