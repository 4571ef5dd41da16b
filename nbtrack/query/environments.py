"""The packages and variables of runs' environments, read from the objects in which the whole of each is kept."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from nbtrack.errors import StoreError
from nbtrack.model.run import Run
from nbtrack.query.changes import Change, changes

Objects = Callable[[str], bytes]
_PACKAGES: Final = "packages."


class Environments:
    """The environments of many runs, each distinct one read once."""

    def __init__(self, objects: Objects | None = None) -> None:
        self._objects = objects
        self._known: dict[str, Mapping[str, Any] | None] = {}
        self._versions: dict[str, Mapping[str, str] | None] = {}

    def packages(self, run: Run) -> Mapping[str, str] | None:
        """Return the version of each package, and where it came from if from no index; None if it cannot be read."""
        name = _hash(run)
        if not isinstance(name, str):
            return None
        if name not in self._versions:
            whole = self._whole(run)
            self._versions[name] = None if whole is None else _versions(whole)
        return self._versions[name]

    def variables(self, run: Run) -> Mapping[str, str]:
        """Return the environment variables that can change a result."""
        found = (self._whole(run) or {}).get("variables")
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    def _whole(self, run: Run) -> Mapping[str, Any] | None:
        name = _hash(run)
        if not isinstance(name, str):
            return None
        if name not in self._known:
            self._known[name] = _read(name, self._objects or run.stored)
        return self._known[name]


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
    name = _hash(run)
    whole = _read(name, objects) if isinstance(name, str) else None
    versions = None if whole is None else _versions(whole)
    return None if versions is None else {f"{_PACKAGES}{name}": version for name, version in versions.items()}


def _read(name: str, objects: Objects) -> Mapping[str, Any] | None:
    """Anything may stand in a store that somebody sent us: whatever is no such object counts as absent."""
    try:
        whole = json.loads(objects(name))
    except (StoreError, ValueError, RecursionError):
        return None
    return whole if isinstance(whole, dict) else None


def _versions(whole: Mapping[str, Any]) -> Mapping[str, str] | None:
    found, origins = whole.get("packages"), whole.get("origins")
    if not isinstance(found, dict):
        return None
    known = origins if isinstance(origins, dict) else {}
    return {name: _version(version, known.get(name)) for name, version in found.items()}


def _version(version: Any, origin: Any) -> str:
    """Two states of one package may claim the same version; the commit, or that it is edited in place, tells more."""
    if not isinstance(origin, dict):
        return str(version)
    return f"{version} · {str(origin.get('commit') or '')[:8] or origin.get('kind')}"
