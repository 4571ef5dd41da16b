"""Which variables of a session hold where SciPy found an optimum, or the curve that it fitted, or are made of that."""

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from nbtrack.capture.session.past import Past
from nbtrack.capture.session.readings import Readings
from nbtrack.capture.syntax.found import Settled, settles
from nbtrack.capture.syntax.solving import finders, solvers
from nbtrack.record.unasked import module_name

_SETTLES: Final = re.compile(
    r"\b(?:curve_fit|minimize\w*|differential_evolution|basinhopping|dual_annealing|quad|dblquad|fsolve|newton|brentq"
    r"|leastsq|solve|p?inv)\(|\.x\b|\bdiag\("
)
_HOLDING: Final = frozenset({"builtins", "numpy", "scipy"})  # where the classes of what was found are from
_DEEPEST: Final = 4  # of what is made of what is made of it
_MOST: Final = 100  # names that are looked at


def optima(
    names: Collection[str],
    versions: Mapping[str, int],
    log: Mapping[int, Past],
    namespace: Mapping[str, Any],
    readings: Readings,
) -> Settled:
    """Return those of some names that an earlier execution bound to an optimum, or to what was made of it.

    Args:
        names: what a cell reads.
        versions: which execution wrote each name last.
        log: the executions of the session by their numbers.
        namespace: the user's variables; of a value only the class is looked at.
        readings: what the cells' syntax tells.
    """
    found, made = set[str](), set[str]()
    trail = _Trail(log, namespace, readings)
    for name in names:
        past = log.get(versions.get(name, 0))
        if past is None:
            continue
        if _may_settle(past):
            binding = readings.of(past).bindings.get(name)
            if binding is not None and any(map(settles, binding.values)):
                found.add(name)
        home = module_name(type(namespace.get(name))).partition(".")[0]
        if home in _HOLDING and trail.leads(name, past):
            made.add(name)
    return Settled(frozenset(found), frozenset(made))


class _Trail:
    """Follows variables back to what made them, cell by cell."""

    def __init__(self, log: Mapping[int, Past], namespace: Mapping[str, Any], readings: Readings) -> None:
        self._log = log
        self._namespace = namespace
        self._readings = readings
        self._known: dict[tuple[str, int], bool] = {}

    def leads(self, name: str, past: Past, depth: int = _DEEPEST) -> bool:
        """Tell whether a variable of one execution holds what was found, or what was made of it."""
        key = (name, past.number)
        if key not in self._known:
            self._known[key] = False  # what is made of itself, too
            if len(self._known) <= _MOST:
                self._known[key] = self._finds_out(name, past, depth)
        return self._known[key]

    def _finds_out(self, name: str, past: Past, depth: int) -> bool:
        made = self._readings.made(past, name)
        if made.calls and made.finds(self._own(made.calls)):
            return True
        others = sorted(made.names - {name}) if depth else ()
        bindings = self._readings.of(past).bindings if others else {}
        for each in others:
            home = past if each in bindings else self._log.get(past.reads.get(each, 0))
            if home is not None and self.leads(each, home, depth - 1):
                return True
        return False

    def _own(self, calls: Sequence[ast.Call]) -> Collection[str]:
        """Return the functions of the notebook's own among those called that solve, or find something out."""
        functions = [self._namespace.get(call.func.id) for call in calls if isinstance(call.func, ast.Name)]
        if FunctionType not in map(type, functions):
            return ()
        return solvers(calls, self._namespace) | finders(calls, self._namespace)


def _may_settle(past: Past) -> bool:
    """Tell by its text whether an execution is worth a look, which is found out once."""
    if past.settles is None:
        past.settles = _SETTLES.search(past.cell.source) is not None
    return past.settles
