"""The table of all runs: TinyDB's read-only front over the assembled documents, with columns for fast filters."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol, cast

from tinydb.queries import QueryInstance
from tinydb.storages import Storage
from tinydb.table import Document, Table

from nbtrack.errors import AmbiguousRun, RunNotFound, StoreReadOnly
from nbtrack.model.document import RunDocument
from nbtrack.store.index.column import joined, numbers
from nbtrack.store.index.rows import RUN, LooseRows, Rows
from nbtrack.store.index.sheet_writing import in_order
from nbtrack.store.index.weave import Documents, Span, spans, weave

if TYPE_CHECKING:
    from array import array

_LISTED = 8
_NEWEST = 5
_SOUGHT = 2_000  # the newest ids, among which one that was mistyped is sought
_COLUMNS = 512


class Place(NamedTuple):
    """Some runs of a table, and those rows of them that stand elsewhere in a newer form."""

    rows: Rows
    hidden: Collection[int] = frozenset()


class Selects(Protocol):
    """A compiled filter: it narrows a list of row numbers, column by column."""

    def select(self, table: "RunsTable", rows: Sequence[int]) -> list[int]:
        """Return those of ``rows`` (ascending positions in ``table.documents``) that pass."""


class RunsTable(Table):
    """All runs that are not deleted, oldest first, as they were when the table was taken from ``Store.runs()``.

    ``search(condition)`` takes a TinyDB query, any callable of a document, or a compiled filter (``Selects``).
    A document's ``doc_id`` is its row number; ``everything`` has the deleted runs as well. Documents are read when
    they are asked for: what columns can tell is had for a fraction of the time. Writing methods raise
    ``StoreReadOnly``.
    """

    default_query_cache_capacity = 0

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places
        self.documents = Documents(
            weave(spans(place.rows, 0, place.rows.count, place.hidden) for place in places),
        )
        self._columns: dict[tuple[str, str], Sequence[Any]] = {}
        self._numbers: dict[tuple[str, str], array[Any] | None] = {}
        self._floats: dict[tuple[str, str], Sequence[float] | None] = {}
        self._names: dict[str, Sequence[str]] = {}
        super().__init__(_Shown(self.documents), "runs", cache_size=0)

    @classmethod
    def of(cls, documents: Iterable[RunDocument]) -> "RunsTable":
        """Return the table of runs given oldest first, deleted ones included."""
        return cls((Place(LooseRows(documents)),))

    def __len__(self) -> int:
        return len(self.documents)

    @cached_property
    def everything(self) -> Documents:
        """All runs, deleted ones included, oldest first."""
        if not any(place.rows.deleted for place in self._places):
            return self.documents
        deleted = (
            spans(place.rows, place.rows.count, place.rows.count + place.rows.deleted, place.hidden)
            for place in self._places
        )
        return Documents(weave([self.documents.spans, *deleted]))

    def search(self, cond: Any) -> list[Document]:
        """Return the runs that satisfy a condition, oldest first."""
        if not isinstance(cond, QueryInstance) and hasattr(cond, "select"):
            selected = cast("Selects", cond).select(self, range(len(self.documents)))
            return [Document(self.documents[row], row) for row in selected]
        return [Document(document, row) for row, document in enumerate(self.documents) if cond(document)]

    def column(self, space: str, key: str | None = None) -> Sequence[Any]:
        """Return one value a run, in row order, as Python values; None where a run has none.

        ``space`` is ``"params"``, ``"metrics"``, ``"tags"``, ``"hardware"``, ``"code"``, ``"environment"``,
        ``"cell"`` or ``"health"`` with a ``key``, or a top-level member (``"status"``, ``"name"``, ``"started"``...)
        without one. Columns are made once and kept.
        """
        return self._column((RUN, space) if key is None else (space, key))

    def _column(self, asked: tuple[str, str]) -> Sequence[Any]:
        column = self._columns.get(asked)
        if column is None:
            column = _kept(self._columns, asked, self._joined(asked))
        return column

    def _joined(self, asked: tuple[str, str]) -> Sequence[Any]:
        woven = self.documents.spans
        if len(woven) == 1 and woven[0].is_all():
            return woven[0].rows.values(*asked)
        found: list[Any] = []
        for span in woven:
            found += span.rows.values(*asked)[span.start : span.stop]
        return found

    def numbers(self, space: str, key: str) -> "array[Any] | None":
        """Return a column that holds nothing but numbers as an array: ``array("q")`` where every run has a whole
        number, else ``array("d")`` with NaN where a run has none. None for any other column.

        The space of what runs have without one is ``"run"``.
        """  # noqa: D205 - what the kinds mean is the promise
        asked = (space, key)
        if asked not in self._numbers:
            parts = self._parts(asked)
            _kept(self._numbers, asked, None if None in parts else joined(cast("list[array[Any]]", parts)))
        return self._numbers[asked]

    def _parts(self, asked: tuple[str, str]) -> "list[array[Any] | None]":
        """Return the numbers of each stretch. Rows that stand elsewhere in a newer form have no say in their kind."""
        woven = self.documents.spans
        held = {rows: rows.numbers(*asked) for rows in dict.fromkeys(span.rows for span in woven)}
        return [_part(span, asked, held[span.rows]) for span in woven]

    def floats(self, space: str, key: str) -> Sequence[float] | None:
        """Return a column of nothing but numbers for a loop over them, NaN where a run has none; None for any other."""
        asked = (space, key)
        if asked not in self._floats:
            found = self.numbers(space, key)
            _kept(self._floats, asked, None if found is None else found.tolist())
        return self._floats[asked]

    def names(self, space: str) -> Sequence[str]:
        """Return every key some run has in ``space``, in order of first appearance."""
        names = self._names.get(space)
        if names is None:
            firsts = self._firsts(space)
            names = self._names[space] = tuple(firsts if self._is_plain() else self._ordered(space, firsts))
        return names

    def _is_plain(self) -> bool:
        """Tell whether the places follow one another, each with all its runs."""
        return all(span.is_all() for span in self.documents.spans)

    def _firsts(self, space: str) -> dict[str, int]:
        """Return for each key the row of the first run that has it."""
        woven = self.documents.spans
        hidden = {place.rows: place.hidden for place in self._places}
        found: dict[str, int] = {}
        for rows in dict.fromkeys(span.rows for span in woven):
            mine = [k for k, span in enumerate(woven) if span.rows is rows]
            starts = [woven[k].start for k in mine]
            for name, row in rows.firsts(space, hidden[rows]).items():
                position = self.documents.position(mine[bisect_right(starts, row) - 1], row)
                found[name] = min(found.get(name, position), position)
        return found

    def _ordered(self, space: str, firsts: Mapping[str, int]) -> Sequence[str]:
        return in_order(space, firsts, self.documents.__getitem__)

    def find(self, prefix: str) -> RunDocument:
        """Return the run with this id or unique prefix (of the id or of its random half); deleted runs included.

        Raises:
            RunNotFound: none; the message names the nearest ids and says how to list runs.
            AmbiguousRun: several; the message lists the candidates with their names and times.
        """
        wanted = prefix.lower()
        found = self._matching(wanted) if wanted else []
        exact = [place for place in found if place[0].age(place[1])[1] == wanted]
        if len(exact or found) == 1:
            rows, row = (exact or found)[0]
            return rows.document(row)
        if not found:
            raise RunNotFound(self._not_found(prefix))
        newest = sorted(found, key=lambda place: place[0].age(place[1]))[-_LISTED:]
        raise AmbiguousRun(_ambiguous(prefix, len(found), [rows.document(row) for rows, row in newest]))

    def _matching(self, wanted: str) -> list[tuple[Rows, int]]:
        found = ((place, row) for place in self._places for row in place.rows.matching(wanted))
        return [(place.rows, row) for place, row in found if row not in place.hidden]

    def _not_found(self, prefix: str) -> str:
        wanted = prefix.casefold()
        names = self.column("name")
        named = [row for row, name in enumerate(names) if name.strip().casefold() == wanted]
        if not named:
            return self._nearest(prefix)
        return _only_named(prefix, len(named), [self.documents[row] for row in named[: -_NEWEST - 1 : -1]])

    def _nearest(self, prefix: str) -> str:
        ids = self.column("id")[-_SOUGHT:]
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


def _ambiguous(prefix: str, count: int, newest: Sequence[RunDocument]) -> str:
    lines = [f"{prefix[:80]!r} is the beginning of {count} runs; write more of it:"]
    return "\n".join([*lines, *map(_line, newest)])


def _only_named(name: str, count: int, newest: Sequence[RunDocument]) -> str:
    """A name is no id, since many runs may share it: show the ids that the newest of them have."""
    runs = "a run" if count == 1 else f"{count} runs"
    those = "; the newest" if count > len(newest) else ""
    head = f"{name[:80]!r} is the name of {runs}, and here an id is needed, or its beginning{those}:"
    return "\n".join([head, *map(_line, newest)])


def _part(span: Span, asked: tuple[str, str], held: "array[Any] | None") -> "array[Any] | None":
    if held is None:  # of several kinds, perhaps in other rows only
        return numbers(span.rows.values(*asked)[span.start : span.stop])
    return held if span.is_all() else held[span.start : span.stop]


def _kept(cache: dict[Any, Any], key: Any, value: Any) -> Any:
    """Keep what was made, but not without end: there are stores of twelve thousand metrics."""
    if len(cache) >= _COLUMNS:
        cache.clear()
    cache[key] = value
    return value


def _line(document: RunDocument) -> str:
    started = datetime.fromtimestamp(document["started"] / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return f"  {document['id']}  {started}  {document['name'][:60]!r}"


Condition = Selects | Callable[[Mapping[str, Any]], bool]
__all__ = ["Condition", "Document", "RunsTable", "Selects"]
