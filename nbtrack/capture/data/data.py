"""The part of capture that records which data a run used and made: files, addresses, and variables with data.

Files are those of the cell and, marked with the number of their execution (``n``), of the cells it depends on. Their
hashes, and whether they are what DVC says, are found out in the background: what takes longer than the end of a cell
may, follows in the meta log. A file that changed between its use and its hashing has no hash, and says so. Copies of
what was read are kept after that (``copies``).
"""

import os
import re
import sys
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from nbtrack.capture.data.copies import Copies
from nbtrack.capture.data.data_paths import MOST_LISTED, Folder, Shown, address, listed, store_folder
from nbtrack.capture.data.dvc import Pointer, Pointers
from nbtrack.capture.data.files import FileLog, FileUse
from nbtrack.capture.data.findings import Entry, Findings, Key, Number, findings
from nbtrack.capture.data.fingerprint import Fingerprint, fingerprints
from nbtrack.capture.data.hashing import Digests, Hashes, Wanted
from nbtrack.capture.data.left_out import Places, is_inside, may_be_script
from nbtrack.capture.environment.code import find_repository
from nbtrack.capture.environment.modules import file_of
from nbtrack.capture.guard import audit
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.later import Later
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.model import event
from nbtrack.model.document import DataDocument
from nbtrack.store.base import Store

if TYPE_CHECKING:
    from nbtrack.model.tagged import Json

PATIENCE: Final = 0.05  # seconds that the end of a cell waits for hashes
_QUICK: Final = 16 << 20  # bytes; more are not waited for
_SAMPLING: Final = 0.0006  # seconds after which no other variable is looked into
_MOST_VARIABLES: Final = 50
_LONGEST_SOURCE: Final = 100_000
_WORD: Final = re.compile(r"[^\W\d]\w*")
_IPYTHONS: Final = re.compile(r"_+|_\d+|_i+\d*|In|Out|_oh|_dh|_ih")

Around = tuple[str, str | None, str]  # the notebook's folder, the store's, and the notebook
Given = list[tuple[Number, Collection[FileUse]]]  # which execution used which files


