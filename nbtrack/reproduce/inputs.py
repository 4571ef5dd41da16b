"""What a run was given: the files its slice read and did not make itself, as they were when they were read."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.model.run import Run
from nbtrack.store.objects.hashing import is_name


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read. ``path`` is as recorded; ``sha256`` is empty where it is not known, ``state`` says why.

    ``object`` is what the store calls its bytes, if it has them. ``md5`` is as DVC had it, ``dvc`` its pointer's path.
    A folder's ``manifest`` names the object that lists its files; its own ``sha256`` is of ``sha256sum``'s list.
    """

    path: str
    kind: str = "file"
    sha256: str = ""
    size: int | None = None
    state: str = ""
    object: str = ""
    md5: str = ""
    dvc: str = ""
    manifest: str = ""


def inputs(run: Run) -> list[Input]:
    """Return the files and folders a run was given, each once, in the order in which they are recorded.

    What one cell of the slice wrote before another read it is not among them: the program makes it again.
    """
    made: dict[str, float] = {}
    for entry in _local(run, "write"):
        path = str(entry.get("path"))
        made[path] = min(_when(entry), made.get(path, math.inf))
    found = {}
    for entry in _local(run, "read"):
        path = str(entry.get("path"))
        if entry.get("made") is not True and not made.get(path, math.inf) < _when(entry):
            found[path] = _input(entry)
    return list(found.values())


def addresses(run: Run) -> list[str]:
    """Return what a run read from elsewhere; its bytes are not known to nbtrack."""
    entries = (entry for entry in run.data if entry.get("kind") == "url" and entry.get("mode") == "read")
    return list(dict.fromkeys(str(entry.get("path")) for entry in entries))


def _local(run: Run, mode: str) -> Iterator[Mapping[str, Any]]:
    for entry in run.data:
        if entry.get("kind") in {"file", "folder"} and entry.get("mode") == mode and entry.get("path"):
            yield entry


def _when(entry: Mapping[str, Any]) -> float:
    """Return when in its slice something happened: the run's own execution, which has no number, is the last."""
    number = entry.get("n")
    return number if isinstance(number, int) else math.inf


def _input(entry: Mapping[str, Any]) -> Input:
    digest, large, manifest = (_hash(entry.get(name)) for name in ("sha256", "blake3", "manifest"))
    size = entry.get("size")
    return Input(
        path=str(entry["path"]),
        kind=str(entry["kind"]),
        sha256=digest,
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        state=str(entry.get("state") or ""),
        object=f"blake3:{large}" if large else digest,
        md5=str(entry.get("md5") or ""),
        dvc=str(entry.get("dvc") or ""),
        manifest=manifest,
    )


def _hash(value: Any) -> str:
    return value if isinstance(value, str) and ":" not in value and is_name(value) else ""
