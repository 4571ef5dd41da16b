"""The metrics that a cell leaves behind: in lists, in variables, in its last expression and in tables."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from nbtrack.capture.results import told
from nbtrack.capture.results.data_labels import are_columns
from nbtrack.capture.results.left_curves import Curve, LeftCurves
from nbtrack.capture.results.metric_book import MetricBook, says
from nbtrack.capture.results.metrics import (
    INERT,
    Known,
    bound_numbers,
    is_alias,
    is_pandas,
    last_expression,
    picks,
    without_copies,
)
from nbtrack.capture.results.told import is_close
from nbtrack.capture.syntax.evidence import Evidence, is_limit
from nbtrack.capture.syntax.shown import core
from nbtrack.capture.syntax.syntax import Reading, last_name
from nbtrack.capture.syntax.tables import column_means, crossed, is_array, rows, score_columns, swept
from nbtrack.capture.syntax.tee import Site
from nbtrack.capture.syntax.walking import every_node
from nbtrack.model.tagged import Json
from nbtrack.record.values import number

_MISSING = object()
_MOST_FITTED: Final = 20  # parameters of a curve
_ROWS: Final = frozenset({dict, tuple})
_FEW: Final = 12  # rows, where more are samples
_EVERYWHERE: Final = (0, 1)  # numbers that tell nothing of where they came from


class LeftScores:
    """Finds what the tee did not see in what one cell has left, but for what only says again what is recorded."""

    def __init__(
        self,
        reading: Reading,
        namespace: Mapping[str, Any],
        evidence: Evidence,
        sites: Sequence[Site],
        left: LeftCurves,
        book: MetricBook,
    ) -> None:
        self._reading = reading
        self._namespace = namespace
        self._evidence = evidence
        self._sites = sites
        self._left = left
        self._book = book

    def record_curves(self, boosters: Sequence[Any], asked_for: Collection[str], *, failed: bool) -> None:
        """Record the curves that the cell leaves behind, unless their values were seen on their way."""
        left, reading, watched = self._left, self._reading, {site.text for site in self._sites}
        for curve in left.grown(watched):
            if not self._is_thinned(curve) and not self._is_rounded(curve):
                self._book.keep_curve(curve)
        for name, curve in left.asked_for():
            if name not in asked_for:
                self._book.keep_series({curve.name: curve.values}, curve.source)
        for booster in reversed(boosters):  # of several, as for every fold, the last one counts
            best = {name: item for name, item in told.booster(booster).items() if self._book.is_new(name, item)}
            best = {name: item for name, item in best.items() if name not in reading.bindings}  # that is another
            self._book.record({name: (item, "best iteration") for name, item in best.items()})
        fitted = {site.receiver for site in self._sites if site.kind == "fit" and site.receiver}
        if not failed and (reading.bindings or fitted):
            scored = {site.text for site in self._sites if site.kind == "metric"}
            kept = left.kept(fitted.union(reading.bindings))
            for curve in (*left.returned(reading, scored), *left.tabled(reading), *kept):
                if curve.name not in self._book.recorded:
                    self._book.keep_curve(curve)

    def numbers(
        self, known: Known, value: object, before: Mapping[str, int], *, failed: bool
    ) -> dict[str, tuple[Json, str]]:
        """Return what is found in variables, in the last expression and in a table, with where it comes from."""
        reading = self._reading
        changed = {n for n, was in before.items() if id(self._namespace.get(n, _MISSING)) != was}
        found = bound_numbers(reading, self._namespace, changed, known, failed=failed) if reading.bindings else {}
        found = without_copies(found, reading) if found else found
        if self._evidence.summarised and not failed:
            found |= {name: pair for name, pair in self._figures() if name not in known.recorded}
        last = {} if failed else last_expression(reading, value, known)
        found = {name: pair for name, pair in found.items() if not self._is_told_again(name, pair[0], found)}
        bound = [pair[0] for pair in found.values()]
        if self._evidence.optima:
            found |= self._optima(None if failed else reading.last, bound)
        last = {name: pair for name, pair in last.items() if not self._book.is_heard(pair[0]) and pair[0] not in bound}
        found |= {name: pair for name, pair in last.items() if name not in known.recorded and name not in found}
        if self._left.averaged_tables:
            found |= self._means([*bound, *(pair[0] for pair in found.values())])
        return found | self._tables(changed, found, value)

    def _figures(self) -> Iterator[tuple[str, tuple[Json, str]]]:
        """Yield the figures of the models of earlier cells that the cell asks for their summaries."""
        several = len(self._evidence.summarised) > 1
        for name in sorted(self._evidence.summarised):
            figures = told.summarised(self._namespace.get(name)).under(name if several else "").singles
            yield from ((key, (item, f"{name}.summary()")) for key, item in figures.items())

    def _means(self, bound: Collection[Json]) -> dict[str, tuple[Json, str]]:
        """Return the means of the scores in tables of samples, where the cell takes means of their columns."""
        found: dict[str, tuple[Json, str]] = {}
        for name in sorted(self._left.averaged_tables.intersection(self._reading.bindings)):
            if any(map(self._evidence.supports, self._reading.bindings[name].values)):
                for column, mean in column_means(self._namespace.get(name)).items():
                    if mean not in bound and not self._book.is_heard(mean):
                        found[f"{column}.mean"] = (mean, f"table {name}")
        return found

    def _is_of_samples(self, name: str, table: Any) -> bool:
        """Tell whether a table has a row for each of many samples, as the cell takes the means of its columns."""
        averaged = self._left.averaged_tables
        values = [
            each for n in averaged.intersection(self._reading.bindings) for each in self._reading.bindings[n].values
        ]
        sources = {part.id for each in values for part in every_node(each) if isinstance(part, ast.Name)}
        long = (type(table) is list and len(table) > _FEW) or (is_pandas(table) and table.shape[0] > _FEW)
        return long and (name in averaged or name in sources)

    def _optima(self, last: ast.expr | None, bound: Collection[Json]) -> dict[str, tuple[Json, str]]:
        """Return what SciPy has fitted, entry by entry, where the cell prints it as it is or ends with it."""
        ends = {last.id} if isinstance(last, ast.Name) else set[str]()
        found: dict[str, tuple[Json, str]] = {}
        for name in sorted(self._evidence.optima & (self._evidence.whole | ends)):
            value: Any = self._namespace.get(name)
            if is_array(value) and value.ndim == 1 and value.dtype.kind == "f":
                value = tuple(value[: _MOST_FITTED + 1].tolist())
            if type(value) is tuple and len(value) <= _MOST_FITTED and all(number(each) is not None for each in value):
                entries = {f"{name}.{place}": number(each) for place, each in enumerate(value)}
                if not all(self._book.is_known(each) or each in bound for each in entries.values()):
                    found |= {key: (each, name) for key, each in entries.items()}
        return found

    def _is_thinned(self, curve: Curve) -> bool:
        """Tell whether a list holds what a quick loop's curve has but for some of its points."""
        added = (core(each) for each in self._left.lists.get(curve.name, ()))
        names = self._book.thin.intersection(each.id for each in added if isinstance(each, ast.Name))
        most = (name for name in names if 2 * self._book.counts.get(name, 0) >= len(curve.values))
        return any(is_close(self._book.recorded.get(name), curve.values[-1]) for name in most)

    def _is_rounded(self, curve: Curve) -> bool:
        """Tell whether a list holds the points of a loop's curve in another form: ``scores.append(round(acc, 2))``."""
        slots = self._left.filled.get(curve.name, ())  # of an array, of which the first may stay as it was
        added = (core(each) for each in (*self._left.lists.get(curve.name, ()), *slots))
        names = {each.id for each in added if isinstance(each, ast.Name)}
        least = len(curve.values) - 1 if slots else len(curve.values)
        whole = (name for name in names if least <= self._book.counts.get(name, 0) <= len(curve.values))
        return any(says(curve.values[-1], self._book.recorded.get(name)) for name in whole)

    def _tables(self, changed: set[str], found: Mapping[str, Any], value: object) -> dict[str, tuple[Json, str]]:
        """Return the scores of the first table of results the cell made; its others say the same in another shape."""
        reading = self._reading
        self._note_scored(found)
        for name, table in self._made(changed, value):
            of_samples = bool(self._left.averaged_tables) and self._is_of_samples(name, table)
            if of_samples or _selects(reading, name) or told.is_analysis(table):
                continue  # rows of another table, or one that was told where it was made
            table = self._left.added(name, table)  # noqa: PLW2901 - those before it are an earlier cell's
            certain = self._certain(name, table)
            across = self._crossed(name, table)
            scores = {} if across else rows(table, self._book.scored, certain)
            if curves := swept(table, self._book.scored, certain) if scores else {}:
                for column, values in curves.items():
                    self._book.keep_curve(Curve(f"{name}.{column}", values, f"table {name}"))
                return {}
            scores = across or self._of_this_cell(scores)
            if self._is_traced(scores):
                return {}
            called = [key for key, item in scores.items() if self._book.labels.has([item], self._book.singles())]
            if scores and len(called) == len(scores):
                return {}  # each has the name of what a loop passes over
            scores = {key: item for key, item in scores.items() if key not in called}
            if type(table) is list and table and type(table[0]) is tuple:  # ``list(zip(names, test))``
                scores = {key: item for key, item in scores.items() if not self._is_named(item, found)}
            if any(not self._is_named(item, found) for key, item in scores.items() if "std" not in key.split(".")):
                under = f"{name}." if any(key[:1].isdigit() for key in scores) and name in reading.bindings else ""
                return {f"{under}{k}": (v, f"table {name}") for k, v in scores.items() if k not in self._book.recorded}
        return {}

    def _note_scored(self, found: Mapping[str, tuple[Json, str]]) -> None:
        """Note which numbers have been scored that wait for their names."""
        for item, _ in found.values():
            self._book.scored.add(item)
        for values in self._book.held.values():
            for _, item in values:
                self._book.scored.add(item)

    def _made(self, changed: Collection[str], value: object) -> list[tuple[str, object]]:
        """Return what may be a table of those values that the cell has made, and of the one it ends with."""
        lists = self._left.lists
        names = [name for name in (*self._reading.bindings, *lists) if name in changed or name in lists]
        shown = None if value is None or _is_sample(self._reading.last) else value
        made = [*zip(names, map(self._namespace.get, names), strict=True), ("last expression", shown)]
        return [(name, each) for name, each in made if _may_be_table(each)]

    def _of_this_cell(self, scores: Mapping[str, Json]) -> dict[str, Json]:
        """Return the scores of a table less the rows of earlier cells; none where it tells of features."""
        scores = {key: item for key, item in scores.items() if not is_limit(key.rpartition(".")[2])}
        if any(map(self._book.scored.has, scores.values())):
            return self._left.fresh(scores)
        labels = {key.rpartition(".")[0] for key in scores}
        return {} if len(labels) > 1 and are_columns(labels, self._namespace) else scores

    def _is_traced(self, scores: Mapping[str, Json]) -> bool:
        """Tell whether the rows of a table are told apart by settings, and curves have their numbers already.

        Those are called after what the loops pass over; or a loop has one of so many points that nobody reads the rows.
        """
        if not any("=" in key for key in scores):
            return False
        if self._book.labels.bases:
            return all(item in _EVERYWHERE or self._book.scored.has(item) for item in scores.values())
        columns: dict[str, list[Json]] = {}
        for key, item in scores.items():
            columns.setdefault(key.rpartition(".")[2], []).append(item)
        return all(len(column) > _FEW and self._book.is_curve(column) for column in columns.values())

    def _crossed(self, name: str, table: object) -> dict[str, Json]:
        """Return the numbers of a table with a column for each model, if a function that scores has returned it."""
        binding, last = self._reading.bindings.get(name), self._reading.last
        made = binding.values if binding is not None else [last] if last is not None else []
        return crossed(table) if any(map(self._evidence.judged, map(core, made))) else {}

    def _is_named(self, item: Json, found: Mapping[str, Any]) -> bool:
        """Tell whether a number of a table has a name of its own already, and is no mere point of a series."""
        named = (value for name, value in self._book.recorded.items() if name not in self._book.counts)
        means = (value for name, value in self._book.recorded.items() if name.endswith(".mean"))
        return (
            item in named
            or any(is_close(value, item) for value in means)
            or any(item == pair[0] for pair in found.values())
        )

    def _certain(self, name: str, table: object) -> list[str]:
        """Return the columns that make a table one of results: scores by name, filled by what evaluates."""
        binding, last = self._reading.bindings.get(name), self._reading.last
        if binding is None and last is not None and name == "last expression":
            if any(self._is_detail(part.id) for part in every_node(last) if isinstance(part, ast.Name)):
                return []
            return score_columns(table, mostly=True) if self._evidence.supports(last) else []
        if binding is not None and any(map(_groups, binding.values)):
            columns = score_columns(table, mostly=True)  # ``board = df.groupby("model").agg(...)``
            if len(columns) > 1:
                return columns
        if binding is None or binding.filled or not any(map(self._evidence.supports, binding.values)):
            return []
        if self._is_detail(name):
            return []
        return score_columns(table) + self._columns_of_results(binding.values[-1])

    def _is_detail(self, name: str) -> bool:
        """Tell whether a call returned a table beside the scores that sum it up: ``scores, by_user = evaluate(m)``."""
        for part in self._reading.parts:
            match part.node:
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call()):
                    names = [each.id for each in targets if isinstance(each, ast.Name)]
                    if name in names:
                        return any(type(self._namespace.get(each)) in {dict, float} for each in names)
        return False

    def _columns_of_results(self, node: ast.expr) -> list[str]:
        """Return the columns of a table that is written out of results: ``DataFrame({"lift": [lift_a, lift_b]})``."""
        match node:
            case ast.Call(func=function, args=[ast.Dict(keys=keys, values=values)]) if (
                last_name(function) == "DataFrame"
            ):
                columns = [_column(key, value) for key, value in zip(keys, values, strict=True)]
                return [name for name, cells in columns if cells and all(map(self._evidence.supports, cells))]
        return []

    def _is_told_again(self, name: str, item: Json, found: Mapping[str, Any]) -> bool:
        """Tell whether a name only repeats what is recorded: ``best = res.aic``, or a dictionary of known scores."""
        if not self._book.is_known(item):
            return False
        if self._is_appended(name) or is_close(self._book.recorded.get(f"{name}.mean"), item):
            return True  # the latter as ``f1 = cross_val_score(...)``, then ``f1 = np.mean(f1)``
        reading = self._reading
        binding = reading.bindings.get(name)
        if binding is not None:
            return is_alias(binding) and not binding.conditional  # ``best = res.aic`` under a condition is the best
        container = name.partition(".")[0]
        gathered = reading.bindings.get(container)
        if gathered is not None and gathered.filled and self._book.labels.has([item], self._book.recorded):
            return True  # ``results[name] = acc``: the loop has called it ``acc.svm``
        kept = gathered is not None and gathered.conditional and any(isinstance(v, ast.Dict) for v in gathered.values)
        if gathered is not None and (kept or any(map(picks, gathered.values))):
            return False  # ``best = {"score": s}`` likewise, and ``best = max(results, key=...)``
        inner = [pair[0] for other, pair in found.items() if other.partition(".")[0] == container]
        return all(map(self._book.is_known, inner)) or type(self._namespace.get(container)) is not dict

    def _is_appended(self, name: str) -> bool:
        """Tell whether a curve has what a name holds: ``losses.append(loss.item())``, ``rows.append({"loss": v})``."""
        arrays = (values for key, values in self._left.filled.items() if key in self._book.counts)
        added = [each for values in (*self._left.lists.values(), *arrays) for each in values]
        added += [each for row in added if isinstance(row, ast.Dict) for each in row.values]
        return any(isinstance(each, ast.Name) and each.id == name for each in map(core, added))


