"""Curves that a cell leaves behind: lists that grew, dictionaries that were filled, and what functions returned."""

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from nbtrack.capture.results import told
from nbtrack.capture.results.filled_within import FilledWithin
from nbtrack.capture.results.graphs import is_graph
from nbtrack.capture.results.kept_curves import curves_kept, curves_of_fields, states
from nbtrack.capture.results.metrics import INERT, is_time
from nbtrack.capture.syntax.evidence import Evidence, is_prediction
from nbtrack.capture.syntax.experiments import is_ambiguous, reduces
from nbtrack.capture.syntax.judging import is_predicted
from nbtrack.capture.syntax.loop_results import kept_by_epoch
from nbtrack.capture.syntax.passing import MOST
from nbtrack.capture.syntax.shown import core, folds_of, measured
from nbtrack.capture.syntax.syntax import Binding, Reading, last_name
from nbtrack.capture.syntax.tables import (
    MOST_COLUMNS,
    MOST_ROWS,
    Scored,
    appended,
    averaged_table,
    curve_over,
    curves_over,
    filled,
    frame_curves,
    histories,
    is_array,
    listed,
    paired,
    row_curves,
    rows,
    score_columns,
)
from nbtrack.capture.syntax.tee import through, written
from nbtrack.capture.syntax.walking import every_node, of_kind
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.unasked import module_name
from nbtrack.record.values import as_label

_MAKING: Final = (ast.Call, ast.ListComp, ast.DictComp)
_NO_CURVE: Final = INERT | {int, float, complex}
_ESTIMATES: Final = frozenset("params coef_ intercept_ tables bse tvalues pvalues x".split())
_HISTORY: Final = re.compile(r"(?i)hist|loss|cost|curve|trace|objective|energ|reward|regret")  # others: one a sample


class Curve(NamedTuple):
    """A series by its name, and where it comes from; ``steps`` where what it was filled under counts them."""

    name: str
    values: list[Json]
    source: str
    steps: Sequence[int | None] = ()


