"""The packages of a run's environment, read from the object in which the whole of it is kept."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from nbtrack.errors import StoreError
from nbtrack.model.run import Run
from nbtrack.query.changes import Change, changes

Objects = Callable[[str], bytes]


def package_changes(a: Run, b: Run, objects: Objects) -> tuple[Change, ...]:
    """Return the packages whose versions differ, by name; none when an environment's object is not to be had."""
    if _hash(a) is None or _hash(b) is None or _hash(a) == _hash(b):
        return ()
    old, new = _packages(a, objects), _packages(b, objects)
    if old is None or new is None:
        return ()
    return tuple(sorted(changes(old, new), key=lambda change: change.name))


def _hash(run: Run) -> Any:
    return (run.document["environment"] or {}).get("sha256")


def _packages(run: Run, objects: Objects) -> Mapping[str, str] | None:
    """Anything may stand in a store that somebody sent us: whatever is no such object counts as absent."""
    sha256 = _hash(run)
    if not isinstance(sha256, str):
        return None
    try:
        found = json.loads(objects(sha256)).get("packages")
    except (StoreError, ValueError, AttributeError, RecursionError):
        return None
    return {f"packages.{name}": str(version) for name, version in found.items()} if isinstance(found, dict) else None
