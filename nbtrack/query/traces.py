"""What runs have to do with a file: which wrote it, read it, keep it or list it, told from where its hash stands."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from nbtrack.errors import StoreError
from nbtrack.model.document import FOLDER, RunDocument
from nbtrack.model.ids import short_id
from nbtrack.store.base import Store
from nbtrack.store.index.mentions import Mention, mentions
from nbtrack.store.index.table import RunsTable
from nbtrack.store.objects.hashing import BLAKE3, is_name, tagged

Relation = Literal["wrote", "read", "kept", "showed", "ran", "mentions"]
MADE: Final[frozenset[Relation]] = frozenset({"wrote", "kept", "showed"})
_CODE: Final = ("code/", "environment/", "notebook.ipynb")


@dataclass(frozen=True, slots=True)
class Trace:
    """That one run has to do with a file, and how.

    ``relation``: it "wrote" or "read" the file, "kept" it as an artifact, "showed" it as an output, "ran" it as code
    or was set up by it, or only "mentions" its hash. ``path`` is what the run calls it; ``folder`` the artifact in
    whose list it stands; ``n`` the execution of the slice that used it, None for the run's own.
    """

    run: str
    name: str
    started: datetime
    relation: Relation
    path: str
    folder: str = ""
    n: int | None = None
    size: int | None = None

    @property
    def short(self) -> str:
        """The run's short id."""
        return short_id(self.run)

    @property
    def place(self) -> str:
        """The path as one text, with the artifact it is in."""
        return f"{self.folder}/{self.path}" if self.folder else self.path


class Traces:
    """What the runs of one table have to do with files; the table is looked through, not read."""

    def __init__(self, table: RunsTable, store: Store) -> None:
        self._table = table
        self._store = store
        self._ids = table.column("id")
        self._names = table.column("name")
        self._started = table.column("started")

    def known(self, digests: Collection[str]) -> "Knowing":
        """Return which runs speak of these hashes, and where; one look through the records for all of them."""
        found: dict[str, dict[int, list[Mention]]] = {}
        lists: dict[str, list[Mention]] = {}
        for mention in mentions(self._table.documents, {*digests, FOLDER}) if digests else ():
            if mention.text != FOLDER:
                found.setdefault(mention.text, {}).setdefault(mention.position, []).append(mention)
            elif name := _object(mention.within):
                lists.setdefault(name, []).append(mention)
        return Knowing(self, found, list(self._listed(lists, digests)))

    def of(self, position: int, found: Iterable[Mention]) -> list[Trace]:
        """Return what a run has to do with the file that these mentions are of, each thing once."""
        told: dict[tuple[str, str, int | None], Trace] = {}
        for mention in found:
            trace = self._plain(position, mention.within) if mention.within is not None else None
            for each in [trace] if trace else self._in_document(position, mention.text):
                told.setdefault((each.relation, each.path, each.n), each)
        certain = [each for each in told.values() if each.relation != "mentions"]
        return certain or list(told.values())

    def _listed(
        self, lists: Mapping[str, Sequence[Mention]], digests: Collection[str]
    ) -> Iterator[tuple[int, str, Trace]]:
        """Yield the runs that keep a folder whose list has one of these hashes: position, hash, trace."""
        for name, where in lists.items():
            for digest, path, size in _listed(self._store, name, digests):
                for mention in where:
                    folder = str((mention.within or {}).get("name", ""))
                    yield (
                        mention.position,
                        digest,
                        self._trace(mention.position, "kept", path, folder=folder, size=size),
                    )

    def named(self, name: str) -> Iterator[tuple[int, Mapping[str, Any], str]]:
        """Yield where files of this name stand in runs, oldest first: position, what is recorded of it, its path."""
        word = max(_words(name), key=len, default="")
        for position, _, within in mentions(self._table.documents, [word]) if word else ():
            path = _path_in(within) if within is not None else ""
            if within is not None and path.endswith(name) and _basename(path) == name:
                yield position, within, path

    def told(self, position: int, within: Mapping[str, Any]) -> Trace:
        """Return what a run has to do with a file, from an entry that ``named`` has yielded."""
        return self._plain(position, within) or self._trace(position, "mentions", _path_in(within))

    def _plain(self, position: int, within: Mapping[str, Any] | None) -> Trace | None:
        """Return what an object of a document says, where it says all by itself."""
        given = within or {}
        size = given.get("size")
        known = size if type(size) is int else None
        if isinstance(path := given.get("path"), str) and given.get("mode") in {"read", "write"}:
            number = given.get("n")
            relation: Relation = "read" if given["mode"] == "read" else "wrote"
            return self._trace(position, relation, path, n=number if type(number) is int else None, size=known)
        if isinstance(name := given.get("name"), str) and "media_type" in given:
            return self._trace(position, _of_artifact(name), name, size=known)
        return None

    def _in_document(self, position: int, digest: str) -> list[Trace]:
        found = list(_elsewhere(self._table.documents[position], digest))
        return [self._trace(position, relation, path, n=n) for relation, path, n in found] or [
            self._trace(position, "mentions", "")
        ]

    def _trace(self, position: int, relation: Relation, path: str, **more: Any) -> Trace:
        started = datetime.fromtimestamp(self._started[position] / 1000, UTC)
        return Trace(self._ids[position], self._names[position], started, relation, path, **more)


