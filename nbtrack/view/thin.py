"""Long series thinned to the points an eye would keep."""

import math
from collections.abc import Sequence

from nbtrack.model.downsample import largest_triangles

Point = tuple[float, float]


def thin(steps: Sequence[float], values: Sequence[float], limit: int) -> list[Point]:
    """Return at most ``limit`` finite points of a series (two at least), its ends and spikes among them."""
    places = largest_triangles(steps, values, limit)
    return [(steps[at], values[at]) for at in places if math.isfinite(values[at])]
