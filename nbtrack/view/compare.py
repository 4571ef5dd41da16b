"""A comparison as an object: the runs, which of them are selected, and who wants to know."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nbtrack.errors import RunNotFound
from nbtrack.model.ids import matches
from nbtrack.model.run import Run
from nbtrack.query.question import Question
from nbtrack.query.runs import Runs
from nbtrack.view.comparison import comparison_html, comparison_text
from nbtrack.view.follow import oldest_first

MARK = {"nbtrack": {"kind": "comparison"}}


class Change(dict[str, Any]):
    """What an observer is told: ``name``, ``old``, ``new``, ``owner`` and ``type``, as items and as attributes."""

    def __getattr__(self, name: str) -> Any:
        """Return an item."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


Observer = Callable[[Change], object]


class Comparison:
    """Runs side by side. As the last expression of a cell it shows a table to sort and filter, charts, and diffs.

    The output is complete in itself: it works after the kernel is gone, and reads as a table where scripts do not run.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for lr in (0.1, 0.01):
    ...     with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
    ...         opened.log(f1=1 - lr)
    >>> comparison = nbtrack.compare(store=store)
    >>> comparison.observe(lambda change: print([run.name for run in change.new]))
    >>> comparison.selected = [opened.id]
    ['lr 0.01']
    """

    def __init__(self, runs: Sequence[Run], title: str = "", question: Question | None = None) -> None:
        self.title = title
        self.question = question
        self._runs = runs
        self._chosen: tuple[str, ...] = ()
        self._observers: list[Observer] = []

    @property
    def runs(self) -> Sequence[Run]:
        """The runs that are compared; in a live kernel, as they are now."""
        return self._runs

    @property
    def selected(self) -> Sequence[Run]:
        """The runs that are selected, in the order in which they were. Assign runs or ids to select others.

        Raises:
            RunNotFound: when assigned: the comparison has no such run.
        """
        return self._of(self._chosen)

    @selected.setter
    def selected(self, what: Iterable[Run | str]) -> None:
        self.select([self._known(each) for each in what])

    def select(self, ids: Iterable[str]) -> bool:
        """Select the runs with these ids, those that are not compared left out; tell whether that changed anything."""
        there = frozenset(self.ids)
        chosen = tuple(dict.fromkeys(run_id for run_id in ids if run_id in there))
        if chosen == self._chosen:
            return False
        old, self._chosen = self._chosen, chosen
        self._show_selected()
        change = Change(name="selected", old=self._of(old), new=self._of(chosen), owner=self, type="change")
        self._tell(change)
        return True

    def _tell(self, change: Change) -> None:
        """Tell every observer, whatever the others do; the first exception of theirs goes to whoever selected."""
        problems: list[Exception] = []
        for observer in list(self._observers):
            try:
                observer(change)
            except Exception as problem:  # noqa: BLE001 - it is raised below
                problems.append(problem)
        if problems:
            raise problems[0]

    def observe(self, observer: Observer, names: str | Sequence[str] = "selected") -> None:
        """Call ``observer`` with a change whenever other runs are selected, in the page or in Python.

        Args:
            observer: takes a change, ``change.new`` and ``change.old`` being runs.
            names: as traitlets have it; there is only ``"selected"``.
        """
        if names != "selected" and list(names) != ["selected"]:
            raise AttributeError(f"a comparison has nothing to observe but 'selected', not {names!r}")
        if observer not in self._observers:
            self._observers.append(observer)

    def unobserve(self, observer: Observer, names: str | Sequence[str] = "selected") -> None:  # noqa: ARG002 - as traitlets have it
        """Call an observer no more."""
        if observer in self._observers:
            self._observers.remove(observer)

    def _show_selected(self) -> None:
        """Tell whatever shows the comparison; where nothing does, there is nobody to tell."""

    def settle(self) -> None:
        """Keep the runs as they are now: nothing brings the comparison up to date any more."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the runs that are compared."""
        runs = self.runs
        return runs.ids if isinstance(runs, Runs) else tuple(run.id for run in runs)

    def _known(self, what: Run | str) -> str:
        if isinstance(what, Run):
            what = what.id
        found = [each for each in self.ids if each == what or (len(what) > 1 and matches(each, what))]
        if len(found) != 1:
            raise RunNotFound(f"{'no' if not found else 'more than one'} run {what[:80]!r} in this comparison")
        return found[0]

    def _of(self, ids: Sequence[str]) -> Sequence[Run]:
        """Return the runs with these ids, in their order."""
        runs = self.runs
        if isinstance(runs, Runs):
            return runs.named(ids)
        by_id = {run.id: run for run in runs}
        return [by_id[run_id] for run_id in ids if run_id in by_id]

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        return comparison_html(oldest_first(self.runs), self.title).mimebundle(), MARK

    def __repr__(self) -> str:
        """Return the table as text."""
        return comparison_text(oldest_first(self.runs))
