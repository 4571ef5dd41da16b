"""Where drawing is plugged in: ``Runs.plot`` draws, and asking knows nothing of how.

The reading arm asks in ``query`` and shows in ``view``, and ``query`` never imports ``view``; the front door brings
both together when nbtrack is imported, which costs nothing until somebody draws.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from nbtrack.model.run import Run


class Plots(Protocol):
    """Figures of some runs, for people who go on with plotly. ``nbtrack.view.figures.Figures`` draws them."""

    def curves(self, metric: str | None = None, *, smooth: float = 0.0) -> "go.Figure":
        """Return the series of a metric, a line a run."""

    def scatter(self, x: str, y: str, *, colour: str | None = None) -> "go.Figure":
        """Return one value of the runs over another, a mark a run."""

    def parallel(self, *columns: str, colour: str | None = None) -> "go.Figure":
        """Return the runs as lines over one axis a column."""

    def importance(self, metric: str) -> "go.Figure":
        """Return a bar for each param: how much of the metric goes with it."""


_makers: list[Callable[["Sequence[Run]"], Plots]] = []


def plug(maker: Callable[["Sequence[Run]"], Plots]) -> None:
    """Say what draws: ``maker`` is called with the runs each time somebody asks for ``Runs.plot``."""
    _makers[:] = [maker]


def plots(runs: "Sequence[Run]") -> Plots:
    """Return what draws these runs."""
    return _makers[0](runs)
