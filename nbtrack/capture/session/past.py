"""One execution of a cell, as the log of the session keeps it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.drawn import Mark
from nbtrack.capture.session.effects import Effect
from nbtrack.capture.syntax.flow import Body
from nbtrack.capture.syntax.seed_calls import SeedCalls


@dataclass(slots=True, eq=False)
class Past:
    """One execution of a cell. ``reads`` says which execution had written each name when it was read.

    ``unknown`` are names it read that no logged execution wrote, ``refits`` those it changed without building on what
    was changed before, ``barriers`` the reasons for which it belongs to every later run.
    """

    number: int  # 1, 2, 3… over the session; execution counts repeat and jump
    cell: CellNow
    started: float = field(default_factory=time.time)
    duration: float = 0.0
    outcome: str = "ok"
    reached: int | None = None  # lines that had completed when it failed; None when all did
    reads: dict[str, int] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    refits: frozenset[str] = frozenset()
    assumed: frozenset[str] = frozenset()  # changed as far as anyone can tell: methods of classes nothing is known of
    barriers: tuple[str, ...] = ()
    dynamic: bool = False
    analysed: bool = False
    recalled: bool = False  # ran before nbtrack was loaded; known from IPython's history
    code: str | None = None  # Python's own text where the cell has magics
    seeds: SeedCalls | None = None  # what it says of seeds; None where that was not read with its tree
    functions: Mapping[str, Body] = field(default_factory=dict)
    steps: list[Effect] = field(default_factory=list)  # of the cell's own statements, until it has ended,
    inner: list[Effect] = field(default_factory=list)  # and of what its magics compiled
    held: dict[str, object] = field(default_factory=dict)  # what names it may bind held before, while it runs
    marks: Mapping[str, Mark] = field(default_factory=dict)  # of the shared random generators when it began
    still: frozenset[str] = frozenset()  # those of them that were where they had been when it had run
    begun: float = field(default_factory=time.perf_counter)
    depth: int = 0
    draws: bool | None = None  # whether it used a shared random generator; None: not asked yet
    settles: bool | None = None  # whether it may have found an optimum by SciPy; None: not asked yet
    measured: frozenset[str] = frozenset()  # the variables that were recorded as metrics of it
    _scores: frozenset[str] | None = None

    @property
    def text(self) -> str:
        """The cell as Python reads it."""
        return self.code if self.code is not None else self.cell.source

    def scores(self, find: Callable[["Past"], frozenset[str]]) -> frozenset[str]:
        """Return the names that hold scores since then, found out once."""
        if self._scores is None:
            self._scores = find(self)
        return self._scores

    @property
    def touched(self) -> frozenset[str]:
        """The names this execution wrote, changed or deleted."""
        return frozenset((*self.writes, *self.mutates, *self.deletes))