def _may_be_table(value: Any) -> bool:
    """Tell whether a value has rows: of a list or a dictionary by one of them, of a list the one that came last."""
    if type(value) is dict:
        return type(next(iter(value.values()), None)) is dict
    if type(value) is list:
        return bool(value) and type(value[-1]) in _ROWS
    return type(value) not in INERT and told.is_pandas_table(value)


def _is_sample(last: ast.expr | None) -> bool:
    """Tell whether a cell ends with some rows of a table, just to look at them: ``by_user.sample(5)``."""
    return isinstance(last, ast.Call) and isinstance(last.func, ast.Attribute) and last.func.attr == "sample"


def _column(key: ast.expr | None, value: ast.expr) -> tuple[str, list[ast.expr]]:
    """Return the name and the cells of a column that a table is written out with; no cells of any other."""
    if isinstance(key, ast.Constant) and type(key.value) is str and isinstance(value, ast.List):
        return key.value, value.elts
    return "", []


def _selects(reading: Reading, name: str) -> bool:
    """Tell whether a name holds what was chosen from a list: ``good = [row for row in rows if row["acc"] > 0.8]``."""
    values = reading.bindings[name].values if name in reading.bindings else ()
    return bool(values) and all(
        isinstance(value, ast.ListComp)
        and isinstance(value.elt, ast.Name)
        and any(isinstance(each.target, ast.Name) and each.target.id == value.elt.id for each in value.generators)
        for value in values
    )


def _groups(value: ast.expr) -> bool:
    """Tell whether an expression makes a table of groups: ``df.groupby("model").agg(acc=("hit", "mean")).round(3)``."""
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Attribute) and value.attr == "groupby":
            return True
        value = value.func if isinstance(value, ast.Call) else value.value
    return False
