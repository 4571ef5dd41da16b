"""Where the recorded places of a run are in a new folder: its repository, working directory, and what lay elsewhere.

Recorded paths are data. Each becomes a list of names below a root - the person's home, a drive, ``/`` - with ``..``
worked out by the names alone, so that whatever a record says, it means a place within the new folder.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.store.objects.manifest import checked, is_portable

ELSEWHERE: Final = ".nbtrack-elsewhere"  # what did not lie in the repository: below ``home``, and below ``root``
HOME: Final = "~"
_LONGEST: Final = 255  # bytes of a name
_SOMEWHERE: Final = ("/", "work")  # where the record does not say
_UPWARDS: Final = 3  # as many folders above the notebook's is what lies beside it looked for
_DEEP: Final = 2
_SYSTEMS: Final = frozenset(
    "bin data etc home lib media mnt opt proc programdata root srv sys tmp usr users var volumes".split()
) | {"program files", "windows", "private"}

Parts = tuple[str, ...]  # a root ("~", "/", "C:") and names; never "..", "." or an empty one


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of a run, as recorded (``Parts``), and the folder ``into`` that ``base`` becomes."""

    into: Path
    base: Parts
    top: Parts  # of the repository; of the notebook's folder where there was none
    notebook: Parts  # the notebook's folder, which recorded paths are relative to
    working: Parts  # the folder in which the session began

    def parts(self, recorded: str) -> Parts:
        """Return what a recorded path means.

        Raises:
            ValueError: no file can have this name.
        """
        return parts_of(recorded, self.notebook)

    def where(self, place: Parts) -> Path:
        """Return where a recorded place is in the new folder; what lay elsewhere is below ``ELSEWHERE``.

        Raises:
            ValueError: no file can have this name here.
        """
        if place[: len(self.base)] == self.base:
            return self.into.joinpath(*_usable(place[len(self.base) :]))
        if place[0] == HOME:
            return self.home.joinpath(*_usable(place[1:]))
        drive = place[0].strip("/\\:") or "root"
        return self.into.joinpath(ELSEWHERE, drive, *_usable(place[1:]))

    def is_possible(self) -> bool:
        """Tell whether the folders themselves can be made here."""
        try:
            for place in (self.top, self.notebook, self.working):
                self.where(place)
        except ValueError:
            return False
        return True

    def is_elsewhere(self, place: Parts) -> bool:
        """Tell whether a place is not in what ``into`` stands for."""
        return place[: len(self.base)] != self.base

    @property
    def home(self) -> Path:
        """Where files of the home folder are."""
        return self.into / ELSEWHERE / "home"

    @property
    def root(self) -> Path:
        """Where the repository is."""
        return self.where(self.top)


def layout(run: Run, into: Path) -> Layout:
    """Return where the places of a run are in ``into``."""
    code = run.code
    notebook, top = _notebook_and_top(run, code)
    try:
        working = parts_of(_text(code, "cwd") or ".", notebook)
    except ValueError:
        working = notebook
    base = _widened(_base(top, working), notebook, run)
    found = Layout(into, base, top, notebook, working)
    return found if found.is_possible() else Layout(into, _SOMEWHERE, _SOMEWHERE, _SOMEWHERE, _SOMEWHERE)


def parts_of(recorded: str, beside: Parts) -> Parts:
    """Return the place that a recorded path means; a relative one begins at ``beside``.

    >>> parts_of("~/data/../x.csv", ("/",)), parts_of("../x.csv", ("/", "srv", "nb"))
    (('~', 'x.csv'), ('/', 'srv', 'x.csv'))

    Raises:
        ValueError: no file can have this name.
    """
    if "\0" in recorded or len(recorded) > 16_000:
        raise ValueError(f"no file can be called {recorded[:80]!r}")
    first, *rest = recorded.split("/")
    if first == HOME and (rest or recorded == HOME):
        return _climbed((HOME,), rest)
    if not first and rest:
        return _climbed(("/",), rest)
    if len(first) == 2 and first[1] == ":" and first[0].isalpha():
        return _climbed((first.upper(),), rest)
    return _climbed(beside, [first, *rest])


def is_bookkeeping(name: str) -> bool:
    """Tell whether a file system may take a name for that of git's own folder."""
    return name.rstrip(". ").lower() in {".git", "git~1"}


