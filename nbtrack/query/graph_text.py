"""A lineage in the words of other tools: Mermaid for Markdown pages, DOT for Graphviz."""

from collections.abc import Sequence
from typing import Final

from nbtrack.query.caret import shown
from nbtrack.query.lineage import Lineage
from nbtrack.query.lineage_graph import WORDS, Node, direct, names_of

_LONGEST: Final = 60
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,_-+·…/")
_SHAPES: Final = {"data": ("[(", ")]"), "run": ("([", "])"), "other": ("([", "])"), "more": ("[", "]")}
_COLOURS: Final = {
    "data": ("#e6f2fa", "#0065a0"),
    "cell": ("#f3f5f7", "#5b6470"),
    "run": ("#ffe9d9", "#a63a00"),
    "other": ("#f0e9fb", "#6a3fa0"),
    "file": ("#e6f5ef", "#00624a"),
    "output": ("#e6f5ef", "#00624a"),
}


def mermaid_text(found: Lineage) -> str:
    """Return a lineage as a Mermaid flowchart, which code hosts and Jupyter draw; whatever its texts hold."""
    names = _names(found.nodes)
    lines = ["flowchart TD"]
    for node in found.nodes:
        opening, closing = _SHAPES.get(node.kind, ("[", "]"))
        label = "<br/>".join(_entities(part) for part in _label(node))
        lines.append(f'  {names[node.id]}{opening}"{label}"{closing}:::{node.kind}')
    for edge in direct(found.edges):
        label = f'-- "{_entities(names_of(edge))}" -->' if edge.names else "-->"
        lines.append(f"  {names[edge.source]} {label} {names[edge.target]}")
    kinds = sorted({node.kind for node in found.nodes} & _COLOURS.keys())
    lines += [f"  classDef {kind} fill:{_COLOURS[kind][0]},stroke:{_COLOURS[kind][1]},color:#1b1f24" for kind in kinds]
    return "\n".join(lines) + "\n"


def dot_text(found: Lineage) -> str:
    """Return a lineage as a graph for Graphviz; whatever its texts hold."""
    names = _names(found.nodes)
    lines = ["digraph lineage {", '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=11];']
    for node in found.nodes:
        fill, line = _COLOURS.get(node.kind, ("#ffffff", "#5b6470"))
        label = "\\n".join(_quoted(part) for part in _label(node))
        lines.append(f'  {names[node.id]} [label="{label}", fillcolor="{fill}", color="{line}"];')
    for edge in direct(found.edges):
        label = f' [label="{_quoted(names_of(edge))}", fontsize=9]' if edge.names else ""
        lines.append(f"  {names[edge.source]} -> {names[edge.target]}{label};")
    return "\n".join([*lines, "}"]) + "\n"


def _names(nodes: Sequence[Node]) -> dict[str, str]:
    """Return a name of ours for each node: theirs may mean something to the other tool."""
    return {node.id: f"n{number}" for number, node in enumerate(nodes)}


def _label(node: Node) -> list[str]:
    detail = f"{WORDS[node.kind]} {node.detail}".rstrip()
    return [_short(node.label), _short(detail)]


def _short(text: str) -> str:
    plain = shown(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _entities(text: str) -> str:
    return "".join(letter if letter in _PLAIN else f"#{ord(letter)};" for letter in shown(text))


def _quoted(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace('"', '\\"')