class Data(Part):
    """Records files, addresses and variables."""

    name = "data"

    def __init__(self, files: FileLog, slice_of: Callable[[Past], Iterable[Past]]) -> None:
        self._files = files
        self._slice_of = slice_of
        self._background = Background()  # its own: a large file must not keep others waiting
        self._copies = Copies()
        self._hashes = Hashes()
        self._pointers = Pointers()
        self._variables: dict[str, list[tuple[str, Fingerprint]]] = {}
        self._last: _Last | None = None

    def before(self, scene: Scene) -> None:
        """Look at the variables that the cell names, before it can change them."""
        names = _named(scene)
        if names:
            found = zip(fingerprints(names, _SAMPLING), range(_MOST_VARIABLES), strict=False)
            self._variables[scene.run.id] = [pair for pair, _ in found]

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - a failed run used data, too
        """Record what was used, with the hashes that are known by then; the others follow."""
        looked_at = self._variables.pop(scene.run.id, None)
        documents = _variables(looked_at, scene.past) if looked_at else []
        found = self._findings(scene)
        if found is not None:
            documents = [*self._known_by_now(found, scene.run.store), *documents]
        if documents:
            scene.run.record(event.DATA, cast("Json", documents))
        if found is not None and any(
            not entry.is_recorded or (entry.is_given and entry.kept is None) for entry in found.local
        ):
            later, folder = Later(scene.run), scene.folder
            self._background.soon(lambda: self._finish(later, found, folder))
        if failures := audit.faults():
            scene.run.warn(f"data: {failures} opened files could not be noted")

    def drop(self, scene: Scene) -> None:
        """Forget the variables."""
        self._variables.pop(scene.run.id, None)

    def close(self) -> None:
        """Stop listening and hashing; what was found is recorded."""
        self._files.close()
        self._hashes.stop()
        self._background.close()
        self._copies.close()
        self._variables.clear()
        self._last = None

    def _known_by_now(self, found: Findings, store: Store | None) -> list[DataDocument]:
        """Have hashes found out, wait for them a moment, and return what can be told."""
        if found.local:
            task = self._background.soon(lambda: self._find_out(found))
            task.wait(PATIENCE if sum(entry.size for entry in found.local) <= _QUICK else PATIENCE / 5)
        return found.documents(self._copies.known(store))

    def _findings(self, scene: Scene) -> Findings | None:
        """Return what there is to tell of files, None where no execution behind the run used any."""
        if scene.past is None or self._files.is_empty:
            return None
        if more := self._files.more(scene.past.number):
            scene.run.warn(f"data: {more:,} more files were opened than are listed")
        given: Given = []
        for past in self._slice_of(scene.past):
            if uses := self._files.of(past.number):
                given.append((None if past is scene.past else past.number, uses))
        if not given:
            return None
        places = os.path.realpath(scene.folder), store_folder(scene.run.store), str(scene.notebook)
        if self._last is not None and self._last.is_of(places, given):
            return self._last.found.again()
        found = _findings(places, given, Shown(str(scene.folder), cache(_top_of)))
        self._last = _Last(places, given, found) if sum(len(uses) for _, uses in given) > MOST_LISTED else None
        return found

    def _finish(self, later: Later, found: Findings, folder: Path) -> None:
        """Record what was found out after the run, then keep copies; in the background thread."""
        _record_rest(later, found)
        keep = self._copies.now if self._background.closing else self._copies.soon
        keep(later, found, folder)

    def _find_out(self, found: Findings) -> None:
        """Hash what there is to hash, small things first; in the background thread."""
        for entry in sorted(found.local, key=lambda each: each.size):
            if isinstance(entry.told, Folder):
                entry.found = self._of_folder(entry, entry.told, found.shown)
            else:
                entry.found = self._of_file(entry, entry.told, found.shown)

    def _of_file(self, entry: Entry, use: FileUse, shown: Shown) -> DataDocument:
        if use.stamp is None:
            return {}
        pointer = self._pointers.find(use.path)
        found = self._hashes.of(Wanted(use.path, use.stamp, md5=pointer is not None and not pointer.is_of_folder))
        document: DataDocument = {"state": found.state} if found.state else {"sha256": found.sha256}
        if pointer is None:
            return document
        entry.is_cached = self._pointers.is_cached(pointer) and pointer.matches(use.stamp.size, found) is True
        return {**document, **_tracked(pointer, use.stamp.size, found, shown)}

    def _of_folder(self, entry: Entry, folder: Folder, shown: Shown) -> DataDocument:
        pointer = self._pointers.find(folder.path)
        document: DataDocument = {} if pointer is None else {"md5": pointer.md5, "dvc": shown.path(pointer.file)}
        if not entry.sums:
            sums: dict[str, str] = {}
            for use in folder.files:
                found = self._hashes.of(Wanted(use.path, use.stamp)) if use.stamp is not None else Digests("gone")
                if found.state:
                    return {**document, "state": found.state}
                sums[use.path] = found.sha256
            entry.sha256, entry.sums = folder.manifest(sums), sums
        return {**document, "sha256": entry.sha256}


class _Last(NamedTuple):
    """What was told of the last run's files, where they were many: the next one stands on the same, as a rule."""

    places: Around
    given: Given
    found: Findings

    def is_of(self, places: Around, given: Given) -> bool:
        """Tell whether another run has the same; what an execution used is one object, and never changed."""
        return (self.places, len(self.given)) == (places, len(given)) and all(
            one[0] == other[0] and one[1] is other[1] for one, other in zip(self.given, given, strict=True)
        )


def _findings(places: Around, given: Given, shown: Shown) -> Findings:
    used = _Used(*places)
    for number, uses in given:
        used.take(uses, number)
    numbers = {key: number for key, (_, number) in used.files.items()}
    told = listed([use for use, _ in used.files.values()])
    return findings(told, numbers, frozenset(used.made), used.addresses, shown)


