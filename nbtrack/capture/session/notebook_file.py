"""The notebook as it is saved: its cells in order, and its text without outputs and secrets.

A notebook full of pictures is read cell by cell with a pause after each: Python's JSON reader lets no other thread run
while it works, and the user's cell is running meanwhile.
"""

import json
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbtrack.capture.asked.line import body_of
from nbtrack.capture.session.executed import notebook_text
from nbtrack.record.redact import redact_json

LARGEST: Final = 256 * 1024 * 1024
_CELLS = re.compile(r'\s*\{\s*"cells"\s*:\s*\[')
_SPACE = re.compile(r"[\s,]*")
_NOISE: Final = ("widgets", "signature")  # the state of widgets weighs megabytes and says nothing of the code


class Stamp(NamedTuple):
    """Which state of a file: a file with the same stamp is not read again."""

    path: str
    modified: int  # nanoseconds since 1970
    size: int


@dataclass(frozen=True, slots=True)
class SavedCell:
    """One code cell of the file."""

    id: str | None
    source: str


@dataclass(frozen=True, slots=True)
class SavedNotebook:
    """What a notebook's file says: its code cells in order, and its text for keeping."""

    stamp: Stamp
    cells: tuple[SavedCell, ...]
    text: bytes

    @property
    def saved(self) -> float:
        """When the file was written, in seconds since 1970."""
        return self.stamp.modified / 1e9


def stamp_of(path: Path) -> Stamp | None:
    """Return the state of a notebook's file, or None where there is none that may be read."""
    name = str(path)
    try:
        status = os.stat(name)  # noqa: PTH116 - a third of what pathlib takes, asked several times for every run
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        return None
    return Stamp(name, status.st_mtime_ns, status.st_size)


def read_notebook(stamp: Stamp) -> SavedNotebook | None:
    """Return what the file says now, or None when it is no notebook, is being written, or was removed."""
    try:
        notebook = parse(Path(stamp.path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError, MemoryError):
        return None
    cells = tuple(saved_cells(notebook))
    notebook = {name: part for name, part in notebook.items() if name not in _NOISE}
    return SavedNotebook(stamp, cells, notebook_text(redact_json(notebook)[0]))


def parse(text: str) -> dict[str, Any]:
    """Return a notebook's JSON without its outputs, and every source as one text.

    Raises:
        ValueError: it is no notebook.
    """
    start = _CELLS.match(text)
    if start is None:
        whole = json.loads(text)
        cells = whole.get("cells") if isinstance(whole, dict) else None
        if not isinstance(cells, list):
            raise ValueError("a notebook is an object with cells")
        return {**_bare(whole), "cells": [_stripped(cell) for cell in cells if isinstance(cell, dict)]}
    decoder, place, found = json.JSONDecoder(), _skip(text, start.end()), []
    while text[place : place + 1] != "]":
        cell, place = decoder.raw_decode(text, place)
        if isinstance(cell, dict):
            found.append(_stripped(cell))
        place = _skip(text, place)
        time.sleep(0)
    rest = json.loads("{" + text[_skip(text, place + 1) :])
    return {**_bare(rest), "cells": found}


def _skip(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space is not None else place


def _bare(notebook: Mapping[str, Any]) -> dict[str, Any]:
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return dict(notebook)
    return {**notebook, "metadata": {name: part for name, part in metadata.items() if name not in _NOISE}}


def _stripped(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell.get("source")
    text = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else source
    kept = {**cell, "source": text if isinstance(text, str) else ""}
    if cell.get("cell_type") == "code":
        kept |= {"outputs": [], "execution_count": None}
        if isinstance(metadata := cell.get("metadata"), dict):
            kept["metadata"] = {name: part for name, part in metadata.items() if name not in {"execution", "collapsed"}}
    return kept


def saved_cells(notebook: Mapping[str, Any]) -> Iterator[SavedCell]:
    """Yield the code cells of a parsed notebook."""
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            metadata = cell.get("metadata")
            identity = cell.get("id") or (metadata.get("id") if isinstance(metadata, dict) else None)  # Colab's place
            yield SavedCell(identity if isinstance(identity, str) else None, cell["source"])


def same_source(one: str, other: str) -> bool:
    """Tell whether two sources of a cell are the same program text, however it is tracked."""
    return one == other or essence(one) == essence(other)


@lru_cache(maxsize=8)
def index(cells: tuple[SavedCell, ...]) -> tuple[Mapping[str, str], frozenset[str]]:
    """Return the sources of cells by their ids, and the essences of all sources."""
    by_id = {cell.id: cell.source for cell in cells if cell.id is not None}
    return by_id, frozenset(essence(cell.source) for cell in cells)


@lru_cache(maxsize=2048)
def essence(source: str) -> str:
    """Return what makes a source the program it is: no ``%%track`` line, no white space at the ends of lines."""
    return "\n".join(line.rstrip() for line in body_of(source).strip().splitlines())
