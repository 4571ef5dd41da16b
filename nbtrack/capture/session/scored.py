"""Which variables of a session hold scores: what a later cell makes of them is a result, too."""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from nbtrack.capture.session.past import Past
from nbtrack.capture.session.readings import Readings
from nbtrack.capture.syntax.calls import Watched, mentions_score
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node
from nbtrack.record.unasked import class_name

_NUMBERS: Final = frozenset("float int list tuple dict ndarray Series float64 float32 int64 bool_ History".split())
_BY_NAME: Final = Watched(ast.Module([], []), {})
_HOLDING: Final = frozenset({"fit", "confusion_matrix"})  # a fit may return its history, which holds scores


def scored(
    names: Collection[str],
    versions: Mapping[str, int],
    log: Mapping[int, Past],
    namespace: Mapping[str, Any],
    readings: Readings,
) -> frozenset[str]:
    """Return those of some names that hold numbers which an earlier execution got from a call that scores.

    Args:
        names: what a cell reads.
        versions: which execution wrote each name last.
        log: the executions of the session by their numbers.
        namespace: the user's variables; of a value only the class is looked at.
        readings: what the cells' syntax tells.
    """
    return frozenset(
        name
        for name in names
        if (past := log.get(versions.get(name, 0))) is not None
        and class_name(type(namespace.get(name))).rpartition(".")[2] in _NUMBERS
        and name in past.scores(lambda each: _scores(each, readings))
    )


def _scores(past: Past, readings: Readings) -> frozenset[str]:
    """Return the names that an execution bound to what a call returned that scores, or put that into."""
    if not mentions_score(past.cell.source) and ".fit(" not in past.cell.source:
        return frozenset()
    reading = readings.of(past)
    bound = [each for each in reading.bindings.values() if not each.counted]
    kept = (pair for part in reading.parts for pair in _appended(part.node))
    found = {each.name for each in bound if any(map(_scores_in, each.values))}
    found.update(name for name, value in kept if _scores_in(value))
    taken = (each.name for each in bound if any(_taken_from(value) in found for value in each.values))
    return frozenset(found).union(taken)


def _appended(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield each list that a statement puts something into: ``scores.append(knn.score(X, y))``."""
    for node in every_node(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                yield name, value


def _scores_in(value: ast.expr) -> bool:
    """Tell whether an expression scores, or makes what holds scores."""
    calls = (part for part in every_node(value) if isinstance(part, ast.Call))
    return any(_BY_NAME.is_metric(call) or last_name(call.func) in _HOLDING for call in calls)


def _taken_from(value: ast.expr) -> str:
    """Return the variable that an expression is, or one of whose entries it takes: ``table`` for ``table[0, 1]``."""
    match value:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name
    return ""
