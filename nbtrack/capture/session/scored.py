"""Which variables of a session hold scores: what a later cell makes of them is a result, too."""

import ast
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from nbtrack.capture.session.past import Past
from nbtrack.capture.syntax.calls import Watched
from nbtrack.capture.syntax.walking import every_node
from nbtrack.record.unasked import class_name

_MAY_SCORE: Final = re.compile(r"score|error|evaluate|loss|auc|test|_acc|r2|precision|recall")
_NUMBERS: Final = frozenset("float int list tuple dict ndarray Series float64 float32 bool_".split())
_BY_NAME: Final = Watched(ast.Module([], []), {})


def scored(
    names: Collection[str], versions: Mapping[str, int], log: Mapping[int, Past], namespace: Mapping[str, Any]
) -> frozenset[str]:
    """Return those of some names that hold numbers which an earlier execution got from a call that scores.

    Args:
        names: what a cell reads.
        versions: which execution wrote each name last.
        log: the executions of the session by their numbers.
        namespace: the user's variables; of a value only the class is looked at.
    """
    return frozenset(
        name
        for name in names
        if (past := log.get(versions.get(name, 0))) is not None
        and class_name(type(namespace.get(name))).rpartition(".")[2] in _NUMBERS
        and name in past.scores(_scores)
    )


def _scores(past: Past) -> frozenset[str]:
    """Return the names that an execution bound to what a call returned that scores, whatever was made of it there."""
    if not _MAY_SCORE.search(past.cell.source):
        return frozenset()
    bound = [each for each in past.reading.bindings.values() if not each.counted]
    return frozenset(each.name for each in bound if any(map(_scores_in, each.values)))


def _scores_in(value: ast.expr) -> bool:
    return any(isinstance(part, ast.Call) and _BY_NAME.is_metric(part) for part in every_node(value))
