"""One line of the report."""

from typing import NamedTuple


class Row(NamedTuple):
    """A measured value, what it stands beside, and whether it reaches its goal (None where there is none)."""

    name: str
    value: float
    unit: str
    baseline: str
    ratio: float | None
    goal: str
    ok: bool | None
