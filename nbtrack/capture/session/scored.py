"""Which variables of a session hold scores: what a later cell makes of them is a result, too."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from types import FunctionType
from typing import Any, Final

from nbtrack.capture.session.past import Past
from nbtrack.capture.session.readings import Readings
from nbtrack.capture.syntax.calls import Watched, mentions_score
from nbtrack.capture.syntax.estimating import answers, estimates
from nbtrack.capture.syntax.judging import is_judge
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node
from nbtrack.model.direction import direction
from nbtrack.record.unasked import class_name

_NUMBERS: Final = frozenset("float int list tuple dict ndarray Series float64 float32 int64 bool_ History".split())
_BY_NAME: Final = Watched(ast.Module([], []), {})
_HOLDING: Final = frozenset(  # a fit may return its history, which holds scores, or what it has found
    {"fit", "confusion_matrix", "curve_fit", "leastsq", "brentq", "fsolve", "quad"}
)
_CALLED: Final = re.compile(r"\b([^\W\d]\w*)\s*\(")
_ROUNDS: Final = 3  # of what is made of what is made of scores
_SUMS: Final = frozenset("mean std median round sum list array DataFrame Series float sorted asarray".split())
_HOLDS: Final = re.compile(rf"\b(?:{'|'.join(sorted(_HOLDING))})\(")


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
        and name in past.scores(lambda each: _scores(each, readings, namespace))
    )


def _scores(past: Past, readings: Readings, namespace: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that an execution bound to what a call returned that scores, or put that into."""
    called = {name: namespace.get(name) for name in _CALLED.findall(past.cell.source)}
    own = frozenset(name for name, value in called.items() if _judges(value, namespace))
    fits = frozenset(name for name, value in called.items() if type(value) is FunctionType and estimates(value))
    if not own and not fits and not mentions_score(past.cell.source) and _HOLDS.search(past.cell.source) is None:
        return frozenset()
    reading = readings.of(past)
    bound = [each for each in reading.bindings.values() if not each.counted]
    pairs = [(each.name, value) for each in bound for value in each.values]
    pairs += [pair for part in reading.parts for pair in _appended(part.node)]
    found = {name for name, value in pairs if _scores_in(value, own) or (direction(name) and _scores_in(value, fits))}
    for _ in range(_ROUNDS):
        found.update([name for name, value in pairs if _taken_from(value, found)])
    return frozenset(found)


def _judges(value: object, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a value is a function of the notebook's own that scores, or asks a language model."""
    own = type(value) is FunctionType and value.__module__ == "__main__"
    return own and (is_judge(value) or answers(value, namespace))  # type: ignore[arg-type]  # just asked


def _appended(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield each list that a statement puts something into: ``scores.append(knn.score(X, y))``."""
    for node in every_node(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                yield name, value


def _scores_in(value: ast.expr, own: Collection[str]) -> bool:
    """Tell whether an expression scores, or makes what holds scores."""
    calls = (part for part in every_node(value) if isinstance(part, ast.Call))
    return any(_BY_NAME.is_metric(call) or last_name(call.func) in _HOLDING.union(own) for call in calls)


def _taken_from(value: ast.expr, known: Collection[str]) -> bool:
    """Tell whether an expression takes what a known variable holds, sums it up, or puts it into a row.

    ``table[0, 1]``, ``np.mean(folds)``, ``{"mean": mean_auc}``.
    """
    match value:
        case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _taken_from(inner, known)
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _SUMS:
            return _taken_from(inner, known)
        case ast.Dict(values=items) | ast.List(elts=items) | ast.Tuple(elts=items):
            return any(_taken_from(item, known) for item in items)
    return isinstance(value, ast.Name) and value.id in known
