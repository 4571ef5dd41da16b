"""The log of a session: every cell that was executed, tracked or not, because a run depends on what came before."""

import ast
import builtins
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from threading import get_ident
from typing import Any, Final

from nbtrack.capture.guard.deep import deep_trees
from nbtrack.capture.session.beside import generator
from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.drawn import EVERY, marks, moved
from nbtrack.capture.session.effects import Effect, Known, effect_of
from nbtrack.capture.session.identities import Snapshot, Variables, changed, gone, is_fixed, is_ipythons, is_result
from nbtrack.capture.session.linked import linked
from nbtrack.capture.session.optima import optima
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.reached import reached_line
from nbtrack.capture.session.readings import Readings
from nbtrack.capture.session.rebound import rebound, watched
from nbtrack.capture.session.scored import scored
from nbtrack.capture.session.slicing import slice_of
from nbtrack.capture.session.supplies import Supplies, supplies
from nbtrack.capture.syntax.flow import Body, Flow
from nbtrack.capture.syntax.found import NOTHING_SETTLED, Settled
from nbtrack.capture.syntax.reads_writes import read_flow
from nbtrack.capture.syntax.seed_calls import SeedCalls, names_seeds, seed_calls
from nbtrack.record.callables import learn_calls
from nbtrack.record.open_run import ending_of

_MOST = 10_000  # executions kept; the oldest go first
_MOST_RECALLED = 1_000
_BUILTINS = frozenset(dir(builtins))
_NO_SEEDS: Final = SeedCalls()
_OUTCOMES = {"finished": "ok", "failed": "error", "interrupted": "interrupted"}


