"""Where in a cell a walk is: inside which loops and functions, and what their variables stand for there."""

import ast
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nbtrack.capture.syntax.calls import Watched, is_metric_function
from nbtrack.capture.syntax.passing import Passing, is_candidate
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node


class Whereabouts:
    """How deep in loops and functions a walk is, what the loops around it pass over, and which calls score there."""

    def __init__(self, watched: Watched, namespace: Mapping[str, Any]) -> None:
        self.loops = 0
        self.scopes = 0
        self.conditions = 0  # between a node and the loop or function around it
        self.body: ast.AST | None = None  # the loop or function right around
        self.passing: frozenset[str] = frozenset()
        self.around: tuple[Passing, ...] = ()
        self.inmost = False  # the loop right around is the last of these
        self.given: frozenset[str] = frozenset()  # the arguments of the function around
        self.written: Mapping[str, ast.expr] = {}  # the containers that the cell writes out
        self._watched = watched
        self._namespace = namespace
        self._metrics: Mapping[str, Passing] = {}  # the loops' variables that hold functions which score

    @contextmanager
    def inside(
        self, owns: Sequence[Passing], loops: Sequence[ast.For | ast.AsyncFor | ast.comprehension]
    ) -> Iterator[None]:
        """Be inside a loop or comprehension."""
        known = self.passing, self.around, self.inmost, self._metrics
        self.around, self.inmost = (*self.around, *owns), bool(owns)
        self.passing = self.passing.union(*(every_node(each.target).names for each in loops))
        for each, own in zip(loops, owns or [Passing(each) for each in loops], strict=True):  # type: ignore[arg-type]
            if is_candidate(each):
                held = own.holds(ChainMap(self.written, self._namespace))  # type: ignore[arg-type]  # only read
                self._metrics = {**self._metrics, **{n: own for n, all_ in held.items() if self._are_metrics(all_)}}
        yield
        self.passing, self.around, self.inmost, self._metrics = known

    def is_watched(self, node: ast.AST) -> bool:
        """Tell whether a node is a call that scores."""
        return isinstance(node, ast.Call) and (self._watched.is_metric(node) or self.metric(node) is not None)

    def metric(self, node: ast.Call) -> Passing | None:
        """Return the loop over metrics one of which a call asks: ``for metric in (accuracy_score, f1_score)``."""
        return self._metrics.get(node.func.id) if isinstance(node.func, ast.Name) and node.args else None

    def _are_metrics(self, parts: Sequence[object]) -> bool:
        """Tell whether what a loop's variable goes through are functions that score: ``(accuracy_score, f1_score)``."""
        return bool(parts) and all(map(self._is_metric_function, parts))

    def _is_metric_function(self, part: object) -> bool:
        match part:
            case ast.Call(func=function, args=[inner, *_]) if last_name(function) == "partial":
                return self._is_metric_function(inner)
            case ast.Name() | ast.Attribute():
                return self._watched.is_metric(ast.Call(part, [], []))
        return is_metric_function(part)


def written_out(tree: ast.Module | ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the containers that a cell or a function writes out, each with its name."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() | ast.Dict() as value):
                yield name, value


def begun_lists(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the lists that begin with something, which nothing else records: ``mses = [first]``, ``b = mses[:1]``."""
    for statement in statements:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.List(elts=[_, *_]) | ast.Subscript(slice=ast.Slice())
            ):
                yield name