class LeftCurves:
    """Finds the curves of one cell in its variables, by what its tree says of them; without one, by these alone."""

    def __init__(self, tree: ast.AST | None, namespace: Mapping[str, Any], evidence: Evidence) -> None:
        self.lists: Mapping[str, list[ast.expr]] = {}
        self.filled: Mapping[str, list[ast.expr]] = {}
        self.averaged_tables = set[str]()
        self._by_epoch: AbstractSet[str] = frozenset()
        self._histories: AbstractSet[str] = frozenset()
        self._averaged: AbstractSet[str] = frozenset()  # of whose values the cell takes the mean
        self._namespace = namespace
        self._evidence = evidence
        self._begun: dict[str, tuple[int, int]] = {}
        self._kept: dict[str, dict[str, object]] = {}
        self._tabled: dict[str, Json] = {}  # the rows that tables of results have when the cell begins
        self._within: FilledWithin | None = None
        if tree is not None:
            self._read(tree)

    def _read(self, tree: ast.AST) -> None:
        """Read what the tree says of variables, and note how these are before the cell runs."""
        nodes = every_node(tree)
        names, calls = of_kind(nodes, ast.Name), of_kind(nodes, ast.Call)
        self.lists = appended(tree)
        self.filled = filled(tree)
        if self.lists:
            self._by_epoch = kept_by_epoch(tree, self.lists)
            lists = ((name, _list_of(name, self._namespace)) for name in self.lists)
            self._begun = {name: (id(held), len(held)) for name, held in lists if type(held) is list}
        if calls:
            self._histories = histories(tree)
            self._averaged = {folds_of(node)[0] for node in calls} - {""}
            self.averaged_tables = {averaged_table(node) for node in calls} - {""}
            self._within = FilledWithin((*names, *calls), self._namespace)
        held = [(name, self._namespace.get(name)) for name in {node.id for node in names}]
        held = [(name, value) for name, value in held if type(value) not in _NO_CURVE]
        read = {node.id for node in names if node.ctx.__class__ is ast.Load} if held else ()
        for name, value in held:
            if found := states(value):
                self._kept[name] = found
            if name in read:
                self._tabled |= _rows_of(value)

    def grown(self, watched: AbstractSet[str]) -> Iterator[Curve]:
        """Yield lists and dictionaries that grew in the cell, but those whose values were ``watched`` on their way."""
        for name, values in self.lists.items():
            word = name.rpartition(".")[2]
            by_epoch = name in self._by_epoch
            for key, scores in row_curves(self._namespace.get(name), by_epoch=by_epoch).items():
                if by_epoch or any(map(self._evidence.supports, values)):
                    yield Curve(f"{name}.{key}", scores, f"{name}.append({written(values[-1])})")
            pairs = [each.elts[1] for each in values if isinstance(each, ast.List | ast.Tuple) and len(each.elts) == 2]
            if pairs and self._measures(word, pairs) and (points := paired(self._namespace.get(name))):
                source = f"{name}.append({written(values[-1])})"
                yield Curve(name, [item for _, item in points], source, [step for step, _ in points])
                continue
            if is_prediction(word) or not self._measures(word, values) or not watched.isdisjoint(map(written, values)):
                continue
            if direction(word) is None and all(map(self._evidence.foretells, values)):
                continue
            column = listed(name, self._namespace, arrays=True)
            if type(column) is list and len(fresh := column[self._begun_with(name) :]) > 1:
                column = fresh  # those before are an earlier cell's
            if column and (direction(name) is not None or not all(type(item) is int for item in column)):
                yield Curve(name, column, f"{name}.append({written(values[-1])})")
        yield from self._grown_under_keys(watched)
        yield from self._grown_within()

    def added(self, name: str, value: object) -> object:
        """Return what the cell has put into a list that an earlier cell began; any other value as it is."""
        began, length = self._begun.get(name, (0, 0))
        return value[length:] if type(value) is list and id(value) == began else value

    def fresh(self, scores: Mapping[str, Json]) -> dict[str, Json]:
        """Leave out the rows that tables of results had when the cell began: they are an earlier cell's."""
        return {key: item for key, item in scores.items() if key not in self._tabled or self._tabled[key] != item}

    def _begun_with(self, name: str) -> int:
        """Return how many points a list had when the cell began."""
        began, length = self._begun.get(name, (0, 0))
        return length if id(_list_of(name, self._namespace)) == began else 0

    def _grown_within(self) -> Iterator[Curve]:
        for name, calls in self._within.found() if self._within is not None else ():
            word = name.rpartition(".")[2]
            if name not in self.lists and not is_time(word) and any(self._evidence.is_score(word, c) for c in calls):
                column = listed(name, self._namespace)
                if column:
                    yield Curve(name, column, f"filled by {written(calls[-1])}")

    def _grown_under_keys(self, watched: AbstractSet[str]) -> Iterator[Curve]:
        for name, values in self.filled.items():
            value = self._namespace.get(name) if self._measures(name, values) else None
            points, source = curve_over(value), f"{name}[...] = {written(values[-1])}"
            if points:
                yield Curve(name, [value for _, value in points], source, [step for step, _ in points])
            elif over := curves_over(value):  # ``scores[k] = evaluate(model, k)``
                for key, pairs in over.items():
                    scores = [item for _, item in pairs]
                    found = any(map(self._evidence.supports, values)) and {type(each) for each in scores} != {int}
                    if found or direction(key) is not None:
                        yield Curve(f"{name}.{key}", scores, source, [step for step, _ in pairs])
            elif is_array(value) and any(self._scores_each(name, each) for each in values):  # ``errors[i] = rmse(...)``
                seen = any(text.endswith(")") and text in written(each) for each in values for text in watched)
                column = None if seen else listed(name, self._namespace, arrays=True)
                yield from [Curve(name, column, source)] if column else []
            elif type(value) is dict and len(value) <= MOST:  # ``curves[lr] = train(lr)``
                for key, column in told.curves_in(value).items():
                    if len(column) > 1:
                        yield Curve(f"{name}.{key}", column, source)

    def renewed(
        self, reading: Reading, watched: AbstractSet[str], scored: AbstractSet[str], names: AbstractSet[str]
    ) -> Iterator[Curve]:
        """Yield the curves in the variables that an iteration of a loop has begun anew, and filled."""
        found = (*self.grown(watched), *self.returned(reading, scored))
        yield from (curve for curve in found if curve.name.partition(".")[0] in names)

    def asked_for(self) -> Iterator[tuple[str, Curve]]:
        """Yield the histories that a training was asked to fill, with the names of their dictionaries."""
        for name in self._histories:
            for key, column in told.curves_in(self._namespace.get(name)).items():
                yield name, Curve(f"{name}.{key}", column, f"evals_result={name}")

    def returned(self, reading: Reading, watched: Collection[str]) -> Iterator[Curve]:
        """Yield what a call or a comprehension returned: ``losses = train(...)``, a dictionary of such."""
        for name, binding in reading.bindings.items():
            value = self._namespace.get(name)
            if type(value) in _NO_CURVE or binding.filled or binding.counted or name in self.lists:
                continue
            calls = [each for each in map(through, binding.values) if isinstance(each, _MAKING)]
            if not calls:
                continue
            points = paired(value) or (curve_over(value) if any(self._is_own(name, each) for each in calls) else [])
            if direction(name) is None and {type(each) for _, each in points} == {int}:
                continue  # what numbers some things
            if points and any(map(self._evidence.supports, calls)):
                yield Curve(name, [item for _, item in points], f"{name} = {_source(binding)}", [k for k, _ in points])
                continue
            columns = self._columns(name, calls)
            if not columns or all(is_graph(each, self._namespace) for each in calls):
                continue
            texts = [written(each) for each in calls] if watched else []  # written last: it takes long
            if any(text in each for each in texts for text in watched):
                continue  # seen on their way
            for key, column in columns.items():
                yield Curve(key, column, f"{name} = {_source(binding)}")

    def tabled(self, reading: Reading) -> Iterator[Curve]:
        """Yield the history of a training that was put into a table: ``history = pd.DataFrame(net.history)``."""
        for name, binding in reading.bindings.items():
            value = self._namespace.get(name)
            if binding.filled or type(value) in _NO_CURVE or not told.is_pandas_table(value):
                continue
            if not any(map(self._evidence.supports, binding.values)):
                continue
            for key, column in frame_curves(value).items():
                if not is_ambiguous(key):
                    yield Curve(f"{name}.{key}", column, f"rows of {name}")

    def kept(self, names: Collection[str]) -> Iterator[Curve]:
        """Yield what learners of the notebook's own keep, if the cell has changed it: ``model.losses_``."""
        for name in names:
            value = self._namespace.get(name)
            if type(value) in _NO_CURVE:
                continue
            for word, values in curves_kept(value, self._kept.get(name, {})).items():
                yield Curve(f"{name}.{word}", values, f"{name}.{word}")

    def unchanged(self, name: str, value: object) -> set[str]:
        """Return the curves, by their last words, that a learner had kept before the cell ran."""
        before = self._kept.get(name, {})
        return {word.rpartition(".")[2] for word, state in states(value).items() if before.get(word) == state}

    def _columns(self, name: str, calls: Sequence[ast.Call | ast.ListComp | ast.DictComp]) -> dict[str, list[Json]]:
        value, seen = self._namespace.get(name), self._evidence
        if type(value) is dict and any(map(seen.supports, calls)):
            return {f"{name}.{key}": column for key, column in told.curves_in(value).items()}
        if (by_row := row_curves(value)) and any(map(seen.supports, calls)):
            return {f"{name}.{key}": column for key, column in by_row.items()}
        if fields := curves_of_fields(value):
            told_by = [key for key in fields if any(seen.supports(each) or seen.is_score(key, each) for each in calls)]
            return {f"{name}.{key}": fields[key] for key in told_by}
        own = any(self._is_own(name, each) for each in calls)
        history = _HISTORY.search(name) is not None
        history = history or (name in self._averaged and not is_prediction(name))
        named = any(seen.is_score(name, each) or (history and seen.supports(each)) for each in calls)
        if not own or not (named or any(self._repeats(name, each) for each in calls)):
            return {}
        arrays = _HISTORY.search(name) is not None or any(self._scores_many(name, each) for each in calls)
        column = listed(name, self._namespace, arrays=arrays)
        return {name: column} if column and any(type(item) is float for item in column) else {}

    def _is_own(self, name: str, node: ast.expr) -> bool:
        """Tell whether a comprehension made a value, a function, or a method of a class of the notebook's own."""
        if not isinstance(node, ast.Call):
            return True
        if isinstance(node.func, ast.Name):
            return direction(name) is not None or not hasattr(builtins, node.func.id)
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        held = self._namespace.get(receiver.id) if isinstance(receiver, ast.Name) else None
        return module_name(type(held)) == "__main__"

    def _repeats(self, name: str, made: ast.expr) -> bool:
        """Tell whether a comprehension does one experiment many times: ``[run_once(seed) for seed in range(9)]``."""
        return isinstance(made, ast.ListComp) and not is_predicted(name) and self._evidence.judged(through(made.elt))

    def _scores_many(self, name: str, call: ast.expr) -> bool:
        """Tell whether a function that scores returned an array of scores, and no number for each row it was given."""
        value: Any = self._namespace.get(name)
        if not (isinstance(call, ast.Call) and is_array(value) and value.ndim == 1 and self._evidence.judged(call)):
            return False
        if last_name(call.func) in self._evidence.solving:
            return False  # where its steps led
        handed = (self._namespace.get(each.id) for each in every_node(call) if isinstance(each, ast.Name))
        return not any(_length(each) == value.shape[0] for each in handed)

    def _scores_each(self, name: str, value: ast.expr) -> bool:
        """Tell whether a loop puts scores into an array; what it predicts for each row, and how far off, is none."""
        sure = direction(name) is not None and not is_ambiguous(name) and self._evidence.is_score(name, value)
        inner = through(value)
        sums = reduces(measured(inner)) and self._evidence.supports(inner)  # ``bias[i] = np.mean(pred - y)``
        returned = isinstance(inner, ast.Name) and inner.id in self._evidence.returned
        found = sums or returned or self._evidence.judged(inner) or self._is_estimate(inner)
        return not is_prediction(name) and (sure or found)

    def _is_estimate(self, node: ast.expr) -> bool:
        """Tell whether a value is an entry of what was fitted just now: ``slopes[i] = res.params[1]``."""
        parts = every_node(node) if isinstance(node, ast.Subscript) and self._evidence.supports(node) else ()
        return any(isinstance(part, ast.Attribute) and part.attr in _ESTIMATES for part in parts)

    def _measures(self, word: str, values: Sequence[ast.expr]) -> bool:
        seen = self._evidence
        return (not is_time(word) or word in seen.clocked) and any(
            seen.is_score(word, each)
            or seen.supports(each)
            or seen.learns(each)
            or (isinstance(each, ast.Name) and each.id in seen.returned)  # ``energies.append(energy)``
            for each in map(core, values)
        )


