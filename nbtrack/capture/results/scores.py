"""The metrics of one execution: what the tee hands over while it runs, and what the cell leaves behind."""

import ast
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Lock
from types import FunctionType, MappingProxyType
from typing import Any, Final
from weakref import ref

from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.results import told, trainers
from nbtrack.capture.results.estimators import is_estimator
from nbtrack.capture.results.folds import LATEST, HeldFolds
from nbtrack.capture.results.kept_curves import curves_kept
from nbtrack.capture.results.labels import Labels
from nbtrack.capture.results.left_curves import Curve, LeftCurves
from nbtrack.capture.results.metrics import Known, bound_numbers, is_alias, last_expression, picks, without_copies
from nbtrack.capture.results.searched import search_table
from nbtrack.capture.results.thinned import Thinned
from nbtrack.capture.results.told import Told, is_close
from nbtrack.capture.syntax.evidence import Evidence, gather, is_limit
from nbtrack.capture.syntax.loops import Iteration, Pace, is_again, remembered
from nbtrack.capture.syntax.passing import MOST, Comprehended, Passing
from nbtrack.capture.syntax.shown import core
from nbtrack.capture.syntax.spaced import steps_of, thinned
from nbtrack.capture.syntax.syntax import Reading
from nbtrack.capture.syntax.tables import Scored, crossed, rows, score_columns, swept
from nbtrack.capture.syntax.tee import Site, forget
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun
from nbtrack.record.redact import redact
from nbtrack.record.unasked import class_name, module_name
from nbtrack.record.values import number
from nbtrack.store.system import forks
from nbtrack.store.writing.keeper import KEEPER

MOST_HELD = 1000
MOST_FITTED = 50
MOST_SEARCHES = 5
LONGEST_ENTRY = 60
_SERIES: Final = 3  # values at least
_AT_ONCE: Final = 1_000  # points
_MOST_POINTS: Final = 30_000  # of curves that a cell leaves behind, together; each has
_FEWEST: Final = 500  # all the same
_UNITS: Final = (1, 100, 1000, 1e6)
_MOMENT: Final = 0.05  # seconds that the end of a loop waits for a thread that is taking its numbers
_MISSING = object()
_EVERYWHERE: Final = (0, 1)  # numbers that tell nothing of where they came from
_COUNTED: Final[Mapping[str, Sequence[int | None]]] = MappingProxyType({})  # series without steps of their own


