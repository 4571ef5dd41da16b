"""A notebook made of the cells that were executed, where no file tells what the notebook is."""

import json
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Any, Final

from nbtrack.capture.session.past import Past
from nbtrack.record.redact import redact_json

_CELL: Final = """\
  {
   "cell_type": "code",
   "execution_count": null,
   "id": %s,
   "metadata": {},
   "outputs": [],
   "source": %s
  }"""


def executed_notebook(executions: Iterable[Past], language: str) -> bytes:
    """Return a notebook (format 4.5) of the executions given, without secrets, as ``notebook_text`` would write it.

    It is made after every cell that is new; ``json`` would take hundreds of calls for each of its cells.
    """
    told: Any = [
        [_identity(past.cell.id) or f"cell-{number}", past.cell.source] for number, past in enumerate(executions, 1)
    ]
    told, _ = redact_json(told)
    cells = ",\n".join([_CELL % (encode_basestring(identity), encode_basestring(source)) for identity, source in told])
    rest = json.dumps({"metadata": _metadata(language), "nbformat": 4, "nbformat_minor": 5}, indent=1, sort_keys=True)
    listed = f"[\n{cells}\n ]" if cells else "[]"
    return f'{{\n "cells": {listed},{rest[1:]}\n'.encode("utf-8", "replace")


def notebook_text(notebook: Any) -> bytes:
    """Return a notebook as its file holds it."""
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "replace")


def _identity(given: str | None) -> str | None:
    """Ids of the format are 1 to 64 letters, digits, ``-`` and ``_``; VS Code's are longer and hold others."""
    fits = given is not None and len(given) <= 64 and given.replace("-", "a").replace("_", "a").isalnum()
    return given if fits and given.isascii() else None  # type: ignore[union-attr]  # fits says it is text


def _metadata(language: str) -> dict[str, Any]:
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": language},
    }