class Knowing:
    """Which runs speak of some hashes, and where."""

    def __init__(
        self,
        traces: Traces,
        found: Mapping[str, Mapping[int, list[Mention]]],
        listed: Sequence[tuple[int, str, Trace]],
    ) -> None:
        self._traces = traces
        self._found = found
        self._listed = listed

    def positions(self, digests: Collection[str]) -> list[int]:
        """Return the runs that speak of any of these hashes, newest first."""
        spoken = {position for digest in digests for position in self._found.get(digest, ())}
        return sorted(spoken | {position for position, digest, _ in self._listed if digest in digests}, reverse=True)

    def makers(self, digests: Collection[str]) -> list[int]:
        """Return those of them that wrote or keep the file, newest first.

        A run that builds on a cell that wrote it did so itself only where no run is known to be of that cell.
        """
        own, inherited = set[int](), set[int]()
        for digest in digests:
            for position, where in self._found.get(digest, {}).items():
                made = [mention.within or {} for mention in where if _is_made(mention)]
                if any("n" not in each for each in made):
                    own.add(position)
                elif made:
                    inherited.add(position)
        own |= {position for position, digest, _ in self._listed if digest in digests}
        return sorted(own or inherited, reverse=True)

    def reads(self, position: int, digests: Collection[str]) -> bool:
        """Tell whether a run read the file."""
        where = [mention for digest in digests for mention in self._found.get(digest, {}).get(position, ())]
        return any((mention.within or {}).get("mode") == "read" for mention in where)

    def of(self, position: int, digests: Collection[str]) -> list[Trace]:
        """Return what one run has to do with the file of these hashes."""
        where = [mention for digest in digests for mention in self._found.get(digest, {}).get(position, ())]
        listed = [trace for at, digest, trace in self._listed if at == position and digest in digests]
        return [*(self._traces.of(position, where) if where else ()), *listed]


def _is_made(mention: Mention) -> bool:
    within = mention.within or {}
    if within.get("mode") == "write":
        return True
    name = within.get("name")
    return "media_type" in within and isinstance(name, str) and _of_artifact(name) in MADE


def _of_artifact(name: str) -> Relation:
    if name.startswith("outputs/"):
        return "showed"
    return "ran" if name.startswith(_CODE) else "kept"


def _elsewhere(document: RunDocument, digest: str) -> Iterator[tuple[Relation, str, int | None]]:
    """Yield what a hash is that stands in no entry of its own: a cell's source, a patch, an environment."""
    code, environment = document["code"] or {}, document["environment"] or {}
    executions: Sequence[Any] = (document.get("slice") or {"executions": []})["executions"]
    for each in executions:
        if isinstance(each, dict) and each.get("source") == digest:
            yield "ran", "the source of a cell", each.get("n")
    if code.get("patch") == digest:
        yield "ran", "its uncommitted changes", None
    modules = code.get("modules")
    for name, module in modules.items() if isinstance(modules, dict) else ():
        if isinstance(module, dict) and digest in {module.get("sha256"), module.get("blob")}:
            yield "ran", f"code/{name}", None
    if environment.get("sha256") == digest:
        yield "ran", "the list of its packages", None
    entries: Sequence[Any] = [*document["data"], *document["artifacts"]]
    for each in entries:
        if isinstance(each, dict) and digest in each.values():
            name = str(each.get("path") or each.get("name"))
            told: Relation = "read" if each.get("mode") == "read" else "wrote" if "mode" in each else _of_artifact(name)
            number = each.get("n")
            yield told, name, number if type(number) is int else None


def _path_in(within: Mapping[str, Any]) -> str:
    """Return what an entry calls a file that was read, written or kept; nothing where it is none."""
    if within.get("mode") in {"read", "write"}:
        path = within.get("path")
        return path if isinstance(path, str) else ""
    name = within.get("name") if "media_type" in within else None
    return name if isinstance(name, str) and not name.startswith(_CODE) else ""


def _object(within: Mapping[str, Any] | None) -> str:
    """Return what the list of a folder is called in the store; empty where an entry does not say."""
    given = within or {}
    for algorithm in ("sha256", BLAKE3):
        if isinstance(digest := given.get(algorithm), str) and is_name(tagged(algorithm, digest)):
            return tagged(algorithm, digest)
    return ""


def _listed(store: Store, name: str, digests: Collection[str]) -> Iterator[tuple[str, str, int | None]]:
    """Yield hash, path and size of what a folder's list has; nothing where the list is gone or is none."""
    from nbtrack.store.objects.manifest import decode  # noqa: PLC0415 - few stores keep folders

    try:
        content = store.get(name)
        if not any(digest.encode() in content for digest in digests):
            return
        entries = decode(content).files
    except StoreError:
        return
    for entry in entries:
        digest = entry.ref.name.rpartition(":")[2] if entry.ref else ""
        if digest in digests and entry.ref:
            yield digest, entry.path, entry.ref.size


def _words(name: str) -> list[str]:
    """Return the parts of a name that JSON writes as they are."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._+-") else " " for letter in name
    ).split()


def _basename(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
