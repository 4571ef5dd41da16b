"""The magics. Each parses, calls and displays; what it calls lives elsewhere."""

from collections.abc import Callable, Sequence
from typing import Any

from nbtrack.capture.asked.line import HELP, parse_line
from nbtrack.errors import NbtrackError, UsageError
from nbtrack.hosts.display import show, show_text
from nbtrack.hosts.tracker import Tracker
from nbtrack.record.switch import disabled

Magic = Callable[..., Any]


class Magics:
    """The line and cell magics of one shell."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._all: tuple[tuple[str, str, Magic], ...] = (
            ("track", "line_cell", self._guarded(self.track, HELP)),
            ("runs", "line", self._guarded(self.runs)),
            ("compare", "line", self._guarded(self.compare)),
            ("diff", "line", self._guarded(self.diff)),
            ("nbtrack", "line", self._guarded(self.nbtrack)),
            ("export", "line", self._guarded(self.export)),
            ("report", "line", self._guarded(self.report)),
            ("reproduce", "line", self._guarded(self.reproduce)),
            ("restore", "line", self._guarded(self.restore)),
        )

    def all(self) -> Sequence[tuple[str, str, Magic]]:
        """Return every magic as (name, kind, function)."""
        return self._all

    def track(self, line: str, cell: str | None = None) -> None:
        """``%track on|off|status``. ``%%track`` itself never comes here unless its line cannot be understood."""
        if cell is not None:
            parse_line(line)
            raise UsageError("%%track must be the first line of its cell, above the code and other magics")
        word = line.strip().lower() or "status"
        if word not in {"on", "off", "status"}:
            raise UsageError(
                f"%track: {line.strip()!r} is not on, off or status; to track one cell, start it with %%track"
            )
        if word != "status" and not disabled():
            self._tracker.on, self._tracker.off = word == "on", word == "off"
        show_text(self._tracker.status(), "status")

    def runs(self, line: str) -> None:
        """``%runs [filter] [order by ...] [limit ...]``: a table of runs, newest first."""
        show(self._bundle("runs", line), "runs")

    def compare(self, line: str) -> None:
        """``%compare [filter | ids]``: runs side by side - sorted, filtered, drawn, and diffed in pairs."""
        from nbtrack.hosts.comparing import compare  # noqa: PLC0415 - the reading arm is loaded when something is asked

        compare(line, store=self._tracker.store()).display()

    def diff(self, line: str) -> None:
        """``%diff A B [C [D]]``: what differs between two runs, or between the first and each of the others."""
        show(self._bundle("diff", line), "diff")

    def nbtrack(self, line: str) -> None:
        """``%nbtrack <anything the nbtrack command can>``."""
        from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - click and rich when first needed

        run_line(line, store=self._tracker.store())

    def export(self, line: str) -> None:
        """``%export RUN [-o FILE] [--as script|notebook|module] [--no-display]``: the program of a run as a file."""
        from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - click and rich when first needed

        run_line(f"export {line}", store=self._tracker.store())

    def report(self, line: str) -> None:
        """``%report [filter | ids] [-o report.html]``: one page for others. ``%report -h`` lists the options."""
        from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - click and rich when first needed

        run_line(f"report {line}", store=self._tracker.store())

    def reproduce(self, line: str) -> None:
        """``%reproduce RUN [options]``: run its program again elsewhere, and compare. ``%reproduce -h`` lists them."""
        from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - click and rich when first needed

        run_line(f"reproduce {line}", store=self._tracker.store())

    def restore(self, line: str) -> None:
        """``%restore RUN``: the source of the run's cell, as it was typed then, in a new cell."""
        from nbtrack.hosts.restoring import restore  # noqa: PLC0415 - the reading arm is loaded when something is asked

        restore(self._tracker.shell, line, self._tracker.store())

    def runs_html(self, runs: Any) -> str:
        """Return how a ``Runs`` shows itself as the last expression of a cell."""
        from nbtrack.view.listing import listing  # noqa: PLC0415 - jinja2 when first needed

        return listing(runs).html

    def run_html(self, run: Any) -> str:
        """Return how a ``Run`` shows itself as the last expression of a cell."""
        from nbtrack.view.card import run_card  # noqa: PLC0415 - jinja2 when first needed

        return run_card(run, None).html

    def _bundle(self, what: str, line: str) -> Any:
        from nbtrack.hosts import asking  # noqa: PLC0415 - the reading arm is loaded when something is asked

        return getattr(asking, what)(line, self._tracker.store())

    def _guarded(self, magic: Magic, doc: str | None = None) -> Magic:
        """Return the magic with our errors shown as one line, the way IPython shows a usage error."""

        def guarded(line: str, cell: str | None = None) -> Any:
            from IPython.core.error import UsageError as Shown  # noqa: PLC0415 - only under IPython

            try:
                return magic(line) if cell is None else magic(line, cell)
            except NbtrackError as problem:
                raise Shown(str(problem)) from None

        guarded.__doc__ = doc or magic.__doc__
        guarded.__name__ = magic.__name__
        return guarded
