"""Runs as people ask for them: a sequence that never changes, narrowed and ordered by chained questions."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from nbtrack.errors import RunNotFound, UsageError
from nbtrack.model.run import History, Kept, Run
from nbtrack.query.filter import RunFilter, arrange, compile_filter
from nbtrack.query.news import changed_rows
from nbtrack.query.outline import outline
from nbtrack.query.parse import parse_order
from nbtrack.query.plotting import Plots, plots
from nbtrack.query.syntax import Filter

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from nbtrack.store.base import Store
    from nbtrack.store.index.table import RunsTable

Points = Callable[[str, str], History]


class Runs(Sequence[Run]):
    """Some runs of a store as they were when asked for. Nothing changes them; every question gives new ``Runs``.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for lr in (0.1, 0.01):
    ...     with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
    ...         opened.log(f1=1 - lr)
    >>> best = nbtrack.runs("params.lr < 1", store=store).order_by("-metrics.f1").limit(1)
    >>> best[0].name, len(best)
    ('lr 0.01', 1)
    """

    __slots__ = ("_kept", "_points", "_rows", "_table")

    def __init__(self, table: RunsTable, rows: Sequence[int], points: Points, kept: Kept | None = None) -> None:
        self._table = table
        self._rows = rows if isinstance(rows, range) else tuple(rows)
        self._points = points
        self._kept = kept

    def filter(self, text: str) -> Runs:
        """Return the runs that pass a filter, in its order if it says one, else in the order they have.

        Raises:
            FilterError: the filter cannot be understood, or names something no run has.
        """
        return self._with(compile_filter(text).apply(self._table, self._rows))

    def order_by(self, *keys: str) -> Runs:
        """Return the runs by one or more keys: ``"-metrics.f1"`` or ``"metrics.f1 desc"``; missing values last.

        Raises:
            FilterError: a key cannot be understood, or names something no run has.
        """
        text = ", ".join(keys)
        order = parse_order(text)
        RunFilter(text, Filter(order=order)).select(self._table, ())
        return self._with(arrange(self._table, self._rows, order))

    def limit(self, count: int) -> Runs:
        """Return the first ``count`` runs."""
        if not _is_count(count):
            raise UsageError(f"limit needs a whole number of runs, not {count!r}")
        return self._with(self._rows[:count])

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame, one row a run: ``id, name, experiment, status, started, duration, condition,
        verdict``, then columns ``params.*``, ``metrics.*`` and ``tags.*`` with the types the values have.
        """  # noqa: D205 - the list of columns is the promise
        from nbtrack.query.frame import frame  # noqa: PLC0415 - pandas is imported when first needed

        return frame(self._table, self._rows)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids, without reading more of them."""
        column = self._table.column("id")
        return tuple(column[row] for row in self._rows)

    def named(self, ids: Sequence[str]) -> Runs:
        """Return those of them that have these ids, in the order of the ids."""
        column = self._table.column("id")
        rows = {column[row]: row for row in self._rows}
        return self._with([rows[run_id] for run_id in ids if run_id in rows])

    @property
    def statuses(self) -> tuple[str, ...]:
        """How each stands or ended, without reading more of them."""
        column = self._table.column("status")
        return tuple(column[row] for row in self._rows)

    def oldest_first(self) -> Runs:
        """Return the same runs in the order in which they started."""
        return self._with(
            self._rows[::-1] if isinstance(self._rows, range) and self._rows.step < 0 else sorted(self._rows)
        )

    def column(self, space: str, key: str | None = None) -> Sequence[Any]:
        """Return one value a run, in their order, as ``RunsTable.column`` has them, without reading more of them."""
        column = self._table.column(space, key)
        return column if self._rows == range(len(column)) else [column[row] for row in self._rows]

    def numbers(self, space: str, key: str) -> array[Any] | None:
        """Return a column of nothing but numbers, as ``RunsTable.numbers`` does; None for any other."""
        found = self._table.numbers(space, key)
        if found is None or self._rows == range(len(found)):
            return found
        return array(found.typecode, [found[row] for row in self._rows])

    def names(self, space: str) -> Sequence[str]:
        """Return every key that some run of the store has in ``space``, in order of first appearance."""
        return self._table.names(space)

    def since(self, before: Runs) -> tuple[Runs, tuple[str, ...]]:
        """Return those that ``before`` had not, or in an older state, and the ids that only ``before`` had."""
        if self._table is before._table and self._rows == before._rows:
            return self._with(()), ()
        had, has = set(before.ids), set(self.ids)
        turned = changed_rows(before._table, self._table)
        ids = self._table.column("id")
        fresh = [row for row in self._rows if row in turned or ids[row] not in had]
        return self._with(fresh), tuple(run_id for run_id in before.ids if run_id not in has)

    @property
    def plot(self) -> Plots:
        """Figures of the runs, made with plotly: ``.curves``, ``.scatter``, ``.parallel`` and ``.importance``."""
        return plots(self)

    def _with(self, rows: Sequence[int]) -> Runs:
        return Runs(self._table, rows, self._points, self._kept)

    def __len__(self) -> int:
        """Return how many runs there are."""
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Runs: ...
    def __getitem__(self, index: int | slice) -> Run | Runs:
        """Return the run at a position, or a slice as ``Runs``."""
        if isinstance(index, slice):
            return self._with(self._rows[index])
        return self._run(self._rows[index])

    def __iter__(self) -> Iterator[Run]:
        """Yield each run, read when its turn comes."""
        return map(self._run, self._rows)

    def __repr__(self) -> str:
        """Return a short table: the first runs with their first params and metrics."""
        return outline(self)

    def _run(self, row: int) -> Run:
        return Run.from_document(self._table.documents[row], self._points, self._kept)


def runs(
    filter: str = "",  # noqa: A002 - the user's word for it
    *,
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    store: Store | str | PathLike[str] | None = None,
) -> Runs:
    """Return the runs that pass ``filter``, newest first unless an order is asked for.

    Args:
        filter: for example ``"params.lr < 0.01 and metrics.accuracy > 0.9 order by metrics.f1 desc limit 20"``;
            empty for all. ``docs/filter-language.md`` has the whole language.
        order_by: one or more keys, ``"-metrics.f1"`` or ``"metrics.f1 desc"``.
        limit: how many at most.
        store: a store or its folder; None for the one of this notebook or folder.

    Raises:
        FilterError: the filter cannot be understood; the message points at the place and suggests the nearest name.
    """
    opened = opened_store(store)
    table = opened.runs()
    newest_first = range(len(table.documents) - 1, -1, -1)
    chosen = Runs(table, newest_first, opened.points, kept_files(opened)).filter(filter)
    if order_by is not None:
        chosen = chosen.order_by(*([order_by] if isinstance(order_by, str) else order_by))
    return chosen if limit is None else chosen.limit(limit)


def run(id_or_prefix: str, store: Store | str | PathLike[str] | None = None) -> Run:
    """Return one run by its id, or by any prefix of the id or of its last part that no other run shares.

    Raises:
        RunNotFound: no run has it; the message names the nearest.
        AmbiguousRun: several runs have it; the message lists them.
    """
    prefix = str(id_or_prefix).strip()
    if not prefix:
        raise RunNotFound("a run is named by its id or a prefix of it; this is empty")
    opened = opened_store(store)
    document = opened.runs().find(prefix)
    if document["deleted"]:
        raise RunNotFound(f"run {document['id']} was deleted")
    return Run.from_document(document, opened.points, kept_files(opened))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def kept_files(store: Store) -> Kept:
    """Return what gives back the artifacts of a store's runs."""
    from nbtrack.store.objects.kept_files import KeptFiles  # noqa: PLC0415 - as below

    return KeptFiles(store)


def opened_store(store: Store | str | PathLike[str] | None) -> Store:
    """Return ``store`` itself, or the store in that folder, or the one discovered from here."""
    from nbtrack.store.base import Store as AnyStore  # noqa: PLC0415 - keeps `import nbtrack` cheap

    if isinstance(store, AnyStore):
        return store
    from nbtrack.store.discovery import open_store  # noqa: PLC0415 - same

    return open_store(store)
