"""Where reproductions happen: folders of the person's cache, none of which anything depends on, and all of it bounded.

    <cache>/nbtrack/
        attempts/<run>-<pid>-<token>/   one reproduction while it runs; gone when it ends
        kept/<run>-<options>/           code and data of an interrupted one, for the next to go on with
        left/<run>-<pid>-<token>/       one that the person asked to keep (``--keep``): theirs to remove
        environments/                   restored environments (``reproduce.environment``)

``<cache>`` is ``XDG_CACHE_HOME`` or ``~/.cache``, ``~/Library/Caches`` on macOS, ``LOCALAPPDATA`` on Windows;
``NBTRACK_CACHE`` names another ``<cache>/nbtrack``.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Final

_DAY: Final = 86_400.0
_ABANDONED: Final = 7 * _DAY  # after this a folder that nobody came back for goes
_SOURCES: Final = "sources"
_MOVED: Final = ".removed-"  # of a folder that was on its way out when somebody interrupted; gone the next time
_FINISHED: Final = "sources.json"


def cache_folder(variables: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the folder that nbtrack keeps in the person's cache.

    >>> cache_folder({"XDG_CACHE_HOME": "/x"}, "linux").as_posix()
    '/x/nbtrack'
    """
    if ours := variables.get("NBTRACK_CACHE"):
        return Path(ours).absolute()
    named = variables.get("LOCALAPPDATA" if platform == "win32" else "XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "nbtrack"
    usual = ("Library", "Caches") if platform == "darwin" else (".cache",)
    return Path.home().joinpath(*usual, "nbtrack")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one attempt: everything it writes is below it.

    >>> Place(Path("/c/attempts/x")).home.as_posix()
    '/c/attempts/x/home'
    """

    folder: Path

    @property
    def home(self) -> Path:
        """The home folder of the program."""
        return self.folder / "home"

    @property
    def temporary(self) -> Path:
        """Its folder for temporary files."""
        return self.folder / "tmp"

    @property
    def modules(self) -> Path:
        """A folder that holds this very nbtrack, and no other package."""
        return self.folder / "modules"

    def sources(self, turn: int = 0) -> Path:
        """The folder that code and data are restored into; every replay has its own."""
        return self.folder / (f"{_SOURCES}-{turn}" if turn else _SOURCES)

    def store(self, turn: int = 0) -> Path:
        """The store that a replay records into."""
        return self.folder / f"store-{turn}" / ".nbtrack"

    @property
    def elsewhere(self) -> Path:
        """Where files go that the run wrote somewhere else."""
        return self.folder / "elsewhere"

    def writable(self, turn: int = 0) -> tuple[Path, ...]:
        """Make the folders that one replay may write to, and return them.

        Not the whole: the job, the package that confines it, what the next attempt would trust, and the replays to come
        are not for a program to change.
        """
        own = (self.sources(turn), self.store(turn).parent, self.home, self.temporary, self.elsewhere)
        for each in own:
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        return own

    @property
    def finished(self) -> Path:
        """Says, once ``sources()`` is complete and as long as nothing has run there, what it holds."""
        return self.folder / _FINISHED

    def make(self) -> None:
        """Make the folders, for nobody else to read."""
        for each in (self.folder, self.home, self.temporary, self.modules):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        package = Path(__file__).parents[1]
        place = self.modules / package.name
        if not place.exists():
            try:
                place.symlink_to(package, target_is_directory=True)
            except OSError:  # Windows asks for a privilege
                shutil.copytree(package, place, ignore=shutil.ignore_patterns("__pycache__"))


class Places:
    """The folders of all reproductions of one person."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder()

    @contextmanager
    def attempt(self, run: str, options: str, *, keep: bool = False) -> Iterator[Place]:
        """Give a folder to one attempt; it is gone afterwards, unless it is to be kept.

        Code and data of an interrupted attempt with the same ``options`` are in it. Those of this one are laid aside
        when it is interrupted before anything has run on them.
        """
        place = Place(self.folder / ("left" if keep else "attempts") / f"{run}-{os.getpid()}-{token_hex(4)}")
        aside = self.folder / "kept" / f"{run}-{options}"
        place.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError):
            aside.rename(place.folder)
        place.make()
        try:
            yield place
        except BaseException:
            if place.finished.exists() and not keep:
                aside.parent.mkdir(mode=0o700, exist_ok=True)
                remove(aside)
                with suppress(OSError):
                    place.folder.rename(aside)
            raise
        finally:
            if not keep:
                remove(place.folder)

    @property
    def environments(self) -> Path:
        """Where restored environments are."""
        return self.folder / "environments"

    def tidy(self) -> None:
        """Remove what dead processes left and what nobody came back for."""
        for attempt in _listed(self.folder / "attempts"):
            if not _is_alive(attempt.name):
                remove(attempt)
        for kept in _listed(self.folder / "kept"):
            with suppress(OSError):  # another process has taken it
                if time.time() - kept.stat().st_mtime > _ABANDONED:
                    remove(kept)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, also what a program made read-only; links in it are not followed.

    Folders in it are moved up, one by one: a program can nest them deeper than paths, and functions, can go.
    """
    if folder.is_symlink():
        folder.unlink()
        return
    left, own = [folder] if folder.is_dir() else [], token_hex(4)
    for number in count():
        if number == len(left):
            break
        here = left[number]
        for name in _names(here):
            inside, above = here / name, folder / (name if here == folder else f"{_MOVED}{own}-{len(left)}")
            with suppress(OSError):
                if inside.is_symlink() or not inside.is_dir():
                    inside.unlink()
                    continue
                inside.chmod(0o700)
                left.append(inside.rename(above) if here != folder else inside)
    for each in reversed(left):
        with suppress(OSError):
            each.rmdir()


def _names(folder: Path) -> list[str]:
    with suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208 - names, not a Path for each
    return []


def _listed(folder: Path) -> list[Path]:
    """Return the folders in one, the one used longest ago first."""
    try:
        found = [each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()]
        return sorted(found, key=lambda each: each.stat().st_mtime)
    except OSError:
        return []


def _is_alive(name: str) -> bool:
    """Tell whether the process that an attempt is named for is there."""
    import psutil  # noqa: PLC0415 - 10 ms

    number = name.split("-")[-2:][0]
    return not (number.isascii() and number.isdecimal()) or (len(number) < 10 and bool(psutil.pid_exists(int(number))))
