"""A question that can be asked again: which runs of a store, by a filter or by their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from nbtrack.model.ids import matches
from nbtrack.model.run import Run
from nbtrack.query.choosing import choose, named
from nbtrack.query.runs import Runs, kept_files, opened_store
from nbtrack.store.base import Store

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable


@dataclass(frozen=True, slots=True)
class Question:
    """Runs of ``store``: those with these ``ids``, in that order, or where there are none, those that pass ``text``.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> question = Question(store, "metrics.f1 > 0.5")
    >>> before = len(question.answer(store.runs()))
    >>> with nbtrack.start_run("one", store=store) as opened:
    ...     opened.log(f1=0.75)
    >>> before, len(question.answer(store.runs()))
    (0, 1)
    """

    store: Store
    text: str = ""
    ids: tuple[str, ...] | None = None

    def answer(self, table: "RunsTable") -> Runs:
        """Return the runs as they are in ``table``; ids that it has not, or not any more, are left out.

        Raises:
            FilterError: the filter names something that no run has.
        """
        everything = Runs(table, range(len(table.documents) - 1, -1, -1), self.store.points, kept_files(self.store))
        if self.ids is None:
            return everything.filter(self.text) if self.text else everything
        rows = {run_id: row for row, run_id in enumerate(table.column("id"))}
        return Runs(table, [rows[each] for each in self.ids if each in rows], self.store.points, kept_files(self.store))


def question_of(
    what: str | Sequence[str] | Sequence[Run], store: Store | str | PathLike[str] | None = None
) -> tuple[Sequence[Run], Question]:
    """Return the runs that a person names - by a filter, ids or runs - and the question that names them again.

    Raises:
        FilterError: the filter cannot be understood.
        RunNotFound: no run has one of the ids.
        AmbiguousRun: several runs share a prefix.
    """
    place = opened_store(store)
    if isinstance(what, str):
        chosen = choose(what, store=place)
        return chosen, Question(place, ids=chosen.ids) if _are_ids(what, chosen) else Question(place, what)
    if isinstance(what, Runs):
        return what, Question(place, ids=what.ids)
    ids = [each for each in what if isinstance(each, str)]
    found = [*(named(ids, store=place) if ids else ()), *(each for each in what if isinstance(each, Run))]
    return found, Question(place, ids=tuple(run.id for run in found))


def _are_ids(text: str, found: Runs) -> bool:
    """Tell whether ``choose`` took the words for ids: then each names a run that was found."""
    words = [word.strip(",").lower() for word in text.split()]
    return bool(words) and all(any(matches(run_id, word) for run_id in found.ids[: len(words)]) for word in words)
