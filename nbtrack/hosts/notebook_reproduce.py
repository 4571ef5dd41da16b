"""A reproduction as a notebook shows it: the plan as HTML, one line that moves while it goes, and the verdict."""

import time
from typing import Any, Final

from nbtrack.hosts.display import marked, show, show_text
from nbtrack.hosts.reproduce_progress import Progress
from nbtrack.hosts.reproduce_text import headline, nobody_to_ask, plan_sections
from nbtrack.reproduce.plan import Plan
from nbtrack.view.reproduction import going_on, planned

_PAUSE: Final = 0.2  # seconds between two states that are shown


class NotebookConversation:
    """Talks with the person through the outputs of the running cell."""

    def __init__(self) -> None:
        self._progress: NotebookProgress | None = None

    def show_plan(self, plan: Plan) -> None:
        """Show the plan."""
        show(planned(headline(plan), plan_sections(plan)), "plan")

    def agreed(self) -> bool:
        """Ask below the cell."""
        try:
            return input("Run it? [y/N] ").strip().lower() in {"y", "yes"}
        except (EOFError, NotImplementedError):  # the latter is what kernels raise where no front end can ask
            raise nobody_to_ask() from None

    def reporter(self, plan: Plan) -> Progress:
        """Return a progress that is drawn as it changes."""
        self._progress = NotebookProgress(plan)
        return self._progress

    def close(self) -> None:
        """Leave nothing that moves."""
        if self._progress is not None:
            self._progress.clear()
            self._progress = None

    def stopped(self, told: str) -> None:
        """Show a line."""
        show_text(told, "notice")


class NotebookProgress(Progress):
    """A progress in one output, drawn a few times a second."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._handle: Any = None
        self._drawn = 0.0

    def phase(self, name: str) -> None:
        """Begin a phase."""
        super().phase(name)
        self._draw(at_once=True)

    def say(self, text: str) -> None:
        """Note what the phase is doing."""
        super().say(text)
        self._draw()

    def begun(self, at: int) -> None:
        """Begin a cell."""
        super().begun(at)
        self._draw(at_once=True)

    def wrote(self, stream: str, text: str) -> None:
        """Show a line of the program."""
        super().wrote(stream, text)
        self._draw()

    def waiting(self) -> None:
        """Let the time go on."""
        self._draw()

    def clear(self) -> None:
        """Empty the output."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True, metadata=marked("progress"))

    def _draw(self, *, at_once: bool = False) -> None:
        if not at_once and time.monotonic() - self._drawn < _PAUSE:
            return
        self._drawn = time.monotonic()
        bundle = going_on(self.line(self.elapsed()), list(self.tail))
        if self._handle is None:
            from IPython.display import display  # noqa: PLC0415 - only under IPython

            show_anew: Any = display  # IPython is untyped here
            self._handle = show_anew(bundle.mimebundle(), raw=True, display_id=True, metadata=marked("progress"))
        else:
            self._handle.update(bundle.mimebundle(), raw=True, metadata=marked("progress"))
