"""The facts that runs differ by beside params and metrics, as columns of the comparison's data: space ``about``.

``data.<path>``, ``slice.<fact>``, ``seeds.<generator>``, ``packages.<name>`` (only those that differ), ``env.<fact>``,
``code.<fact>`` and ``hardware.<fact>``. A fact that is the same in all runs is told only if people ask for it by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.query.facts import facts_of

_ALWAYS: Final = frozenset(
    {
        *(
            "slice.cells",
            "slice.digest",
            "env.python",
            "env.os",
            "env.packages",
            "code.commit",
            "code.branch",
            "code.dirty",
        ),
        *("hardware.cpu", "hardware.cores", "hardware.ram_gb", "hardware.gpu", "hardware.gpu_count"),
    }
)
_MOST: Final = 64  # of each kind: more are read by nobody


@dataclass(frozen=True, slots=True)
class About:
    """One fact of many runs: a value a run, None where it is not known. ``name`` begins with its kind."""

    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether any run has another value than the first."""
        return any(value != self.values[0] or type(value) is not type(self.values[0]) for value in self.values)


def about_columns(runs: Sequence[Run]) -> tuple[list[About], int]:
    """Return the facts of ``runs``, those that differ first, and how many that differ were left out as too many."""
    found = [_about(kind, facts) for kind, facts in facts_of(runs).items()]
    columns = [about for kind in found for about in kind[:_MOST]]
    lost = sum(about.differs for kind in found for about in kind[_MOST:])
    return sorted(columns, key=lambda about: not about.differs), lost


def _about(kind: str, facts: Sequence[Mapping[str, Any]]) -> list[About]:
    """Return what one kind of facts tells, what differs first."""
    names = dict.fromkeys(name for values in facts for name in values)
    columns = [About(f"{kind}.{name}", tuple(values.get(name) for values in facts)) for name in names]
    worth = [each for each in columns if each.differs or kind in {"data", "seeds"} or each.name in _ALWAYS]
    return sorted(worth, key=lambda about: not about.differs)
