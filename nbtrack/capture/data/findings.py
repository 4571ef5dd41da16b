"""What is told of the files of one run: what is known at once, what was found out later, and what was kept of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from nbtrack.capture.data.data_paths import Folder, Shown
from nbtrack.capture.data.files import FileUse
from nbtrack.model.document import DataDocument

Key = tuple[str, str]  # the path or address, and the mode
Number = int | None  # of the execution of the slice; None for the run's own
_IDENTITY: Final = ("kind", "path", "mode")


@dataclass(slots=True)
class Entry:
    """A file or folder: what is told at once, and what was found out, set whole so that any thread may read it."""

    document: DataDocument
    told: FileUse | Folder
    found: DataDocument | None = None
    kept: DataDocument | None = None
    sha256: str = ""  # of a folder: of the list of its files, and
    sums: Mapping[str, str] = field(default_factory=dict)  # of these, by path; set last
    is_cached: bool = False  # by DVC
    is_recorded: bool = False
    is_kept_recorded: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the run was given it, and did not make it itself."""
        return self.document["mode"] == "read" and "made" not in self.document

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.document.get("size") or 0

    def identity(self) -> DataDocument:
        """Return what tells that a later entry is about the same thing."""
        return {name: self.document[name] for name in _IDENTITY}  # type: ignore[return-value]  # names of members


@dataclass(slots=True)
class Findings:
    """What is told of the files of one run."""

    local: list[Entry]
    remote: list[DataDocument]
    shown: Shown

    def documents(self, kept: Callable[[Entry], DataDocument | None]) -> list[DataDocument]:
        """Return what is known by now, also what ``kept`` says was kept of it before."""
        documents = []
        for entry in self.local:
            found, entry.is_recorded = entry.found, entry.found is not None
            entry.kept = kept(entry) if found and entry.is_given else None
            entry.is_kept_recorded = entry.kept is not None
            documents.append(entry.document | (found or {}) | (entry.kept or {}))
        return [*documents, *self.remote]

    def again(self) -> "Findings":
        """Return what was told at once, for another run that used the same files, as they were then."""
        local = [Entry(each.document, each.told, sha256=each.sha256, sums=each.sums) for each in self.local]
        return Findings(local, self.remote, self.shown)

    def rest(self) -> list[DataDocument]:
        """Return what was found since, each with what tells it is the same thing."""
        late = [each for each in self.local if not each.is_recorded]
        return [each.identity() | each.found for each in late if each.found]

    def kept(self) -> list[DataDocument]:
        """Return what was kept since this was asked last."""
        late = [each for each in self.local if each.kept and not each.is_kept_recorded]
        for each in late:
            each.is_kept_recorded = True
        return [each.identity() | each.kept for each in late if each.kept]


def findings(
    told: Iterable[FileUse | Folder],
    numbers: Mapping[Key, Number],
    made: frozenset[str],
    addresses: Mapping[Key, Number],
    shown: Shown,
) -> Findings:
    """Return what is told at once. ``made`` are the files that the slice wrote before it read them."""
    local = [Entry(_local(each, shown, numbers, made), each) for each in told]
    return Findings(local, [_remote(where, mode, number) for (where, mode), number in addresses.items()], shown)


def _local(told: FileUse | Folder, shown: Shown, numbers: Mapping[Key, Number], made: frozenset[str]) -> DataDocument:
    uses = told.files if isinstance(told, Folder) else (told,)
    users = [numbers[use.path, use.mode] for use in uses]
    number = next((each for each in users if each is not None), None)
    document: DataDocument = {"kind": "file", "path": shown.path(told.path), "mode": told.mode}
    if isinstance(told, Folder):
        document |= {"kind": "folder", "files": len(told.files), "size": told.size, "digest": told.digest()}
    elif told.stamp is not None:
        document |= {"size": told.stamp.size, "mtime": told.stamp.mtime}
        if told.named:
            document["named"] = True
    if number is not None and None not in users:
        document["n"] = number
    if told.mode == "read" and all(use.path in made for use in uses):
        document["made"] = True
    return document


def _remote(where: str, mode: str, number: Number) -> DataDocument:
    document: DataDocument = {"kind": "url", "path": where, "mode": mode}
    if number is not None:
        document["n"] = number
    return document
