"""What a cell picked from many by a score: the settings of the best row, and the best of what was tried.

``best = max(results, key=lambda row: row["acc"])`` says with which settings the best score came about. These are what
tells its row from the others.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from nbtrack.capture.results.metrics import PICKERS, is_pandas, picks
from nbtrack.capture.syntax.experiments import picks_key
from nbtrack.capture.syntax.syntax import Reading, last_name
from nbtrack.capture.syntax.tables import telling_columns
from nbtrack.capture.syntax.tee import through
from nbtrack.capture.syntax.walking import every_node
from nbtrack.record.unasked import class_name, is_genuine, module_name
from nbtrack.record.values import as_label

_BEST: Final = re.compile(r"(?:best|opt|optimal|chosen|selected|winner)(?:_.*)?|.*_(?:best|opt)")
_PLAIN: Final = frozenset({str, int, float, bool})
_LONG: Final = 9  # entries of a tuple that is no setting any more


def picked_settings(reading: Reading, namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield the settings that a cell picked: their names, values, and what picked them."""
    for name, binding in reading.bindings.items():
        if name.startswith("_") or binding.looped or not binding.values:
            continue
        made = through(binding.values[-1])
        if not (last_name(made.func) in PICKERS if isinstance(made, ast.Call) else isinstance(made, ast.Subscript)):
            continue
        value = namespace.get(name)
        if picks_key(made) and _BEST.fullmatch(name):
            if _is_plain(value):
                yield name, value, "picked by its score"
        elif picks(made) or (_BEST.fullmatch(name) and _is_first(made)):
            row = _row(value)
            told = [key for key in telling_columns([namespace.get(each) for each in _names(made)]) if key in row]
            told = [key for key in told if _is_plain(row[key])]
            told += [key for key, each in row.items() if type(each) is tuple and len(each) < _LONG]  # an order of ARIMA
            yield from ((f"{name}.{key}", row[key], "row picked by its score") for key in told)


def found_by_studies(reading: Reading, namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield the best settings of a study of optuna's that the cell runs, or asks for its best."""
    if "optuna" not in sys.modules:
        return
    for name in sorted({each for part in reading.parts for each in _asked(part.node)}):
        study: Any = namespace.get(name)
        kind = type(study)
        if class_name(kind) == "Study" and module_name(kind).partition(".")[0] == "optuna" and is_genuine(kind):
            best: Mapping[str, Any] = {}
            with suppress(Exception):  # one without a finished trial has no best
                best = study.best_params
            yield from ((f"best_params.{key}", each, f"{name}.best_params") for key, each in best.items())


def _asked(statement: ast.AST) -> Iterator[str]:
    for node in every_node(statement):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="optimize" | "best_params" | "best_trial" | "best_value"):
                yield name


def _is_first(node: ast.expr) -> bool:
    """Tell whether an expression takes the first or last row of a table: ``ranked.iloc[0]``, ``rows[-1]``."""
    match node:
        case ast.Subscript(value=ast.Name() | ast.Attribute(attr="iloc"), slice=place):
            return ast.unparse(place) in {"0", "-1"}
    return False


def _names(node: ast.expr) -> list[str]:
    return list(dict.fromkeys(part.id for part in every_node(node) if isinstance(part, ast.Name)))


def _row(value: Any) -> Mapping[Any, Any]:
    if type(value) is dict:
        return value
    if is_pandas(value) and class_name(type(value)) == "Series" and value.shape[0] <= 60:
        return dict(zip(map(as_label, value.index.tolist()), value.tolist(), strict=True))
    return {}


def _is_plain(value: object) -> bool:
    return type(value) in _PLAIN or (module_name(type(value)) == "numpy" and getattr(value, "shape", None) == ())