class _Used:
    """The files and the addresses of a slice, execution by execution; the cell's own last, and without a number."""

    def __init__(self, folder: str, store: str | None, notebook: str) -> None:
        self.files: dict[Key, tuple[FileUse, Number]] = {}
        self.addresses: dict[Key, Number] = {}
        self.made: set[str] = set()  # written before they were read
        self._folder = folder
        self._places = Places(folder, store)
        self._notebook = notebook
        self._top: str | None = None
        self._told: dict[str, bool] = {}

    def take(self, uses: Iterable[FileUse], number: Number) -> None:
        """Take in what one execution used."""
        for use in uses:
            where = address(use)
            if where is not None:
                self.addresses[where, use.mode] = number
            elif self._is_told(use.path):
                self._take_file(use, number)

    def _is_told(self, path: str) -> bool:
        """Tell whether a file is one to tell of: the same one is used by many executions."""
        if path not in self._told:
            self._told[path] = self._places.have(path) or self._is_script(path)
        return self._told[path]

    def _is_script(self, path: str) -> bool:
        """Tell whether a file is code of the project that was not imported: modules are recorded with the code."""
        if not may_be_script(path) or path == self._notebook:
            return False
        if self._top is None:
            self._top = _top_of(self._folder) or self._folder
        if not is_inside(path, self._top):
            return False
        name = os.path.basename(path)  # noqa: PTH119 - text in, text out
        files = (file_of(module) for module in list(sys.modules.values()))
        return not any(file and file.endswith(name) and os.path.normpath(file) == path for file in files)

    def _take_file(self, use: FileUse, number: Number) -> None:
        """The last use counts; but of a file that was read, then written, then read, what was there at first."""
        read, written = self.files.get((use.path, "read")), (use.path, "write") in self.files
        if use.mode == "write" and read is None:
            self.made.add(use.path)
        if use.mode == "read" and read is not None and written and use.path not in self.made:
            return
        self.files.pop((use.path, use.mode), None)
        self.files[use.path, use.mode] = use, number


def _top_of(folder: str) -> str | None:
    """Return the top folder of the repository around a folder."""
    found = find_repository(Path(folder))
    return found.top if found else None


def _named(scene: Scene) -> dict[str, Any]:
    """Return the variables among the words of a cell, in the order in which they appear."""
    there = scene.namespace
    found = {word: there[word] for word in _WORD.findall(scene.cell.source[:_LONGEST_SOURCE]) if word in there}
    return {word: value for word, value in found.items() if not _IPYTHONS.fullmatch(word)} if found else found


def _variables(found: Iterable[tuple[str, Fingerprint]], past: Past | None) -> list[DataDocument]:
    """Return the variables that the cell reads, where its syntax tells which those are."""
    read: Any = None
    if past is not None and past.analysed:
        read = {*past.reads, *past.unknown, *past.mutates}
    return [_variable(name, each) for name, each in found if read is None or name.partition("[")[0] in read]


def _variable(name: str, found: Fingerprint) -> DataDocument:
    document: DataDocument = {"kind": "variable", "name": name, "mode": "read", "type": found.type}
    if found.shape is not None:
        document["shape"] = list(found.shape)
    if found.dtypes is not None:
        document["dtypes"] = found.dtypes
    if found.digest is not None:
        document["digest"] = found.digest
    return document


def _tracked(pointer: Pointer, size: int, found: Digests, shown: Shown) -> DataDocument:
    document: DataDocument = {"dvc": shown.path(pointer.file)}
    if pointer.md5:
        document["md5"] = pointer.md5
    matches = pointer.matches(size, found)
    if matches is not None:
        document["dvc_matches"] = matches
    return document


def _record_rest(later: Later, found: Findings) -> None:
    rest = found.rest()
    if rest:
        later.record(event.DATA, cast("Json", rest))
