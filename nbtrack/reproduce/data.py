"""The data of a run, had back by its hash: from the commit, the store, the person's folder, or what DVC has.

Bytes with another hash than the recorded one are never put in its place. Where only such are to be found, that is told.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, NamedTuple

from nbtrack.errors import ObjectMissing
from nbtrack.reproduce.code import Told
from nbtrack.reproduce.dvc import Dvc
from nbtrack.reproduce.inputs import Input
from nbtrack.reproduce.layout import HOME, Layout, Parts
from nbtrack.reproduce.writing import NewFolder, Progress, sha256_of
from nbtrack.store.base import Store
from nbtrack.store.objects.hashing import name_of

Which = Literal["recorded", "current"]
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_MOST_LISTED: Final = 200_000
_ORIGINS: Final[Mapping[str, str]] = {
    "commit": "as it is in the commit",
    "store": "from the store",
    "working tree": "copied from where it lies, with the recorded hash",
    "dvc cache": "from DVC's cache",
    "dvc remote": "from a remote of DVC's",
}


class Theirs(NamedTuple):
    """Where a run's places may be on this machine: the person's own, which are only read."""

    top: Path | None  # what the repository, or the notebook's folder, is here
    may_look: bool  # also where it lay when it was recorded


@dataclass(slots=True)
class Data:
    """Restores what a run was given, and tells what it did."""

    layout: Layout
    folder: NewFolder
    store: Store
    theirs: Theirs
    told: Told
    dvc: Dvc | None = None
    commit: str | None = None
    may_fetch: bool = False  # whether the person allowed to run ``dvc``
    which: Which = "recorded"
    progress: Progress | None = None
    places: dict[Parts, Path] = field(default_factory=dict)  # that were restored outside of the repository

    def restore(self, wanted: Input) -> None:
        """Have one file or folder in the new folder, or say why it is not."""
        try:
            place = self.layout.parts(wanted.path)
            path = self.layout.where(place)
            if wanted.kind == "folder":
                self._restore_folder(wanted, place)
            else:
                self._restore_file(wanted, place, path)
        except (OSError, ValueError) as problem:
            self._lacks(wanted, f"it could not be written ({problem})")
            return
        if self.layout.is_elsewhere(place) and os.path.lexists(path):
            self.places[place] = path

    def _restore_file(self, wanted: Input, place: Parts, path: Path) -> None:
        if self.which == "current":
            self._take_current(wanted, place, path)
            return
        origin = self._origin(wanted, place, path)
        if origin:
            self.told.had(wanted.path, origin, _said(wanted.path, origin), kind="data")
            return
        self.folder.room_for(path)  # what the commit has there is something else
        if not wanted.sha256:
            self._lacks(wanted, _without_hash(wanted))
        else:
            self._lacks(wanted, *self._why(wanted, place))

    def _origin(self, wanted: Input, place: Parts, path: Path) -> str:
        """Have the bytes with the recorded hash, and return where they are from; "" when they are nowhere."""
        if not wanted.sha256:
            return ""
        if path.is_file() and not path.is_symlink() and sha256_of(path, wanted.size) == wanted.sha256:
            return "commit"
        if self._from_store(wanted, path):
            return "store"
        for theirs in self._where_it_lies(place):
            if self.folder.copy(theirs, path, wanted.sha256, wanted.size, self.progress):
                return "working tree"
        return self._from_dvc(wanted, place, path)

    def _from_store(self, wanted: Input, path: Path) -> bool:
        for name in dict.fromkeys((wanted.object, wanted.sha256)):
            place = self.folder.room_for(path)
            try:
                self.store.fetch(name, place)
            except ObjectMissing:
                continue
            if name == wanted.sha256 or sha256_of(place) == wanted.sha256:
                return True
            place.unlink()
        return False

    def _where_it_lies(self, place: Parts) -> Iterator[Path]:
        """Yield where the person may have a file that lay at a recorded place."""
        top, mine = self.layout.top, self.theirs
        if mine.top is not None and place[: len(top)] == top:
            yield mine.top.joinpath(*place[len(top) :])
        if mine.may_look:
            yield here(place)

    def _from_dvc(self, wanted: Input, place: Parts, path: Path) -> str:
        dvc, top = self.dvc, self.theirs.top
        if dvc is None or top is None or not wanted.md5:
            return ""
        below = _below_pointer(wanted)
        for found in dvc.candidates(wanted.md5, below):
            if self.folder.copy(found.path, path, wanted.sha256, wanted.size, self.progress):
                return found.origin
        if self.may_fetch and place[: len(self.layout.top)] == self.layout.top:
            return self._fetched(wanted, place, path, dvc, top)
        return ""

    def _fetched(self, wanted: Input, place: Parts, path: Path, dvc: Dvc, top: Path) -> str:
        here = top.joinpath(*place[len(self.layout.top) :])
        name = os.path.relpath(here, dvc.top).replace(os.sep, "/")
        with TemporaryDirectory(prefix="nbtrack-dvc-", ignore_cleanup_errors=True) as own:
            to = Path(own, "file")
            problem = dvc.fetch(name, self.commit, to)
            if not problem and self.folder.copy(to, path, wanted.sha256, wanted.size, self.progress):
                return "dvc remote"
        return ""

    def _take_current(self, wanted: Input, place: Parts, path: Path) -> None:
        """Take the file as it is now, and say what it differs in."""
        for theirs in self._where_it_lies(place):
            now = sha256_of(theirs)
            if now is None or not self.folder.copy(theirs, path, now, None, self.progress):
                continue
            if now == wanted.sha256:
                self.told.had(wanted.path, "working tree", _said(wanted.path, "working tree"), kind="data")
                return
            was = wanted.sha256 or None
            text = f"{wanted.path} is used as it is now ({now[:12]}…); {_recorded(wanted)}"
            self.told.had(wanted.path, "working tree", text, kind="data")
            self.told.differs(wanted.path, text, kind="data", was=was, now=now)
            return
        self._lacks(wanted, "there is no such file now")

    def _why(self, wanted: Input, place: Parts) -> tuple[str, str | None]:
        """Say why the recorded bytes are not to be had, and what is in their place now."""
        for theirs in self._where_it_lies(place):
            now = sha256_of(theirs)
            if now is not None:
                return f"it has changed since ({wanted.sha256[:12]}… then, {now[:12]}… now), and {self._asked()}", now
        looked = self.theirs.may_look or self.theirs.top is not None
        return f"{'it is not there any more, and ' if looked else ''}{self._asked()}", None

    def _asked(self) -> str:
        asked = ["the store"] + (["DVC's cache and its remotes that are folders"] if self.dvc is not None else [])
        more = ""
        if self.dvc is not None and self.dvc.needs_dvc and not self.may_fetch:
            more = "; a remote of DVC's was not asked, which takes your permission"
        return f"no copy of what the run read is in {' or '.join(asked)}{more}"

    def _lacks(self, wanted: Input, why: str, now: str | None = None) -> None:
        was = wanted.sha256 or None
        self.told.lacks(wanted.path, f"{wanted.path}: {why}", kind="data", was=was, now=now)

    def _restore_folder(self, wanted: Input, place: Parts) -> None:
        """Restore the files of a folder, one by one where the store has their list."""
        listed = self._listed(wanted, place)
        if listed is None:
            self._lacks(wanted, "what files it had is not in the store, and they are not all there as they were")
            return
        origins: dict[str, int] = {}
        lost = []
        for name, sha256 in listed.items():
            file = Input(f"{wanted.path}/{name}", sha256=sha256, object=sha256, md5=wanted.md5, dvc=wanted.dvc)
            inside = self.layout.parts(file.path)
            if inside[: len(place)] != place or len(inside) == len(place):
                raise ValueError(f"its list leads out of it: {name[:80]!r}")
            origin = self._origin_now(file, inside, self.layout.where(inside))
            if origin:
                origins[origin] = origins.get(origin, 0) + 1
            else:
                lost.append(name)
        for origin, count in origins.items():
            self.told.had(wanted.path, origin, f"{count:,} files of {_said(wanted.path, origin)}", kind="data")
        if lost:
            named = ", ".join(lost[:3]) + (f" and {len(lost) - 3:,} more" if len(lost) > 3 else "")
            self._lacks(wanted, f"{len(lost):,} of its files are not to be had as they were: {named}")

    def _origin_now(self, file: Input, place: Parts, path: Path) -> str:
        if self.which == "recorded":
            return self._origin(file, place, path)
        for theirs in self._where_it_lies(place):
            now = sha256_of(theirs)
            if now is not None and self.folder.copy(theirs, path, now, None, self.progress):
                if now != file.sha256:
                    text = f"{file.path} is used as it is now ({now[:12]}…); {_recorded(file)}"
                    self.told.differs(file.path, text, kind="data", was=file.sha256, now=now)
                return "working tree"
        return ""

    def _listed(self, wanted: Input, place: Parts) -> dict[str, str] | None:
        """Return the SHA-256 of each file of a folder: as the store lists them, or as they are if that is the same."""
        try:
            return _lines(self.store.get(wanted.sha256)) if wanted.sha256 else None
        except ObjectMissing:
            pass
        for theirs in self._where_it_lies(place):
            sums = _sums(theirs)
            if sums is not None and sha256_of_list(sums) == wanted.sha256:
                return sums
        return None


def here(place: Parts) -> Path:
    """Return a recorded place as a path of this machine, of its person's home folder."""
    if place[0] == HOME:
        return Path(os.path.expanduser("~"), *place[1:])  # noqa: PTH111 - may not exist
    return Path("/" if place[0] == "/" else f"{place[0]}/", *place[1:])


