"""Which notebook this kernel belongs to: a ladder of cheap guesses, each checked, none needed."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def notebook_path(namespace: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Path | None:
    """Return the notebook's file, or None when the front end does not tell.

    Asked in order: the metadata our JupyterLab extension sends, VS Code's variable, ``NBTRACK_NOTEBOOK``, and the
    session name of Jupyter Server - which may be a UUID, so only an existing ``.ipynb`` counts.
    """
    for guess in _guesses(namespace, metadata or {}):
        if isinstance(guess, str) and guess.endswith(".ipynb"):
            path = Path(guess).expanduser()
            if path.is_file():
                return path.resolve()
    return None


def _guesses(namespace: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[object]:
    ours = metadata.get("nbtrack")
    yield ours.get("path") if isinstance(ours, Mapping) else None
    yield namespace.get("__vsc_ipynb_file__")
    yield os.environ.get("NBTRACK_NOTEBOOK")
    yield os.environ.get("JPY_SESSION_NAME")
    yield namespace.get("__session__")
