"""``nbtrack.compare``: runs side by side, as an object that shows itself."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

from nbtrack.model.run import Run
from nbtrack.query.choosing import choose, named
from nbtrack.query.runs import Runs
from nbtrack.store.base import Store
from nbtrack.view.comparison import comparison_html

MARK = {"nbtrack": {"kind": "comparison"}}


class Comparison:
    """Runs side by side. As the last expression of a cell it shows a table to sort and filter, charts, and diffs.

    The output is complete in itself: it works after the kernel is gone, and reads as a table where scripts do not run.
    """

    def __init__(self, runs: Sequence[Run], title: str = "") -> None:
        self.runs = runs
        self.title = title

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        oldest_first = sorted(self.runs, key=lambda run: run.started)
        return comparison_html(oldest_first, self.title).mimebundle(), MARK

    def __repr__(self) -> str:
        """Return the table as text."""
        return self._repr_mimebundle_()[0]["text/plain"]


def compare(
    what: str | Sequence[str] | Sequence[Run] = "",
    *,
    title: str = "",
    store: Store | str | PathLike[str] | None = None,
) -> Comparison:
    """Compare runs.

    Args:
        what: a filter, ids separated by spaces, a list of ids, or runs; empty for all.
        title: shown above the comparison.
        store: a store or its folder; None for the one of this notebook or folder.

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
    if isinstance(what, str):
        return Comparison(choose(what, store=store), title)
    if isinstance(what, Runs):
        return Comparison(what, title)
    ids = [item for item in what if isinstance(item, str)]
    found = named(ids, store=store) if ids else ()
    return Comparison([*found, *(item for item in what if isinstance(item, Run))], title)