def sha256_of_list(sums: Mapping[str, str]) -> str:
    """Return the hash that names the list ``sha256sum`` makes of files, sorted by name."""
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
    return name_of(lines.encode("utf-8", "surrogateescape"))


def _lines(content: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in content.decode("utf-8", "surrogateescape").split("\n"):
        matched = _LINE.fullmatch(line)
        if matched is not None and len(found) < _MOST_LISTED:
            found[matched[2]] = matched[1]
    return found


def _sums(folder: Path) -> dict[str, str] | None:
    """Return the SHA-256 of every file below a folder; None where it is none."""
    sums: dict[str, str] = {}
    if not folder.is_dir():
        return None
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            found = sha256_of(path)
            if found is None or len(sums) >= _MOST_LISTED:
                return None
            sums[path.relative_to(folder).as_posix()] = found
    return sums


def _below_pointer(wanted: Input) -> str:
    """Return the name of a file in the folder that its pointer tracks, as the list of that folder has it."""
    folder = wanted.dvc.removesuffix(".dvc")
    return wanted.path[len(folder) + 1 :] if wanted.path.startswith(f"{folder}/") else wanted.path.rpartition("/")[2]


def _said(path: str, origin: str) -> str:
    return f"{path}, {_ORIGINS[origin]}"


def _recorded(wanted: Input) -> str:
    return f"the run read {wanted.sha256[:12]}…" if wanted.sha256 else _without_hash(wanted)


def _without_hash(wanted: Input) -> str:
    words = {
        "changed": "it was changed before it could be hashed",
        "changing": "it was being written while it was hashed",
        "gone": "it was gone before it could be hashed",
        "unreadable": "it could not be read to be hashed",
    }
    why = words.get(wanted.state, "it was not hashed in time")
    return f"its hash is not recorded ({why}), so that nothing can be told to be what the run read"
