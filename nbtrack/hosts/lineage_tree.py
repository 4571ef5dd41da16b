"""A lineage as a terminal shows it: what went in, the cells in the order they ran, what came out - and other runs."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text
from rich.tree import Tree

from nbtrack.query.lineage import Lineage
from nbtrack.query.lineage_graph import Edge, Node, children, names_of, parents
from nbtrack.view.escape import shown

_STYLES: Final = {"data": "blue", "cell": "", "run": "bold", "other": "magenta", "file": "green", "output": "green"}
_WIDEST: Final = 100
_DEEPEST: Final = 12


def lineage_tree(found: Lineage) -> Tree:
    """Return a lineage as a tree; every text in it is plain text, whatever it holds."""
    return _Drawn(found).tree()


class _Drawn:
    def __init__(self, found: Lineage) -> None:
        self._found = found
        self._wide = 0  # of the places of cells
        self._nodes = {node.id: node for node in found.nodes}
        self._before = parents(found.edges)
        self._after = children(found.edges)

    def tree(self) -> Tree:
        centre = self._found.centre
        root = Tree(_told(centre), guide_style="dim")
        if centre.kind != "run":
            self._of_file(root, centre)
            return root
        self._of_run(root, centre)
        return root

    def _of_run(self, root: Tree, run: Node) -> None:
        steps = [node for node in self._found.nodes if node.kind == "cell" or _is_step(node)]
        own = {node.id for node in steps} | {run.id}
        data = [node for node in self._found.nodes if self._is_input(node, own)]
        cells = [*steps, run]
        made = [node for node in self._found.nodes if any(edge.source in own for edge in self._before.get(node.id, ()))]
        made = [node for node in made if node.kind in {"file", "output"}]
        self._section(root, "data", data, upwards=True)
        if len(cells) > 1:
            self._wide = max(len(shown(_place(cell))) for cell in cells)
            branch = root.add(Text(f"cells ({len(cells)}, in the order they ran)", style="bold"))
            for cell in cells:
                branch.add(self._cell(cell, run))
        self._section(root, "artifacts", made, upwards=False)

    def _of_file(self, root: Tree, file: Node) -> None:
        makers = [self._nodes[edge.source] for edge in self._before.get(file.id, ())]
        readers = [self._nodes[edge.target] for edge in self._after.get(file.id, ())]
        for title, runs, upwards in (("made by", makers, True), ("read by", readers, False)):
            branch = root.add(Text(title, style="bold")) if runs else root
            for each in runs:
                below = branch.add(_told(each))
                if each.kind == "run":
                    self._of_run(below, each)
                else:
                    self._go_on(below, each, {file.id}, upwards=upwards)
        if not makers and not readers:
            root.add(Text("no run knows these bytes", style="dim"))

    def _is_input(self, node: Node, own: set[str]) -> bool:
        made_here = any(edge.source in own for edge in self._before.get(node.id, ()))
        read_here = any(edge.target in own for edge in self._after.get(node.id, ()))
        return node.kind in {"data", "file"} and read_here and not made_here

    def _section(self, root: Tree, title: str, nodes: Sequence[Node], *, upwards: bool) -> None:
        if not nodes:
            return
        branch = root.add(Text(f"{title} ({len(nodes)})", style="bold"))
        for node in nodes:
            told = _told(node)
            ends = self._after if upwards else self._before
            cells = [self._nodes[each.target if upwards else each.source] for each in ends.get(node.id, ())]
            places = [f"In [{cell.count}]" for cell in cells if cell.kind in {"cell", "run"} and cell.count is not None]
            told.append(f"  {'→' if upwards else '←'} {', '.join(places)}" if places else "", style="dim")
            self._go_on(branch.add(told), node, set(), upwards=upwards)

    def _go_on(self, branch: Tree, node: Node, seen: set[str], *, upwards: bool, depth: int = 0) -> None:
        """Add the runs, and the files of these runs, that lie further up or down."""
        for other in self._further(node, upwards=upwards):
            if other.id in seen or depth > _DEEPEST or other.kind in {"cell", "run"}:
                continue
            told = Text("made by " if upwards else "read by ", style="dim") if other.kind == "other" else Text("")
            below = branch.add(told.append_text(_told(other)))
            self._go_on(below, other, {*seen, other.id}, upwards=upwards, depth=depth + 1)

    def _further(self, node: Node, *, upwards: bool) -> Iterator[Node]:
        edges = self._before if upwards else self._after
        yield from (self._nodes[edge.source if upwards else edge.target] for edge in edges.get(node.id, ()))

    def _cell(self, cell: Node, run: Node) -> Text:
        line = cell.notes[0] if cell is run and cell.notes else cell.label
        told = Text.assemble(
            (f"{shown(_place(cell)):<{self._wide}}  ", "cyan"), (shown(line, _WIDEST), _STYLES[cell.kind])
        )
        reads = [each for each in self._before.get(cell.id, ()) if each.names]
        if names := _names(reads):
            told.append(f"  ← {names}", style="dim")
        if cell is run:
            told.append("  the run", style="bold")
        elif cell.kind == "other":
            told.append(f"  run {shown(cell.detail)}", style="magenta")
        return told


def _place(cell: Node) -> str:
    return f"In [{cell.count}]" if cell.count is not None else cell.detail.partition(" · ")[0]


def _is_step(node: Node) -> bool:
    """Tell whether another run is a cell behind the run: it was tracked, too."""
    return node.kind == "other" and node.count is not None


def _names(edges: Sequence[Edge]) -> str:
    names = dict.fromkeys(name for edge in edges for name in edge.names)
    return shown(names_of(Edge("", "", tuple(names)), 6), 60)


def _told(node: Node) -> Text:
    told = Text.assemble((shown(node.label, _WIDEST), _STYLES.get(node.kind, "")))
    if node.detail:
        told.append(f"  {shown(node.detail, _WIDEST)}", style="dim")
    counted = [note for note in node.notes if note.startswith(("the same bytes", "read by", "on disk"))]
    told.append(f"  ({shown('; '.join(counted), 160)})" if counted else "", style="dim")
    return told