class Session:
    """The executions of one kernel, in order, and which of them wrote each name last."""

    def __init__(self, typed: Callable[[], Sequence[object]] = tuple) -> None:
        """``typed`` returns the inputs as typed, by execution count; where one is missing, ``In`` is asked."""
        self.log: dict[int, Past] = {}
        self._typed = typed
        self.versions: dict[str, int] = {}  # name -> number of the execution that wrote or changed it last
        self.deleted: set[str] = set()  # ids of cells that the front end said were deleted
        self.order: Sequence[str] = ()  # ids of the notebook's cells, where the front end tells
        self.gaps: list[int] = []  # numbers before which cells ran that are not in the log
        self.cells: dict[str, Past] = {}  # the latest execution of each cell, by its id or else its source
        self.writers: dict[str, list[Past]] = {}  # who wrote, changed or deleted each name, oldest first
        self.above: str | None = None  # source of the cell that ran last
        self._imports: dict[str, str] = {}
        self._methods: dict[str, Body] = {}
        self._derived: dict[str, set[str]] = {}
        self._variables = Variables()
        self._before: Snapshot | None = None
        self._number = 0
        self._skipped = False
        self._open: dict[int, Past] = {}
        self._names: Mapping[str, Any] = {}
        self._barriers: dict[tuple[str | None, str], Past] = {}  # the latest execution of each cell that is one
        self._readings = Readings()
        self._sliced: tuple[Past, list[Past]] | None = None  # several parts ask for the slice of the same run

    def begin(self, cell: CellNow, namespace: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Past:
        """Note that a cell is about to run. A cell that runs inside another belongs to that one."""
        thread = get_ident()
        around = self._open.get(thread)
        if around is not None:
            around.depth += 1
            return around
        self._names = namespace
        if self._before is None:
            self._recall(namespace)
        elif self._skipped:
            self._resume(namespace)
        if metadata:
            self._listen(metadata)
        if cell.id is not None:
            self.deleted.discard(cell.id)
        learn_calls(cell.source, namespace)  # before anything of the cell is recorded
        past = self._open[thread] = self._next(cell)
        return past

    def skip(self) -> None:
        """Note that a cell runs of which nothing may be logged: from here on the log has a gap."""
        self._skipped = True

    def read(self, past: Past, tree: ast.Module) -> None:
        """Read the tree of a cell before it is changed and compiled; again for what its magics compile."""
        with deep_trees():
            flow = read_flow(tree, self._derived)
            if past.code is None and [step for step in flow.steps if step.magics]:
                past.code = ast.unparse(tree)
            if past.code is None or "run_cell_magic" not in past.code:  # the body of a magic is no part of the tree
                past.seeds = seed_calls(tree) if names_seeds(past.cell.source) else _NO_SEEDS
        if not past.analysed:
            acting = [step for step in flow.steps if step.reads or step.calls or step.imports or step.magics]
            past.marks, past.still = (marks(), frozenset()) if acting else ({}, EVERY)
        self._take(past, flow)

    def end(self, past: Past, error: BaseException | None) -> None:
        """Note that a cell has run: which names it read, and from which executions; which it wrote and changed."""
        if past.depth:
            past.depth -= 1
            return
        self._open.pop(get_ident(), None)
        past.duration = time.perf_counter() - past.begun
        past.outcome = _OUTCOMES[ending_of(error)]
        past.reached = None if error is None else _lines_done(past, error)
        learn_calls(past.cell.source, self._names)  # again: what it imported is loaded now
        after = self._variables.snapshot(self._names)
        effect = _completed(past, error)
        if past.marks:
            self._draw(past, effect)
        self._settle(past, effect, self._before or after, after)
        self._before, self.above = after, past.cell.source

    def upstream(self, past: Past) -> list[Past]:
        """Return the executions a run depends on, oldest first, without its own."""
        return self.slice(past)[:-1]

    def supplies(self, past: Past) -> Supplies:
        """Return what earlier executions gave to a cell that has ended."""
        return supplies(past, self.log, self.slice(past), self._readings)

    def scored(self, names: Collection[str]) -> Collection[str]:
        """Return those of some names that hold scores by now."""
        return scored(names, self.versions, self.log, self._names, self._readings)

    def optima(self, names: Collection[str]) -> Settled:
        """Return those of some names that hold where SciPy found an optimum, or what was made of it."""
        return optima(names, self.versions, self.log, self._names, self._readings) if names else NOTHING_SETTLED

    def slice_numbers(self, past: Past) -> list[int]:
        """Return the numbers of the executions behind a run, oldest first, its own last."""
        return [each.number for each in self.slice(past)]

    def slice(self, past: Past) -> list[Past]:
        """Return the executions behind a run, oldest first, its own last."""
        known = self._sliced
        if known is None or known[0] is not past:
            known = self._sliced = past, slice_of(past, self.log, self._barriers.values())
        return known[1]

    def _next(self, cell: CellNow) -> Past:
        _ = cell.hash  # from here on the secrets in its source are known, wherever a cell prints them
        self._number += 1
        past = self.log[self._number] = Past(self._number, cell)
        self._sliced = None
        self.cells[cell.id or cell.source] = past
        if len(self.log) > _MOST:
            self._forget(self.log.pop(next(iter(self.log))))
        return past

    def _forget(self, past: Past) -> None:
        key = past.cell.id or past.cell.source
        if self.cells.get(key) is past:
            del self.cells[key]
        for name in past.touched & self.writers.keys():
            self.writers[name] = [each for each in self.writers[name] if each is not past]

    def _listen(self, metadata: Mapping[str, Any]) -> None:
        """Take from a front end's metadata which cells are gone and how the others are ordered."""
        gone, ours = metadata.get("deletedCells"), metadata.get("nbtrack")
        if isinstance(gone, list):
            self.deleted.update(each for each in gone if isinstance(each, str))
        order = ours.get("cells") if isinstance(ours, Mapping) else None
        if isinstance(order, list):
            self.order = [each for each in order if isinstance(each, str)]
            self.deleted.difference_update(self.order)

    def _take(self, past: Past, flow: Flow) -> None:
        bodies: dict[str, Body | None] = {}

        def body(name: str) -> Body | None:
            if name not in bodies:  # the same few are called all over a cell
                bodies[name] = flow.functions.get(name) or self._body(name)
            return bodies[name]

        known = Known(self._names, self._imports, body, self.versions)
        effects = [effect_of(step, known) for step in flow.steps]
        if past.analysed:
            past.inner += effects
        else:
            past.steps = effects
        names = {name for step in effects for name in (*step.maybes, *step.writes)}
        if names:
            past.held |= watched(names - past.held.keys(), self._names)
        self._derived = flow.derived
        if flow.functions:
            self._methods |= {name: body for name, body in flow.functions.items() if name.startswith(".")}
            past.functions = {**past.functions, **flow.functions}
        past.analysed = True

    def _body(self, name: str) -> Body | None:
        """Return what the notebook's function of this name does, from the cell that defined it, or its ``.method``."""
        if name.startswith("."):
            return self._methods.get(name)
        writer = self.log.get(self.versions.get(name, 0))
        return writer.functions.get(name) if writer is not None else None

    def _settle(self, past: Past, effect: Effect, before: Snapshot, after: Snapshot) -> None:
        """Correct what the syntax promised by what happened, and make it the version of each name."""
        there = self._names
        written = changed(before, after)
        if effect.writes:
            written |= {name for name in effect.writes if name in there or name.startswith("⟂")}
        if past.held:
            fresh, unsure = rebound(past.held, there)
            written |= fresh
            effect.changes |= unsure & effect.maybes
        changes, links = set[str](), set[str]()
        if effect.changes:
            changes = {name for name in effect.changes - written if name in there or name.startswith("⟂")}
            links = self._links(effect, before, after) - written - changes
            changes |= links
        if effect.reads or changes:
            self._settle_reads(past, effect, effect.reads | changes, before)
        if written:
            results = {name for name in written if name[:1] == "_" and is_result(name)}
            self.versions.update(dict.fromkeys(results, past.number))
            past.writes = tuple(sorted(written - results))
        if changes:
            past.mutates = tuple(sorted(changes))
            past.refits, past.assumed = frozenset(effect.refits & changes), frozenset(effect.assumed & changes) | links
        past.deletes = tuple(sorted(lost)) if (lost := gone(before, after)) else ()
        past.barriers, past.dynamic = tuple(dict.fromkeys(effect.barriers)), effect.dynamic
        past.steps, past.inner, past.held = [], [], {}
        self._update(past, effect)
        self._sliced = None

    def _settle_reads(self, past: Past, effect: Effect, names: set[str], before: Snapshot) -> None:
        """Tell from which executions an execution read each of these names, and which of them come from none."""
        read = {name for name in names if not is_ipythons(name)}
        past.reads = {name: self._version(name, effect) for name in sorted(read & self.versions.keys())}
        strangers = read - self.versions.keys() - _BUILTINS
        past.unknown = tuple(sorted(strangers & before.table.keys())) if strangers else ()

    def _draw(self, past: Past, effect: Effect) -> None:
        """Add the shared generators that the cell moved, where the stream of numbers is one that somebody began.

        What nobody seeded is no stream that could be had again: a cell does not depend on who drew from it before.
        """
        now = marks()
        past.still = frozenset(library for library, mark in now.items() if past.marks.get(library) == mark)
        for library, seeded in moved(past.marks, now).items():
            name = generator(library)
            if seeded:
                effect.writes.add(name)
            elif name in self.versions and name not in effect.writes:
                effect.changes.add(name)
        past.marks = {}

    def _links(self, effect: Effect, before: Snapshot, after: Snapshot) -> set[str]:
        """Return the names that share what the cell changed: other names of it, and what holds it."""
        changed_here = {
            name
            for name in effect.changes
            if not is_fixed(self._names.get(name))
            or before.table.get(name, after.table.get(name)) != after.table.get(name)  # bound anew after it was changed
        }
        return (
            linked(changed_here, changed_here & effect.deep, before.table, after.table, self._names)
            if changed_here
            else set()
        )

    def _update(self, past: Past, effect: Effect) -> None:
        for name in past.touched:
            self.versions[name] = past.number  # a name that is gone, too: a cell may fail for it
            self.writers.setdefault(name, []).append(past)
        for name in (*past.writes, *past.deletes):
            self._imports.pop(name, None)
        if effect.imports:
            self._imports |= {name: module for name, module in effect.imports.items() if name in past.writes}
        if past.barriers:
            self._barriers[past.cell.id, past.cell.source] = past

    def _version(self, name: str, effect: Effect) -> int:
        """Return who wrote a name last; an estimator that is fitted anew depends on nobody who fitted it before."""
        number = self.versions[name]
        while name in effect.refits and (writer := self.log.get(number)) is not None and name in writer.refits:
            if name not in writer.reads:
                break
            number = writer.reads[name]
        return number

    def _recall(self, namespace: Mapping[str, Any]) -> None:
        """Read what ran before nbtrack was loaded from IPython's list of inputs, as far as it can be told from that."""
        inputs, typed = namespace.get("In"), self._typed()
        for count, code in list(enumerate(inputs))[-_MOST_RECALLED:] if type(inputs) is list else ():
            if type(code) is str and code.strip():
                source = typed[count] if count < len(typed) else None
                self._recall_one(CellNow(source if type(source) is str and source else code, None, count), code)
        self._before = self._variables.snapshot(namespace)

    def _recall_one(self, cell: CellNow, code: str) -> None:
        try:
            tree = ast.parse(code)
            flow = read_flow(tree, self._derived)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        past = self._next(cell)
        past.recalled = True
        past.seeds = seed_calls(tree) if names_seeds(code) else _NO_SEEDS
        past.code = None if code == cell.source else code
        self._take(past, flow)
        effect = _completed(past, None)
        effect.writes |= effect.maybes
        there = self._variables.snapshot(self._names)
        self._settle(past, effect, there, there)
        learn_calls(cell.source, self._names)

    def _resume(self, namespace: Mapping[str, Any]) -> None:
        """Go on after a gap: what changed meanwhile has no known origin."""
        now = self._variables.snapshot(namespace)
        before = self._before or now
        for name in changed(before, now) | gone(before, now):
            self.versions.pop(name, None)
        self._before, self._skipped = now, False
        self.gaps.append(self._number + 1)


def _lines_done(past: Past, error: BaseException) -> int:
    """Return how many lines of a cell belong to statements that had completed; IPython cuts blank lines off its top."""
    line, blank = reached_line(error), 0
    while past.cell.source[blank : blank + 1].isspace():
        blank += 1
    done = max((step.end for step in past.steps if step.end < line), default=0)
    return done + past.cell.source.count("\n", 0, blank) if done else 0


def _completed(past: Past, error: BaseException | None) -> Effect:
    """Return what the statements that completed do; of the one that did not, what it read and may have changed."""
    total = Effect()
    line = None if error is None else reached_line(error)
    for step in past.steps:
        if line is None or step.end < line:
            total.add(step)
        elif step.line <= line or not line:
            total.begin(step)
    for step in past.inner:
        total.begin(step) if error is not None else total.add(step)
    return total
