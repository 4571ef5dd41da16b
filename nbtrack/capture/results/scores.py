"""The metrics of one execution: what the tee hands over while it runs, and what the cell leaves behind."""

import ast
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from weakref import ref

from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.results import told, trainers
from nbtrack.capture.results.arrivals import Arrivals
from nbtrack.capture.results.estimators import is_estimator, varied
from nbtrack.capture.results.kept_curves import curves_kept
from nbtrack.capture.results.labels import Labels
from nbtrack.capture.results.left_curves import LeftCurves
from nbtrack.capture.results.left_scores import LeftScores
from nbtrack.capture.results.loop_points import LoopPoints
from nbtrack.capture.results.metric_book import MOST_HELD, MetricBook, next_name
from nbtrack.capture.results.metrics import Known, scores_in
from nbtrack.capture.results.searched import search_table
from nbtrack.capture.results.told import Told, is_close
from nbtrack.capture.syntax.evidence import Evidence, gather
from nbtrack.capture.syntax.found import NOTHING_SETTLED, Settled
from nbtrack.capture.syntax.syntax import Reading
from nbtrack.capture.syntax.tee import Site, forget
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun
from nbtrack.record.unasked import class_name, module_name

NOTHING_READ: Final = Reading()  # of a cell that nobody has read, or has not yet
MOST_FITTED = 50
MOST_SEARCHES = 5
MOST_COMPARED = 30  # models that one statement fits


