"""Where the absolute paths of a program lead when it runs again: nothing is read or written where a person keeps it."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

from nbtrack.model.document import DataDocument
from nbtrack.model.run import Run
from nbtrack.reproduce.layout import layout
from nbtrack.reproduce.moved import Moved
from nbtrack.reproduce.places import Place
from nbtrack.reproduce.workspace import Sources

_TEMPORARY: Final = ("/tmp", "/var/tmp")  # noqa: S108 - these names in a program are led elsewhere
_EMPTY: Final = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def places_of_paths(run: Run, sources: Sources, place: Place) -> dict[str, str]:
    """Return where absolute paths in a program lead, and make the folders that it wrote to.

    What was restored is where it was restored to; folders for temporary files and the home folder are the replay's own.
    Any other file that the run wrote gets a place below ``place``.
    """
    temporary, home = str(place.temporary), str(sources.home or place.home)
    kept = {str(Path.home()): home, **sources.paths}
    found = {**dict.fromkeys((*_TEMPORARY, tempfile.gettempdir()), temporary), **kept}
    for path in _absolute(run, "write"):
        target = Moved(kept).text(path)
        if target == path:  # not in the folder for temporary files: what is there is nobody's data
            target = found[path] = str(place.elsewhere) + path
        if place.folder in Path(os.path.realpath(target)).parents:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
    return found


def notebook_place(run: Run, into: Path) -> Path | None:
    """Return where a run's notebook is in ``into``, and see that it is there: paths are recorded relative to it.

    None where the run had none.
    """
    notebook = run.document["notebook"]
    if not isinstance(notebook, str):
        return None
    where = layout(run, into)
    try:
        place = where.where((*where.notebook, PurePath(notebook.replace("\\", "/")).name))
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(_EMPTY, encoding="utf-8")
    except (OSError, ValueError):
        return None
    return place


def as_recorded(now: Run, was: Run, paths: Mapping[str, str], home: Path, folder: Path) -> Run:
    """Return a reproduction with its files called as the recorded run calls them, where these were led elsewhere.

    Args:
        now: the reproduction.
        was: the recorded run.
        paths: where absolute paths led.
        home: the home folder that it ran with.
        folder: what its relative paths begin at.
    """
    moved = Moved(paths)
    known = {
        os.path.realpath(moved.text(path)): told
        for mode in ("read", "write")
        for path, told in _absolute(was, mode).items()
    }
    beside = (str(entry.get("path", "")) for entry in was.data if entry.get("kind") == "file")
    known |= {os.path.realpath(folder / path): path for path in beside if path.startswith("../") and "\0" not in path}
    if not known:
        return now
    data = [_renamed(entry, known, home, folder) for entry in now.document["data"]]
    return replace(now, document={**now.document, "data": data})


def _renamed(entry: DataDocument, known: Mapping[str, str], home: Path, folder: Path) -> DataDocument:
    path = str(entry.get("path", ""))
    whole = home / path[2:] if path.startswith("~/") else folder / path
    told = known.get(os.path.realpath(whole))
    return {**entry, "path": told} if path and told else entry


def _absolute(run: Run, mode: str) -> dict[str, str]:
    """Return absolute paths of a run's files, with how they are recorded. Records are data: no path of them climbs."""
    found = {}
    for entry in run.data:
        path = str(entry.get("path", ""))
        if entry.get("mode") == mode and entry.get("kind") == "file" and path.startswith(("/", "~/")):
            whole = str(Path.home()) + path[1:] if path.startswith("~/") else path
            if ".." not in whole.split("/") and "\0" not in whole:
                found[whole] = path
    return found
