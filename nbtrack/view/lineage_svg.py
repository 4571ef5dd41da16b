"""A lineage as one SVG: from the data down through the cells to the run and what it made.

It needs no script, no font and no network, is light or dark as the page it stands in, and can be read aloud, selected
and printed. Colours stand as attributes, too, for programs that do not know newer CSS.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from markupsafe import Markup

from nbtrack.query.lineage import Lineage
from nbtrack.query.lineage_graph import WORDS, Edge, Kind, Node, children, direct, names_of, parents
from nbtrack.view.escape import render, sheet, shown
from nbtrack.view.layered import Layout, Point, Size, lay_out

_MARGIN: Final = 20.0
_TITLE: Final = 44.0
_SMALLEST: Final = 132.0
_LARGEST: Final = 268.0
_LETTER: Final = {"label": 7.25, "name": 8.4, "detail": 6.1}  # px a letter takes, at most nearly
_LEAVES: Final = 4  # files of one kind that one thing reads or makes; more are counted
_LABEL: Final = 22  # letters on an edge


@dataclass(frozen=True, slots=True)
class Box:
    """One node as it is drawn: texts that fit, and everything about it for pointing at."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    label: str
    detail: str
    line: str
    title: str
    is_focus: bool

    @property
    def word(self) -> str:
        """What it is, in a word."""
        return WORDS[self.node.kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One edge as it is drawn: its path, the tip of its arrow, and its names with the place for them."""

    path: str
    tip: str
    names: str
    title: str
    x: float
    y: float


def lineage_svg(found: Lineage, *, page: bool = False) -> Markup:
    """Return a lineage as an SVG element; as a file of its own, with a background and a title, for ``page``.

    Edges that a longer way makes superfluous are not drawn, nor more than a few files of one kind at one place: a
    count stands for the others. ``Lineage.as_dict`` has everything.
    """
    nodes, edges = _bounded(found)
    sizes = {node.id: _size(node) for node in nodes}
    layout = lay_out(sizes, [(edge.source, edge.target) for edge in edges])
    top = _TITLE if page else _MARGIN / 2
    heading = f"Lineage of {shown(found.centre.label, 80)}"
    width = max(layout.width + 2 * _MARGIN, (len(heading) * 8.2 + 2 * _MARGIN) if page else 0.0)
    left = (width - layout.width) / 2
    context = {
        **sheet("lineage_graph.css"),
        "id": "nbt-lineage-"
        + sha256("\0".join([found.focus, *sorted(sizes)]).encode("utf-8", "replace")).hexdigest()[:10],
        "page": page,
        "width": _n(width),
        "height": _n(layout.height + top + _MARGIN),
        "heading": heading,
        "description": f"{found.sentence()}. {_told(found)}",
        "boxes": [_box(node, layout, found.focus, left, top) for node in nodes],
        "lines": list(_lines(edges, layout, left, top)),
    }
    return render("lineage_graph.svg", context)


def steps(found: Lineage) -> list[tuple[Node, str, str]]:
    """Return a lineage as steps from the data to the result: what it is, its kind in a word, and what it is made from.

    For where there is no room for a picture.
    """
    nodes, edges = _bounded(found)
    layout = lay_out({node.id: _size(node) for node in nodes}, [(edge.source, edge.target) for edge in edges])
    nodes.sort(key=lambda node: (layout.places[node.id].y, layout.places[node.id].x))
    labels = {node.id: node.label for node in nodes}
    before = parents(edges)
    sources = {node.id: [names_of(each) or labels[each.source] for each in before.get(node.id, ())] for node in nodes}
    return [(node, WORDS[node.kind], ", ".join(dict.fromkeys(sources[node.id]))) for node in nodes]


def _told(found: Lineage) -> str:
    """Return the graph in words, for who cannot see it."""
    labels = {node.id: shown(node.label, 60) for node in found.nodes}
    said = [f"{labels[edge.source]} leads to {labels[edge.target]}" for edge in direct(found.edges)[:40]]
    return "; ".join(said)


def _bounded(found: Lineage) -> tuple[list[Node], list[Edge]]:
    """Return what is drawn: of many files that only one thing reads or makes the first, and a count of the others."""
    edges = list(direct(found.edges))
    sources, targets = parents(edges), children(edges)
    groups: dict[tuple[str, str, Kind], list[Node]] = {}
    for node in found.nodes:
        ends = [
            *((each.source, "made") for each in sources.get(node.id, ())),
            *((each.target, "read") for each in targets.get(node.id, ())),
        ]
        if len(ends) == 1 and node.id != found.focus and node.kind in {"data", "file", "output"}:
            groups.setdefault((ends[0][0], ends[0][1], node.kind), []).append(node)
    nodes = {node.id: node for node in found.nodes}
    for (other, way, kind), leaves in groups.items():
        if len(leaves) <= _LEAVES:
            continue
        rest = leaves[_LEAVES - 1 :]
        more = Node(
            f"more:{other}:{way}:{kind}",
            "more",
            f"{len(rest)} more",
            WORDS[kind] + "s",
            tuple(each.label for each in rest[:30]),
        )
        for node in rest:
            del nodes[node.id]
        nodes[more.id] = more
        edges.append(Edge(other, more.id) if way == "made" else Edge(more.id, other))
    return list(nodes.values()), [edge for edge in edges if edge.source in nodes and edge.target in nodes]


def _size(node: Node) -> Size:
    label = "name" if node.kind in {"run", "other"} else "label"
    texts = [
        len(shown(node.label)) * _LETTER[label],
        (len(shown(node.detail)) + len(WORDS[node.kind]) + 3) * _LETTER["detail"],
    ]
    texts += [len(shown(node.notes[0])) * _LETTER["label"]] if node.kind == "run" and node.notes else []
    return Size(
        min(max(max(texts) + 30, _SMALLEST), _LARGEST if node.kind != "run" else _LARGEST * 1.15),
        66.0 if _has_line(node) else 46.0,
    )


def _has_line(node: Node) -> bool:
    return node.kind == "run" and bool(node.notes) and not node.notes[0].startswith("run ")


def _box(node: Node, layout: Layout, focus: str, left: float, top: float) -> Box:
    width, height = _size(node)
    place = layout.places[node.id]
    label = "name" if node.kind in {"run", "other"} else "label"
    return Box(
        node,
        place.x + left - width / 2,
        place.y + top,
        width,
        height,
        _cut(node.label, width, label, keep_end=node.kind in {"data", "file", "output"}),
        _cut(node.detail, width - (len(WORDS[node.kind]) + 3) * _LETTER["detail"], "detail"),
        _cut(node.notes[0], width, "label") if _has_line(node) else "",
        "\n".join(filter(None, (node.label, node.detail, *node.notes))),
        node.id == focus,
    )


def _cut(text: str, width: float, kind: str, *, keep_end: bool = False) -> str:
    """Return a text cut to a width; of a path the end, which tells more."""
    plain = shown(text)
    room = max(int((width - 26) / _LETTER[kind]), 4)
    if len(plain) <= room:
        return plain
    return f"…{plain[-(room - 1) :]}" if keep_end else f"{plain[: room - 1]}…"


def _lines(edges: Sequence[Edge], layout: Layout, left: float, top: float) -> Iterator[Line]:
    taken: list[tuple[float, float, float]] = []
    for edge in edges:
        route = layout.routes.get((edge.source, edge.target))
        if route is None:
            continue
        points = [Point(point.x + left, point.y + top) for point in route]
        names = shown(names_of(edge), _LABEL) if edge.names else ""
        x, y = _label_place(points, len(names) * 5.6, taken) if names else (0.0, 0.0)
        yield Line(_path(points), _tip(points[-1]), names, ", ".join(edge.names), x, y)


def _path(points: Sequence[Point]) -> str:
    """Return a smooth way through the points: curves between layers, straight beside the boxes of one."""
    parts = [f"M{_n(points[0].x)} {_n(points[0].y)}"]
    last = points[0]
    end = points[-1]._replace(y=points[-1].y - 5)
    for number, point in enumerate([*points[1:-1], end]):
        if number % 2 and point is not end:
            parts.append(f"V{_n(point.y)}")
        else:
            middle = (last.y + point.y) / 2
            parts.append(f"C{_n(last.x)} {_n(middle)} {_n(point.x)} {_n(middle)} {_n(point.x)} {_n(point.y)}")
        last = point
    return "".join(parts)


def _tip(end: Point) -> str:
    return f"M{_n(end.x - 4)} {_n(end.y - 7)}L{_n(end.x)} {_n(end.y)}L{_n(end.x + 4)} {_n(end.y - 7)}Z"


def _label_place(points: Sequence[Point], width: float, taken: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Return where the names of an edge go: on its first curve, where no other names are."""
    one, two = points[0], points[1]
    for part in (0.5, 0.3, 0.7, 0.15, 0.85):
        eased = part * part * (3 - 2 * part)
        x, y = one.x + (two.x - one.x) * eased, one.y + (two.y - one.y) * part + 3.5
        if all(abs(y - other) > 11 or abs(x - at) > (width + size) / 2 + 4 for at, other, size in taken):
            break
    taken.append((x, y, width))
    return x, y


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