def _rows_of(value: Any) -> dict[str, Json]:
    """Return the scores of a table of results, by its rows and columns; nothing of any other value."""
    columns = score_columns(value) if _has_scores(value) else []
    return rows(value, Scored(), columns, whole=True) if columns else {}  # most tables hold data


def _has_scores(value: Any) -> bool:
    """Tell whether a value may be a table with a column that is called like a score: others are not gone through."""
    if type(value) is dict:
        return type(next(iter(value.values()), None)) is dict
    if not told.is_pandas_table(value) or value.shape[0] > MOST_ROWS or value.shape[1] > MOST_COLUMNS:
        return False
    return any(direction(as_label(name)) is not None for name in value.columns)


def _source(binding: Binding) -> str:
    return written(binding.values[-1])


def _length(value: Any) -> int:
    """Return how many rows data has that was handed to a function; -1 of anything else, which is not asked."""
    if is_array(value) or told.is_pandas_table(value):
        return value.shape[0] if value.ndim else -1
    return len(value) if type(value) in {list, tuple} else -1


def _list_of(name: str, namespace: Mapping[str, Any]) -> Any:
    """Return the value of a variable, or the entry of a dictionary: ``history.loss``."""
    container, _, entry = name.partition(".")
    value = namespace.get(container)
    return value if not entry else value.get(entry) if type(value) is dict else None
