"""What it takes to install a run's packages again: what each asks for, and which files it consists of.

Read in the background from the records that installers leave, each once as long as it stays the same: some sixty
packages take 20 ms the first time and 0.2 ms later.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbtrack.capture.environment.code import read_plain
from nbtrack.capture.environment.environment import installed
from nbtrack.model.distribution import NEEDED_BY_NBTRACK, closure, files_digest, requirements
from nbtrack.model.tagged import Json

_OURS: Final = __name__.partition(".")[0]
_LARGEST: Final = 1 << 24
_HEADERS: Final = 1 << 16
_GONE: Final = (0, 0)
_KEPT_HEADERS: Final = re.compile(
    rb"^(?:Metadata-Version|Name|Version|Requires-Dist|Requires-Python):.*$", re.MULTILINE
)


class _Known(NamedTuple):
    """What one record says, as it was at ``stamp``."""

    stamp: tuple[int, int]
    requires: Mapping[str, list[str]]
    files: str
    installer: str


class _Told(NamedTuple):
    """What was asked last, the records it took to answer, and the answer."""

    question: object
    stamps: Mapping[str, tuple[int, int]]
    told: bytes


class Installed:
    """Reads what installed distributions say of themselves, and remembers it for each.

    Args:
        look: tells the names of records by package, for each folder that packages are looked for in.
    """

    def __init__(self, look: Callable[[], Mapping[str, Mapping[str, str]]] = installed) -> None:
        self._look = look
        self._known: dict[str, _Known] = {}
        self._last: _Told | None = None

    def describe(self, imported: Iterable[str], origins: Any, top: str | None) -> bytes:
        """Return, as JSON, what the imported distributions and all they need say of themselves.

        ``distributions``: for each name ``requires`` (by extra), ``files`` (a digest) and ``installer``. ``editable``:
        for those that are edited in place where they lie ``within`` the repository at ``top``, which ``paths`` of
        theirs Python looks in, and the ``metadata`` that makes them known.
        """
        records, asked = self._records(), list(imported)
        question = asked, origins, top, records
        if self._last is not None and self._last.question == question and self._is_unchanged(self._last.stamps):
            return self._last.told
        needed = self._needed([*asked, *NEEDED_BY_NBTRACK], records)
        edited = _editable(origins)
        told = {name: self._told(records[name], records) for name in sorted(needed)}
        editable = {name: _edited(records[name], edited[name], top) for name in sorted(edited.keys() & records.keys())}
        content = json.dumps({"distributions": told, "editable": editable}).encode()
        stamps = {records[name]: self.read(records[name]).stamp for name in {*needed, *editable}}
        self._last = _Told(question, stamps, content)
        return content

    def _is_unchanged(self, stamps: Mapping[str, tuple[int, int]]) -> bool:
        """Tell whether records are as they were."""
        return all(_stamp(record) == stamp for record, stamp in stamps.items())

    def _records(self) -> dict[str, str]:
        """Return where the record of each installed distribution lies: in the first folder that has one."""
        found: dict[str, str] = {}
        for folder, records in self._look().items():
            for name, record in records.items():
                found.setdefault(name, f"{folder}/{record}")
        return found

    def _needed(self, names: Iterable[str], records: Mapping[str, str]) -> frozenset[str]:
        """Return what is needed of what is installed; only what is reached is read."""
        return closure((name for name in names if name in records), _Requires(self, records))

    def read(self, record: str) -> _Known:
        """Return what a record says; nothing of a record that cannot be read."""
        stamp = _stamp(record)
        if stamp == _GONE:
            return _Known(_GONE, {}, "", "")
        known = self._known.get(record)
        if known is None or known.stamp != stamp:
            metadata = read_plain(f"{record}/METADATA", _HEADERS) or b""
            installer = read_plain(f"{record}/INSTALLER", 64) or b""
            files = files_digest(read_plain(f"{record}/RECORD", _LARGEST) or b"")
            self._known[record] = known = _Known(
                stamp, requirements(metadata), files, installer.decode("ascii", "replace").strip()
            )
        return known

    def _told(self, record: str, records: Mapping[str, str]) -> Json:
        known = self.read(record)
        requires: dict[str, Json] = {
            extra: [name for name in names if name.partition("[")[0] in records]
            for extra, names in known.requires.items()
        }
        told: dict[str, Json] = {"requires": {extra: names for extra, names in requires.items() if names}}
        return {**told, "files": known.files, "installer": known.installer}


def _stamp(record: str) -> tuple[int, int]:
    try:
        status = os.stat(record)  # noqa: PTH116 - a tenth of what pathlib takes
    except OSError:
        return _GONE
    return status.st_mtime_ns, status.st_ino


class _Requires(Mapping[str, Mapping[str, list[str]]]):
    """What each installed distribution asks for, read when it is looked up."""

    def __init__(self, known: Installed, records: Mapping[str, str]) -> None:
        self._known = known
        self._records = records

    def __getitem__(self, name: str) -> Mapping[str, list[str]]:
        return self._known.read(self._records[name]).requires

    def __iter__(self) -> Any:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


def _editable(origins: Any) -> dict[str, str]:
    packages = origins.items() if isinstance(origins, Mapping) else ()
    edited = ((name, each) for name, each in packages if isinstance(each, Mapping) and name != _OURS)
    told = {name: each for name, each in edited if each.get("kind") == "editable"}
    return {name: os.path.expanduser(str(each.get("url", ""))) for name, each in told.items()}  # noqa: PTH111 - text in, text out


def _edited(record: str, folder: str, top: str | None) -> Json:
    metadata = read_plain(f"{record}/METADATA", _HEADERS) or b""
    headers = b"\n".join(_KEPT_HEADERS.findall(metadata.partition(b"\n\n")[0]))
    entry_points = read_plain(f"{record}/entry_points.txt", _HEADERS) or b""
    return {
        "within": _below(folder, top) if top else None,
        "paths": sorted(_paths(record, folder)),
        "metadata": headers.decode("utf-8", "replace"),
        **({"entry_points": entry_points.decode("utf-8", "replace")} if entry_points else {}),
    }


def _paths(record: str, folder: str) -> set[str]:
    """Return the folders inside ``folder`` that the distribution has put on ``sys.path``, relative to it."""
    listed = read_plain(f"{record}/RECORD", _LARGEST) or b""
    names = {line.partition(b",")[0].decode("utf-8", "replace") for line in listed.splitlines()}
    found: set[str] = set()
    for name in names:
        if name.endswith(".pth") and "/" not in name:
            text = read_plain(str(Path(record).parent / name), _HEADERS) or b""
            lines = text.decode("utf-8", "replace").splitlines()
            found |= {below for line in lines if line.startswith("/") and (below := _below(line, folder)) is not None}
    return found


def _below(path: str, top: str) -> str | None:
    """Return a path relative to ``top``; None for one that lies elsewhere."""
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(top)).as_posix()
    except ValueError:
        return None