def written(place: Parts) -> str:
    """Return a place as it is written on the system it comes from.

    >>> written(("~", "x")), written(("/", "srv")), written(("C:", "d"))
    ('~/x', '/srv', 'C:/d')
    """
    return "/" + "/".join(place[1:]) if place[0] == "/" else "/".join(place)


def _climbed(start: Parts, names: list[str]) -> Parts:
    place = list(start)
    for name in names:
        if name == "..":
            del place[max(1, len(place) - 1) :]
        elif name not in {"", "."}:
            place.append(name)
    return tuple(place)


def _usable(names: Parts) -> Parts:
    """Return names that can be files here, or raise ValueError. Bookkeeping of git's can name programs to run."""
    if names:
        checked("/".join(names))
        if too_long := next((name for name in names if len(os.fsencode(name)) > _LONGEST), None):
            raise ValueError(f"{too_long[:40]!r}… is too long for the name of a file")
        if any(is_bookkeeping(name) for name in names):
            raise ValueError("it would lie in a folder of git's own")
        if os.name == "nt" and not all(map(is_portable, names)):
            raise ValueError(f"{'/'.join(names)[:80]!r} cannot be the name of a file on this system")
    return names


def _notebook_and_top(run: Run, code: Mapping[str, Any]) -> tuple[Parts, Parts]:
    notebook = _notebook(run, code)
    folder = _text(code, "folder")
    if folder is not None:
        below = _climbed(("",), folder.split("/"))[1:]
        top = notebook[: len(notebook) - len(below)]
        if len(top) > 0 and notebook[len(top) :] == below:
            return notebook, top
        top = (*_SOMEWHERE, _name(code))
        return (*top, *below), top
    name = _name(code)
    if _text(code, "repository") and name in notebook[1:]:  # a run from before folders were recorded
        return notebook, notebook[: len(notebook) - notebook[::-1].index(name)]
    return notebook, notebook


def _notebook(run: Run, code: Mapping[str, Any]) -> Parts:
    """Return the notebook's folder. Without one it is the working directory, which is recorded as ``place``."""
    place, notebook = _text(code, "place"), run.document["notebook"]
    try:
        if place is not None:
            return parts_of(place.replace("\\", "/"), _SOMEWHERE)
        if isinstance(notebook, str):
            found = parts_of(notebook.replace("\\", "/"), _SOMEWHERE)
            return found[:-1] if len(found) > 1 else found
    except ValueError:
        pass
    return (*_SOMEWHERE, _name(code))


def _base(top: Parts, working: Parts) -> Parts:
    """Return what of the recorded file system the new folder stands for: the repository, and the working directory."""
    shared = 0
    for one, two in zip(top, working, strict=False):
        if one != two:
            break
        shared += 1
    return top[:shared] if shared > 1 or (shared and shared == len(working)) else top


def _widened(base: Parts, notebook: Parts, run: Run) -> Parts:
    """Return as much more of the recorded file system as holds the files beside, as in ``../input/x.csv``."""
    for entry in run.data:
        path = entry.get("path")
        if entry.get("kind") != "file" or not isinstance(path, str):
            continue
        try:
            shared = _shared(base, parts_of(path.replace("\\", "/"), notebook))
        except ValueError:
            continue
        if len(shared) < len(base) and len(notebook) - len(shared) <= _UPWARDS and _is_somebodys(shared):
            base = shared
    return base


def _shared(one: Parts, two: Parts) -> Parts:
    differ = (at for at, (here, there) in enumerate(zip(one, two, strict=False)) if here != there)
    return one[: next(differ, min(len(one), len(two)))]


def _is_somebodys(place: Parts) -> bool:
    """Tell whether a folder is less than a home folder, a drive, or what a system is made of."""
    return len(place) > _DEEP or (len(place) == _DEEP and (place[0] == HOME or place[1].lower() not in _SYSTEMS))


def _name(code: Mapping[str, Any]) -> str:
    name = _text(code, "repository") or "project"
    return name if name not in {".", ".."} and not set(name) & set("/\\\0:") else "project"


def _text(code: Mapping[str, Any], name: str) -> str | None:
    value = code.get(name)
    return value if isinstance(value, str) and value and "\0" not in value else None
