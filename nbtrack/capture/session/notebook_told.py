"""The notebook as JupyterLab's extension tells it with a cell: the order of its cells, and what is not saved yet.

    {"nbtrack": {"path": …, "cells": [id, …], "unsaved": {id: [type, source], …}}}

``unsaved`` is there where the notebook was changed since it was saved, and then has all cells; a notebook whose sources
are longer than the extension sends has none, and is as good as its file.
"""

import json
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from nbtrack.capture.session.executed import notebook_text
from nbtrack.capture.session.notebook_file import SavedNotebook, Stamp, saved_cells
from nbtrack.record.redact import redact

Told = Mapping[str, tuple[str, str]]

_KINDS: Final = frozenset({"code", "markdown", "raw"})


def told_in(metadata: Mapping[str, Any]) -> dict[str, tuple[str, str]] | None:
    """Return the type and source of each cell, by its id and in order; None where it is not told, or not so.

    >>> told_in({"nbtrack": {"cells": ["b", "a"], "unsaved": {"a": ["code", "x = 1"], "b": ["markdown", "# One"]}}})
    {'b': ('markdown', '# One'), 'a': ('code', 'x = 1')}
    """
    match metadata.get("nbtrack"):
        case {"cells": list(ids), "unsaved": dict(unsaved)}:
            try:
                return {name: _cell(unsaved[name]) for name in ids}
            except (KeyError, TypeError, ValueError):
                return None
    return None


def _cell(told: Any) -> tuple[str, str]:
    kind, source = told
    if kind not in _KINDS or not isinstance(source, str):
        raise ValueError(kind)
    return kind, source


def told_notebook(told: Told, base: SavedNotebook | None, path: str) -> SavedNotebook:
    """Return the notebook of these cells; what is not told of a cell, and of the notebook, is as in ``base``.

    Nothing is kept of their secrets, as nothing is in ``base``.
    """
    notebook: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if base is not None:
        notebook |= json.loads(base.text)
    known = {cell.get("id"): cell for cell in notebook["cells"]}
    notebook["cells"] = [_merged(known.get(name), name, *cell) for name, cell in told.items()]
    content = notebook_text(notebook)
    return SavedNotebook(Stamp(path, time.time_ns(), len(content)), tuple(saved_cells(notebook)), content)


def _merged(known: dict[str, Any] | None, name: str, kind: str, source: str) -> dict[str, Any]:
    if known is not None and known.get("cell_type") == kind:
        return {**known, "source": _clean(source)}
    fresh: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": {}, "source": _clean(source), **fresh}


@lru_cache(maxsize=4096)
def _clean(source: str) -> str:
    """Between two executions one cell was edited, or a few: only these are looked through."""
    return redact(source)[0]
