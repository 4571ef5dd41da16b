"""The table of all runs: TinyDB's read-only front over the assembled documents, with columns for fast filters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, NoReturn, Protocol, cast

from tinydb.queries import QueryInstance
from tinydb.storages import Storage
from tinydb.table import Document, Table

from nbtrack.errors import AmbiguousRun, RunNotFound, StoreReadOnly
from nbtrack.model.document import RunDocument
from nbtrack.model.ids import matches
from nbtrack.model.tagged import untag

_LISTED = 8
_NEWEST = 5


class Selects(Protocol):
    """A compiled filter: it narrows a list of row numbers, column by column."""

    def select(self, table: "RunsTable", rows: Sequence[int]) -> list[int]:
        """Return those of ``rows`` (ascending positions in ``table.documents``) that pass."""


class RunsTable(Table):
    """All runs that are not deleted, oldest first, as they were when the table was taken from ``Store.runs()``.

    ``search(condition)`` takes a TinyDB query, any callable of a document, or a compiled filter (``Selects``).
    A document's ``doc_id`` is its row number; ``everything`` has the deleted runs as well. Writing methods raise
    ``StoreReadOnly``.
    """

    default_query_cache_capacity = 0
    documents: Sequence[RunDocument]
    everything: Sequence[RunDocument]

    def __init__(self, documents: Sequence[RunDocument], everything: Sequence[RunDocument]) -> None:
        self.documents = documents
        self.everything = everything
        self._columns: dict[tuple[str, str | None], Sequence[Any]] = {}
        self._names: dict[str, Sequence[str]] = {}
        super().__init__(_Shown(documents), "runs", cache_size=0)

    @classmethod
    def of(cls, documents: Iterable[RunDocument]) -> "RunsTable":
        """Return the table of runs given oldest first, deleted ones included."""
        everything = tuple(documents)
        return cls(tuple(document for document in everything if not document["deleted"]), everything)

    def __len__(self) -> int:
        return len(self.documents)

    def search(self, cond: Any) -> list[Document]:
        """Return the runs that satisfy a condition, oldest first."""
        if not isinstance(cond, QueryInstance) and hasattr(cond, "select"):
            selected = cast("Selects", cond).select(self, range(len(self.documents)))
            return [Document(self.documents[row], row) for row in selected]
        return [Document(document, row) for row, document in enumerate(self.documents) if cond(document)]

    def column(self, space: str, key: str | None = None) -> Sequence[Any]:
        """Return one value a run, in row order, as Python values; None where a run has none.

        ``space`` is ``"params"``, ``"metrics"``, ``"tags"``, ``"hardware"``, ``"code"``, ``"environment"`` or
        ``"cell"`` with a ``key``, or a top-level member (``"status"``, ``"name"``, ``"started"``...) without one.
        Columns are made once and kept.
        """
        column = self._columns.get((space, key))
        if column is None:
            documents = cast("Sequence[Mapping[str, Any]]", self.documents)
            if key is None:
                found = (document.get(space) for document in documents)
            else:
                found = ((document.get(space) or _NOTHING).get(key) for document in documents)
            column = [untag(value) if type(value) in _NESTED else value for value in found]
            self._columns[space, key] = column
        return column

    def names(self, space: str) -> Sequence[str]:
        """Return every key some run has in ``space``, in order of first appearance."""
        names = self._names.get(space)
        if names is None:
            found: dict[str, Any] = {}
            for document in cast("Sequence[Mapping[str, Any]]", self.documents):
                found.update(document.get(space) or _NOTHING)
            names = self._names[space] = tuple(found)
        return names

    def find(self, prefix: str) -> RunDocument:
        """Return the run with this id or unique prefix (of the id or of its random half); deleted runs included.

        Raises:
            RunNotFound: none; the message names the nearest ids and says how to list runs.
            AmbiguousRun: several; the message lists the candidates with their names and times.
        """
        wanted = prefix.lower()
        found = [document for document in self.everything if wanted and matches(document["id"], wanted)]
        exact = [document for document in found if document["id"] == wanted]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if not found:
            raise RunNotFound(self._not_found(prefix))
        raise AmbiguousRun(_ambiguous(prefix, found))

    def _not_found(self, prefix: str) -> str:
        wanted = prefix.casefold()
        named = [document for document in self.documents if document["name"].strip().casefold() == wanted]
        return _only_named(prefix, named) if named else self._nearest(prefix)

    def _nearest(self, prefix: str) -> str:
        ids = [document["id"] for document in self.everything]
        halves = {run_id.rpartition("-")[2]: run_id for run_id in ids}
        near = [
            *get_close_matches(prefix[:80], ids, 3),
            *(halves[half] for half in get_close_matches(prefix[:80], halves, 3)),
        ]
        nearest = f"; the nearest are {', '.join(dict.fromkeys(near))}" if near else ""
        return f"no run {prefix[:80]!r}{nearest}; `%runs` or `nbtrack ls` lists them"

    def insert(self, document: Mapping[str, Any]) -> NoReturn:  # noqa: ARG002 - TinyDB's signature
        """Refuse: runs are recorded, not inserted."""
        _refuse()

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> NoReturn:  # noqa: ARG002 - TinyDB's signature
        """Refuse: runs are recorded, not inserted."""
        _refuse()

    def _update_table(self, updater: Callable[[Any], None]) -> NoReturn:  # noqa: ARG002 - TinyDB's signature
        _refuse()


class _Shown(Storage):
    """Documents for the methods that TinyDB brings along; nothing is ever written through it."""

    def __init__(self, documents: Sequence[RunDocument]) -> None:
        self._documents = documents
        self._tables: dict[str, dict[str, Any]] | None = None

    def read(self) -> dict[str, dict[str, Any]]:
        if self._tables is None:
            self._tables = {"runs": {str(row): document for row, document in enumerate(self._documents)}}
        return self._tables

    def write(self, data: dict[str, dict[str, Any]]) -> NoReturn:  # noqa: ARG002 - TinyDB's signature
        _refuse()


def _refuse() -> NoReturn:
    raise StoreReadOnly("the table of runs is for asking; runs change through nbtrack.start_run and run tags")


def _ambiguous(prefix: str, found: Sequence[RunDocument]) -> str:
    lines = [f"{prefix[:80]!r} is the beginning of {len(found)} runs; write more of it:"]
    return "\n".join([*lines, *map(_line, found[-_LISTED:])])


def _only_named(name: str, named: Sequence[RunDocument]) -> str:
    """A name is no id, since many runs may share it: show the ids that the newest of them have."""
    newest = named[: -_NEWEST - 1 : -1]
    runs = "a run" if len(named) == 1 else f"{len(named)} runs"
    those = "; the newest" if len(named) > len(newest) else ""
    head = f"{name[:80]!r} is the name of {runs}, and here an id is needed, or its beginning{those}:"
    return "\n".join([head, *map(_line, newest)])


def _line(document: RunDocument) -> str:
    started = datetime.fromtimestamp(document["started"] / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return f"  {document['id']}  {started}  {document['name'][:60]!r}"


_NOTHING: Mapping[str, Any] = {}
_NESTED = frozenset({dict, list})
Condition = Selects | Callable[[Mapping[str, Any]], bool]
__all__ = ["Condition", "Document", "RunsTable", "Selects"]
