"""The part of capture that records which data a run used and made: files, addresses, and variables with data.

Files are those of the cell and, marked with the number of their execution (``n``), of the cells it depends on. Their
hashes, and whether they are what DVC says, are found out in the background: what takes longer than the end of a cell
may, follows in the meta log. A file that changed between its use and its hashing has no hash, and says so.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from nbtrack.capture.data.data_paths import Folder, Shown, address, listed, store_folder
from nbtrack.capture.data.dvc import Pointer, Pointers
from nbtrack.capture.data.files import FileLog, FileUse
from nbtrack.capture.data.fingerprint import Fingerprint, fingerprints
from nbtrack.capture.data.hashing import Digests, Hashes, Wanted
from nbtrack.capture.data.left_out import is_data
from nbtrack.capture.guard import audit
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.later import Later
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.model import event
from nbtrack.model.document import DataDocument

if TYPE_CHECKING:
    from nbtrack.model.tagged import Json

PATIENCE: Final = 0.05  # seconds that the end of a cell waits for hashes
_QUICK: Final = 16 << 20  # bytes; more are not waited for
_SAMPLING: Final = 0.0006  # seconds after which no other variable is looked into
_MOST_VARIABLES: Final = 50
_LONGEST_SOURCE: Final = 100_000
_WORD: Final = re.compile(r"[^\W\d]\w*")
_IPYTHONS: Final = re.compile(r"_+|_\d+|_i+\d*|In|Out|_oh|_dh|_ih")

Key = tuple[str, str]  # the path or address, and the mode
Number = int | None  # of the execution of the slice; None for the run's own


@dataclass(slots=True)
class _Entry:
    """A file or folder: what is told at once, and what was found out, set whole so that any thread may read it."""

    document: DataDocument
    told: FileUse | Folder
    found: DataDocument | None = None
    is_recorded: bool = False


@dataclass(slots=True)
class _Findings:
    """What is told of the files of one run, while the background finds out more."""

    local: list[_Entry]
    remote: list[DataDocument]
    shown: Shown

    def documents(self) -> list[DataDocument]:
        """Return what is known by now."""
        documents = []
        for entry in self.local:
            found, entry.is_recorded = entry.found, entry.found is not None
            documents.append(entry.document | (found or {}))
        return [*documents, *self.remote]

    def rest(self) -> list[DataDocument]:
        """Return what was found since, each with what tells it is the same thing."""
        late = [each for each in self.local if not each.is_recorded]
        return [_identity(each.document) | each.found for each in late if each.found]


class Data(Part):
    """Records files, addresses and variables."""

    name = "data"

    def __init__(self, files: FileLog, slice_of: Callable[[Past], Iterable[Past]]) -> None:
        self._files = files
        self._slice_of = slice_of
        self._background = Background()  # its own: a large file must not keep others waiting
        self._hashes = Hashes()
        self._pointers = Pointers()
        self._variables: dict[str, list[tuple[str, Fingerprint]]] = {}

    def before(self, scene: Scene) -> None:
        """Look at the variables that the cell names, before it can change them."""
        names = {name: scene.namespace[name] for name in _named(scene) if name in scene.namespace}
        found = fingerprints(names, _SAMPLING) if names else ()
        self._variables[scene.run.id] = [pair for pair, _ in zip(found, range(_MOST_VARIABLES), strict=False)]

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - a failed run used data, too
        """Record what was used, with the hashes that are known by then; the others follow."""
        variables = _variables(self._variables.pop(scene.run.id, []), scene.past)
        findings = self._findings(scene, *self._uses(scene))
        if findings.local:
            task = self._background.soon(lambda: self._find_out(findings))
            task.wait(PATIENCE if sum(map(_size, findings.local)) <= _QUICK else PATIENCE / 5)
        documents = [*findings.documents(), *variables]
        if documents:
            scene.run.record(event.DATA, cast("Json", documents))
        if not all(entry.is_recorded for entry in findings.local):
            later = Later(scene.run)
            self._background.soon(lambda: _record_rest(later, findings))
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
        self._variables.clear()

    def _uses(self, scene: Scene) -> tuple[dict[FileUse, Number], dict[Key, Number]]:
        """Return the files and the addresses of the slice; the cell's own last, and without a number."""
        files: dict[Key, tuple[FileUse, Number]] = {}
        addresses: dict[Key, Number] = {}
        folder, store = os.path.realpath(scene.folder), store_folder(scene.run.store)
        for past in self._slice_of(scene.past) if scene.past is not None and not self._files.is_empty else ():
            number = None if past is scene.past else past.number
            for use in self._files.of(past.number):
                where = address(use)
                if where is not None:
                    addresses[where, use.mode] = number
                elif is_data(use.path, folder, store):
                    files.pop((use.path, use.mode), None)
                    files[use.path, use.mode] = use, number
        return dict(files.values()), addresses

    def _findings(self, scene: Scene, files: Mapping[FileUse, Number], addresses: Mapping[Key, Number]) -> _Findings:
        shown = Shown(str(scene.folder))
        local = [_Entry(_local(each, shown, files), each) for each in listed(list(files))]
        remote = [_remote(where, mode, number) for (where, mode), number in addresses.items()]
        if scene.past is not None and (more := self._files.more(scene.past.number)):
            scene.run.warn(f"data: {more:,} more files were opened than are listed")
        return _Findings(local, remote, shown)

    def _find_out(self, findings: _Findings) -> None:
        """Hash what there is to hash, small things first; in the background thread."""
        for entry in sorted(findings.local, key=_size):
            if isinstance(entry.told, Folder):
                entry.found = self._of_folder(entry.told, findings.shown)
            else:
                entry.found = self._of_file(entry.told, findings.shown)

    def _of_file(self, use: FileUse, shown: Shown) -> DataDocument:
        if use.stamp is None:
            return {}
        pointer = self._pointers.find(use.path)
        found = self._hashes.of(Wanted(use.path, use.stamp, md5=pointer is not None and not pointer.is_of_folder))
        document: DataDocument = {"state": found.state} if found.state else {"sha256": found.sha256}
        return document if pointer is None else {**document, **_tracked(pointer, use.stamp.size, found, shown)}

    def _of_folder(self, folder: Folder, shown: Shown) -> DataDocument:
        pointer = self._pointers.find(folder.path)
        document: DataDocument = {} if pointer is None else {"md5": pointer.md5, "dvc": shown.path(pointer.file)}
        sums: dict[str, str] = {}
        for use in folder.files:
            found = self._hashes.of(Wanted(use.path, use.stamp)) if use.stamp is not None else Digests("gone")
            if found.state:
                return {**document, "state": found.state}
            sums[use.path] = found.sha256
        return {**document, "sha256": folder.manifest(sums)}


