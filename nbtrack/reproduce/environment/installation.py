"""What is installed in folders of packages, read from names and records there; nothing is imported or run."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.model.distribution import files_digest, normal

_RECORD: Final = re.compile(
    r"(?P<name>[^~-][^-]*(?:-(?!\d)[^-]*)*)-(?P<version>\d[^-]*?)(?:-py\d.*)?\.(?:dist|egg)-info"
)
_LARGEST: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Installed:
    """One distribution as it is installed: its version, and where its record lies."""

    name: str
    version: str
    record: Path

    @property
    def files(self) -> str:
        """The digest of its files, as ``model.distribution.files_digest`` tells it; empty when there is no list."""
        try:
            with (self.record / "RECORD").open("rb") as file:
                return files_digest(file.read(_LARGEST))
        except OSError:
            return ""


def installed_in(folders: Iterable[Path]) -> Mapping[str, Installed]:
    """Return what is installed by name; of two with one name the first folder's."""
    found: dict[str, Installed] = {}
    for folder in folders:
        for each in _in_folder(folder):
            found.setdefault(each.name, each)
    return found


def packages_of(environment: Path) -> tuple[Path, ...]:
    """Return the folders of packages of a virtual environment."""
    return tuple(sorted([*environment.glob("lib/python*/site-packages"), *environment.glob("Lib/site-packages")]))


def python_of(environment: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _in_folder(folder: Path) -> Iterator[Installed]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith("-info"))
    except OSError:
        return
    for name in names:
        match = _RECORD.fullmatch(name)
        if match:
            yield Installed(normal(match["name"]), match["version"], folder / name)
