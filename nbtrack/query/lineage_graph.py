"""The graph of a lineage: what there is - files, cells, runs - and what each was made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

Kind = Literal["data", "cell", "run", "other", "file", "output", "more"]
WORDS: Final[Mapping[Kind, str]] = {
    "data": "data",
    "cell": "cell",
    "run": "run",
    "other": "run",
    "file": "file",
    "output": "output",
    "more": "more",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of a lineage.

    ``kind``: ``data`` that was read, a ``cell``, the ``run`` asked about, an ``other`` run, a ``file`` that was made or
    kept, an ``output``, or ``more`` of them. ``label`` is what a person calls it - a path, the first line of a cell
    that says something -, ``detail`` what tells it from others, ``notes`` what more is known. ``run`` is the id of the
    run it is or belongs to, ``digest`` its bytes.
    """

    id: str
    kind: Kind
    label: str
    detail: str = ""
    notes: tuple[str, ...] = ()
    run: str = ""
    digest: str = ""
    cell: str = ""
    count: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON, without what does not apply."""
        given = {"id": self.id, "kind": self.kind, "label": self.label, "detail": self.detail}
        more = {"notes": list(self.notes), "run": self.run, "digest": self.digest, "cell": self.cell}
        count = {} if self.count is None else {"count": self.count}
        return {**given, **{name: value for name, value in more.items() if value}, **count}


@dataclass(frozen=True, slots=True)
class Edge:
    """That ``target`` was made from ``source``; ``names`` are the variables that were handed on."""

    source: str
    target: str
    names: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"source": self.source, "target": self.target, "names": list(self.names)}


@dataclass(slots=True)
class Graph:
    """A graph while it grows: each node once, each edge once with all its names."""

    nodes: dict[str, Node] = field(default_factory=dict)
    _edges: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)

    def add(self, node: Node) -> Node:
        """Add a node, unless there is one of its id; return the one that is there.

        What was made is more than data: of two words for the same bytes the one that says who made them counts.
        """
        known = self.nodes.get(node.id)
        if known is not None and known.kind == "data" and node.kind == "file":
            known = replace(known, kind="file", notes=tuple(dict.fromkeys((*known.notes, *node.notes))))
        self.nodes[node.id] = known or node
        return self.nodes[node.id]

    def note(self, node_id: str, text: str) -> None:
        """Add something that is known of a node."""
        node = self.nodes[node_id]
        self.nodes[node_id] = replace(node, notes=tuple(dict.fromkeys((*node.notes, text))))

    def join(self, source: str, target: str, names: Iterable[str] = ()) -> None:
        """Say that a node was made from another."""
        if source != target:
            self._edges.setdefault((source, target), {}).update(dict.fromkeys(names))

    def replace(self, node_id: str, node: Node) -> None:
        """Put another node in the place of one, with all its edges."""
        self.nodes = {
            (node if each.id == node_id else each).id: node if each.id == node_id else each
            for each in self.nodes.values()
        }
        ends = {node_id: node.id}
        self._edges = {(ends.get(a, a), ends.get(b, b)): names for (a, b), names in self._edges.items()}

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Return the edges between nodes that are there."""
        known = self.nodes
        return tuple(
            Edge(source, target, tuple(names))
            for (source, target), names in self._edges.items()
            if source in known and target in known
        )


def direct(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Return the edges without those that a longer way makes superfluous: of ``a→b→c`` and ``a→c`` the last goes.

    >>> [(edge.source, edge.target) for edge in direct([Edge("a", "b"), Edge("b", "c"), Edge("a", "c")])]
    [('a', 'b'), ('b', 'c')]
    """
    given = list(edges)
    after: dict[str, list[str]] = {}
    for edge in given:
        after.setdefault(edge.source, []).append(edge.target)
    return tuple(edge for edge in given if not _is_reached_otherwise(edge, after))


def _is_reached_otherwise(edge: Edge, after: Mapping[str, list[str]]) -> bool:
    seen = {edge.source}
    waiting = [each for each in after[edge.source] if each != edge.target]
    while waiting:
        at = waiting.pop()
        if at == edge.target:
            return True
        if at not in seen:
            seen.add(at)
            waiting += after.get(at, ())
    return False


def children(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """Return the edges by where they begin."""
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.source, []).append(edge)
    return found


def parents(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """Return the edges by where they end."""
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.target, []).append(edge)
    return found


def names_of(edge: Edge, most: int = 3) -> str:
    """Return the names of an edge as one text, the first few of them."""
    rest = len(edge.names) - most
    return ", ".join(edge.names[:most]) + (f" +{rest}" if rest > 0 else "")
