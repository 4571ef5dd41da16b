"""What the parts of capture are shown of a tracked execution, and what each of them may do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.past import Past
from nbtrack.record.open_run import OpenRun


@dataclass(frozen=True, slots=True)
class Scene:
    """One tracked execution of a cell. ``folder`` is where relative names are looked for: the notebook's, else the cwd.

    ``namespace`` holds the user's variables: look names up, never ask the values anything that runs their code.
    """

    cell: CellNow
    line: TrackLine
    run: OpenRun
    namespace: Mapping[str, Any]
    folder: Path
    notebook: Path | None = None
    past: Past | None = None  # this execution in the log of the session


class Part:
    """One part of capture. The tracker fences every call by exception and time, and reports under ``name``.

    What a part has no use for it inherits from here.
    """

    name: str
    seconds: float | None = None  # that it may take at the end; a second, if it says nothing

    def before(self, scene: Scene) -> None:
        """Look, just before the cell runs. The run may not have begun: under ``%track on`` it waits for a metric."""

    def begun(self, scene: Scene) -> None:
        """Record what describes the run from its start; called once, when it begins in the store."""

    def after(self, scene: Scene, error: BaseException | None) -> None:
        """Record what the cell left behind; called when it has run, and only for runs that have begun.

        For a run that never began, ``drop`` is called in its place.
        """

    def drop(self, scene: Scene) -> None:
        """Let go of what ``before`` holds for an execution that became no run."""

    def close(self) -> None:
        """Let go of hooks, threads and memory; nbtrack is being unloaded."""
