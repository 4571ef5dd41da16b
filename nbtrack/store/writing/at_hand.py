"""How far the runs have grown that this very process writes: asked of their pens, without a look at any file.

Whoever looks at files beside code that never lets go of the interpreter waits a turn of it for each call of the
system. A pen knows the sums of its series anyway, because it seals them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from nbtrack.model.document import Curve
from nbtrack.store.writing.journal import Journal
from nbtrack.store.writing.keeper import KEEPER


class Growth(NamedTuple):
    """What one pen has written: the sums of its series, and the number of its records that are no points."""

    writer: str
    events: int
    curves: Mapping[str, Curve]


class Hand(NamedTuple):
    """What this process is writing, whatever the store: by the runs' ids, and how many pens there ever were."""

    runs: Mapping[str, Growth] = MappingProxyType({})
    pens: int = 0

    def beside_points(self) -> object:
        """Return what is another after anything that pens did, except adding points."""
        return self.pens, frozenset((run_id, each.writer, each.events) for run_id, each in self.runs.items())


def at_hand() -> Hand:
    """Return what this process is writing now.

    A pen that is just taken back by an interrupt, or whose disk hangs, is left out.

    >>> at_hand().runs
    {}
    """
    pens, ever = KEEPER.kept()
    stood = ((pen.run_id, pen.stand()) for pen in pens if isinstance(pen, Journal))
    return Hand({run_id: Growth(*stand) for run_id, stand in stood if stand is not None}, ever)
