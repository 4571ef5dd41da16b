"""What a run is called when the person does not say: the cell's own first comment, or the model it makes."""

import ast
import re

from nbtrack.capture.line import body_of
from nbtrack.capture.syntax import last_name

LONGEST = 60


def run_name(cell: str, count: int | None) -> str:
    """Return a name for a run of ``cell``: its first comment, the class it fits, or its number.

    >>> run_name("# Baseline forest", 3)
    'Baseline forest'
    """
    body = body_of(cell).strip()
    comment = re.match(r"#\s*(?![|!%])(.+)", body)
    if comment:
        return _short(comment.group(1))
    return _model(body) or (f"cell {count}" if count is not None else "cell")


def _model(body: str) -> str | None:
    """Return the class whose instance is fitted. Magics make a cell unparsable here; then its number has to do."""
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if not any((last_name(call.func) or "").startswith("fit") for call in calls):
        return None
    classes = [name for call in calls if (name := last_name(call.func)) and name[:1].isupper()]
    return classes[-1] if classes else None


def _short(text: str) -> str:
    line = text.strip(" -=#─━*").strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
