"""How far a reproduced metric may be from the recorded one: a share of the recorded value, for all or for one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.query.nearest import nearest

USUAL: Final = 0.005  # half a percent, what "the same result" means to those who asked for it
_NUMBER: Final = re.compile(r"\s*(\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?)\s*(%?)\s*", re.ASCII)
_HOW: Final = "write a share such as 0.5% or 0.005"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The relative changes that are allowed: ``default``, and others by the name of a metric.

    >>> allowed = Tolerances.read("0.5%", ["rmse=1%"])
    >>> allowed.of("accuracy"), allowed.of("rmse")
    (0.005, 0.01)
    """

    default: float = USUAL
    metrics: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | float | None = None, metrics: Iterable[str] = ()) -> "Tolerances":
        """Return what ``--tol`` and several ``--tol-metric NAME=TOL`` say.

        Raises:
            UsageError: one of them cannot be understood; the message says what to write.
        """
        default = USUAL if text is None else share(text)
        return cls(default, dict(map(_pair, metrics)))

    def of(self, metric: str) -> float:
        """Return what is allowed for a metric."""
        return self.metrics.get(metric, self.default)

    def check(self, known: Iterable[str]) -> None:
        """See that every metric that was named is there.

        Raises:
            UsageError: one is not; the message names the nearest that is.
        """
        names = list(known)
        for name in self.metrics:
            if name not in names:
                near = nearest(name, names)
                hint = f"did you mean {near!r}?" if near else f"it has {', '.join(map(repr, names[:8])) or 'none'}"
                raise UsageError(f"a tolerance is given for {name[:80]!r}, and the run has no such metric; {hint}")


def share(text: str | float) -> float:
    """Return a tolerance as a share of the recorded value: at least 0 and less than 1, as a percentage up to 1,000 %.

    >>> share("0.5%"), share("0.005"), share(0), share("1e-3")
    (0.005, 0.005, 0.0, 0.001)

    Raises:
        UsageError: it is none.
    """
    found = _NUMBER.fullmatch(repr(text) if isinstance(text, float | int) else text)
    if found is None or isinstance(text, bool):
        raise UsageError(f"{str(text)[:80]!r} is no tolerance; {_HOW}")
    number = float(found[1]) / (100 if found[2] else 1)
    if number > 10 or (number >= 1 and not found[2]):
        meant = f"; did you mean {found[1]}%?" if not found[2] and number <= 100 else ""
        raise UsageError(f"a tolerance of {str(text)[:80].strip()} allows any value{meant or f'; {_HOW}'}")
    return number


def _pair(text: str) -> tuple[str, float]:
    """A metric's name may have a ``=`` in it, a tolerance has none."""
    name, sign, tolerance = text.rpartition("=")
    if not sign or not name.strip():
        raise UsageError(f"{text[:80]!r} gives no metric a tolerance; write NAME=TOLERANCE, such as rmse=1%")
    return name.strip(), share(tolerance)
