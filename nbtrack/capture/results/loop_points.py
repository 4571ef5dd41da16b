"""The points of loops: what each iteration leaves in the names that make the curves of its loop."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, Final
from weakref import ref

from nbtrack.capture.results.arrivals import Arrivals
from nbtrack.capture.results.left_curves import LeftCurves
from nbtrack.capture.results.metric_book import MetricBook, next_name
from nbtrack.capture.results.told import is_truth
from nbtrack.capture.syntax.loops import Iteration, Pace, is_again, remembered
from nbtrack.capture.syntax.passing import Passing
from nbtrack.capture.syntax.syntax import Reading
from nbtrack.capture.syntax.tee import Site
from nbtrack.model.tagged import Json
from nbtrack.record.values import number
from nbtrack.store.system import forks
from nbtrack.store.writing.keeper import KEEPER

_MOMENT: Final = 0.05  # seconds that the end of a loop waits for a thread that is taking its numbers
_MISSING = object()


class LoopPoints:
    """Writes what the iterations of watched loops leave into the book; of quick ones, many points at a time."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        book: MetricBook,
        arrivals: Arrivals,
        sites: Sequence[Site],
        left: LeftCurves,
        reading: Reading,
    ) -> None:
        self.looped: dict[str, object] = {}  # what the names of loops had last
        self._namespace = namespace
        self._book = book
        self._labels = book.labels
        self._arrivals = arrivals
        self._sites = sites
        self._left = left
        self._reading = reading
        self._taking = Lock()
        self._rescuing = False
        self._generation = forks.generation()

    def receive(self, site: Site, *, over: bool) -> None:
        """Take the names of a loop as the iteration before left them, and what was held of those before that."""
        began = time.perf_counter()
        pace = site.pace
        if pace is None:
            return
        (self._arrivals.unfinished.pop if over else self._arrivals.unfinished.setdefault)(site.key, site)
        last = (pace.step - 1, [self._namespace.get(name, _MISSING) for name in pace.names])
        taken = self._take_held(site, pace, _MOMENT if over else 0, last)
        self._take_renewed(site, pace)
        self._arrive(site, pace, over=over)
        pace.took(began, taken)
        if over and self._labels.called(site, None, self._arrivals.arrived(site, curves=True))[1]:
            pace.begin_anew()
        if not over and not self._rescuing:
            self._rescuing = True
            KEEPER.later(partial(_rescue, ref(self)))

    def finish(self) -> None:
        """Take what the loops have left that an error has ended."""
        for site in list(self._arrivals.unfinished.values()):
            if site.pace is not None and site.pace.due(over=True):
                site.pace.sure = frozenset()
                self.receive(site, over=True)

    def rescue(self) -> None:
        """Take, half a second later, what is held because an iteration takes long after quick ones."""
        paces = [(site, site.pace) for site in list(self._arrivals.unfinished.values()) if site.pace is not None]
        for site, pace in paces:
            if pace.is_left():
                self._take_held(site, pace, 0)
        self._rescuing = any(pace.held for _, pace in paces)
        if self._rescuing:
            KEEPER.later(partial(_rescue, ref(self)))

    def _arrive(self, site: Site, pace: Pace, *, over: bool) -> None:
        label = number = None
        if site.own is not None:
            site.own.turn = 0 if over else site.own.turn + 1
            if pace.attended and not over:
                label, number = site.own.label(self._namespace), site.own.number(self._namespace)
        pace.arrive(label, number, over=over)

    def _take_renewed(self, site: Site, pace: Pace) -> None:
        """Take the curves that an iteration has begun and filled: the next one begins others under their names."""
        if not site.renews or not pace.running or pace.label is pace.number is None:
            return
        _, label = self._labels.called(site, pace.label or pace.number, self._arrivals.arrived(site, curves=True))
        watched = {each.text for each in self._sites if each.text}
        scored = {each.text for each in self._sites if each.kind == "metric"}
        for curve in self._left.renewed(self._reading, watched, scored, site.renews):
            self._book.keep_curve(curve._replace(name=self._labels.name(curve.name, label)))

    def _take_held(self, site: Site, pace: Pace, patience: float, *last: Iteration) -> int:
        """Take what was held of quick iterations; what another thread is just taking is left to that one."""
        if not pace.held or not self._taking.acquire(timeout=patience):
            self._take(site, pace, last)
            return len(last)
        try:
            if self._generation != forks.generation():  # held before the fork: our parent takes it
                self._generation = forks.generation()
                pace.held.clear()
            held = tuple(pace.held)
            self._take(site, pace, (*held, *last))
            for _ in held:  # not before: an interrupt may have left them where they are
                pace.held.popleft()
            return len(held) + len(last)
        finally:
            self._taking.release()

    def _take(self, site: Site, pace: Pace, iterations: Sequence[Iteration]) -> None:
        """Record what iterations have left in the names of a loop, as many points at a time."""
        if not (pace.names or site.name or site.overwritten):
            return  # the turn of a helper: it only says after what others are called
        site, label = self._labels.called(site, pace.label, self._arrivals.arrived(site, curves=True))
        rows = [(step, self._changed(pace, step, row, label)) for step, row in iterations]
        if pace.attended and not pace.running:
            return  # what was there before the loop
        if pace.thin:
            self._book.thin.update(pace.names)
        if isinstance(site.own, Passing) and site.own.reads(self._namespace):
            return  # what is predicted for each of some texts is no judgement
        if not site.repeats:
            for name, value in (pair for _, values in rows for pair in values.items()):
                self._book.keep(name, value, replace(site, text=f"{self._labels.base(name)} in the loop"))
            return
        base = pace.base if site.only and label else 0  # for each thing that is passed over, the steps begin anew
        points = [(step - base, values) for step, values in rows if values]
        if points:
            names = {name: f"{self._labels.base(name)} in the loop" for _, values in points for name in values}
            self._book.add(points, names)

    def _changed(self, pace: Pace, step: int, row: Sequence[object], label: str) -> dict[str, Json]:
        """Return the numbers that an iteration has given names; what it left alone is no new point."""
        values: dict[str, Json] = {}
        for base, value in zip(pace.names, row, strict=True):
            surely = base in pace.sure and step >= pace.base  # not what was there before the loop
            again = not surely and is_again(self.looped.get(base), value)
            self.looped[base] = remembered(value)
            name = self._labels.name(pace.called.get(base, base), label)
            if base in self._reading.tried.kept:
                continue  # the setting that was best so far
            if step >= pace.base and not again and self._book.wanted(name):  # before: what was there before the loop
                found = None if is_truth(value) else number(value)
                owner = self._book.fed.setdefault(name, None) if found is not None else None
                drawn = owner is not None and owner.repeats and not owner.inside
                if drawn or (owner is not None and self._book.recorded.get(name) == found):
                    continue  # what the cell prints under this name is its curve
                if found is not None:
                    values[self._book.beside(name) if owner is None else next_name(name)] = found
        return values


def _rescue(points: "ref[LoopPoints]", _: Callable[[], None]) -> None:
    """Rescue what is held, unless the cell is over: the values of a cell must not live on in a job that waits."""
    if (still := points()) is not None:
        still.rescue()
