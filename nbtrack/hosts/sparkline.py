"""A series in a few characters: eight heights of block, one after the other."""

import math
from collections.abc import Sequence
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int, low: float, high: float) -> str:
    """Return ``values`` in ``width`` characters at most, each the mean of its share, between ``low`` and ``high``.

    A share without finite values is a blank. Values outside of the bounds are drawn at them.

    >>> sparkline([0.0, 0.5, 1.0], 8, 0.0, 1.0), sparkline(range(100), 4, 0, 99), sparkline([1.0], 4, 1.0, 1.0)
    ('▁▅█', '▁▃▆█', '▅')
    """
    count = min(width, len(values))
    shares = (values[at * len(values) // count : (at + 1) * len(values) // count] for at in range(count))
    return "".join(_block(share, low, high) for share in shares)


def _block(share: Sequence[float], low: float, high: float) -> str:
    finite = [value for value in share if math.isfinite(value)]
    if not finite:
        return " "
    place = (sum(finite) / len(finite) - low) / (high - low) if high > low else 0.5
    return BLOCKS[min(7, max(0, int(place * 8 if place < 1 else 7)))]
