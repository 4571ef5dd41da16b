"""The metrics of one execution: what the tee hands over while it runs, and what the cell leaves behind."""

import ast
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, Final
from weakref import ref

from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.results import told
from nbtrack.capture.results.estimators import is_estimator
from nbtrack.capture.results.metrics import Known, bound_numbers, is_alias, last_expression
from nbtrack.capture.results.searched import search_table
from nbtrack.capture.results.told import Told
from nbtrack.capture.syntax.evidence import Evidence, gather, is_prediction
from nbtrack.capture.syntax.experiments import is_ambiguous
from nbtrack.capture.syntax.loops import Pace
from nbtrack.capture.syntax.syntax import Reading
from nbtrack.capture.syntax.tables import Scored, appended, columns, histories, listed, rows
from nbtrack.capture.syntax.tee import Site, through, written
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun
from nbtrack.record.redact import redact
from nbtrack.record.unasked import module_name
from nbtrack.record.values import number
from nbtrack.store.system import forks
from nbtrack.store.writing.keeper import KEEPER

MOST_HELD = 1000
MOST_FITTED = 50
MOST_SEARCHES = 5
_SERIES: Final = 3  # values at least
_MOMENT: Final = 0.05  # seconds that the end of a loop waits for a thread that is taking its numbers
_MISSING = object()


