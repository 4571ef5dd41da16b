"""One tracked execution of a cell, from the moment before it runs to the end of its run."""

import ast
import re
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from nbtrack.capture.asked.line import TrackLine, unused_arguments
from nbtrack.capture.asked.override import override
from nbtrack.capture.guard import own_line
from nbtrack.capture.guard.deep import deep_trees
from nbtrack.capture.guard.fence import Fence
from nbtrack.capture.results.behind import without_demonstrations
from nbtrack.capture.results.estimators import Settings, is_estimator, settings
from nbtrack.capture.results.metrics import derived
from nbtrack.capture.results.params import find_params
from nbtrack.capture.results.scores import NOTHING_READ, Scores
from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.supplies import NOTHING, Supplies
from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.found import NOTHING_SETTLED, Settled
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.names import name_sites
from nbtrack.capture.syntax.quiet import is_quiet
from nbtrack.capture.syntax.syntax import Binding, Reading, is_drawing, is_scalar, read
from nbtrack.capture.syntax.tee import Site
from nbtrack.capture.syntax.walking import Walks, every_node, of_kind, unchanging
from nbtrack.model import event
from nbtrack.model.run import History
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun, ending_of
from nbtrack.record.values import to_json

MOST_FITTED = 50
_MISSING = object()
_WRITTEN_OUT = frozenset({bool, int, float, complex, str, bytes, type(None), type(...)})
NO_NAMES: frozenset[str] = frozenset()


