"""Where the boxes of a graph go: in layers, each thing below all that it was made from, with few crossings.

After Sugiyama, Tagawa and Toda (1981): layers, with at most a few boxes in each; bends where an edge passes a layer;
an order in each layer by the mean place of the neighbours; and places as near to the neighbours as the order allows,
which is a regression with an order among the values, solved by pooling (Ayer et al. 1955). Nothing is random: the same
graph is always drawn the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

GAP: Final = 26.0  # between boxes of a layer
BETWEEN: Final = 62.0  # between layers, with room for the names on edges
_SWEEPS: Final = 12
_WIDEST: Final = 4  # boxes in a layer, where the graph leaves a choice


class Size(NamedTuple):
    """Width and height of a box."""

    width: float
    height: float


class Point(NamedTuple):
    """A place, from the left and from the top."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box's upper edge, the points each edge goes through, and how large it all is."""

    places: Mapping[str, Point]
    routes: Mapping[tuple[str, str], tuple[Point, ...]]
    width: float
    height: float


def lay_out(boxes: Mapping[str, Size], edges: Iterable[tuple[str, str]]) -> Layout:
    """Return where boxes and edges go; edges that would lead back up are left out of the layers, not of the routes.

    >>> found = lay_out({"a": Size(100, 40), "b": Size(100, 40)}, [("a", "b")])
    >>> found.places["a"].x == found.places["b"].x, found.places["b"].y - found.places["a"].y
    (True, 102.0)
    """
    if not boxes:
        return Layout({}, {}, 0.0, 0.0)
    given = [edge for edge in dict.fromkeys(edges) if edge[0] in boxes and edge[1] in boxes and edge[0] != edge[1]]
    forward = _forward(boxes, given)
    ranks = _ranks(boxes, forward)
    drawing = _Drawing(boxes, [edge for edge in given if ranks[edge[0]] < ranks[edge[1]]], ranks)
    drawing.order()
    return drawing.placed()


