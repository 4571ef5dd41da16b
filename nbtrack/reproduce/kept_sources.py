"""Code and data that were restored and on which nothing has run yet: they wait for the next attempt."""

import json
from pathlib import Path
from typing import Any, Final

from nbtrack.reproduce.places import Place
from nbtrack.reproduce.workspace import Sources

_FOLDER: Final = "folder"  # of the attempt that restored them: it may have another name now


def lay_aside(place: Place, sources: Sources) -> None:
    """Note what a place holds, complete as it is, so that an interrupt from now on loses nothing."""
    told = {_FOLDER: str(place.folder), "sources": {**_fields(sources), "paths": dict(sources.paths)}}
    place.finished.write_text(json.dumps(told, default=str), encoding="utf-8")


def kept_sources(place: Place) -> Sources | None:
    """Return the code and data that an interrupted attempt left in a place; None where it left none."""
    try:
        text = place.finished.read_text(encoding="utf-8")
        before = json.loads(text)[_FOLDER]
        told: dict[str, Any] = json.loads(text)["sources"]
    except (OSError, ValueError, KeyError):
        return None

    def moved(path: str) -> str:
        return str(place.folder) + path.removeprefix(before) if path.startswith(before) else path

    return Sources(
        root=Path(moved(told["root"])),
        folder=Path(moved(told["folder"])),
        home=Path(moved(told["home"])) if told["home"] else None,
        paths={name: moved(path) for name, path in told["paths"].items()},
        restored=tuple(told["restored"]),
        missing=tuple(told["missing"]),
        changed=tuple(told["changed"]),
        local=tuple(Path(moved(path)) for path in told["local"]),
    )


def _fields(sources: Sources) -> dict[str, Any]:
    """Return the fields of ``sources``; ``dataclasses.asdict`` cannot copy a read-only mapping."""
    return {name: getattr(sources, name) for name in Sources.__slots__}
