"""What holds for all runs of a project: ``[tool.nbtrack]`` in ``pyproject.toml``, or a file ``nbtrack.toml``.

    [tool.nbtrack]
    metrics = ["*_auc", "business_value"]   # functions of one's own whose numbers are metrics, as shell patterns
    keep_data = "10 MB"                     # files up to this size that a run reads are kept with it; 0 keeps none

The file nearest to the notebook counts, looked for upwards. It is read once, and again when it changes. What
``retention`` means is in ``store.retention``.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbtrack.capture.asked.keep_data import DEFAULT, Bounds, bounds
from nbtrack.errors import UsageError

_LARGEST = 1 << 20
_KNOWN = frozenset({"keep_data", "metrics", "retention"})


@dataclass(frozen=True, slots=True)
class Preferences:
    """``metrics`` are patterns of function names, ``keep_data`` says how much of the data read is kept.

    ``problem`` says in words what of the file cannot be used.
    """

    metrics: tuple[str, ...] = ()
    keep_data: Bounds = DEFAULT
    problem: str = ""


class Project:
    """Finds and remembers the preferences that hold in a folder."""

    def __init__(self) -> None:
        self._found: tuple[str, list[tuple[str, Any]], Preferences] | None = None

    def preferences(self, folder: Path) -> Preferences:
        """Return what holds in ``folder``, which costs a look at each folder above."""
        place = str(folder)
        stamps = [(file, _stamp(file)) for file in _files(place) if os.access(file, os.F_OK)]
        if self._found is None or self._found[:2] != (place, stamps):
            self._found = place, stamps, _first([file for file, _ in stamps])
        return self._found[2]


def nearest_table(folder: Path) -> tuple[Mapping[str, Any], str]:
    """Return the settings that hold in a folder as they are written, and the file; nothing where there is none.

    Raises:
        UsageError: an ``nbtrack.toml`` cannot be read.
    """
    for file in _files(str(folder)):
        try:
            told: Any = tomllib.loads(Path(file).read_bytes()[:_LARGEST].decode("utf-8"))
        except (OSError, ValueError) as problem:
            if file.endswith("nbtrack.toml") and not isinstance(problem, FileNotFoundError):
                raise UsageError(f"{file} cannot be read: {problem}") from problem
            continue
        table = told if file.endswith("nbtrack.toml") else told.get("tool", {}).get("nbtrack")
        if isinstance(table, Mapping):
            return table, file
    return {}, ""


@lru_cache(maxsize=16)
def _files(folder: str) -> tuple[str, ...]:
    """Return where preferences for a folder may be, the nearest first."""
    parents = (Path(folder), *Path(folder).parents)[:12]
    return tuple(f"{parent}/{name}" for parent in parents for name in ("nbtrack.toml", "pyproject.toml"))


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - a tenth of what pathlib takes, in the path of every tracked cell
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _first(files: Sequence[str]) -> Preferences:
    for file in files:
        try:
            content = Path(file).read_bytes()[:_LARGEST]
            told: Any = tomllib.loads(content.decode("utf-8"))
        except (OSError, ValueError) as problem:
            if file.endswith("nbtrack.toml"):
                return Preferences(problem=f"{file} cannot be read: {problem}")
            continue  # a pyproject.toml in the making is none of our business
        table = told if file.endswith("nbtrack.toml") else told.get("tool", {}).get("nbtrack")
        if isinstance(table, Mapping):
            return _checked(table, file)
    return Preferences()


def _checked(table: Mapping[str, Any], file: str) -> Preferences:
    metrics = table.get("metrics", [])
    if not isinstance(metrics, list) or not all(isinstance(each, str) for each in metrics):
        return Preferences(problem=f"{file}: metrics must be a list of names or patterns, not {metrics!r}"[:300])
    unknown = sorted(set(table) - _KNOWN)
    problem = f"{file}: {', '.join(unknown)} is not known; there is: {', '.join(sorted(_KNOWN))}" if unknown else ""
    try:
        keep_data = bounds(table["keep_data"]) if "keep_data" in table else DEFAULT
    except ValueError as wrong:
        keep_data, problem = DEFAULT, f"{file}: {wrong}"
    return Preferences(tuple(metrics), keep_data, problem)