def _named(scene: Scene) -> Iterable[str]:
    """Return the words of a cell that may be variables, in the order in which they appear."""
    words = dict.fromkeys(_WORD.findall(scene.cell.source[:_LONGEST_SOURCE]))
    return (word for word in words if not _IPYTHONS.fullmatch(word))


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


def _local(told: FileUse | Folder, shown: Shown, numbers: Mapping[FileUse, Number]) -> DataDocument:
    uses = told.files if isinstance(told, Folder) else (told,)
    number = next((numbers[use] for use in uses if numbers[use] is not None), None)
    document: DataDocument = {"kind": "file", "path": shown.path(told.path), "mode": told.mode}
    if isinstance(told, Folder):
        document |= {"kind": "folder", "files": len(told.files), "size": told.size, "digest": told.digest()}
    elif told.stamp is not None:
        document |= {"size": told.stamp.size, "mtime": told.stamp.mtime}
        if told.named:
            document["named"] = True
    if number is not None and all(numbers[use] is not None for use in uses):
        document["n"] = number
    return document


def _remote(where: str, mode: str, number: Number) -> DataDocument:
    document: DataDocument = {"kind": "url", "path": where, "mode": mode}
    if number is not None:
        document["n"] = number
    return document


def _tracked(pointer: Pointer, size: int, found: Digests, shown: Shown) -> DataDocument:
    document: DataDocument = {"dvc": shown.path(pointer.file)}
    if pointer.md5:
        document["md5"] = pointer.md5
    matches = pointer.matches(size, found)
    if matches is not None:
        document["dvc_matches"] = matches
    return document


def _record_rest(later: Later, findings: _Findings) -> None:
    rest = findings.rest()
    if rest:
        later.record(event.DATA, cast("Json", rest))


def _identity(document: DataDocument) -> DataDocument:
    return {"kind": document["kind"], "path": document["path"], "mode": document["mode"]}


def _size(entry: _Entry) -> int:
    return entry.document.get("size") or 0
