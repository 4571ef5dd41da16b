"""Which installed packages a session has imported: from what is loaded to the packages that brought it."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from nbtrack.capture.environment.code import read_plain
from nbtrack.capture.environment.environment import installed
from nbtrack.capture.environment.modules import Loaded, file_of

_LARGEST: Final = 1 << 24
_OURS: Final = frozenset({"gitdb", "gitpython", "lark", "nbtrack", "smmap", "tinydb"})  # come and go with our own work
_TOP = re.compile(rb"^([^/,\s\"]+)(?=[/,])", re.MULTILINE)


class Imported:
    """Remembers which top-level modules each package brings, so that only new ones are looked for."""

    def __init__(self) -> None:
        self._brings: dict[str, frozenset[str]] = {}
        self._loaded = Loaded()
        self._found: list[str] = []

    def packages(self, modules: Mapping[str, object]) -> list[str]:
        """Return the names of the packages that loaded modules came from, in order."""
        there = installed()
        if not self._loaded.are_as_before(modules, there):
            loaded = _by_folder(dict(modules))
            found = {name for folder, records in there.items() for name in self._of(folder, records, loaded)}
            self._found = sorted(found - _OURS)
        return self._found

    def _of(self, folder: str, records: Mapping[str, str], loaded: Mapping[str, set[str]]) -> Iterator[str]:
        """Yield the packages of one folder that are loaded: by the name shared with a module, else by their list."""
        tops = loaded.get(folder, set())
        named = {top for top in tops if _normal(top) in records}
        yield from map(_normal, named)
        for package, record in records.items() if tops - named else ():
            if self._tops(f"{folder}/{record}") & (tops - named):
                yield package

    def _tops(self, record: str) -> frozenset[str]:
        if record not in self._brings:
            self._brings[record] = frozenset(_listed(record))
        return self._brings[record]


def _by_folder(modules: Mapping[str, object]) -> dict[str, set[str]]:
    """Return the names of loaded top-level modules by the folder they lie in."""
    found: dict[str, set[str]] = {}
    for name, module in modules.items():
        top, dot, _ = name.partition(".")
        file = file_of(module)
        if top in sys.stdlib_module_names or not file or (dot and top in modules and file_of(modules[top])):
            continue
        folder = _folder(Path(file), name)
        if folder:
            found.setdefault(folder, set()).add(top)
    return found


def _folder(file: Path, name: str) -> str | None:
    """Return the folder of ``sys.path`` a module was found in: as far above its file as its name has parts."""
    depth = name.count(".") + (file.stem == "__init__")
    parents = file.parents
    return str(parents[depth]) if depth < len(parents) else None


def _listed(record: str) -> Iterable[str]:
    """Return the modules a package says it brings; without such a list, those among its files."""
    listed = read_plain(f"{record}/top_level.txt", _LARGEST)
    if listed is not None:
        return listed.decode("utf-8", "replace").split()
    files = read_plain(f"{record}/RECORD", _LARGEST) or b""
    names = (name.decode("utf-8", "replace") for name in set(_TOP.findall(files)))
    return [name.partition(".")[0] for name in names if not name.endswith(("-info", ".data", ".pth"))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
