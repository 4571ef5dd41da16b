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
from nbtrack.capture.results.scores import Scores
from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.supplies import NOTHING, Supplies
from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.found import NOTHING_SETTLED, Settled
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.names import name_sites
from nbtrack.capture.syntax.quiet import is_quiet
from nbtrack.capture.syntax.syntax import Binding, Reading, is_scalar, read
from nbtrack.capture.syntax.tee import Site
from nbtrack.capture.syntax.walking import Walks, unchanging
from nbtrack.model import event
from nbtrack.model.run import History
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun, ending_of
from nbtrack.record.values import to_json

MOST_FITTED = 50
_MISSING = object()
NO_NAMES: frozenset[str] = frozenset()


class Execution:
    """Gathers what one execution shows and records it in its run. Every step is fenced.

    ``prepare`` sees the cell's syntax tree just before it is compiled, ``receive`` the values of watched calls while it
    runs, ``record`` the namespace and the outcome afterwards; ``finish`` ends the run.
    """

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
        self._reading = Reading()
        self._scores = Scores(run, line, namespace)
        self._before: dict[str, int] = {}

    def prepare(self, tree: ast.Module) -> None:
        """Read, override and instrument the cell's tree in place."""
        with deep_trees():
            self._prepare(tree)

    def _prepare(self, tree: ast.Module) -> None:
        walks: Walks = {}
        with self._fence.around("syntax"):
            with unchanging(walks):
                self._reading = read(tree)
            self._literals.update(b.name for b in self._reading.bindings.values() if all(map(is_scalar, b.values)))
            self._literals.difference_update(
                b.name for b in self._reading.bindings.values() if not any(map(is_scalar, b.values))
            )
            self._literals |= derived(self._reading, self._literals)
        if self.line.arguments:
            with self._fence.around("overrides"):
                walks.clear()
                self.overridden.extend(override(tree, self.line.arguments))
        if self.line.auto and not is_quiet(tree) and self._fence.open("metrics"):
            with self._fence.around("metrics"):
                known, settled = self._scored(self._reading.loads), self._settled(self._reading.loads)
                with unchanging(walks):
                    self._scores.read(tree, known, self._reading, settled)
                sites = instrument(tree, self._namespace, self._patterns, self._scores.evidence, walks=walks)
                name_sites(sites)
                self._scores.sites.extend(sites)
        self._before = {name: id(self._namespace.get(name, _MISSING)) for name in self._reading.bindings}

    def drawn(self, metric: str, count: int) -> History | None:
        """Return a loop's curve as a card draws it, if all of its points came from here."""
        found = self._scores.book.drawn.get(metric)
        return found.history() if found is not None and found.ordered and found.count == count else None

    def receive(self, site: Site, value: object) -> None:
        """Take the value of a watched expression; a metric's is in the store when this returns."""
        self._scores.receive(site, value)

    def record(self, value: object, error: BaseException | None) -> None:
        """Record what the execution left behind: its error, results and parameters."""
        if self.run.begun and error is not None:
            with self._fence.around("error"):
                own_line.cut(error)
                self.run.fail(error, cell_traceback(error, self.cell.count))
        with deep_trees(), unchanging():
            if self.line.auto and self._fence.open("results"):
                with self._fence.around("results"):
                    self._record_results(value, failed=error is not None)
            if self.run.begun and self._fence.open("parameters"):
                with self._fence.around("parameters"):
                    self._record_params()

    def measured(self) -> frozenset[str]:
        """Return the variables of the cell that were recorded as metrics."""
        recorded = self._scores.book.recorded
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
        self._scores.let_go()
        for site in self._scores.sites:
            if not site.inside:  # what is in no function will not run again
                tee.forget(site)
        self.run.release()
        self.run.finish(ending_of(error))

    def _record_line(self) -> None:
        """Record which arguments replaced a literal; one that the cell set otherwise is not what the cell ran with."""
        if self.overridden:
            replaced = {name: to_json(self.line.arguments[name]) for name in self.overridden}
            self.run.record(event.CELL, {**cell_event(self.cell, self.line), "overrides": replaced})
        for name in unused_arguments(self.line, self.overridden):
            if name in self._reading.bindings:
                self.run.warn(f"argument {name} replaced nothing: the cell sets {name} itself, and not by a literal")

    def _record_results(self, value: object, *, failed: bool) -> None:
        self._scores.finish(self._reading, value, self._before, self._literals, failed=failed)

    def _record_params(self) -> None:
        tried = self._scores.tried
        estimators = list(self._estimators().items())[:MOST_FITTED]
        fitted = [settings(each).without(tried.get(name, ())) for name, each in estimators]
        fitted += [Settings(type(each).__name__, {}, {}, settings(each).best) for each in self._asked()]
        arguments = self.line.arguments
        auto = self.line.auto and self.line.params is None
        metrics = {*self._scores.book.recorded, *self.run.logged}
        reading = without_demonstrations(self._reading, self._namespace, metrics, self._scores.evidence.judges)
        found = find_params(reading, self._namespace, fitted, arguments, self._earlier()) if self.line.auto else {}
        found = {name: pair for name, pair in found.items() if auto or name in (self.line.params or ())}
        found = {name: (value, "argument") for name, value in arguments.items() if name not in found} | found
        for name in sorted(self.line.params or ()):
            if name not in found and name in self._namespace:
                found[name] = (self._namespace[name], "--params")
        if self.line.seed is not None:
            found.setdefault("seed", (self.line.seed, "--seed"))
        found = {name: pair for name, pair in found.items() if name not in self.run.given}
        self.run.record_params({n: p[0] for n, p in found.items()}, {n: p[1] for n, p in found.items()})

    def _earlier(self) -> Supplies:
        """Return what earlier cells gave to this one; without the log of the session, nothing."""
        with self._fence.around("session"):
            return self._upstream()
        return NOTHING

    def _estimators(self) -> dict[str, Any]:
        """Return the fitted estimators, and those a search has found.

        Those whose fit returned something else are found by their variable.
        """
        found = dict(self._scores.fitted)
        found |= {
            name: self._namespace[name] for name, bound in self._reading.bindings.items() if self._is_found(bound)
        }
        for site in self._scores.sites:
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
        searches = (self._namespace.get(name) for name in names if name not in self._scores.fitted)
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
