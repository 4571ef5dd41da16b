"""The person's own modules: those loaded from beside the notebook, its repository, or where they edit a package."""

import os
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from nbtrack.capture.environment.code import read_plain

LARGEST_SOURCE: Final = 1 << 20
MOST_SOURCES: Final = 500
_SUFFIXES: Final = (".py", ".pyw", ".ipynb")
_INSTALLED: Final = ("site-packages", "dist-packages")
_OURS: Final = __name__.partition(".")[0]


class Source(NamedTuple):
    """The file of a module. ``name`` is its path as people know it: from ``root`` on, the top of what it belongs to.

    Where two roots have the same name for a source, the later one's has the name of its root before it.
    """

    name: str
    path: str
    module: str
    root: str = ""


class Loaded:
    """Tells whether the same modules are loaded as when it was asked last, in a tenth of what a look at each takes."""

    def __init__(self) -> None:
        self._were: tuple[object, ...] = ()

    def are_as_before(self, modules: Mapping[str, object], *also: object) -> bool:
        """Tell whether these are the modules of the last time, and ``also`` compares equal; a reload changes neither.

        >>> loaded, modules = Loaded(), {"os": os}
        >>> [loaded.are_as_before(each) for each in (modules, modules, {}, {})]
        [False, True, False, True]
        """
        held = dict(modules)
        now = (tuple(held), tuple(map(id, held.values())), also)  # not the modules themselves: they may be let go of
        before, self._were = self._were, now
        return before == now


def own_sources(modules: Mapping[str, object], roots: Sequence[str]) -> list[Source]:
    """Return the sources of the loaded modules that lie under one of the folders, the first that holds them naming it.

    Installed packages, the standard library and nbtrack are nobody's own. Modules are not asked anything.
    """
    real = [os.path.realpath(root) for root in roots]
    found = {source.path: source for source in _sources(dict(modules), list(dict.fromkeys(real)))}
    return _told_apart(sorted(found.values(), key=lambda source: (source.name, real.index(source.root))))[:MOST_SOURCES]


def edited_folders(origins: Any) -> list[str]:
    """Return the folders of packages that are installed editable, from the origins of an environment."""
    packages = origins.items() if isinstance(origins, Mapping) else ()
    edited = [each for name, each in packages if isinstance(each, Mapping) and name != _OURS]
    urls = [str(each.get("url", "")) for each in edited if each.get("kind") == "editable"]
    return [os.path.expanduser(url) for url in urls if url.startswith(("/", "~"))]  # noqa: PTH111 - text in, text out


def read_source(source: Source) -> bytes | None:
    """Return what a source says now, or None when it is gone or too large to keep."""
    content = read_plain(source.path, LARGEST_SOURCE + 1)
    return None if content is None or len(content) > LARGEST_SOURCE else content


def _sources(modules: Mapping[str, object], roots: Sequence[str]) -> Iterator[Source]:
    foreign = _foreign(roots)
    for name, module in modules.items():
        file = file_of(module)
        if name == "__main__" or not file or not file.endswith(_SUFFIXES) or any(part in file for part in _INSTALLED):
            continue
        if name.partition(".")[0] == _OURS or file.startswith(foreign):
            continue
        path = os.path.realpath(file)
        root = _root_of(path, roots)
        if root is None:  # through a link that leads out of the project
            path = os.path.normpath(file)
            root = _root_of(path, roots)
        if root is not None and not path.startswith(foreign):
            yield Source(Path(path).relative_to(root).as_posix(), path, name, root)


def _root_of(path: str, roots: Sequence[str]) -> str | None:
    return next((root for root in roots if path.startswith(root.rstrip(os.sep) + os.sep)), None)


def _told_apart(sources: Sequence[Source]) -> list[Source]:
    """Return sources of which no two have the same name."""
    found: dict[str, Source] = {}
    for source in sources:
        name, count = source.name, 1
        while name in found:
            name = f"{Path(source.root).name}{f'-{count}' if count > 1 else ''}/{source.name}"
            count += 1
        found[name] = source._replace(name=name)
    return list(found.values())


def file_of(module: object) -> str | None:
    """Return where a module was loaded from. A lazy one is not woken: only its own dictionary is looked at."""
    if not isinstance(module, ModuleType):
        return None
    file = object.__getattribute__(module, "__dict__").get("__file__")
    return file if type(file) is str else None


def _foreign(roots: Sequence[str]) -> tuple[str, ...]:
    """Return where Python and what was installed lie, except around the project itself."""
    installed = {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    installed |= {site.getusersitepackages(), f"{sys.prefix}/bin"}
    real = {os.path.realpath(folder) for folder in installed} | installed
    return tuple(folder + os.sep for folder in real if not any(root.startswith(folder) for root in roots))