class Scores:
    """Names each number and records it once. What is received is in the store when ``receive`` returns."""

    def __init__(self, run: OpenRun, line: TrackLine, namespace: Mapping[str, Any]) -> None:
        self.fitted: dict[str, Any] = {}
        self.sites: list[Site] = []
        self.recorded: dict[str, Json] = {}
        self.drawn: dict[str, Thinned] = {}
        self.evidence = Evidence()
        self._run = run
        self._line = line
        self._namespace = namespace
        self._left = LeftCurves(ast.Module([], []), namespace, self.evidence)
        self._counts: dict[str, int] = {}
        self._fed: dict[str, Site | None] = {}  # series, and the site whose printed numbers they are; None for a loop's
        self._repeated: dict[str, list[Json]] = {}  # printed numbers that only repeat others so far, by their sites
        self._held: dict[str, list[tuple[Site, Json]]] = {}
        self._folds = HeldFolds()
        self._looped: dict[str, object] = {}
        self._labels = Labels()
        self._telling: dict[str, str] = {}
        self._unfinished: dict[str, Site] = {}  # loops that have begun
        self._receivers: dict[str, ref[Any]] = {}  # what methods are being called on, by the keys of their sites
        self._epochs = trainers.Epochs()
        self._reporter: Site | None = None  # where something was reported to a trainer
        self._learnt: set[str] = set()  # the curves that trainings have left
        self._reading = Reading()
        self._kept_points = 0
        self._asked_for: set[str] = set()  # dictionaries that trainings have filled
        self._taking = Lock()
        self._rescuing = False
        self._generation = forks.generation()
        self._boosters: list[Any] = []
        self._searches: dict[str, str] = {}
        self._scored = Scored()
        self._thin: set[str] = set()  # curves of loops that are so quick that points were left out

    def read(self, tree: ast.Module, known: Collection[str] = (), reading: Reading | None = None) -> None:
        """Read the cell's tree before it is instrumented; ``known`` are variables that hold scores."""
        self._reading = reading or Reading()
        self.evidence = gather(tree, self._namespace, known)
        self._left = LeftCurves(tree, self._namespace, self.evidence)

    def receive(self, site: Site, value: object) -> None:
        """Take the value of a watched expression.

        Values from inside functions wait for the end of the cell: what the cell calls them decides their name.
        """
        if site.kind == "fit":
            self._receive_fit(site, value)
        elif site.kind == "receiver":
            with suppress(TypeError):  # of a class that knows no such references
                self._receivers[site.name] = ref(value)
        elif site.kind == "logs":
            self._reporter = self._reporter or replace(site, text="training", repeats=False)
            self._epochs.look(value)
        elif site.kind == "trainer":
            self._receive_from_trainer(site, value)
        elif site.kind == "step":
            self._receive_step(site, over=value is True)
        elif site.kind in {"item", "key", "over"}:
            self._receive_item(site, value)
        elif site.kind == "shown":
            for each, found in told.shown_by(site, value):
                self._receive_shown(self._called(each)[0], found)
        else:
            receiver = self._receiver(site)
            site, label = self._called(site if site.metric is None else self._asked(site, site.metric, receiver))
            heard = told.told_by(site.name, site.callee, value, receiver, site.targets)
            heard = self._beside_curves(site, heard)
            heard = told.averaged(site.name, heard) if site.averaged else heard
            heard = told.with_means(site.name, heard, site.means) if site.means else heard
            heard = self._labels.told(heard, label, site.name)
            self._receive_told(site, self._unrounded(site, heard) if type(value) is str else heard)

    def _receiver(self, site: Site) -> Any:
        """Return what a watched method was called on: as it was seen on its way, or what its name stands for."""
        if site.key in self._receivers:
            return self._receivers.pop(site.key)()
        return self._namespace.get(site.receiver) if site.receiver and not site.inside else None

    def _beside_curves(self, site: Site, found: Told) -> Told:
        """Tell a score apart from another one that a training has left under the same name: ``evaluate.loss``."""
        singles = {
            f"{site.callee}.{name}" if name in self._learnt else name: item
            for name, item in found.singles.items()
            if name not in self._learnt or not is_close(self.recorded.get(name), item)
        }
        return replace(found, singles=singles)

    def _receive_shown(self, site: Site, found: Json) -> None:
        """Take a printed number. In a loop it may repeat another by chance: it is held back until one does not."""
        counted = type(found) is int and (site.share or (self.evidence.found and direction(site.name) == "min"))
        counted = counted or (type(found) is int and site.logged)
        if not (isinstance(found, float | dict) or counted) or not self._wanted(site.name):
            return
        if site.name == site.text and not site.name.isidentifier():  # a quotient: what follows may tell it with a word
            self._held.setdefault(site.name, []).append((site, found))
            return
        if self._is_told(site, found):
            held = self._repeated.setdefault(site.key, [])
            if site.repeats and site.name not in self._counts and len(held) < MOST_HELD:
                held.append(found)
            return
        name = site.name
        if self._fed.setdefault(name, site) is None and name in self._counts:
            name = _next(name)  # a loop has a curve of this name: one of other numbers
            self._fed.setdefault(name, site)
        for each in (*self._repeated.pop(site.key, ()), found):
            if site.inside and site.rare and not site.logged and name not in self._counts:
                late = self._held.setdefault(name, [])  # now and then: the cell may have a number of this name at last
                late.extend([(site, each)] if len(late) < MOST_HELD else [])
            else:
                self._keep(name, each, site)

    def _is_told(self, site: Site, found: Json) -> bool:
        """Tell whether a printed number says again what is recorded: of a series, the point that it has just got."""
        if site.name in self._counts:
            return self._fed.get(site.name) is not site and is_close(self.recorded.get(site.name), found)
        if site.name in self._labels.bases:  # of another thing that the loop passes over, the same number is news
            held = {name: values[-1][1] for name, values in self._held.items() if values}
            known = self._labels.under(site.name, {**self.recorded, **held})
            return not site.picks and any(_says(found, item) for item in (*known, *self._folds.latest()))
        if site.logged and not site.repeats:
            return self._is_known(found)  # what a function scored is called as the tracker is told
        return not site.picks and self._is_heard(found)

    def _called(self, site: Site, *, curves: bool = False) -> tuple[Site, str]:
        """Return a site under the name that its value has now, and what of it is a label.

        It is called after what the loops around pass over, and after the entry that its value becomes:
        ``scores["svm"]`` of ``scores[name] = ...``. Entries under numbers stay the points of one curve, and where there
        are ``curves``, each has its number.
        """
        entry = self._namespace.get(site.filed) if site.filed else None
        if type(entry) is not str or not 0 < len(entry) <= LONGEST_ENTRY:
            entry = None
        return self._labels.called(site, entry, self._arrived(site, curves=curves))

    def _arrived(self, site: Site, *, curves: bool) -> list[str | None]:
        """Return what the loops around have arrived at, outermost first.

        Of a function, these are the loops of the cell that run and are watched. Numbers count where there are
        ``curves``, and settings that are written out where a loop without things makes a curve of single values.
        """
        found: list[str | None] = []
        numbered = curves or self._is_curve_of(site)
        for each in (s.own for s in list(self._unfinished.values())) if site.inside else site.around:
            if each is not None:
                label = each.label(self._namespace)
                number = each.number if curves or not site.inmost else each.setting
                found.append(label if label is not None or not numbered else number(self._namespace))
        return found

    def _is_curve_of(self, site: Site) -> bool:
        """Tell whether the values of a site are a curve for each of the things around: in a loop that has no things."""
        if site.inside or not site.around:
            return site.inside and site.depth > 0
        inner = site.around[-1]
        if not site.inmost:
            return True
        return not inner.tries() and inner.label(self._namespace) is inner.setting(self._namespace) is None

    def _asked(self, site: Site, metrics: Passing, function: Any) -> Site:
        """Return the site of a metric that a loop has arrived at, under its name: the one it is given, or its own.

        Where the values of all metrics go into one container, its entries are called after them as others are.
        """
        given = None if site.inside else metrics.label(self._namespace)
        if given is not None and (site.filed or (site.target and type(metrics) is Comprehended)):
            return site
        known = getattr(function, "func", None) if type(function) is partial else function
        word = given or (known.__name__ if type(known) is FunctionType else site.callee)
        around = tuple(each for each in site.around if each is not metrics)
        return replace(
            site,
            key=f"{site.key} {word}",
            name=f"{word}.{site.name}" if site.name else word,
            around=around,
            inmost=site.inmost and bool(around),
            repeats=site.repeats and not (site.only and not around),
        )

    def _receive_item(self, site: Site, value: Any) -> None:
        """Take what a comprehension has arrived at, under which key its value will be found, or that it is over."""
        if site.kind == "over":
            over = {key for key, each in self._unfinished.items() if each.own in site.around}
            self._unfinished = {key: each for key, each in self._unfinished.items() if key not in over}
            for own in site.around:
                if type(own) is Comprehended:
                    own.leave()
        elif type(site.own) is Comprehended and site.kind == "item":
            self._unfinished.setdefault(site.key, site)
            site.own.arrive(value, self._namespace)
            if site.own.turn > MOST and not site.own.is_about_things():
                forget(site)  # it passes over data
        elif type(site.own) is Comprehended:
            site.own.file(value, self._namespace)

    def finish(
        self, reading: Reading, value: object, before: Mapping[str, int], literals: set[str], *, failed: bool
    ) -> None:
        """Record what the tee did not see: bound numbers, the last expression, lists and tables."""
        for site in list(self._unfinished.values()):  # an error has ended them
            if site.pace is not None and site.pace.due(over=True):
                site.pace.sure = frozenset()
                self._receive_step(site, over=True)
        if self._reporter is not None and (left := self._epochs.left()):
            self._receive_told(self._reporter, left)
        self._record_curves(reading, failed=failed)
        known = Known(
            {*self.recorded, *self._run.logged, *self._looped, *self._labels.bases.values()},
            {site.text for site in self.sites if site.kind in {"metric", "fit", "step"}},
            literals,
            self.evidence,
            self._namespace,
        )
        changed = {n for n, was in before.items() if id(self._namespace.get(n, _MISSING)) != was}
        found = without_copies(bound_numbers(reading, self._namespace, changed, known, failed=failed), reading)
        last = {} if failed else last_expression(reading, value, known)
        found = {name: pair for name, pair in found.items() if not self._is_told_again(name, pair[0], reading, found)}
        bound = [pair[0] for pair in found.values()]
        last = {name: pair for name, pair in last.items() if not self._is_heard(pair[0]) and pair[0] not in bound}
        found |= {name: pair for name, pair in last.items() if name not in known.recorded and name not in found}
        found |= self._tables(reading, changed, found, value)
        wanted = {name: pair for name, pair in found.items() if self._wanted(name)}
        for name in sorted(self._line.metrics or ()):
            if name not in wanted and name not in known.recorded:
                wanted |= {k: (item, "--metrics") for k, item in told.numbers(name, self._namespace.get(name)).items()}
        missing = (self._line.metrics or frozenset()).difference(wanted, known.recorded, self._held)
        if missing and not failed:
            self._run.warn(f"--metrics: the cell computed no number called {', '.join(sorted(missing))}")
        self.recorded |= {name: pair[0] for name, pair in wanted.items()}
        self._run.record_metrics(
            {name: pair[0] for name, pair in wanted.items()}, {name: pair[1] for name, pair in wanted.items()}
        )
        self._release_held()
        self._release_folds()
        for owner, table in self._searches.items():
            self._run.keep(f"{owner}.cv_results.csv", table, "text/csv")

    def _receive_fit(self, site: Site, value: object) -> None:
        if is_estimator(value) and len(self.fitted) < MOST_FITTED:
            self.fitted[site.receiver or site.key] = value
            table = search_table(value)
            if table is not None and len(self._searches) < MOST_SEARCHES:
                self._searches[site.target or site.receiver or f"search {len(self._searches) + 1}"] = table
        if module_name(type(value)).partition(".")[0] in {"xgboost", "lightgbm", "catboost"}:
            self._boosters = [*self._boosters[-MOST_FITTED:], value]
        curves = {"cv": told.rounds, "train": told.curves_in}.get(site.callee)
        found = Told(series=curves(value)) if curves else Told()
        found = found or trainers.trained(value, self._receiver(site), self._epochs) or told.fitted(value)
        own = module_name(type(value)) == "__main__"
        if not found and site.around:  # in a loop the next one may take its place
            learner = self._receiver(site)
            found = Told(series=curves_kept(value if learner is None else learner))
        stale = self._left.unchanged(site.receiver, value) if own and site.receiver else set[str]()
        self._receive_training(site, self._without_known(found, stale) if own else found)
        self._receive_training(site, self._filled(site), prefixed=True)

    def _filled(self, site: Site) -> Told:
        """Return the curves in the dictionaries that a training was asked to fill, and has just filled."""
        told_now = Told()
        for name in site.history:
            curves = told.curves_in(self._namespace.get(name))
            told_now.series.update({f"{name}.{key}": column for key, column in curves.items()})
            self._asked_for.update([name] if curves else [])
        return told_now

    def _trains_many(self, site: Site) -> bool:
        """Tell whether a loop around trains something else in each iteration, more often than there can be curves."""
        loops = (each.own for each in list(self._unfinished.values())) if site.inside else site.around
        return any(isinstance(each, Passing) and each.anew for each in loops)

    def _receive_from_trainer(self, site: Site, value: object) -> None:
        """Take what a trainer returns, whose methods are called as many others are: ``train``, ``test``."""
        if site.callee == "train":
            if class_name(type(value)) == "TrainOutput":  # a network returns itself
                self._receive_training(site, trainers.trained(value, self._receiver(site)))
            return
        self._receive_told(site, self._beside_curves(site, trainers.told_by_test(value, self._receiver(site))))

    def _without_known(self, found: Told, stale: Collection[str]) -> Told:
        """Leave out the curves that an object of the notebook's own has from what it trained, or has had before."""
        series = {n: col for n, col in found.series.items() if n not in stale and not self._is_curve(col)}
        return replace(found, series=series)

    def _receive_training(self, site: Site, found: Told, *, prefixed: bool = False) -> None:
        if found:
            own = site.target or site.receiver or ""
            prefix = "" if prefixed else self._telling.setdefault(site.key, own if self._telling else "")
            found = found.under(prefix)
            longest = max(map(len, found.series.values()), default=0)
            _, curve = self._called(site, curves=longest > 1)
            site, label = self._called(site)
            if longest > 1 and not curve and self._trains_many(site):
                found = found.ends()  # a point for each training: more curves would tell nobody anything
            singles = self._labels.told(replace(found, series={}), label)
            found = self._labels.told(replace(found, singles={}), curve)
            found = replace(found, singles=singles.singles)
            taken = [name for name in found.series if name in self.recorded and name not in self._learnt]
            found = found.under(site.target or site.callee) if taken else found  # by an evaluation before it
            self._learnt.update(found.series, found.singles)
            self._receive_told(site, found)

    def _unrounded(self, site: Site, heard: Told) -> Told:
        """Leave out what a report in words tells of the accuracy where it is known exactly."""
        exact = f"{site.name}.accuracy"
        value, labelled = heard.singles.get(exact), site.name in self._labels.bases
        recorded = self._labels.under(site.name, self.recorded) if labelled else ()
        if not (any(is_close(item, value) for item in recorded) if labelled else self._is_known(value)):
            return heard
        return replace(heard, singles={name: value for name, value in heard.singles.items() if name != exact})

    def _receive_told(self, site: Site, found: Told) -> None:
        if site.again and found.singles and all(is_close(self._latest(n), item) for n, item in found.singles.items()):
            return  # ``scores.append(f(x))``, then ``print(f(x))``
        found = self._folds.hold(site, found)
        for name, item in found.singles.items():
            if site.summed or name in site.overwritten:
                self._scored.add(item)
            elif self._wanted(name):
                late = site.inside and site.kind in {"metric", "trainer"}
                held = self._held.setdefault(name, []) if late else None
                if held is not None and len(held) < MOST_HELD:
                    held.append((site, item))
                else:
                    self._release(name)
                    self._keep(name, item, site)
        series = {name: values for name, values in found.series.items() if self._wanted(name)}
        self._keep_series(series, site.text, found.steps)

    def _latest(self, name: str) -> Json:
        """Return what was told last under a name."""
        held = self._held.get(name)
        return held[-1][1] if held else self.recorded.get(name)

    def _release_folds(self) -> None:
        named = {name: value for name, value in self.recorded.items() if name not in self._counts}
        for site, found in self._folds.released(named):
            for name, item in found.singles.items():
                if self._wanted(name):
                    self._keep(name, item, site)
            self._keep_series({n: column for n, column in found.series.items() if self._wanted(n)}, site.text)

    def _receive_step(self, site: Site, *, over: bool) -> None:
        """Take the names of a loop as the iteration before left them, and what was held of those before that."""
        began = time.perf_counter()
        pace = site.pace
        if pace is None:
            return
        (self._unfinished.pop if over else self._unfinished.setdefault)(site.key, site)
        last = (pace.step - 1, [self._namespace.get(name, _MISSING) for name in pace.names])
        taken = self._take_held(site, pace, _MOMENT if over else 0, last)
        self._take_renewed(site, pace)
        self._arrive(site, pace, over=over)
        pace.took(began, taken)
        if over and self._labels.called(site, None, self._arrived(site, curves=True))[1]:
            pace.begin_anew()
        if not over and not self._rescuing:
            self._rescuing = True
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
        _, label = self._labels.called(site, pace.label or pace.number, self._arrived(site, curves=True))
        watched = {each.text for each in self.sites if each.text}
        scored = {each.text for each in self.sites if each.kind == "metric"}
        for curve in self._left.renewed(self._reading, watched, scored, site.renews):
            self._keep_curve(curve._replace(name=self._labels.name(curve.name, label)))

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

    def rescue(self) -> None:
        """Take, half a second later, what is held because an iteration takes long after quick ones."""
        paces = [(site, site.pace) for site in list(self._unfinished.values()) if site.pace is not None]
        for site, pace in paces:
            if pace.is_left():
                self._take_held(site, pace, 0)
        self._rescuing = any(pace.held for _, pace in paces)
        if self._rescuing:
            KEEPER.later(partial(_rescue, ref(self)))

    def _take(self, site: Site, pace: Pace, iterations: Sequence[Iteration]) -> None:
        """Record what iterations have left in the names of a loop, as many points at a time."""
        site, label = self._labels.called(site, pace.label, self._arrived(site, curves=True))
        rows = [(step, self._changed(pace, step, row, label)) for step, row in iterations]
        if pace.attended and not pace.running:
            return  # what was there before the loop
        if pace.thin:
            self._thin.update(pace.names)
        if isinstance(site.own, Passing) and site.own.reads(self._namespace):
            return  # what is predicted for each of some texts is no judgement
        if not site.repeats:
            for name, value in (pair for _, values in rows for pair in values.items()):
                self._keep(name, value, replace(site, text=f"{self._labels.base(name)} in the loop"))
            return
        base = pace.base if site.only and label else 0  # for each thing that is passed over, the steps begin anew
        points = [(step - base, values) for step, values in rows if values]
        if points:
            names = {name: f"{self._labels.base(name)} in the loop" for _, values in points for name in values}
            self._announce(names)
            self._run.points(points)
            for step, values in points:
                self._count(values)
                self._draw(step, values)

    def _draw(self, step: int | None, values: Mapping[str, Json]) -> None:
        if step is None:
            step = max((self.drawn[name].next for name in values if name in self.drawn), default=0)
        for name, value in values.items():
            if type(value) is float or type(value) is int:
                self.drawn.setdefault(name, Thinned()).add(step, value)

    def _changed(self, pace: Pace, step: int, row: Sequence[object], label: str) -> dict[str, Json]:
        """Return the numbers that an iteration has given names; what it left alone is no new point."""
        values: dict[str, Json] = {}
        for base, value in zip(pace.names, row, strict=True):
            surely = base in pace.sure and step >= pace.base  # not what was there before the loop
            again = not surely and is_again(self._looped.get(base), value)
            self._looped[base] = remembered(value)
            name = self._labels.name(base, label)
            if step >= pace.base and not again and self._wanted(name):  # before: what was there before the loop
                found = None if type(value) is bool else number(value)
                owner = self._fed.setdefault(name, None) if found is not None else None
                drawn = owner is not None and owner.repeats and not owner.inside
                if drawn or (owner is not None and self.recorded.get(name) == found):
                    continue  # what the cell prints under this name is its curve
                if found is not None:
                    values[name if owner is None else _next(name)] = found
        return values

    def _point(self, values: Mapping[str, Json], step: int | None, sources: Mapping[str, str]) -> None:
        self._announce(sources)
        self._run.point(values, step)
        self._count(values)
        self._draw(step, values)

    def _announce(self, sources: Mapping[str, str]) -> None:
        """Record where the series come from that now begin."""
        new = {name: text for name, text in sources.items() if name not in self._counts}
        if new:
            self._run.record_metrics({}, new)

    def _count(self, values: Mapping[str, Json]) -> None:
        for name, value in values.items():
            self._counts[name] = self._counts.get(name, 0) + 1
            self.recorded[name] = value
            self._scored.add(value)

    def _keep(self, name: str, found: Json, site: Site) -> None:
        text = redact(site.text)[0][:200]
        self._scored.add(found)
        if site.repeats:
            self._point({name: found}, None, {name: text})
            return
        while name in self.recorded and self.recorded[name] != found:
            name = _next(name)
        if name not in self.recorded:
            self._run.record_metrics({name: found}, {name: text})
        self.recorded[name] = found

    def _keep_series(
        self, series: Mapping[str, list[Json]], text: str, steps: Mapping[str, Sequence[int | None]] = _COUNTED
    ) -> None:
        source = redact(text)[0][:200]
        placed = {name: steps.get(name) or steps_of(column) for name, column in series.items()}
        room = self._room(len(series))
        series = dict(series)
        for name in [name for name, column in series.items() if len(column) > room]:
            series[name], placed[name] = thinned(series[name], placed[name] or range(len(series[name])), room)
        for name in filter(placed.get, series):
            pairs = zip(placed[name], series[name], strict=True)
            self._points([(step, {name: value}) for step, value in pairs], source)
        rest = {name: column for name, column in series.items() if not placed[name]}
        length = max(map(len, rest.values()), default=0)
        places = range(length) if self._is_beginning(rest) else (None,) * length
        self._points(
            [
                (step, {name: column[at] for name, column in rest.items() if at < len(column)})
                for at, step in enumerate(places)
            ],
            source,
        )

    def _room(self, count: int) -> int:
        """Return how many points each of some series may still have: a cell waits until they are recorded."""
        return max(_FEWEST, (_MOST_POINTS - self._kept_points) // max(count, 1))

    def _is_beginning(self, names: Iterable[str]) -> bool:
        """Tell whether nothing was recorded of any of these series: their steps are counted from 0 then."""
        return not any(name in self._counts or name in self._run.logged for name in names)

    def _points(self, rows: Sequence[tuple[int | None, Mapping[str, Json]]], source: str) -> None:
        """Record many points that are known by now, as many as a thousand at a time."""
        if any(step is None for step, _ in rows):
            for step, values in rows:
                self._point(values, step, dict.fromkeys(values, source))
            return
        known = [(step, values) for step, values in rows if step is not None]
        self._announce({name: source for _, values in known for name in values})
        self._kept_points += sum(len(values) for _, values in known)
        for begin in range(0, len(known), _AT_ONCE):
            self._run.points(known[begin : begin + _AT_ONCE])
        for step, values in known:
            self._count(values)
            self._draw(step, values)

    def _release(self, name: str) -> None:
        values = self._held.pop(name, [])
        for site, found in values:
            once = len(values) == 1 and name in self._labels.bases
            self._keep(name, found, replace(site, repeats=False) if once else site)

    def _release_held(self) -> None:
        """Record what happened inside functions, but for values the cell has given a name of its own.

        A series of which the cell names one, as the best of all, stays whole.
        """
        named = [found for name, found in self.recorded.items() if name not in self._counts]
        whole = {name for name in self._held if self._is_one_of_several(name, named)}
        for name, values in list(self._held.items()):
            if len(values) > 1 and self._is_curve([found for _, found in values], name):
                self._held[name] = []
                continue
            if name in self.recorded and name not in self._counts and all(site.kind == "shown" for site, _ in values):
                self._held[name] = []
                continue  # how it came to be what the cell calls so
            plain = name not in self._labels.bases and len({repr(found) for _, found in values}) > 1
            if plain and len(values) >= _SERIES and _is_named(_mean([found for _, found in values]), named):
                self._held[name] = []
                continue  # what the cell has a name for is their mean
            others = [pair for pair in values if not _is_named(pair[1], named) and not _is_rest(*pair, named)]
            self._held[name] = values if name in whole or (others and len(values) >= _SERIES) else others
            self._release(name)

    def _is_one_of_several(self, name: str, named: Collection[Json]) -> bool:
        """Tell whether a name has what was found for one of several things, of which the cell names the best."""
        base = self._labels.bases.get(name)
        alike = [each for each, known in self._labels.bases.items() if known == base and each in self._held]
        others = [item for each in alike for _, item in self._held[each] if not _is_named(item, named)]
        return base is not None and len(alike) >= _SERIES and bool(others)

    def _record_curves(self, reading: Reading, *, failed: bool) -> None:
        """Record the curves that the cell leaves behind, unless their values were seen on their way."""
        left, watched = self._left, {site.text for site in self.sites}
        for curve in left.grown(watched):
            if not self._is_thinned(curve) and not self._is_rounded(curve):
                self._keep_curve(curve)
        for name, curve in left.asked_for():
            if name not in self._asked_for:
                self._keep_series({curve.name: curve.values}, curve.source)
        for booster in reversed(self._boosters):  # of several, as for every fold, the last one counts
            best = {name: item for name, item in told.booster(booster).items() if self._is_new(name, item)}
            best = {name: item for name, item in best.items() if name not in reading.bindings}  # that is another
            self._run.record_metrics(best, dict.fromkeys(best, "best iteration"))
            self.recorded.update(best)
        if not failed:
            scored = {site.text for site in self.sites if site.kind == "metric"}
            fitted = {site.receiver for site in self.sites if site.kind == "fit" and site.receiver}
            kept = left.kept(fitted.union(reading.bindings))
            for curve in (*left.returned(reading, scored), *left.tabled(reading), *kept):
                if curve.name not in self.recorded:
                    self._keep_curve(curve)

    def _keep_curve(self, curve: Curve) -> None:
        if not self._wanted(curve.name) or self._is_curve(curve.values):
            return
        self._keep_series(
            {curve.name: curve.values}, curve.source, {curve.name: curve.steps} if curve.steps else _COUNTED
        )

    def _is_thinned(self, curve: Curve) -> bool:
        """Tell whether a list holds what a quick loop's curve has but for some of its points."""
        added = (core(each) for each in self._left.lists.get(curve.name, ()))
        names = self._thin.intersection(each.id for each in added if isinstance(each, ast.Name))
        most = (name for name in names if 2 * self._counts.get(name, 0) >= len(curve.values))
        return any(is_close(self.recorded.get(name), curve.values[-1]) for name in most)

    def _is_rounded(self, curve: Curve) -> bool:
        """Tell whether a list holds the points of a loop's curve in another form: ``scores.append(round(acc, 2))``."""
        added = (core(each) for each in self._left.lists.get(curve.name, ()))
        names = {each.id for each in added if isinstance(each, ast.Name)}
        whole = (name for name in names if self._counts.get(name) == len(curve.values))
        return any(_says(curve.values[-1], self.recorded.get(name)) for name in whole)

    def _is_curve(self, column: list[Json], name: str = "") -> bool:
        """Tell whether a curve is recorded already: one of as many points that ends with the same.

        Many curves end with 0 or 1: these must begin with the same, too. One of another thing under the same name,
        ``acc.tree`` beside ``acc.forest``, is another curve, however it ends.
        """
        telling = column[-1] not in {0.0, 1.0} if isinstance(column[-1], float) else True
        bases = self._labels.bases
        return any(
            count == len(column)
            and is_close(self.recorded.get(each), column[-1])
            and (telling or each not in self.drawn or is_close(self.drawn[each].first, column[0]))
            and (each == name or name not in bases or bases.get(each) != bases[name])
            for each, count in self._counts.items()
        ) or self._labels.has(column, self._singles())

    def _singles(self) -> dict[str, Json]:
        """Return what is recorded but for curves: how these end is worth a name of the cell's own."""
        return {name: item for name, item in self.recorded.items() if self._counts.get(name, 0) < 2}

    def _tables(
        self, reading: Reading, changed: set[str], found: Mapping[str, Any], value: object
    ) -> dict[str, tuple[Json, str]]:
        """Return the scores of the first table of results the cell made; its others say the same in another shape."""
        held = (item for values in self._held.values() for _, item in values)
        for item in (*(pair[0] for pair in found.values()), *held):
            self._scored.add(item)
        names = [name for name in (*reading.bindings, *self._left.lists) if name in changed or name in self._left.lists]
        for name, table in [*((name, self._namespace.get(name)) for name in names), ("last expression", value)]:
            if _selects(reading, name):
                continue  # rows of another table
            table = self._left.added(name, table)  # noqa: PLW2901 - those before it are an earlier cell's
            certain = self._certain(name, table, reading)
            across = self._crossed(name, table, reading)
            if curves := {} if across else swept(table, self._scored, certain):
                for column, values in curves.items():
                    self._keep_curve(Curve(f"{name}.{column}", values, f"table {name}"))
                return {}
            scores = across or rows(table, self._scored, certain)
            scores = {key: item for key, item in scores.items() if not is_limit(key.rpartition(".")[2])}
            seen = all(item in _EVERYWHERE or self._scored.has(item) for item in scores.values())
            if seen and self._labels.bases and any("=" in key for key in scores):
                return {}  # the points of curves that are called after what the loops pass over
            called = [key for key, item in scores.items() if self._labels.has([item], self._singles())]
            if scores and len(called) == len(scores):
                return {}  # each has the name of what a loop passes over
            scores = {key: item for key, item in scores.items() if key not in called}
            if any(not self._is_named(item, found) for key, item in scores.items() if "std" not in key.split(".")):
                under = f"{name}." if any(key[:1].isdigit() for key in scores) and name in reading.bindings else ""
                return {f"{under}{k}": (v, f"table {name}") for k, v in scores.items() if k not in self.recorded}
        return {}

    def _crossed(self, name: str, table: object, reading: Reading) -> dict[str, Json]:
        """Return the numbers of a table with a column for each model, if a function that scores has returned it."""
        binding = reading.bindings.get(name)
        made = binding.values if binding is not None else [reading.last] if reading.last is not None else []
        return crossed(table) if any(map(self.evidence.judged, map(core, made))) else {}

    def _is_named(self, item: Json, found: Mapping[str, Any]) -> bool:
        """Tell whether a number of a table has a name of its own already, and is no mere point of a series."""
        named = (value for name, value in self.recorded.items() if name not in self._counts)
        means = (value for name, value in self.recorded.items() if name.endswith(".mean"))
        return (
            item in named
            or any(is_close(value, item) for value in means)
            or any(item == pair[0] for pair in found.values())
        )

    def _certain(self, name: str, table: object, reading: Reading) -> list[str]:
        """Return the columns that make a table one of results: scores by name, filled by what evaluates."""
        binding = reading.bindings.get(name)
        if binding is None and reading.last is not None and name == "last expression":
            return score_columns(table, mostly=True) if self.evidence.supports(reading.last) else []
        if binding is None or binding.filled or not any(map(self.evidence.supports, binding.values)):
            return []
        return score_columns(table)

    def _is_told_again(self, name: str, item: Json, reading: Reading, found: Mapping[str, Any]) -> bool:
        """Tell whether a name only repeats what is recorded: ``best = res.aic``, or a dictionary of known scores."""
        if not self._is_known(item):
            return False
        if self._is_appended(name) or is_close(self.recorded.get(f"{name}.mean"), item):
            return True  # the latter as ``f1 = cross_val_score(...)``, then ``f1 = np.mean(f1)``
        binding = reading.bindings.get(name)
        if binding is not None:
            return is_alias(binding) and not binding.conditional  # ``best = res.aic`` under a condition is the best
        container = name.partition(".")[0]
        gathered = reading.bindings.get(container)
        if gathered is not None and gathered.filled and self._labels.has([item], self.recorded):
            return True  # ``results[name] = acc``: the loop has called it ``acc.svm``
        kept = gathered is not None and gathered.conditional and any(isinstance(v, ast.Dict) for v in gathered.values)
        if gathered is not None and (kept or any(map(picks, gathered.values))):
            return False  # ``best = {"score": s}`` likewise, and ``best = max(results, key=...)``
        inner = [pair[0] for other, pair in found.items() if other.partition(".")[0] == container]
        return all(map(self._is_known, inner)) or type(self._namespace.get(container)) is not dict

    def _is_appended(self, name: str) -> bool:
        """Tell whether a curve has what a name holds: ``losses.append(loss.item())``."""
        added = (core(each) for values in self._left.lists.values() for each in values)
        return any(isinstance(each, ast.Name) and each.id == name for each in added)

    def _is_new(self, name: str, item: Json) -> bool:
        return self._wanted(name) and name not in self.recorded and not self._is_known(item)

    def _is_known(self, found: Json) -> bool:
        """Tell whether a number is recorded already, but for what rounding adds: a mean is taken in many ways."""
        if not isinstance(found, int | float):
            return found in self.recorded.values()
        if self._scored.has(found):
            return True
        return any(is_close(value, found) or _is_percent(found, value) for value in self.recorded.values())

    def _is_heard(self, found: Json) -> bool:
        """Tell whether a number is known, or is held under a name of its own."""
        held = (item for values in self._held.values() for _, item in values[-LATEST:])
        return self._is_known(found) or any(_says(found, item) for item in (*held, *self._folds.latest()))

    def _wanted(self, name: str) -> bool:
        asked = self._line.metrics
        return asked is None or name in asked or self._labels.bases.get(name) in asked


def _selects(reading: Reading, name: str) -> bool:
    """Tell whether a name holds what was chosen from a list: ``good = [row for row in rows if row["acc"] > 0.8]``."""
    values = reading.bindings[name].values if name in reading.bindings else ()
    return bool(values) and all(
        isinstance(value, ast.ListComp)
        and isinstance(value.elt, ast.Name)
        and any(isinstance(each.target, ast.Name) and each.target.id == value.elt.id for each in value.generators)
        for value in values
    )


def _rescue(scores: "ref[Scores]", _: Callable[[], None]) -> None:
    """Rescue what is held, unless the cell is over: the values of a cell must not live on in a job that waits."""
    if (still := scores()) is not None:
        still.rescue()


def _is_named(found: Json, named: Collection[Json]) -> bool:
    """Tell whether a number is one of those with a name; a squared error is known where its root has one."""
    root = math.sqrt(found) if isinstance(found, float) and found > 0 else None
    return any(_says(each, found) or is_close(each, root) for each in named)


def _mean(values: Sequence[Json]) -> Json:
    numbers = [each for each in values if isinstance(each, int | float)]
    return math.fsum(numbers) / len(numbers) if len(numbers) == len(values) else None


def _is_rest(site: Site, found: Json, named: Collection[Json]) -> bool:
    """Tell whether a quotient without a word is what a score leaves of 1: ``(FP + FN) / n`` beside an accuracy."""
    return site.name == site.text and isinstance(found, float) and any(is_close(each, 1 - found) for each in named)


def _is_percent(shown: Json, found: Json) -> bool:
    return isinstance(found, float) and is_close(shown, 100 * found)


def _says(shown: Json, found: Json) -> bool:
    """Tell whether a number is another one in other units, in percent or per million, and perhaps rounded."""
    if not isinstance(found, float) or not math.isfinite(found):
        return is_close(shown, found)
    rounded = {round(found, 2), round(found, 3), round(found, 4), round(100 * found, 2)} - {0.0, 1.0}
    return shown in rounded or any(is_close(shown, unit * found) for unit in _UNITS)


def _next(name: str) -> str:
    stem, _, last = name.rpartition("_")
    return f"{stem}_{int(last) + 1}" if stem and last.isdigit() else f"{name}_2"