def _forward(boxes: Mapping[str, Size], edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the edges without those that close a circle."""
    after: dict[str, list[str]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    open_, done, back = set[str](), set[str](), set[tuple[str, str]]()
    for start in boxes:
        stack = [(start, iter(after.get(start, ())))] if start not in done else []
        open_ |= {start} if stack else set()
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                open_.discard(node)
                done.add(node)
            elif following in open_:
                back.add((node, following))
            elif following not in done:
                open_.add(following)
                stack.append((following, iter(after.get(following, ()))))
    return [edge for edge in edges if edge not in back]


def _ranks(boxes: Mapping[str, Size], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the layer of each box: below all it comes from, and no layer fuller than need be."""
    before: dict[str, list[str]] = {name: [] for name in boxes}
    after: dict[str, list[str]] = {name: [] for name in boxes}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    waiting = {name: len(sources) for name, sources in before.items()}
    ready = [name for name in boxes if not waiting[name]]
    ranks: dict[str, int] = {}
    filled: dict[int, int] = {}
    while ready:
        name = ready.pop(0)
        rank = max((ranks[each] + 1 for each in before[name]), default=0)
        if before[name] and after[name]:  # what comes from nowhere is put above what it leads to, later
            while filled.get(rank, 0) >= _WIDEST:
                rank += 1
            filled[rank] = filled.get(rank, 0) + 1
        ranks[name] = rank
        for each in after[name]:
            waiting[each] -= 1
            if not waiting[each]:
                ready.append(each)
    for name in boxes:
        if not before[name] and after[name]:
            ranks[name] = min(ranks[each] for each in after[name]) - 1
    lowest = min(ranks.values())
    return {name: rank - lowest for name, rank in ranks.items()}


class _Drawing:
    """Layers of boxes and bends: ``str`` for a box, a pair with the layer for a bend."""

    def __init__(self, boxes: Mapping[str, Size], edges: Sequence[tuple[str, str]], ranks: Mapping[str, int]) -> None:
        self._boxes = boxes
        self._edges = edges
        self._layers: list[list[_Spot]] = [[] for _ in range(max(ranks.values()) + 1)]
        self._up: dict[_Spot, list[_Spot]] = {}
        self._down: dict[_Spot, list[_Spot]] = {}
        self._chains: dict[tuple[str, str], list[_Spot]] = {}
        for name in boxes:
            self._put(_Spot(name), ranks[name])
        for source, target in edges:
            bends = [_Spot(source, target, at) for at in range(ranks[source] + 1, ranks[target])]
            chain = [_Spot(source), *bends, _Spot(target)]
            for at, bend in enumerate(bends, ranks[source] + 1):
                self._put(bend, at)
            for one, other in pairwise(chain):
                self._down[one].append(other)
                self._up[other].append(one)
            self._chains[source, target] = chain

    def _put(self, spot: "_Spot", rank: int) -> None:
        self._layers[rank].append(spot)
        self._up[spot], self._down[spot] = [], []

    def order(self) -> None:
        """Bring each layer into the order with the fewest crossings that sweeping down and up finds."""
        best, fewest = [list(layer) for layer in self._layers], self._crossings()
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            layers = range(1, len(self._layers)) if down else range(len(self._layers) - 2, -1, -1)
            for at in layers:
                self._sort(at, self._up if down else self._down, at - 1 if down else at + 1)
            count = self._crossings()
            if count < fewest:
                best, fewest = [list(layer) for layer in self._layers], count
        self._layers = best

    def _sort(self, at: int, towards: Mapping["_Spot", list["_Spot"]], other: int) -> None:
        places = {spot: place for place, spot in enumerate(self._layers[other])}
        now = {spot: place for place, spot in enumerate(self._layers[at])}

        def mean(spot: _Spot) -> float:
            near = [places[each] for each in towards[spot] if each in places]
            return sum(near) / len(near) if near else now[spot]

        self._layers[at].sort(key=lambda spot: (mean(spot), now[spot]))

    def _crossings(self) -> int:
        total = 0
        for at, layer in enumerate(self._layers[:-1]):
            below = {spot: place for place, spot in enumerate(self._layers[at + 1])}
            ends = [place for spot in layer for place in sorted(below[each] for each in self._down[spot])]
            total += sum(one > other for i, one in enumerate(ends) for other in ends[i + 1 :])
        return total

    def placed(self) -> Layout:
        """Return the places that this order gives."""
        centres = self._centres()
        left = min(centres[spot] - self._width(spot) / 2 for layer in self._layers for spot in layer)
        tops, height = self._tops()
        places = {name: Point(centres[_Spot(name)] - left, tops[name]) for name in self._boxes}
        routes = {edge: self._route(chain, centres, left, tops) for edge, chain in self._chains.items()}
        width = max(places[name].x + size.width / 2 for name, size in self._boxes.items())
        width = max([width, *(point.x + GAP / 2 for route in routes.values() for point in route)])
        return Layout(places, routes, width, height)

    def _width(self, spot: "_Spot") -> float:
        return 0.0 if spot.to else self._boxes[spot.name].width

    def _centres(self) -> dict["_Spot", float]:
        """Return how far right each spot is: as near to its neighbours as its place in the layer allows."""
        centres: dict[_Spot, float] = {}
        for layer in self._layers:
            right = 0.0
            for spot in layer:
                centres[spot] = right + self._width(spot) / 2
                right += self._width(spot) + GAP
            for spot in layer:
                centres[spot] -= right / 2
        count = len(self._layers)
        for sweep in range(_SWEEPS * 2):
            towards = [self._up, self._down][sweep % 2] if sweep < _SWEEPS * 2 - 4 else None
            for at in range(count) if sweep % 2 == 0 else range(count - 1, -1, -1):
                self._shift(at, towards, centres)
        return centres

    def _shift(self, at: int, towards: Mapping["_Spot", list["_Spot"]] | None, centres: dict["_Spot", float]) -> None:
        layer = self._layers[at]
        near = [towards[spot] if towards is not None else [*self._up[spot], *self._down[spot]] for spot in layer]
        wanted = [_pulled(spot, found, centres) for spot, found in zip(layer, near, strict=True)]
        weights = [8.0 if spot.to else 1.0 + len(found) for spot, found in zip(layer, near, strict=True)]
        apart = [0.0]
        for one, other in pairwise(layer):
            apart.append(apart[-1] + (self._width(one) + self._width(other)) / 2 + GAP)
        for spot, place, shift in zip(layer, _in_order(wanted, weights, apart), apart, strict=True):
            centres[spot] = place + shift

    def _tops(self) -> tuple[dict[str, float], float]:
        tops: dict[str, float] = {}
        top = 0.0
        for layer in self._layers:
            heights = [self._boxes[spot.name].height for spot in layer if not spot.to]
            for spot in layer:
                if not spot.to:
                    tops[spot.name] = top
            top += max(heights, default=0.0) + BETWEEN
        return tops, top - BETWEEN

    def _route(
        self, chain: list["_Spot"], centres: Mapping["_Spot", float], left: float, tops: Mapping[str, float]
    ) -> tuple[Point, ...]:
        """Return the points of an edge: out of its source's lower edge, by its bends, into its target's upper edge."""
        source, target = chain[0], chain[-1]
        start = Point(
            self._port(source, chain[1], self._down, centres) - left,
            tops[source.name] + self._boxes[source.name].height,
        )
        end = Point(self._port(target, chain[-2], self._up, centres) - left, tops[target.name])
        points = [start]
        for spot in chain[1:-1]:
            heights = [
                (tops[each.name], self._boxes[each.name].height) for each in self._layers[spot.at] if not each.to
            ]
            top = heights[0][0] if heights else points[-1].y + BETWEEN
            bottom = top + max((height for _, height in heights), default=0.0)
            points += [Point(centres[spot] - left, top), Point(centres[spot] - left, bottom)]
        return (*points, end)

    def _port(
        self,
        spot: "_Spot",
        towards: "_Spot",
        neighbours: Mapping["_Spot", list["_Spot"]],
        centres: Mapping["_Spot", float],
    ) -> float:
        """Return where on a box an edge begins or ends: side by side, in the order of where they lead."""
        others = sorted(neighbours[spot], key=lambda each: centres[each])
        step = min(28.0, self._width(spot) * 0.7 / max(len(others), 1))
        return centres[spot] + (others.index(towards) - (len(others) - 1) / 2) * step


class _Spot(NamedTuple):
    """A box, or - with ``to`` - the bend of an edge in the layer ``at``."""

    name: str
    to: str = ""
    at: int = -1


def _pulled(spot: _Spot, near: Sequence[_Spot], centres: Mapping[_Spot, float]) -> float:
    """Return where a spot's neighbours want it; a bend pulls a bend the hardest, so that long edges are straight."""
    pulls = [(16.0 if spot.to and each.to else 1.0, centres[each]) for each in near]
    total = sum(weight for weight, _ in pulls)
    return sum(weight * place for weight, place in pulls) / total if total else centres[spot]


def _in_order(wanted: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """Return the values nearest to what is wanted that never fall: neighbours that would are pooled."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight, shift in zip(wanted, weights, apart, strict=True):
        block = (value - shift, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            mean, heavy, count = blocks.pop()
            total = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    return [mean for mean, _, count in blocks for _ in range(count)]