class Scores:
    """Names each number and records it once. What is received is in the store when ``receive`` returns."""

    def __init__(self, run: OpenRun, line: TrackLine, namespace: Mapping[str, Any]) -> None:
        self.fitted: dict[str, Any] = {}
        self.sites: list[Site] = []
        self.recorded: dict[str, Json] = {}
        self.evidence = Evidence()
        self._run = run
        self._line = line
        self._namespace = namespace
        self._lists: dict[str, list[ast.expr]] = {}
        self._histories: set[str] = set()
        self._counts: dict[str, int] = {}
        self._held: dict[str, list[tuple[Site, Json]]] = {}
        self._looped: dict[str, object] = {}
        self._telling: dict[str, str] = {}
        self._unfinished: dict[str, Site] = {}  # loops that have begun
        self._taking = Lock()
        self._rescuing = False
        self._generation = forks.generation()
        self._boosters: list[Any] = []
        self._searches: dict[str, str] = {}
        self._scored = Scored()

    def read(self, tree: ast.Module) -> None:
        """Read the cell's tree before it is instrumented."""
        self.evidence = gather(tree)
        self._lists = appended(tree)
        self._histories = histories(tree)

    def receive(self, site: Site, value: object) -> None:
        """Take the value of a watched expression.

        Values from inside functions wait for the end of the cell: what the cell calls them decides their name.
        """
        if site.kind == "fit":
            self._receive_fit(site, value)
        elif site.kind == "step":
            self._receive_step(site, over=value is True)
        elif site.kind == "shown":
            found = number(value)
            again = site.name not in self._counts and self._is_known(found) and not site.picks
            counted = type(found) is int and self.evidence.found and direction(site.name) == "min"
            if (isinstance(found, float | dict) or counted) and not again and self._wanted(site.name):
                self._keep(site.name, found, site)
        else:
            receiver = self._namespace.get(site.receiver) if site.receiver else None
            heard = told.told_by(site.name, site.callee, value, receiver, site.targets)
            self._receive_told(site, self._unrounded(site, heard) if type(value) is str else heard)

    def finish(
        self, reading: Reading, value: object, before: Mapping[str, int], literals: set[str], *, failed: bool
    ) -> None:
        """Record what the tee did not see: bound numbers, the last expression, lists and tables."""
        for site in list(self._unfinished.values()):  # an error has ended them
            if site.pace is not None and site.pace.due(over=True):
                self._receive_step(site, over=True)
        self._record_lists()
        if not failed:
            self._record_returned(reading)
        known = Known(
            {*self.recorded, *self._run.logged, *self._looped},
            {site.text for site in self.sites if site.kind != "shown"},
            literals,
            self.evidence,
            self._namespace,
        )
        changed = {n for n, was in before.items() if id(self._namespace.get(n, _MISSING)) != was}
        found = bound_numbers(reading, self._namespace, changed, known, failed=failed)
        last = {} if failed else last_expression(reading, value, known)
        found = {name: pair for name, pair in found.items() if not self._is_told_again(name, pair[0], reading, found)}
        bound = [pair[0] for pair in found.values()]
        last = {name: pair for name, pair in last.items() if not self._is_known(pair[0]) and pair[0] not in bound}
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
        found = (Told(series=curves(value)) if curves else Told()) or told.fitted(value)
        if found:
            prefix = self._telling.setdefault(site.key, (site.target or site.receiver or "") if self._telling else "")
            self._receive_told(site, found.under(prefix))

    def _unrounded(self, site: Site, heard: Told) -> Told:
        """Leave out what a report in words tells of the accuracy where it is known exactly."""
        exact = f"{site.name}.accuracy"
        if not self._is_known(heard.singles.get(exact)):
            return heard
        return replace(heard, singles={name: value for name, value in heard.singles.items() if name != exact})

    def _receive_told(self, site: Site, found: Told) -> None:
        for name, item in found.singles.items():
            if self._wanted(name):
                held = self._held.setdefault(name, []) if site.inside and site.kind == "metric" else None
                self._scored.add(item)
                if held is not None and len(held) < MOST_HELD:
                    held.append((site, item))
                else:
                    self._release(name)
                    self._keep(name, item, site)
        series = {name: values for name, values in found.series.items() if self._wanted(name)}
        self._keep_series(series, site.text)

    def _receive_step(self, site: Site, *, over: bool) -> None:
        """Take the names of a loop as the iteration before left them; what it left alone is no new point."""
        began = time.perf_counter()
        pace = site.pace
        if pace is None:
            return
        (self._unfinished.pop if over else self._unfinished.setdefault)(site.key, site)
        held = self._take_held(pace, _MOMENT if over else 0)
        self._take(pace, pace.step - 1, [self._namespace.get(name, _MISSING) for name in pace.names])
        pace.took(began, held + 1)
        if not over and not self._rescuing:
            self._rescuing = True
            KEEPER.later(partial(_rescue, ref(self)))

    def _take_held(self, pace: Pace, patience: float) -> int:
        """Take what was held of quick iterations; what another thread is just taking is left to that one."""
        if not pace.held or not self._taking.acquire(timeout=patience):
            return 0
        try:
            if self._generation != forks.generation():  # held before the fork: our parent takes it
                self._generation = forks.generation()
                pace.held.clear()
            count = len(pace.held)
            while pace.held:
                self._take(pace, *pace.held.popleft())
            return count
        finally:
            self._taking.release()

    def rescue(self) -> None:
        """Take, half a second later, what is held because an iteration takes long after quick ones."""
        paces = [site.pace for site in list(self._unfinished.values()) if site.pace is not None]
        for pace in paces:
            if pace.is_left():
                self._take_held(pace, 0)
        self._rescuing = any(pace.held for pace in paces)
        if self._rescuing:
            KEEPER.later(partial(_rescue, ref(self)))

    def _take(self, pace: Pace, step: int, row: Sequence[object]) -> None:
        values: dict[str, Json] = {}
        for name, value in zip(pace.names, row, strict=True):
            known = self._looped.get(name, _MISSING)
            self._looped[name] = value
            if step >= 0 and value is not known and self._wanted(name):
                found = None if type(value) is bool else number(value)
                if found is not None:
                    values[name] = found
        if values:
            new = any(name not in self._counts for name in values)
            self._point(values, step, {name: f"{name} in the loop" for name in values} if new else {})

    def _point(self, values: Mapping[str, Json], step: int | None, sources: Mapping[str, str]) -> None:
        new = {name: text for name, text in sources.items() if name not in self._counts}
        if new:
            self._run.record_metrics({}, new)
        self._run.point(values, step)
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

    def _keep_series(self, series: Mapping[str, list[Json]], text: str) -> None:
        source = redact(text)[0][:200]
        for step in range(max(map(len, series.values()), default=0)):
            values = {name: column[step] for name, column in series.items() if step < len(column)}
            self._point(values, None, dict.fromkeys(values, source))

    def _release(self, name: str) -> None:
        for site, found in self._held.pop(name, []):
            self._keep(name, found, site)

    def _release_held(self) -> None:
        """Record what happened inside functions, but for values the cell has given a name of its own.

        A series of which the cell names one, as the best of all, stays whole.
        """
        named = [found for name, found in self.recorded.items() if name not in self._counts]
        for name, values in list(self._held.items()):
            others = [(site, found) for site, found in values if found not in named]
            self._held[name] = values if others and len(values) >= _SERIES else others
            self._release(name)

    def _record_lists(self) -> None:
        """Record lists that grew in the cell as curves, unless their values were seen on their way."""
        for name, values in self._lists.items():
            word = name.rpartition(".")[2]
            if is_prediction(word) or not any(self._is_measure(word, each) for each in values):
                continue
            if any(written(each) in {site.text for site in self.sites} for each in values):
                continue
            column = listed(name, self._namespace)
            if column and self._wanted(name) and not self._is_curve(column):
                self._keep_series({name: column}, f"{name}.append({written(values[-1])})")
        for name in self._histories:
            curves = told.curves_in(self._namespace.get(name))
            self._keep_series({f"{name}.{key}": column for key, column in curves.items()}, f"evals_result={name}")
        for booster in reversed(self._boosters):  # of several, as for every fold, the last one counts
            best = {name: item for name, item in told.booster(booster).items() if self._is_new(name, item)}
            self._run.record_metrics(best, dict.fromkeys(best, "best iteration"))
            self.recorded.update(best)

    def _is_measure(self, word: str, node: ast.expr) -> bool:
        seen = self.evidence
        return seen.is_score(word, node) or seen.supports(node) or seen.learns(node)

    def _record_returned(self, reading: Reading) -> None:
        """Record the curves that a call or a comprehension returned: ``losses = train(...)``, a dictionary of such."""
        for name, binding in reading.bindings.items():
            calls = [each for each in map(through, binding.values) if isinstance(each, ast.Call | ast.ListComp)]
            if not calls or binding.filled or binding.counted or name in self._lists or name in self.recorded:
                continue
            if any(site.kind == "metric" and site.text in written(each) for each in calls for site in self.sites):
                continue  # seen on their way
            value = self._namespace.get(name)
            if type(value) is dict and any(map(self.evidence.supports, calls)):
                curves = {f"{name}.{key}": column for key, column in told.curves_in(value).items()}
            else:
                own = any(isinstance(each, ast.ListComp) or isinstance(each.func, ast.Name) for each in calls)
                is_score = own and any(self.evidence.is_score(name, each) for each in calls)
                column = listed(name, self._namespace) if is_score else None
                curves = {name: column} if column and any(type(item) is float for item in column) else {}
            new = {key: column for key, column in curves.items() if self._wanted(key) and not self._is_curve(column)}
            self._keep_series(new, f"{name} = {written(binding.values[-1])}")

    def _is_curve(self, column: list[Json]) -> bool:
        return any(self.recorded.get(n) == column[-1] and count == len(column) for n, count in self._counts.items())

    def _tables(
        self, reading: Reading, changed: set[str], found: Mapping[str, Any], value: object
    ) -> dict[str, tuple[Json, str]]:
        """Return the scores of the first table of results the cell made; its others say the same in another shape."""
        for pair in found.values():
            self._scored.add(pair[0])
        names = [name for name in (*reading.bindings, *self._lists) if name in changed or name in self._lists]
        for name, table in [*((name, self._namespace.get(name)) for name in names), ("last expression", value)]:
            scores = rows(table, self._scored, self._certain(name, table, reading))
            if scores:
                return {key: (item, f"table {name}") for key, item in scores.items() if key not in self.recorded}
        return {}

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
        binding = reading.bindings.get(name)
        if binding is not None:
            return is_alias(binding) and not binding.conditional  # ``best = res.aic`` under a condition is the best
        container = name.partition(".")[0]
        gathered = reading.bindings.get(container)
        if gathered is not None and gathered.conditional:  # ``best = {"score": s}``, likewise
            return False
        inner = [pair[0] for other, pair in found.items() if other.partition(".")[0] == container]
        return all(map(self._is_known, inner)) or type(self._namespace.get(container)) is not dict

    def _is_new(self, name: str, item: Json) -> bool:
        return self._wanted(name) and name not in self.recorded and not self._is_known(item)

    def _is_known(self, found: Json) -> bool:
        """Tell whether a number is recorded already, but for what rounding adds: a mean is taken in many ways."""
        if not isinstance(found, int | float):
            return found in self.recorded.values()
        if self._scored.has(found):
            return True
        known = (value for value in self.recorded.values() if isinstance(value, int | float))
        return any(math.isclose(value, found, rel_tol=1e-9) for value in known)

    def _wanted(self, name: str) -> bool:
        return self._line.metrics is None or name in self._line.metrics


def _rescue(scores: "ref[Scores]", _: Callable[[], None]) -> None:
    """Rescue what is held, unless the cell is over: the values of a cell must not live on in a job that waits."""
    if (still := scores()) is not None:
        still.rescue()


def _next(name: str) -> str:
    stem, _, last = name.rpartition("_")
    return f"{stem}_{int(last) + 1}" if stem and last.isdigit() else f"{name}_2"
