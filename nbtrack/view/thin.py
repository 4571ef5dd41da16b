"""Long series thinned to the points an eye would keep."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

Point = tuple[float, float]

_SCAN = 8  # points that the triangle method may look at for each point it keeps


def thin(steps: Sequence[float], values: Sequence[float], limit: int) -> list[Point]:
    """Return at most ``limit`` finite points of a series (two at least), its ends and extremes among the likely kept.

    Long series are first cut to the extremes of equal slices, then to the points that span the largest triangles
    with their neighbours (Steinarsson 2013), so that a spike of one step in a million is still drawn.
    """
    points = [(x, y) for x, y in _slices(steps, values, limit * _SCAN) if math.isfinite(y)]
    return points if len(points) <= max(limit, 2) else _largest_triangles(points, max(limit, 2))


def _slices(steps: Sequence[float], values: Sequence[float], limit: int) -> Iterable[Point]:
    if len(values) <= limit:
        return zip(steps, values, strict=False)
    edges = [round(i * len(values) / (limit // 2)) for i in range(limit // 2 + 1)]
    kept = sorted({0, len(values) - 1, *chain.from_iterable(_extremes(values, a, b) for a, b in pairwise(edges))})
    return ((steps[i], values[i]) for i in kept)


def _extremes(values: Sequence[float], start: int, end: int) -> tuple[int, ...]:
    part = [value for value in values[start:end] if math.isfinite(value)]
    return (values.index(min(part), start, end), values.index(max(part), start, end)) if part else ()


def _largest_triangles(points: Sequence[Point], limit: int) -> list[Point]:
    kept, width = [points[0]], (len(points) - 2) / max(limit - 2, 1)
    for i in range(limit - 2):
        start, middle, end = (1 + int((i + k) * width) for k in range(3))
        kept.append(_farthest(kept[-1], points[start:middle], points[middle : min(end, len(points))] or points[-1:]))
    return [*kept, points[-1]]


def _farthest(last: Point, candidates: Sequence[Point], following: Sequence[Point]) -> Point:
    x = math.fsum(point[0] for point in following) / len(following)
    y = math.fsum(point[1] for point in following) / len(following)
    dx, dy = x - last[0], y - last[1]
    return max(candidates, key=lambda point: abs(dx * (point[1] - last[1]) - (point[0] - last[0]) * dy))
