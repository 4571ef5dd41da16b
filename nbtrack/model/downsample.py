"""Long series thinned to the points that an eye would keep, in time that a person does not notice.

``largest_triangles`` draws what the whole series would (Steinarsson 2013), ``extremes`` keeps the highest and lowest
point of each of many equal slices. Both return places in the series: nothing is drawn that was not measured.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_SCAN = 4  # points that the triangle method looks at for each it keeps; with more, charts look the same
_FEW = 4  # the ends and one slice


def largest_triangles(steps: Sequence[float], values: Sequence[float], limit: int) -> Sequence[int]:
    """Return the places of at most ``limit`` points (two at least), those that span the largest triangles.

    Long series are first cut to the extremes of slices, so that a spike of one step in a million is still drawn. The
    first and the last point are always kept; of the others none that is not finite, once there are too many.

    >>> largest_triangles(range(6), (0.0, 1.0, 9.0, 1.0, 0.5, 0.0), 4)
    [0, 2, 3, 5]
    """
    limit = max(limit, 2)
    if len(values) <= limit:
        return range(len(values))
    last = len(values) - 1
    inner = [at for at in extremes(values, limit * _SCAN) if 0 < at < last and math.isfinite(values[at])]
    if len(inner) > limit - 2:
        inner = list(_farthest([(steps[at], values[at], at) for at in inner], limit - 2)) if limit > 2 else []
    return [0, *inner, last]


Point = tuple[float, float, int]


def _farthest(points: Sequence[Point], count: int) -> Iterator[int]:
    """Yield one point of each of ``count`` slices: the farthest from the line between its neighbours'."""
    width = len(points) / count
    kept = points[0]
    for i in range(count):
        start, middle, end = (int((i + k) * width) for k in range(3))
        kept = _apex(kept, points[start:middle], points[middle:end] or points[-1:])
        yield kept[2]


def _apex(last: Point, candidates: Sequence[Point], following: Sequence[Point]) -> Point:
    dx = sum(x for x, _, _ in following) / len(following) - last[0]
    dy = sum(y for _, y, _ in following) / len(following) - last[1]
    return max(candidates, key=lambda point: abs(dx * (point[1] - last[1]) - (point[0] - last[0]) * dy))


def extremes(values: Sequence[float], limit: int) -> Sequence[int]:
    """Return the places of at most ``limit`` points (four at least): the ends, and the extremes of equal slices.

    The highest and the lowest of all finite points are among them.

    >>> extremes((0.0, 1.0, 9.0, 1.0, 0.5, 0.0), 4)
    [0, 2, 5]
    """
    limit = max(limit, _FEW)
    if len(values) <= limit:
        return range(len(values))
    width = -(-len(values) // ((limit - 2) // 2))
    numpy = sys.modules.get("numpy")  # it is five times as fast, and not worth waiting for
    found = _by_numpy(numpy, values, width) if numpy is not None else _by_hand(values, width)
    return sorted({0, len(values) - 1, *found})


def _by_hand(values: Sequence[float], width: int) -> Iterator[int]:
    for start in range(0, len(values), width):
        part = list(values[start : start + width])
        finite = part if math.isfinite(sum(part)) else [value for value in part if math.isfinite(value)]
        if finite:
            yield start + part.index(min(finite))
            yield start + part.index(max(finite))


def _by_numpy(numpy: Any, values: Sequence[float], width: int) -> Iterable[int]:
    cells = numpy.full(-(-len(values) // width) * width, numpy.nan)
    cells[: len(values)] = values
    rows = cells.reshape(-1, width)
    finite = numpy.isfinite(rows)
    starts = numpy.arange(0, cells.size, width)
    lows = starts + numpy.where(finite, rows, numpy.inf).argmin(axis=1)
    highs = starts + numpy.where(finite, rows, -numpy.inf).argmax(axis=1)
    some = finite.any(axis=1)
    return [*lows[some].tolist(), *highs[some].tolist()]
