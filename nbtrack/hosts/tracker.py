"""The tracker of one IPython shell: it opens a run before a tracked cell, closes it after, and is never in the way."""

import ast
import os
import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.capture import tee
from nbtrack.capture.cells import CellLog, CellNow, previous_in
from nbtrack.capture.environment import environment
from nbtrack.capture.execution import Execution, cell_event
from nbtrack.capture.fence import Fence
from nbtrack.capture.files import FileLog
from nbtrack.capture.instrument import instrument
from nbtrack.capture.line import TrackLine, blank, find_line, parse_line
from nbtrack.capture.names import name_sites
from nbtrack.capture.notebook import Whereabouts
from nbtrack.capture.override import override
from nbtrack.capture.past import Past
from nbtrack.capture.preferences import Project
from nbtrack.capture.run_name import run_name
from nbtrack.capture.scene import Part, Scene
from nbtrack.capture.seeds import seed_all
from nbtrack.capture.session import Session
from nbtrack.capture.syntax import Reading
from nbtrack.errors import StoreError, UsageError
from nbtrack.hosts.display import show, show_text
from nbtrack.hosts.front_end import cell_metadata
from nbtrack.hosts.parts import parts
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.record import active
from nbtrack.record.open_run import OpenRun
from nbtrack.record.patient import Discard
from nbtrack.record.start import beginning, within
from nbtrack.store.base import Store, Writer
from nbtrack.store.discovery import look_beside, open_store
from nbtrack.store.keeper import KEEPER

if TYPE_CHECKING:
    from types import FrameType

    from nbtrack.model.document import RunDocument


_MOST_SHOWN = 8


@dataclass(slots=True)
class Running:
    """One cell between its pre and post events; ``execution`` is None for a cell that is not tracked."""

    info: Any
    execution: Execution | None = None
    scene: Scene | None = None
    past: Past | None = None
    run: OpenRun | None = None
    previous: str | None = None
    line: TrackLine | None = None
    borrowed: bool = False  # the execution is that of the cell around: its magic runs the body as a cell of its own
    thread: int = field(default_factory=threading.get_ident)
    notes: list[str] = field(default_factory=list)