class Execution:
    """Gathers what one execution shows and records it in its run. Every step is fenced.

    ``prepare`` sees the cell's syntax tree just before it is compiled, ``receive`` the values of watched calls while it
    runs, ``record`` the namespace and the outcome afterwards; ``finish`` ends the run.
    """

    _scores: Scores | None = None  # until there is something to score: as long as all that was prepared is quiet

    def __init__(
        self,
        cell: CellNow,
        line: TrackLine,
        run: OpenRun,
        namespace: Mapping[str, Any],
        *,
        fence: Fence,
        literals: set[str],
        upstream: Callable[[], Supplies] = Supplies,
        scored: Callable[[Collection[str]], Collection[str]] = lambda _: (),
        settled: Callable[[Collection[str]], Settled] = lambda _: NOTHING_SETTLED,
        patterns: Sequence[str] = (),
    ) -> None:
        self.cell = cell
        self.line = line
        self.run = run
        self.overridden: list[str] = []
        self._namespace = namespace
        self._fence = fence
        self._literals = literals
        self._settled = settled
        self._upstream = upstream
        self._scored = scored
        self._patterns = patterns
        self._reading = NOTHING_READ
        self._draws = True  # as far as anyone knows
        self._before: dict[str, int] = {}

    def prepare(self, tree: ast.Module) -> None:
        """Read, override and instrument the cell's tree in place."""
        with deep_trees():
            self._prepare(tree)

    def _prepare(self, tree: ast.Module) -> None:
        quiet = is_quiet(tree)
        if not quiet:
            self._begin_scores()  # before anything can go wrong: without them, nothing but a quiet tree was seen
        walks: Walks = {}
        with self._fence.around("syntax"):
            with unchanging(walks):
                self._reading = read(tree)
                self._draws = not quiet and any(map(is_drawing, of_kind(every_node(tree), ast.Call)))
            if self._reading.bindings:
                self._note_literals()
        if self.line.arguments:
            with self._fence.around("overrides"):
                walks.clear()
                self.overridden.extend(override(tree, self.line.arguments))
            quiet = is_quiet(tree)
        if self.line.auto and not quiet and self._fence.open("metrics"):
            with self._fence.around("metrics"):
                scores = self._begin_scores()
                with unchanging(walks):
                    known, settled = self._scored(self._reading.loads), self._settled(self._reading.loads)
                    scores.read(tree, known, self._reading, settled)
                sites = instrument(tree, self._namespace, self._patterns, scores.evidence, walks=walks)
                name_sites(sites)
                scores.sites.extend(sites)
        names = self._reading.bindings
        self._before = {name: id(self._namespace.get(name, _MISSING)) for name in names} if names else {}

    def _begin_scores(self) -> Scores:
        """Return what takes the scores. Threads of earlier cells may ask for it, too: all of them get the same."""
        found: Scores = self._scores or vars(self).setdefault("_scores", Scores(self.run, self.line, self._namespace))
        return found

    def _note_literals(self) -> None:
        """Note which variables hold what was written out, and which no longer do."""
        for each in self._reading.bindings.values():
            scalars = list(map(is_scalar, each.values))
            if all(scalars):
                self._literals.add(each.name)
            if True not in scalars:
                self._literals.discard(each.name)
        self._literals |= derived(self._reading, self._literals)

    def drawn(self, metric: str, count: int) -> History | None:
        """Return a loop's curve as a card draws it, if all of its points came from here."""
        found = self._scores.book.drawn.get(metric) if self._scores is not None else None
        return found.history() if found is not None and found.ordered and found.count == count else None

    def receive(self, site: Site, value: object) -> None:
        """Take the value of a watched expression; a metric's is in the store when this returns."""
        (self._scores or self._begin_scores()).receive(site, value)

    def record(self, value: object, error: BaseException | None) -> None:
        """Record what the execution left behind: its error, results and parameters."""
        if self.run.begun and error is not None:
            with self._fence.around("error"):
                own_line.cut(error)
                self.run.fail(error, cell_traceback(error, self.cell.count))
        with deep_trees(), unchanging():
            if self.line.auto and not self._is_without_results(value) and self._fence.open("results"):
                with self._fence.around("results"):
                    self._record_results(value, failed=error is not None)
            if self.run.begun and self._fence.open("parameters"):
                with self._fence.around("parameters"):
                    self._record_params()

    def measured(self) -> frozenset[str]:
        """Return the variables of the cell that were recorded as metrics."""
        recorded = self._scores.book.recorded if self._scores is not None else None
        return frozenset(recorded.keys() & self._reading.bindings.keys()) if recorded else NO_NAMES

    def finish(self, error: BaseException | None) -> None:
        """End the run, saying what could not be captured."""
        if self.run.begun:
            if self.line.arguments:
                with self._fence.around("cell"):
                    self._record_line()
            self._fence.report("metrics", tee.failures())
            for problem in self._fence.problems():
                self.run.warn(problem)
        if self._scores is not None:
            self._scores.let_go()
            for site in self._scores.sites:
                if not site.inside:  # what is in no function will not run again
                    tee.forget(site)
        self.run.finish(ending_of(error))

    def _record_line(self) -> None:
        """Record which arguments replaced a literal; one that the cell set otherwise is not what the cell ran with."""
        if self.overridden:
            replaced = {name: to_json(self.line.arguments[name]) for name in self.overridden}
            self.run.record(event.CELL, {**cell_event(self.cell, self.line), "overrides": replaced})
        for name in unused_arguments(self.line, self.overridden):
            if name in self._reading.bindings:
                self.run.warn(f"argument {name} replaced nothing: the cell sets {name} itself, and not by a literal")

    def _is_without_results(self, value: object) -> bool:
        """Tell whether nothing can be a result: nobody asks for one by name, and none was heard of.

        The cell is quiet, ends with no value, and its names hold what it wrote out: no table, no object that learnt.
        """
        if self._scores is not None or value is not None or self.line.metrics is not None or self._fence.failing:
            return False  # or a part has failed, which is forgiven when it works again
        return _WRITTEN_OUT.issuperset(map(type, map(self._namespace.get, self._reading.bindings)))

    def _record_results(self, value: object, *, failed: bool) -> None:
        self._begin_scores().finish(self._reading, value, self._before, self._literals, failed=failed)

    def _record_params(self) -> None:
        line, arguments, found = self.line, self.line.arguments, self._params_of_cell() if self.line.auto else {}
        if line.params is not None:
            found = {name: pair for name, pair in found.items() if name in line.params}
        if arguments:
            found = {name: (value, "argument") for name, value in arguments.items() if name not in found} | found
        for name in sorted(line.params or ()):
            if name not in found and name in self._namespace:
                found[name] = (self._namespace[name], "--params")
        if line.seed is not None:
            found.setdefault("seed", (line.seed, "--seed"))
        if self.run.given:
            found = {name: pair for name, pair in found.items() if name not in self.run.given}
        if found:
            self.run.record_params({n: p[0] for n, p in found.items()}, {n: p[1] for n, p in found.items()})

    def _params_of_cell(self) -> dict[str, tuple[Any, str]]:
        """Return the parameters that are found in the cell and in what it stands on."""
        fitted = self._settings_of_fitted(self._scores) if self._scores is not None else []
        if ".best_" in self.cell.source:
            fitted += [Settings(type(each).__name__, {}, {}, settings(each).best) for each in self._asked()]
        told, earlier = self._told(), self._earlier()
        return find_params(told, self._namespace, fitted, self.line.arguments, earlier, draws=self._draws)

    def _told(self) -> Reading:
        """Return what was read of the cell, but for what it only demonstrates beside its metrics."""
        if self._scores is None:
            return self._reading
        metrics = {*self._scores.book.recorded, *self.run.logged}
        return without_demonstrations(self._reading, self._namespace, metrics, self._scores.evidence.judges)

    def _earlier(self) -> Supplies:
        """Return what earlier cells gave to this one; without the log of the session, nothing."""
        with self._fence.around("session"):
            return self._upstream()
        return NOTHING

    def _settings_of_fitted(self, scores: Scores) -> list[Settings]:
        """Return how the fitted estimators are set, but for what a statement that fits many has tried."""
        estimators = list(self._estimators(scores).items())[:MOST_FITTED]
        return [settings(each).without(scores.tried.get(name, ())) for name, each in estimators]

    def _estimators(self, scores: Scores) -> dict[str, Any]:
        """Return the fitted estimators, and those a search has found.

        Those whose fit returned something else are found by their variable.
        """
        found = dict(scores.fitted)
        found |= {
            name: self._namespace[name] for name, bound in self._reading.bindings.items() if self._is_found(bound)
        }
        for site in scores.sites:
            if site.kind != "fit" or site.receiver is None or site.receiver in found:
                continue
            value = self._namespace.get(site.receiver)
            if is_estimator(value):
                found[site.receiver] = value
        return found

    def _is_found(self, binding: Binding) -> bool:
        """``model = search.best_estimator_``."""
        value = binding.values[-1] if binding.values else None
        asked = isinstance(value, ast.Attribute) and value.attr == "best_estimator_"
        return asked and is_estimator(self._namespace.get(binding.name))

    def _asked(self) -> list[Any]:
        """Return the searches of earlier cells that this one asks for the best it has: ``search.best_score_``."""
        names = dict.fromkeys(re.findall(r"\b(\w+)\.best_\w+_\b", self.cell.source))
        fitted = self._scores.fitted if self._scores is not None else ()
        searches = (self._namespace.get(name) for name in names if name not in fitted)
        return [each for each in searches if is_estimator(each)][:MOST_FITTED]


def cell_event(cell: CellNow, line: TrackLine) -> dict[str, Json]:
    """Return the ``cell`` event of an execution."""
    asked = {name: to_json(value) for name, value in line.arguments.items()}
    return {
        "source": cell.source,
        "id": cell.id,
        "count": cell.count,
        "hash": cell.hash,
        "line": line.text,
        "arguments": asked,
    }


def cell_traceback(error: BaseException, count: int | None) -> str:
    """Return the traceback from the cell's own line on, without the frames of the program that ran the cell.

    The made-up file name of the cell, different in every kernel, becomes ``Cell In[3]``.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_host(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    cell = trace.tb_frame.f_code.co_filename if trace is not None else ""
    return text.replace(f'File "{cell}"', f"Cell In[{count}]") if cell and not _is_host(cell) else text


def _is_host(filename: str) -> bool:
    return "/IPython/" in filename.replace("\\", "/") or "/ipykernel/" in filename.replace("\\", "/")
