"""The table of all runs: TinyDB's read-only front over the assembled documents, with columns for fast filters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tinydb.table import Document, Table

from nbtrack.model.document import RunDocument


class Selects(Protocol):
    """A compiled filter: it narrows a list of row numbers, column by column."""

    def select(self, table: "RunsTable", rows: Sequence[int]) -> list[int]:
        """Return those of ``rows`` (ascending positions in ``table.documents``) that pass."""


class RunsTable(Table):
    """All runs that are not deleted, oldest first, as they were when the table was taken from ``Store.runs()``.

    ``search(condition)`` takes a TinyDB query, any callable of a document, or a compiled filter (``Selects``).
    Writing methods raise ``StoreReadOnly``.
    """

    documents: Sequence[RunDocument]

    def column(self, space: str, key: str | None = None) -> Sequence[Any]:
        """Return one value a run, in row order, as Python values; None where a run has none.

        ``space`` is ``"params"``, ``"metrics"``, ``"tags"``, ``"hardware"``, ``"code"``, ``"environment"`` or
        ``"cell"`` with a ``key``, or a top-level member (``"status"``, ``"name"``, ``"started"``...) without one.
        Columns are made once and kept.
        """
        raise NotImplementedError

    def names(self, space: str) -> Sequence[str]:
        """Return every key some run has in ``space``, in order of first appearance."""
        raise NotImplementedError

    def find(self, prefix: str) -> RunDocument:
        """Return the run with this id or unique prefix (of the id or of its random half); deleted runs included.

        Raises:
            RunNotFound: none; the message names the nearest ids and says how to list runs.
            AmbiguousRun: several; the message lists the candidates with their names and times.
        """
        raise NotImplementedError


Condition = Selects | Callable[[Mapping[str, Any]], bool]
__all__ = ["Condition", "Document", "RunsTable", "Selects"]
