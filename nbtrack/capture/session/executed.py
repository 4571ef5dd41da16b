"""A notebook made of the cells that were executed, where no file tells what the notebook is."""

import json
from collections.abc import Iterable
from typing import Any

from nbtrack.capture.session.past import Past


def executed_notebook(executions: Iterable[Past], language: str) -> dict[str, Any]:
    """Return a notebook (format 4.5) of the executions given."""
    cells = [_cell(number, past) for number, past in enumerate(executions, 1)]
    return {"cells": cells, "metadata": _metadata(language), "nbformat": 4, "nbformat_minor": 5}


def notebook_text(notebook: Any) -> bytes:
    """Return a notebook as its file holds it."""
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "replace")


def _cell(number: int, past: Past) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _identity(past.cell.id) or f"cell-{number}",
        "metadata": {},
        "outputs": [],
        "source": past.cell.source,
    }


def _identity(given: str | None) -> str | None:
    """Ids of the format are 1 to 64 letters, digits, ``-`` and ``_``; VS Code's are longer and hold others."""
    fits = given is not None and len(given) <= 64 and given.replace("-", "a").replace("_", "a").isalnum()
    return given if fits and given.isascii() else None  # type: ignore[union-attr]  # fits says it is text


def _metadata(language: str) -> dict[str, Any]:
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": language},
    }
