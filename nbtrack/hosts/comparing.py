"""``nbtrack.compare``: runs side by side - alive where a person and a kernel are, complete in itself everywhere."""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

from nbtrack.errors import UsageError
from nbtrack.hosts.display import show
from nbtrack.hosts.front_end import attended, kernel_of
from nbtrack.model.run import Run
from nbtrack.query.question import Question, question_of
from nbtrack.store.base import Store
from nbtrack.view.bundle import Bundle
from nbtrack.view.compare import Comparison

if TYPE_CHECKING:
    from nbtrack.hosts.live import Shown
    from nbtrack.hosts.widget import ComparisonWidget


class LiveComparison(Comparison):
    """A comparison that is kept up to date while a kernel and a person are there; see ``Comparison``.

    ``live`` says whether to: None for where a person sits in front of the notebook, as JupyterLab, Notebook and VS Code
    tell; never where a notebook is executed by a program, unless True.
    """

    def __init__(
        self, runs: Sequence[Run], title: str = "", question: Question | None = None, *, live: bool | None = None
    ) -> None:
        super().__init__(runs, title, question)
        self.live = live
        self.shown: Shown | None = None

    @property
    def runs(self) -> Sequence[Run]:
        """The runs that are compared; while the comparison is live, as they are now."""
        return self.shown.runs if self.shown else self._runs

    @property
    def widget(self) -> "ComparisonWidget":
        """The comparison as a plain widget, to be put in a layout; it lives and dies with the kernel.

        Raises:
            UsageError: there is no kernel here, or the runs are in no store.
        """
        if kernel_of() is None:
            raise UsageError("a widget needs a Jupyter kernel; show the comparison itself, or write it with nbtrack")
        self.shown = self.shown or self._live(attended())
        if self.shown is None:
            raise UsageError("these runs are not in the store; nothing could be kept up to date")
        return self.shown.widget()

    def _show_selected(self) -> None:
        if self.shown:
            self.shown.show_selected(self._chosen)

    def settle(self) -> None:
        """Keep the runs as they are now, and let go of what kept them up to date: IPython's ``Out`` may keep us."""
        self._runs, self.shown = self.runs, None

    def display(self) -> None:
        """Show the comparison as an output of the running cell."""
        shown = self._followed()
        if shown is None:
            data, _ = self._repr_mimebundle_()
            show(Bundle(data["text/html"], data["text/plain"]), "comparison")
            return
        from nbtrack.hosts.live import display  # noqa: PLC0415 - ipywidgets when first needed

        display(shown, attended())

    def _ipython_display_(self) -> None:
        if self._followed() is None:
            raise NotImplementedError  # IPython takes the MIME bundle then
        self.display()

    def _followed(self) -> "Shown | None":
        """Return what keeps the comparison up to date, begun now where it is wanted."""
        cell = attended()
        wanted = cell is not None if self.live is None else self.live
        if wanted and self.shown is None:
            self.shown = self._live(cell)
        return self.shown if wanted else None

    def _live(self, cell: str | None) -> "Shown | None":
        from nbtrack.hosts.live import show_live  # noqa: PLC0415 - ipywidgets when first needed

        return show_live(self, cell)


def compare(
    what: str | Sequence[str] | Sequence[Run] = "",
    *,
    title: str = "",
    store: Store | str | PathLike[str] | None = None,
    live: bool | None = None,
) -> LiveComparison:
    """Compare runs.

    Args:
        what: a filter, ids separated by spaces, a list of ids, or runs; empty for all.
        title: shown above the comparison.
        store: a store or its folder; None for the one of this notebook or folder.
        live: whether new runs and points appear by themselves; None for wherever a person sits in front.

    Raises:
        FilterError: the filter cannot be understood.
        RunNotFound: no run has one of the ids.
        AmbiguousRun: several runs share a prefix.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for lr in (0.1, 0.01):
    ...     with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
    ...         opened.log(f1=1 - lr)
    >>> len(nbtrack.compare("params.lr < 1", store=store).runs)
    2
    """
    found, question = question_of(what, store)
    return LiveComparison(found, title, question, live=live)