class Tracker:
    """Holds what a session needs: whether tracking is on, the store, the cells that are running."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.on = False  # every cell that produces a metric becomes a run
        self.off = _disabled()
        self.fence = Fence()
        self.cells = CellLog()
        self._session = secrets.token_hex(6)
        self._literals: set[str] = set()
        self._project = Project()
        self._told: set[str] = set()  # what was said of the project's preferences
        self._shown: dict[str, RunDocument] = {}  # the last runs whose card was shown: the next one compares with them
        self._running: list[Running] = []
        self.session = Session()
        self.whereabouts = Whereabouts()
        self.files = FileLog()
        self.parts = parts(shell, self.session, self.files)

    def transform(self, lines: list[str]) -> list[str]:
        """Blank the ``%%track`` line of a cell; pure, as IPython asks of input transformers."""
        return blank(lines)

    def visit(self, tree: ast.AST) -> ast.AST:
        """Read and instrument the tree of the cell that is about to run; IPython calls this as an AST transformer."""
        if not isinstance(tree, ast.Module) or _is_timing():
            return tree
        running = self._current()
        if running and running.past:
            with self.fence.around("session"):
                self.session.read(running.past, tree)
            with self.fence.around("files"):
                self.files.read(running.past.number, tree)
        if running and running.execution:
            running.execution.prepare(tree)
        elif running and running.line:
            with self.fence.around("overrides"):
                override(tree, running.line.arguments)
        elif self.off:
            return tree
        elif self.fence.open("functions"):
            with self.fence.around("functions"):
                name_sites(instrument(tree, self.shell.user_ns, functions_only=True))
        return tree

    def before(self, info: Any = None, *_: Any, **__: Any) -> None:
        """Open a run when the cell is tracked; IPython's ``pre_run_cell``."""
        running, around = Running(info), self._current()
        self._running.append(running)
        with self.fence.around("session"):
            if self.off:
                self.session.skip()
            else:
                meta = cell_metadata(self.shell, info)
                self.whereabouts.hear(meta)
                running.past = self.session.begin(self._cell(info), self.shell.user_ns, meta)
        with self.fence.around("start", 5):
            text = find_line(info.raw_cell)
            line = None if text is None else _parsed(text)
            if around and around.execution and _runs_body(around.info.raw_cell):
                running.execution, running.borrowed = around.execution, True
            elif line is not None or (text is None and self.on and not self.off):
                self._open(running, info, line)
        if running.past and self.fence.open("files"):
            with self.fence.around("files"):
                self.files.begin(running.past.number, self.shell.user_ns)
        running.notes.extend(f"capture incomplete: {problem}" for problem in self.fence.problems())

    def after(self, result: Any = None, *_: Any, **__: Any) -> None:
        """Close the run of the cell and show its card; IPython's ``post_run_cell``."""
        running = self._taken(getattr(result, "info", None))
        if running is None:
            return
        if running.past:
            with self.fence.around("files"):
                self.files.end(running.past.number)
            with self.fence.around("session"):
                self.session.end(running.past, _error(result))
        with self.fence.around("notice", 5):
            for note in running.notes:
                show_text(f"nbtrack: {note}", "notice")
        if running.run is None or running.borrowed:
            return
        tee.silence(self.receive)
        active.pop(running.run)
        if running.execution is not None:
            with self.fence.around("end", 15):
                self._close(running, result)

    def receive(self, site: tee.Site, value: object) -> None:
        """Hand a watched value to the cell it belongs to: that of this thread or, for a worker's, the latest."""
        running = self._current() or next((each for each in reversed(self._running) if each.execution), None)
        if running and running.execution:
            running.execution.receive(site, value)

    def status(self) -> str:
        """Return in words what is tracked and where it goes."""
        if self.off:
            return "nbtrack is off: nothing is recorded. %track on records every cell that produces a metric."
        what = (
            "every cell that produces a metric, and cells that start with %%track"
            if self.on
            else "cells that start with %%track"
        )
        return (
            f"nbtrack records {what}, as experiment {self.experiment()!r}, in {getattr(self.store(), 'path', 'memory')}"
        )

    def close(self) -> None:
        """Let go of runs that are still open; used when the extension is unloaded."""
        tee.silence(self.receive)
        for running in self._running:
            if running.run is not None:
                active.pop(running.run)
                running.run.finish("interrupted")
        self._running.clear()
        self._ask_parts(lambda part: part.close())
        self.whereabouts.close()
        look_beside(None)
        within(None)
        KEEPER.rest()

    def notebook(self) -> Path | None:
        """Return the notebook's file, where known, and let runs opened by hand and questions go where its own go."""
        path = self.whereabouts.path(self.shell.user_ns)
        look_beside(path)
        within(path.stem if path else None)
        return path

    def experiment(self) -> str:
        """Return what runs of this notebook belong to: its name, or "default"."""
        path = self.notebook()
        return path.stem if path else "default"

    def store(self) -> Store:
        """Return the store of this notebook."""
        self.notebook()
        return open_store()

    def _open(self, running: Running, info: Any, line: TrackLine | None) -> None:
        asked = running.line = line or TrackLine()
        if asked.seed is not None:
            seed_all(asked.seed, info.raw_cell)
        if self.off:
            running.run = OpenRun(None, lambda _: Discard())
            active.push(running.run)
            if not _disabled():
                running.notes.append("tracking is off, this run is not recorded; %track on, or %reload_ext nbtrack")
            return
        cell = self._cell(info)
        scene = self._scene(asked, cell, running)
        run = running.run = scene.run
        running.scene = scene
        running.execution = Execution(
            cell,
            asked,
            run,
            self.shell.user_ns,
            fence=self.fence,
            literals=self._literals,
            upstream=lambda: self._upstream(running.past),
            patterns=self._preferred(scene.folder, running),
        )
        running.previous = self.cells.previous(cell)
        active.push(run)
        tee.listen(self.receive)
        if line is not None:
            _ = run.writer  # begins in the store now; under `%track on` it begins with the first metric
        self._ask_parts(lambda part: part.before(scene))

    def _preferred(self, folder: Path, running: Running) -> Sequence[str]:
        with self.fence.around("preferences"):
            found = self._project.preferences(folder)
            if found.problem and found.problem not in self._told:
                self._told.add(found.problem)
                running.notes.append(found.problem)
            return found.metrics
        return ()

    def _upstream(self, past: Past | None) -> list[Reading]:
        return [each.reading for each in self.session.upstream(past)] if past else []

    def _cell(self, info: Any) -> CellNow:
        count = self.shell.execution_count - bool(info.store_history)
        return CellNow(info.raw_cell, getattr(info, "cell_id", None), count, self.session.above)

    def _scene(self, line: TrackLine, cell: CellNow, running: Running) -> Scene:
        path = self.notebook()
        begin = beginning(
            self.store(),
            {
                "name": line.name or run_name(cell.source, cell.count),
                "experiment": line.experiment or self.experiment(),
                "notebook": str(path) if path else None,
                "session": self._session,
                "hardware": dict(environment().hardware),
            },
        )
        run = OpenRun(self.store(), lambda run_id: _begun(begin, run_id, running), lambda _: self._describe(scene))
        scene = Scene(cell, line, run, self.shell.user_ns, _folder(path), path, running.past)
        return scene

    def _describe(self, scene: Scene) -> None:
        """Record what is known when a run begins: the cell, what its line asks for, and what each part knows."""
        run, line = scene.run, scene.line
        run.record(event.CELL, cell_event(scene.cell, line))
        if line.tags:
            run.set_tags(line.tags)
        if line.note:
            run.note(line.note)
        self._ask_parts(lambda part: part.begun(scene))

    def _ask_parts(self, ask: Callable[[Part], None]) -> None:
        for part in self.parts:
            if self.fence.open(part.name):
                with self.fence.around(part.name):
                    ask(part)

    def _close(self, running: Running, result: Any) -> None:
        execution, run, scene = running.execution, running.run, running.scene
        if execution is None or run is None or scene is None:
            return
        error = _error(result)
        execution.record(getattr(result, "result", None), error)
        if run.begun and not run.discards:
            self._ask_parts(lambda part: part.after(scene, error))
        else:
            self._ask_parts(lambda part: part.drop(scene))
        execution.finish(error)
        if not run.begun or run.discards or run.store is None:
            return
        self.cells.add(execution.cell, run.id)
        with self.fence.around("card", 5):
            self._show_card(run.id, run.store, running.previous, execution.cell)
        for problem in self.fence.problems():
            show_text(f"nbtrack: the run is recorded, but not shown: {problem}", "notice")

    def _show_card(self, run_id: str, store: Store, previous: str | None, cell: CellNow) -> None:
        from nbtrack.view.card import run_card  # noqa: PLC0415 - jinja2 is imported at the first card

        document = store.read(run_id, changes=False)  # it has just ended
        if previous is None:
            older = (item for item in reversed(store.runs().documents) if item["id"] != run_id)
            previous = previous_in(older, cell, document["experiment"])
        known = self._shown.get(previous or "")
        before = None if previous is None else Run.from_document(known or store.read(previous), store.points)
        self._shown = {**dict(list(self._shown.items())[-_MOST_SHOWN:]), run_id: document}
        show(run_card(Run.from_document(document, store.points), before), "card", run=run_id)

    def _taken(self, info: Any) -> Running | None:
        """Take the entry of ``info`` off the list; others may be running in other threads. Without info, the latest."""
        for running in reversed(self._running):
            if running.info is info or (info is None and running.thread == threading.get_ident()):
                self._running.remove(running)
                return running
        return None

    def _current(self) -> Running | None:
        """Return the cell that is running in this thread."""
        return next((each for each in reversed(self._running) if each.thread == threading.get_ident()), None)


