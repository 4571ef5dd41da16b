"""A lineage as a file that others may see: its texts searched for secrets once more, by stricter rules."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.query.graph_text import dot_text, mermaid_text
from nbtrack.query.json_format import json_text
from nbtrack.query.lineage import Lineage
from nbtrack.secret.address import without_home
from nbtrack.secret.strict import redact_strictly
from nbtrack.view.lineage_svg import lineage_svg

FORMATS: Final = ("tree", "svg", "mermaid", "json", "dot")
_BY_SUFFIX: Final = {
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".json": "json",
    ".dot": "dot",
    ".gv": "dot",
}


def format_of(path: Path) -> str:
    """Return the format that a file's name asks for.

    >>> format_of(Path("lineage.svg"))
    'svg'

    Raises:
        UsageError: it asks for none that there is.
    """
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"{str(path)[:200]!r} does not say the format; end it in .svg, .mmd, .json or .dot, or add --format"
        )
    return found


def lineage_text(found: Lineage, form: str) -> str:
    """Return a lineage as ``svg``, ``mermaid``, ``json`` or ``dot``."""
    match form:
        case "svg":
            return str(lineage_svg(found, page=True))
        case "mermaid":
            return mermaid_text(found)
        case "dot":
            return dot_text(found)
    return json_text(found.as_dict()) + "\n"


def shareable_lineage(found: Lineage) -> tuple[Lineage, int]:
    """Return a lineage without secrets and without the home folder's name, and how many secrets there were."""
    removed = 0

    def clean(text: str) -> str:
        nonlocal removed
        plain, count = redact_strictly(without_home(text))
        removed += count
        return plain

    nodes = tuple(
        replace(node, label=clean(node.label), detail=clean(node.detail), notes=tuple(map(clean, node.notes)))
        for node in found.nodes
    )
    edges = tuple(replace(edge, names=tuple(map(clean, edge.names))) for edge in found.edges)
    return replace(found, nodes=nodes, edges=edges), removed