class Scores:
    """Takes what the sites of a cell send, names each number and has it recorded once, in ``book``.

    What is received is in the store when ``receive`` returns.
    """

    def __init__(self, run: OpenRun, line: TrackLine, namespace: Mapping[str, Any]) -> None:
        self.fitted: dict[str, Any] = {}
        self.tried: dict[str, set[str]] = {}  # settings in which the estimators differed that had one of these names
        self._fits: dict[str, tuple[Any, int]] = {}  # what was fitted last, and how many, by the keys of the sites
        self.sites: list[Site] = []
        self.evidence = Evidence()
        self._labels = Labels()
        self.book = MetricBook(run, line, self._labels)
        self._run = run
        self._line = line
        self._namespace = namespace
        self._left = LeftCurves(None, namespace, self.evidence)
        self._arrivals = Arrivals(namespace, self._labels)
        self._loops = LoopPoints(namespace, self.book, self._arrivals, self.sites, self._left, NOTHING_READ)
        self._repeated: dict[str, list[Json]] = {}  # printed numbers that only repeat others so far, by their sites
        self._telling: dict[str, str] = {}
        self._receivers: dict[str, ref[Any]] = {}  # what methods are being called on, by the keys of their sites
        self._epochs = trainers.Epochs()
        self._reporter: Site | None = None  # where something was reported to a trainer
        self._learnt: set[str] = set()  # the curves that trainings have left
        self._asked_for: set[str] = set()  # dictionaries that trainings have filled
        self._boosters: list[Any] = []
        self._boosted: dict[str, int] = {}  # how often each site has trained one
        self._searches: dict[str, str] = {}

    def read(
        self,
        tree: ast.Module,
        known: Collection[str] = (),
        reading: Reading = NOTHING_READ,
        settled: Settled = NOTHING_SETTLED,
    ) -> None:
        """Read the cell's tree before it is instrumented; ``known`` are variables that hold scores."""
        self.evidence = gather(tree, self._namespace, known, settled)
        self._left = LeftCurves(tree, self._namespace, self.evidence)
        self._loops = LoopPoints(self._namespace, self.book, self._arrivals, self.sites, self._left, reading)

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
            self._loops.receive(site, over=value is True)
        elif site.kind in {"item", "key", "over"}:
            self._arrivals.receive(site, value)
        elif site.kind == "entries":
            self._receive_entries(site, value)
        elif site.kind == "shown":
            for each, found in told.shown_by(site, value):
                self._receive_shown(self._arrivals.called(each)[0], found)
        else:
            receiver = self._receiver(site)
            asked = site if site.metric is None else self._arrivals.asked(site, site.metric, receiver)
            site, label = self._arrivals.called(asked)
            heard = told.told_by(site.name, site.callee, value, receiver, site.targets)
            heard = self._beside_curves(site, heard)
            heard = told.negated(heard) if site.negated else heard
            heard = told.averaged(site.name, heard) if site.averaged else heard
            heard = told.with_means(site.name, heard, site.means) if site.means else heard
            heard = self._labels.told(heard, label, site.name)
            self.book.take(site, self._unrounded(site, heard) if type(value) is str else heard)

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
            if name not in self._learnt or not is_close(self.book.recorded.get(name), item)
        }
        return replace(found, singles=singles)

    def _receive_shown(self, site: Site, found: Json) -> None:
        """Take a printed number. In a loop it may repeat another by chance: it is held back until one does not."""
        counted = self.evidence.found and direction(site.name) == "min" and not site.sized
        counted = type(found) is int and (site.share or counted)
        counted = counted or (type(found) is int and site.logged)
        if not (isinstance(found, float | dict) or counted) or not self.book.wanted(site.name):
            return
        if site.name == site.text and not site.name.isidentifier():  # a quotient: what follows may tell it with a word
            self.book.held.setdefault(site.name, []).append((site, found))
            return
        if self.book.is_told(site, found):
            self.book.note_said(site, found)
            held = self._repeated.setdefault(site.key, [])
            if site.repeats and site.name not in self.book.counts and len(held) < MOST_HELD:
                held.append(found)
            return
        name = site.name
        if self.book.fed.setdefault(name, site) is None and name in self.book.counts:
            name = next_name(name)  # a loop has a curve of this name: one of other numbers
            self.book.fed.setdefault(name, site)
        for each in (*self._repeated.pop(site.key, ()), found):
            if site.inside and site.rare and not site.logged and name not in self.book.counts:
                late = self.book.held.setdefault(name, [])  # now and then: the cell may have this name at last
                late.extend([(site, each)] if len(late) < MOST_HELD else [])
            else:
                self.book.keep(name, each, site)

    def _receive_entries(self, site: Site, value: object) -> None:
        """Take the dictionary of scores that a function of the notebook's own returns in each round of a loop."""
        if type(value) is not dict:
            forget(site)
            return
        site, label = self._arrivals.called(site)
        sure = site.callee in self.evidence.judges or site.callee in self.evidence.estimating
        found = Told(scores_in(site.name.removesuffix(label), value, self.evidence, sure=sure))
        self.book.take(site, self._labels.told(found, label))

    def _receive_fit(self, site: Site, value: object) -> None:
        if is_estimator(value) and len(self.fitted) < MOST_FITTED:
            self._note_fitted(site, value)
            table = search_table(value)
            if table is not None and len(self._searches) < MOST_SEARCHES:
                self._searches[site.target or site.receiver or f"search {len(self._searches) + 1}"] = table
        if module_name(type(value)).partition(".")[0] in {"xgboost", "lightgbm", "catboost"}:
            self._boosters = [*self._boosters[-MOST_FITTED:], value]
            self._boosted[site.key] = self._boosted.get(site.key, 0) + 1
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

    def _note_fitted(self, site: Site, value: Any) -> None:
        """Note an estimator that a statement has fitted, and the one before it: one with a name, or other settings.

        What differs between the models that one statement fits was tried out; those that variables hold were written.
        """
        name, (other, times) = site.receiver or site.key, self._fits.get(site.key, (None, 0))
        if other is not None and other is not value and times < MOST_COMPARED:
            names = (each for each, known in list(self._namespace.items()) if known is other and each != site.target)
            held = next(names, None)  # but what the same statement binds anew
            if held is not None:
                self.fitted[held] = other
            elif type(other) is type(value):
                self.tried.setdefault(name, set()).update(varied(other, value))
        if site.repeats:
            self._fits[site.key] = value, times + (other is not value)
        self.fitted[name] = value

    def let_go(self) -> None:
        """Forget what was fitted: it may be large."""
        if self.fitted:
            self.fitted.clear()
            self._fits.clear()

    def _filled(self, site: Site) -> Told:
        """Return the curves in the dictionaries that a training was asked to fill, and has just filled."""
        told_now = Told()
        for name in site.history:
            curves = told.curves_in(self._namespace.get(name))
            told_now.series.update({f"{name}.{key}": column for key, column in curves.items()})
            self._asked_for.update([name] if curves else [])
        return told_now

    def _receive_from_trainer(self, site: Site, value: object) -> None:
        """Take what a trainer returns, whose methods are called as many others are: ``train``, ``test``."""
        if site.callee == "train":
            if class_name(type(value)) == "TrainOutput":  # a network returns itself
                self._receive_training(site, trainers.trained(value, self._receiver(site)))
            return
        self.book.take(site, self._beside_curves(site, trainers.told_by_test(value, self._receiver(site))))

    def _without_known(self, found: Told, stale: Collection[str]) -> Told:
        """Leave out the curves that an object of the notebook's own has from what it trained, or has had before."""
        series = {n: col for n, col in found.series.items() if n not in stale and not self.book.is_curve(col)}
        return replace(found, series=series)

    def _receive_training(self, site: Site, found: Told, *, prefixed: bool = False) -> None:
        if found:
            own = site.target or site.receiver or ""
            prefix = "" if prefixed else self._telling.setdefault(site.key, own if self._telling else "")
            found = found.under(prefix)
            longest = max(map(len, found.series.values()), default=0)
            _, curve = self._arrivals.called(site, curves=longest > 1)
            site, label = self._arrivals.called(site)
            if longest > 1 and not curve and self._arrivals.trains_many(site):
                found = found.ends()  # a point for each training: more curves would tell nobody anything
            singles = self._labels.told(replace(found, series={}), label)
            found = self._labels.told(replace(found, singles={}), curve)
            found = replace(found, singles=singles.singles)
            taken = [name for name in found.series if name in self.book.recorded and name not in self._learnt]
            found = found.under(site.target or site.callee) if taken else found  # by an evaluation before it
            self._learnt.update(found.series, found.singles)
            self.book.take(site, found)

    def _unrounded(self, site: Site, heard: Told) -> Told:
        """Leave out what a report in words tells of the accuracy where it is known exactly."""
        exact = f"{site.name}.accuracy"
        value, labelled = heard.singles.get(exact), site.name in self._labels.bases
        recorded = self._labels.under(site.name, self.book.recorded) if labelled else ()
        if not (any(is_close(item, value) for item in recorded) if labelled else self.book.is_known(value)):
            return heard
        return replace(heard, singles={name: value for name, value in heard.singles.items() if name != exact})

    def finish(
        self, reading: Reading, value: object, before: Mapping[str, int], literals: set[str], *, failed: bool
    ) -> None:
        """Record what the tee did not see: bound numbers, the last expression, lists and tables."""
        self._loops.finish()
        if self._reporter is not None and (late := self._epochs.left()):
            self.book.take(self._reporter, late)
        left = LeftScores(reading, self._namespace, self.evidence, self.sites, self._left, self.book)
        if self._boosted and (self.book.recorded or self.book.held) and max(self._boosted.values()) > 1:
            self._boosters = []  # of each fold, which has a score
        left.record_curves(self._boosters, self._asked_for, failed=failed)
        known = Known(
            {*self.book.recorded, *self._run.logged, *self._loops.looped, *self._labels.bases.values()},
            {site.text for site in self.sites if site.kind in {"metric", "fit", "step"}},
            literals,
            self.evidence,
            self._namespace,
        )
        found = left.numbers(known, value, before, failed=failed)
        wanted = {name: pair for name, pair in found.items() if self.book.wanted(name)}
        for name in sorted(self._line.metrics or ()):
            if name not in wanted and name not in known.recorded:
                wanted |= {k: (item, "--metrics") for k, item in told.numbers(name, self._namespace.get(name)).items()}
        missing = (self._line.metrics or frozenset()).difference(wanted, known.recorded, self.book.held)
        if missing and not failed:
            self._run.warn(f"--metrics: the cell computed no number called {', '.join(sorted(missing))}")
        if wanted:
            self.book.record(wanted)
        if self.book.held:
            self.book.release_held()
        self.book.release_folds()
        for owner, table in self._searches.items():
            self._run.keep(f"{owner}.cv_results.csv", table, "text/csv")