def _begun(begin: Callable[[str], Writer], run_id: str, running: Running) -> Writer:
    """Begin the run, or - where the store cannot be written - let the cell go on without one and say so."""
    try:
        return begin(run_id)
    except (StoreError, OSError) as refusal:
        running.notes.append(f"this run is not recorded: {refusal}")
        return Discard()


def _error(result: Any) -> BaseException | None:
    """Return what ended a cell. IPython hands over no result where an ``await`` was interrupted."""
    if result is None:
        return KeyboardInterrupt()
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error


def _folder(notebook: Path | None) -> Path:
    """Return where relative names are looked for; the working directory may have been removed."""
    try:
        return notebook.parent if notebook else Path.cwd()
    except OSError:
        return Path()


def _parsed(text: str) -> TrackLine | None:
    """A line that cannot be understood is not ours to run: the magic itself says what is wrong with it."""
    try:
        return parse_line(text)
    except UsageError:
        return None


def _runs_body(cell: str) -> bool:
    """Tell whether a cell's own magic runs the rest as a cell, as ``%%capture`` does."""
    return any(line.startswith(("%%capture", "%%prun")) for line in cell.splitlines())


def _disabled() -> bool:
    return os.environ.get("NBTRACK_DISABLE", "") not in {"", "0"}


def _is_timing() -> bool:
    """``%timeit`` compiles its statement to run it many times; watching it would time the watching."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the only way to know which magic compiles
    for _ in range(8):
        if frame is None:
            return False
        if frame.f_code.co_name == "timeit" and frame.f_code.co_filename.endswith("execution.py"):
            return True
        frame = frame.f_back
    return False
