"""Which variables of a session hold where SciPy found an optimum, or the curve that it fitted."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from nbtrack.capture.session.past import Past
from nbtrack.capture.session.readings import Readings
from nbtrack.capture.syntax.evidence import settles

_SETTLES: Final = re.compile(
    r"\b(?:curve_fit|minimize\w*|differential_evolution|basinhopping|dual_annealing|quad|dblquad|fsolve|newton|brentq"
    r"|leastsq)\(|\.x\b|\bdiag\("
)


def optima(
    names: Collection[str], versions: Mapping[str, int], log: Mapping[int, Past], readings: Readings
) -> frozenset[str]:
    """Return those of some names that an earlier execution bound to an optimum, by what its syntax tells.

    Args:
        names: what a cell reads.
        versions: which execution wrote each name last.
        log: the executions of the session by their numbers.
        readings: what the cells' syntax tells.
    """
    found = set()
    for name in names:
        past = log.get(versions.get(name, 0))
        if past is not None and _may_settle(past):
            binding = readings.of(past).bindings.get(name)
            if binding is not None and any(map(settles, binding.values)):
                found.add(name)
    return frozenset(found)


def _may_settle(past: Past) -> bool:
    """Tell by its text whether an execution is worth a look, which is found out once."""
    if past.settles is None:
        past.settles = _SETTLES.search(past.cell.source) is not None
    return past.settles
