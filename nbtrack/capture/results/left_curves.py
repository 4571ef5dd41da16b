"""Curves that a cell leaves behind: lists that grew, dictionaries that were filled, and what functions returned."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from nbtrack.capture.results import told
from nbtrack.capture.results.graphs import is_graph
from nbtrack.capture.results.kept_curves import curves_kept
from nbtrack.capture.results.metrics import is_time
from nbtrack.capture.syntax.evidence import Evidence, is_prediction
from nbtrack.capture.syntax.experiments import is_ambiguous
from nbtrack.capture.syntax.passing import MOST
from nbtrack.capture.syntax.syntax import Binding, Reading
from nbtrack.capture.syntax.tables import appended, curve_over, filled, frame_curves, histories, listed, row_curves
from nbtrack.capture.syntax.tee import through, written
from nbtrack.model.tagged import Json

_MAKING: Final = ast.Call | ast.ListComp | ast.DictComp
_HISTORY: Final = re.compile(r"(?i)hist|loss|cost|curve|trace|objective|energ")  # arrays of other scores: one a sample


class Curve(NamedTuple):
    """A series by its name, and where it comes from; ``steps`` where what it was filled under counts them."""

    name: str
    values: list[Json]
    source: str
    steps: Sequence[int | None] = ()


class LeftCurves:
    """Finds the curves of one cell in its variables, by what its tree says of them."""

    def __init__(self, tree: ast.AST, namespace: Mapping[str, Any], evidence: Evidence) -> None:
        self.lists = appended(tree)
        self._filled = filled(tree)
        self._histories = histories(tree)
        self._namespace = namespace
        self._evidence = evidence

    def grown(self, watched: AbstractSet[str]) -> Iterator[Curve]:
        """Yield lists and dictionaries that grew in the cell, but those whose values were ``watched`` on their way."""
        for name, values in self.lists.items():
            word = name.rpartition(".")[2]
            for key, scores in row_curves(self._namespace.get(name)).items():
                if any(map(self._evidence.supports, values)):
                    yield Curve(f"{name}.{key}", scores, f"{name}.append({written(values[-1])})")
            if is_prediction(word) or not self._measures(word, values) or not watched.isdisjoint(map(written, values)):
                continue
            column = listed(name, self._namespace)
            if column:
                yield Curve(name, column, f"{name}.append({written(values[-1])})")
        yield from self._grown_under_keys()

    def _grown_under_keys(self) -> Iterator[Curve]:
        for name, values in self._filled.items():
            value = self._namespace.get(name) if self._measures(name, values) else None
            points, source = curve_over(value), f"{name}[...] = {written(values[-1])}"
            if points:
                yield Curve(name, [value for _, value in points], source, [step for step, _ in points])
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
            calls = [each for each in map(through, binding.values) if isinstance(each, _MAKING)]
            if not calls or binding.filled or binding.counted or name in self.lists:
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
            if binding.filled or not any(map(self._evidence.supports, binding.values)):
                continue
            for key, column in frame_curves(self._namespace.get(name)).items():
                if not is_ambiguous(key):
                    yield Curve(f"{name}.{key}", column, f"rows of {name}")

    def kept(self, names: Collection[str]) -> Iterator[Curve]:
        """Yield what learners of the notebook's own keep: ``model.losses_``."""
        for name in names:
            for word, values in curves_kept(self._namespace.get(name)).items():
                yield Curve(f"{name}.{word}", values, f"{name}.{word}")

    def _columns(self, name: str, calls: Sequence[ast.Call | ast.ListComp | ast.DictComp]) -> dict[str, list[Json]]:
        value, seen = self._namespace.get(name), self._evidence
        if type(value) is dict and any(map(seen.supports, calls)):
            return {f"{name}.{key}": column for key, column in told.curves_in(value).items()}
        own = any(not isinstance(each, ast.Call) or isinstance(each.func, ast.Name) for each in calls)
        history = _HISTORY.search(name) is not None
        if not own or not any(seen.is_score(name, each) or (history and seen.supports(each)) for each in calls):
            return {}
        column = listed(name, self._namespace, arrays=history)
        return {name: column} if column and any(type(item) is float for item in column) else {}

    def _measures(self, word: str, values: Sequence[ast.expr]) -> bool:
        seen = self._evidence
        return not is_time(word) and any(
            seen.is_score(word, each) or seen.supports(each) or seen.learns(each) for each in values
        )


def _source(binding: Binding) -> str:
    return written(binding.values[-1])
