"""One tracked execution of a cell, from the moment before it runs to the end of its run."""

import ast
import traceback
from collections.abc import Mapping
from typing import Any

from nbtrack.capture import tee
from nbtrack.capture.cells import CellNow
from nbtrack.capture.deep import deep_trees
from nbtrack.capture.estimators import is_estimator, settings
from nbtrack.capture.fence import Fence
from nbtrack.capture.line import TrackLine, unused_arguments
from nbtrack.capture.metrics import Known, bound_numbers, last_expression
from nbtrack.capture.names import name_sites
from nbtrack.capture.override import override
from nbtrack.capture.params import find_params
from nbtrack.capture.syntax import Reading, is_scalar, read
from nbtrack.capture.tee import Site
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun, ending_of
from nbtrack.record.redact import redact
from nbtrack.record.values import number, to_json

MOST_FITTED = 50
MOST_HELD = 1000
_MISSING = object()


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
    ) -> None:
        self.cell = cell
        self.line = line
        self.run = run
        self.overridden: list[str] = []
        self._namespace = namespace
        self._fence = fence
        self._literals = literals
        self._reading = Reading()
        self._sites: list[Site] = []
        self._before: dict[str, int] = {}
        self._fitted: dict[str, Any] = {}
        self._recorded: dict[str, Json] = {}
        self._sourced: set[str] = set()
        self._held: dict[str, list[tuple[Site, Json]]] = {}

    def prepare(self, tree: ast.Module) -> None:
        """Read, override and instrument the cell's tree in place."""
        with deep_trees():
            self._prepare(tree)

    def _prepare(self, tree: ast.Module) -> None:
        with self._fence.around("syntax"):
            self._reading = read(tree)
            self._literals.update(b.name for b in self._reading.bindings.values() if all(map(is_scalar, b.values)))
            self._literals.difference_update(
                b.name for b in self._reading.bindings.values() if not any(map(is_scalar, b.values))
            )
        with self._fence.around("overrides"):
            self.overridden.extend(override(tree, self.line.arguments))
        if self.line.auto and self._fence.open("metrics"):
            with self._fence.around("metrics"):
                sites = tee.instrument(tree, self._namespace)
                name_sites(sites)
                self._sites.extend(sites)
        self._before = {name: id(self._namespace.get(name, _MISSING)) for name in self._reading.bindings}

    def receive(self, site: Site, value: object) -> None:
        """Take the value of a watched call; a metric's is in the store when this returns.

        Values from inside functions wait for the end of the cell: what the cell calls them decides their name.
        """
        if site.fits:
            if is_estimator(value):
                self._fitted[site.receiver or site.key] = value
            return
        for name, found in _numbers(site.name, value).items():
            if self._wanted(name):
                held = self._held.setdefault(name, []) if site.inside else None
                if held is not None and len(held) < MOST_HELD:
                    held.append((site, found))
                else:
                    self._release(name)
                    self._keep(name, found, site)

    def record(self, value: object, error: BaseException | None) -> None:
        """Record what the execution left behind: its error, results and parameters."""
        if self.run.begun and error is not None:
            with self._fence.around("error"):
                self.run.fail(error, cell_traceback(error, self.cell.count))
        with deep_trees():
            if self.line.auto and self._fence.open("results"):
                with self._fence.around("results"):
                    self._record_results(value, failed=error is not None)
            if self.run.begun and self._fence.open("parameters"):
                with self._fence.around("parameters"):
                    self._record_params()

    def finish(self, error: BaseException | None) -> None:
        """End the run, saying what could not be captured."""
        if self.run.begun:
            with self._fence.around("cell"):
                self._record_line()
            self._fence.report("metrics", tee.failures())
            for problem in self._fence.problems():
                self.run.warn(problem)
        self._fitted.clear()
        self.run.finish(ending_of(error))

    def _record_line(self) -> None:
        """Record which arguments replaced a literal; one that the cell set otherwise is not what the cell ran with."""
        if self.overridden:
            replaced = {name: to_json(self.line.arguments[name]) for name in self.overridden}
            self.run.record(event.CELL, {**cell_event(self.cell, self.line), "overrides": replaced})
        for name in unused_arguments(self.line, self.overridden):
            if name in self._reading.bindings:
                self.run.warn(f"argument {name} replaced nothing: the cell sets {name} itself, and not by a literal")

    def _keep(self, name: str, found: Json, site: Site) -> None:
        text = redact(site.text)[0][:200]
        if site.repeats:
            if name not in self._sourced:
                self._sourced.add(name)
                self.run.record_metrics({}, {name: text})
            self.run.writer.point({name: found}, None)
        else:
            while name in self._recorded and self._recorded[name] != found:
                name = _next(name)
            if name not in self._recorded:
                self.run.record_metrics({name: found}, {name: text})
        self._recorded[name] = found

    def _release(self, name: str) -> None:
        for site, found in self._held.pop(name, []):
            self._keep(name, found, site)

    def _release_held(self) -> None:
        """Record what happened inside functions, but for values the cell has given a name of its own."""
        named = [found for name, found in self._recorded.items() if name not in self._sourced]
        for name, values in list(self._held.items()):
            self._held[name] = [(site, found) for site, found in values if found not in named]
            self._release(name)

    def _record_results(self, value: object, *, failed: bool) -> None:
        known = Known({*self._recorded, *self.run.logged}, {site.text for site in self._sites}, self._literals)
        changed = {n for n, was in self._before.items() if id(self._namespace.get(n, _MISSING)) != was}
        found = bound_numbers(self._reading, self._namespace, changed, known, failed=failed)
        last = {} if failed else last_expression(self._reading.last, value, known)
        found |= {name: pair for name, pair in last.items() if name not in known.recorded and name not in found}
        wanted = {name: pair for name, pair in found.items() if self._wanted(name)}
        for name in sorted(self.line.metrics or ()):
            if name not in wanted and name not in known.recorded:
                wanted |= {key: (item, "--metrics") for key, item in _numbers(name, self._namespace.get(name)).items()}
        missing = (self.line.metrics or frozenset()).difference(wanted, known.recorded, self._held)
        if missing and not failed:
            self.run.warn(f"--metrics: the cell computed no number called {', '.join(sorted(missing))}")
        self._recorded |= {name: pair[0] for name, pair in wanted.items()}
        self.run.record_metrics(
            {name: pair[0] for name, pair in wanted.items()}, {name: pair[1] for name, pair in wanted.items()}
        )
        self._release_held()

    def _record_params(self) -> None:
        fitted = [settings(each) for each in list(self._estimators().values())[:MOST_FITTED]]
        arguments = self.line.arguments
        auto = self.line.auto and self.line.params is None
        found = find_params(self._reading, self._namespace, fitted, arguments) if self.line.auto else {}
        found = {name: pair for name, pair in found.items() if auto or name in (self.line.params or ())}
        found = {name: (value, "argument") for name, value in arguments.items() if name not in found} | found
        for name in sorted(self.line.params or ()):
            if name not in found and name in self._namespace:
                found[name] = (self._namespace[name], "--params")
        if self.line.seed is not None:
            found.setdefault("seed", (self.line.seed, "--seed"))
        found = {name: pair for name, pair in found.items() if name not in self.run.given}
        self.run.record_params({n: p[0] for n, p in found.items()}, {n: p[1] for n, p in found.items()})

    def _estimators(self) -> dict[str, Any]:
        """Return the fitted estimators. Those whose fit returned something else are found by their variable."""
        found = dict(self._fitted)
        for site in self._sites:
            if not site.fits or site.receiver is None or site.receiver in found:
                continue
            value = self._namespace.get(site.receiver)
            if is_estimator(value):
                found[site.receiver] = value
        return found

    def _wanted(self, name: str) -> bool:
        return self.line.metrics is None or name in self.line.metrics


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


def _numbers(name: str, value: object) -> dict[str, Json]:
    """Return the numbers in a value: itself, or those in a dictionary, one level deep."""
    if type(value) is bool:
        return {}
    found = number(value)
    if found is not None:
        return {name: found}
    if type(value) is not dict or len(value) > 50:
        return {}
    entries: dict[str, Json] = {}
    for key, item in value.items():
        inner = item.items() if type(item) is dict and len(item) <= 50 else [("", item)]
        for sub, leaf in inner:
            one = None if type(leaf) is bool else number(leaf)
            if one is not None and sub != "support":
                entries[".".join(filter(None, (name, str(key), str(sub))))] = one
    return entries


def _next(name: str) -> str:
    stem, _, last = name.rpartition("_")
    return f"{stem}_{int(last) + 1}" if stem and last.isdigit() else f"{name}_2"
