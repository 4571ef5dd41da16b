"""The metrics of one execution: what the tee hands over while it runs, and what the cell leaves behind."""

import ast
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from threading import Lock
from types import MappingProxyType
from typing import Any, Final
from weakref import ref

from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.results import told, trainers
from nbtrack.capture.results.estimators import is_estimator
from nbtrack.capture.results.folds import LATEST, HeldFolds
from nbtrack.capture.results.labels import Labels
from nbtrack.capture.results.left_curves import Curve, LeftCurves
from nbtrack.capture.results.metrics import Known, bound_numbers, is_alias, last_expression, picks
from nbtrack.capture.results.searched import search_table
from nbtrack.capture.results.thinned import Thinned
from nbtrack.capture.results.told import Told, is_close
from nbtrack.capture.syntax.evidence import Evidence, gather
from nbtrack.capture.syntax.experiments import is_ambiguous
from nbtrack.capture.syntax.loops import Iteration, Pace, is_again, remembered
from nbtrack.capture.syntax.shown import core
from nbtrack.capture.syntax.syntax import Reading
from nbtrack.capture.syntax.tables import Scored, columns, rows
from nbtrack.capture.syntax.tee import Site
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
_UNITS: Final = (1, 100, 1000, 1e6)
_MOMENT: Final = 0.05  # seconds that the end of a loop waits for a thread that is taking its numbers
_MISSING = object()
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
        self._learnt: set[str] = set()  # the curves that trainings have left
        self._taking = Lock()
        self._rescuing = False
        self._generation = forks.generation()
        self._boosters: list[Any] = []
        self._searches: dict[str, str] = {}
        self._scored = Scored()

    def read(self, tree: ast.Module, known: Collection[str] = ()) -> None:
        """Read the cell's tree before it is instrumented; ``known`` are variables that hold scores."""
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
        elif site.kind == "trainer":
            self._receive_from_trainer(site, value)
        elif site.kind == "step":
            self._receive_step(site, over=value is True)
        elif site.kind == "shown":
            self._receive_shown(self._called(site)[0], told.number_in(value))
        else:
            receiver = self._receiver(site)
            site, label = self._called(site)
            heard = told.told_by(site.name, site.callee, value, receiver, site.targets)
            heard = self._beside_curves(site, heard)
            heard = told.averaged(site.name, heard) if site.averaged else heard
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
        if not (isinstance(found, float | dict) or counted) or not self._wanted(site.name):
            return
        if self._is_told(site, found):
            held = self._repeated.setdefault(site.key, [])
            if site.repeats and not site.inside and site.name not in self._counts and len(held) < MOST_HELD:
                held.append(found)
            return
        name = site.name
        if self._fed.setdefault(name, site) is None and name in self._counts:
            name = _next(name)  # a loop has a curve of this name: one of other numbers
            self._fed.setdefault(name, site)
        for each in (*self._repeated.pop(site.key, ()), found):
            self._keep(name, each, site)

    def _is_told(self, site: Site, found: Json) -> bool:
        """Tell whether a printed number says again what is recorded: of a series, the point that it has just got."""
        if site.name in self._counts:
            return self._fed.get(site.name) is not site and is_close(self.recorded.get(site.name), found)
        if site.name in self._labels.bases:  # of another thing that the loop passes over, the same number is news
            held = {name: values[-1][1] for name, values in self._held.items() if values}
            known = self._labels.under(site.name, {**self.recorded, **held})
            return not site.picks and any(_says(found, item) for item in known)
        return not site.picks and self._is_heard(found)

    def _called(self, site: Site) -> tuple[Site, str]:
        """Return a site under the name that its value has now, and what of it is a label.

        It is called after what the loops around pass over, and after the entry that its value becomes:
        ``scores["svm"]`` of ``scores[name] = ...``. Entries under numbers stay the points of one curve.
        """
        entry = self._namespace.get(site.filed) if site.filed else None
        if type(entry) is not str or not 0 < len(entry) <= LONGEST_ENTRY:
            entry = None
        if site.inside:
            return self._labels.called(site, entry, self._arrived())
        return self._labels.called(site, entry, [each.label(self._namespace) for each in site.around])

    def _arrived(self) -> list[str | None]:
        """Return what the loops of the cell have arrived at that run and are watched, outermost first."""
        return [site.pace.label for site in list(self._unfinished.values()) if site.own and site.pace]

    def finish(
        self, reading: Reading, value: object, before: Mapping[str, int], literals: set[str], *, failed: bool
    ) -> None:
        """Record what the tee did not see: bound numbers, the last expression, lists and tables."""
        for site in list(self._unfinished.values()):  # an error has ended them
            if site.pace is not None and site.pace.due(over=True):
                self._receive_step(site, over=True)
        self._record_curves(reading, failed=failed)
        known = Known(
            {*self.recorded, *self._run.logged, *self._looped, *self._labels.bases.values()},
            {site.text for site in self.sites if site.kind in {"metric", "fit", "step"}},
            literals,
            self.evidence,
            self._namespace,
        )
        changed = {n for n, was in before.items() if id(self._namespace.get(n, _MISSING)) != was}
        found = bound_numbers(reading, self._namespace, changed, known, failed=failed)
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
        found = found or trainers.trained(value, self._receiver(site)) or told.fitted(value)
        own = module_name(type(value)) == "__main__"
        self._receive_training(site, self._without_known(found) if own else found)

    def _receive_from_trainer(self, site: Site, value: object) -> None:
        """Take what a trainer returns, whose methods are called as many others are: ``train``, ``test``."""
        if site.callee == "train":
            if class_name(type(value)) == "TrainOutput":  # a network returns itself
                self._receive_training(site, trainers.trained(value, self._receiver(site)))
            return
        self._receive_told(site, self._beside_curves(site, trainers.told_by_test(value, self._receiver(site))))

    def _without_known(self, found: Told) -> Told:
        """Leave out the curves that an object of the notebook's own has from what it trained."""
        return replace(found, series={n: column for n, column in found.series.items() if not self._is_curve(column)})

    def _receive_training(self, site: Site, found: Told) -> None:
        if found:
            prefix = self._telling.setdefault(site.key, (site.target or site.receiver or "") if self._telling else "")
            site, label = self._called(site)
            found = self._labels.told(found.under(prefix), label)
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
        found = self._folds.hold(site, found)
        for name, item in found.singles.items():
            if name in site.overwritten:
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
        pace.arrive(site.own.label(self._namespace) if site.own and pace.attended and not over else None, over=over)
        pace.took(began, taken)
        if over and self._labels.called(site, None, [each.label(self._namespace) for each in site.around])[1]:
            pace.begin_anew()
        if not over and not self._rescuing:
            self._rescuing = True
            KEEPER.later(partial(_rescue, ref(self)))

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
        site, label = self._labels.called(site, pace.label, [each.label(self._namespace) for each in site.around])
        rows = [(step, self._changed(pace.names, step, row, label)) for step, row in iterations]
        if pace.attended and pace.label is None:
            return  # what was there before the loop
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

    def _draw(self, step: int, values: Mapping[str, Json]) -> None:
        for name, value in values.items():
            if type(value) is float or type(value) is int:
                self.drawn.setdefault(name, Thinned()).add(step, value)

    def _changed(self, names: Sequence[str], step: int, row: Sequence[object], label: str) -> dict[str, Json]:
        """Return the numbers that an iteration has given names; what it left alone is no new point."""
        values: dict[str, Json] = {}
        for base, value in zip(names, row, strict=True):
            again = is_again(self._looped.get(base), value)
            self._looped[base] = remembered(value)
            name = self._labels.name(base, label)
            if step >= 0 and not again and self._wanted(name):
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
        for name in series.keys() & steps.keys():
            for step, value in zip(steps[name], series[name], strict=True):
                self._point({name: value}, step, {name: source})
        series = {name: values for name, values in series.items() if name not in steps}
        for step in range(max(map(len, series.values()), default=0)):
            values = {name: column[step] for name, column in series.items() if step < len(column)}
            self._point(values, None, dict.fromkeys(values, source))

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
        for name, values in list(self._held.items()):
            if len(values) > 1 and self._is_curve([found for _, found in values]):
                self._held[name] = []
                continue
            others = [(site, found) for site, found in values if not _is_named(found, named)]
            self._held[name] = values if others and len(values) >= _SERIES else others
            self._release(name)

    def _record_curves(self, reading: Reading, *, failed: bool) -> None:
        """Record the curves that the cell leaves behind, unless their values were seen on their way."""
        left, watched = self._left, {site.text for site in self.sites}
        for curve in left.grown(watched):
            self._keep_curve(curve)
        for curve in left.asked_for():
            self._keep_series({curve.name: curve.values}, curve.source)
        for booster in reversed(self._boosters):  # of several, as for every fold, the last one counts
            best = {name: item for name, item in told.booster(booster).items() if self._is_new(name, item)}
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
        source = redact(curve.source)[0][:200]
        for step, value in zip_longest(curve.steps, curve.values):
            self._point({curve.name: value}, step, {curve.name: source})

    def _is_curve(self, column: list[Json]) -> bool:
        return any(
            count == len(column) and is_close(self.recorded.get(name), column[-1])
            for name, count in self._counts.items()
        ) or self._labels.has(column, self.recorded)

    def _tables(
        self, reading: Reading, changed: set[str], found: Mapping[str, Any], value: object
    ) -> dict[str, tuple[Json, str]]:
        """Return the scores of the first table of results the cell made; its others say the same in another shape."""
        held = (item for values in self._held.values() for _, item in values)
        for item in (*(pair[0] for pair in found.values()), *held):
            self._scored.add(item)
        names = [name for name in (*reading.bindings, *self._left.lists) if name in changed or name in self._left.lists]
        for name, table in [*((name, self._namespace.get(name)) for name in names), ("last expression", value)]:
            scores = rows(table, self._scored, self._certain(name, table, reading))
            called = [key for key, item in scores.items() if self._labels.has([item], self.recorded)]
            if scores and len(called) == len(scores):
                return {}  # each has the name of what a loop passes over
            scores = {key: item for key, item in scores.items() if key not in called}
            if scores and any(not self._is_named(item, found) for item in scores.values()):
                under = f"{name}." if any(key[:1].isdigit() for key in scores) and name in reading.bindings else ""
                return {f"{under}{k}": (v, f"table {name}") for k, v in scores.items() if k not in self.recorded}
        return {}

    def _is_named(self, item: Json, found: Mapping[str, Any]) -> bool:
        """Tell whether a number of a table has a name of its own already, and is no mere point of a series."""
        named = (value for name, value in self.recorded.items() if name not in self._counts)
        return item in named or any(item == pair[0] for pair in found.values())

    def _certain(self, name: str, table: object, reading: Reading) -> list[str]:
        """Return the columns that make a table one of results: scores by name, filled by what evaluates."""
        binding = reading.bindings.get(name)
        if binding is None or binding.filled or not any(map(self.evidence.supports, binding.values)):
            return []
        return [column for column in columns(table) if direction(column) and not is_ambiguous(column)]

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
        return any(is_close(value, found) for value in self.recorded.values())

    def _is_heard(self, found: Json) -> bool:
        """Tell whether a number is known, or is held under a name of its own."""
        held = (item for values in self._held.values() for _, item in values[-LATEST:])
        return self._is_known(found) or any(_says(found, item) for item in (*held, *self._folds.latest()))

    def _wanted(self, name: str) -> bool:
        asked = self._line.metrics
        return asked is None or name in asked or self._labels.bases.get(name) in asked


def _rescue(scores: "ref[Scores]", _: Callable[[], None]) -> None:
    """Rescue what is held, unless the cell is over: the values of a cell must not live on in a job that waits."""
    if (still := scores()) is not None:
        still.rescue()


def _is_named(found: Json, named: Collection[Json]) -> bool:
    """Tell whether a number is one of those with a name; a squared error is known where its root has one."""
    root = math.sqrt(found) if isinstance(found, float) and found > 0 else None
    return any(_says(each, found) or is_close(each, root) for each in named)


def _says(shown: Json, found: Json) -> bool:
    """Tell whether a number is another one in other units, in percent or per million, and perhaps rounded."""
    if not isinstance(found, float) or not math.isfinite(found):
        return is_close(shown, found)
    rounded = {round(found, 2), round(found, 3), round(found, 4), round(100 * found, 2)} - {0.0, 1.0}
    return shown in rounded or any(is_close(shown, unit * found) for unit in _UNITS)


def _next(name: str) -> str:
    stem, _, last = name.rpartition("_")
    return f"{stem}_{int(last) + 1}" if stem and last.isdigit() else f"{name}_2"
