"""Which statements of a tracked cell its metrics stand on, and which only demonstrate something beside them.

The arguments of a call whose result nothing uses are no settings of the run: ``demo, _ = make_moons(noise=0.2)`` above
``accuracy = model.score(X, y)``. A statement counts as such only where that is certain: it makes something of its own,
by functions of libraries that change nothing else, from data alone.
"""

import ast
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

from nbtrack.capture.session.called import names_behind
from nbtrack.capture.syntax.calls import is_log
from nbtrack.capture.syntax.syntax import Part, Reading
from nbtrack.capture.syntax.tee import handed_through
from nbtrack.capture.syntax.walking import every_node, of_kind
from nbtrack.record.unasked import class_name, derives, module_name

_HARMLESS: Final = frozenset({"sklearn", "numpy", "scipy", "pandas", "statsmodels", "imblearn"})
_SETTING: Final = ("set_", "config", "seed", "enable", "register")
_SHOWING: Final = frozenset({"matplotlib", "seaborn"})
_BUILTINS: Final = frozenset("print display len range list dict tuple set sorted round zip enumerate type str".split())
_DATA: Final = frozenset({bool, int, float, complex, str, bytes, type(None), list, tuple, range})
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DOING_MORE: Final = frozenset({ast.Lambda, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr})
_TABLES: Final = frozenset({"ndarray", "DataFrame", "Series", "Index"})


def without_demonstrations(
    reading: Reading, namespace: Mapping[str, Any], metrics: Collection[str], judges: Collection[str]
) -> Reading:
    """Return what was read of a cell without the calls that no metric stands on; all of it where there is no metric.

    Args:
        reading: the cell's syntax, its watched expressions in the tee.
        namespace: the user's variables after the cell ran.
        metrics: the names of what was recorded.
        judges: functions of the notebook's own that score.
    """
    if not metrics:  # a cell that only prepares: a scaler that it fits is no outcome
        return reading
    beside = _beside(reading.parts, namespace, {name.partition(".")[0] for name in metrics}, set(judges))
    keywords = {id(each) for part in beside for each in part.keywords}
    calls = {id(each) for part in beside for each in part.calls}
    return replace(
        reading,
        keywords=[each for each in reading.keywords if id(each) not in keywords],
        calls=[each for each in reading.calls if id(each) not in calls],
    )


def _beside(parts: list[Part], namespace: Mapping[str, Any], metrics: set[str], judges: set[str]) -> list[Part]:
    """Return the statements that no outcome of the cell stands on, taken from the last to the first."""
    if not any((part.keywords or part.calls) and _demonstrates(part, (), namespace) for part in parts):
        return []
    defined = [part for part in parts if isinstance(part.node, _DEFINITIONS)]
    judges |= {name for part in defined if _is_watched(part) for name in part.binds}
    alive = {name for part in defined for name in part.loads}  # of what is bound below them, too
    alive |= names_behind(set(alive), namespace)
    found: list[Part] = []
    outcomes = False
    for place, part in reversed(list(enumerate(parts))):
        last = place == len(parts) - 1 and isinstance(part.node, ast.Expr)
        outcome = bool(part.binds & metrics) or bool(part.loads & judges) or _is_watched(part)
        outcomes = outcomes or outcome
        if not (last or outcome or part.binds & alive) and _demonstrates(part, alive, namespace):
            found.append(part)
        else:
            alive |= names_behind(set(part.loads - alive), namespace) | part.loads | part.changes
    return found if outcomes else []


def _is_watched(part: Part) -> bool:
    """Tell whether something in a statement is in the tee, or logs by itself."""
    calls = of_kind(every_node(part.node), ast.Call)
    return any(handed_through(call) is not None or is_log(call) for call in calls)


def _demonstrates(part: Part, alive: Collection[str], namespace: Mapping[str, Any]) -> bool:
    """Tell whether a statement is certain to change nothing but the names that it binds."""
    if not (isinstance(part.node, ast.Expr) or (isinstance(part.node, ast.Assign) and part.plain)):
        return False
    nodes = every_node(part.node)
    if not _DOING_MORE.isdisjoint(map(type, nodes)):
        return False
    touched = alive if isinstance(part.node, ast.Expr) else ()
    calls = of_kind(nodes, ast.Call)
    return all(_is_harmless(call, touched, namespace) for call in calls) and all(
        _is_data(namespace.get(name), name) for name in part.loads
    )


def _is_harmless(call: ast.Call, alive: Collection[str], namespace: Mapping[str, Any]) -> bool:
    """Tell whether a call makes something of its own, or shows something: ``SVC(C=3)``, ``df.head()``."""
    path = _path(call.func)
    if not path:  # of what another call returned: that one is judged by itself
        return isinstance(call.func, ast.Attribute)
    value = namespace.get(path[0])
    if value is None and len(path) == 1:
        return path[0] in _BUILTINS
    if path[-1].startswith(_SETTING):
        return False
    home = _home(value).partition(".")[0]
    if type(value) is ModuleType or derives(type(value), type) or len(path) == 1:
        return home in _HARMLESS | _SHOWING or (len(path) == 1 and path[0] in _BUILTINS)
    return path[0] not in alive and _is_table(value)


def _home(value: object) -> str:
    """Return the module that a module, class or function is from."""
    kind = type(value)
    if kind is ModuleType:
        return str(vars(value).get("__name__", ""))
    if derives(kind, type):
        return module_name(value)  # type: ignore[arg-type]  # a class
    if kind in {FunctionType, BuiltinFunctionType}:
        home = getattr(value, "__module__", "")
        return home if type(home) is str else ""
    return module_name(kind) if class_name(kind) == "ufunc" else ""


def _is_data(value: object, name: str) -> bool:
    """Tell whether a name holds what a library's function leaves as it is: data, or something to call."""
    kind = type(value)
    if kind in _DATA or _is_table(value):
        return True
    return _home(value).partition(".")[0] in _HARMLESS | _SHOWING or (value is None and name in _BUILTINS)


def _is_table(value: object) -> bool:
    kind = type(value)
    return class_name(kind) in _TABLES and module_name(kind).partition(".")[0] in {"numpy", "pandas"}


def _path(node: ast.expr) -> list[str]:
    """Return ``["np", "random", "normal"]`` of ``np.random.normal``; nothing where a call is inside."""
    names: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []
