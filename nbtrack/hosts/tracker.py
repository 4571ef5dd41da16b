"""The tracker of one IPython shell: it opens a run before a tracked cell, closes it after, and is never in the way."""

import ast
import inspect
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any

from nbtrack.capture.asked.line import MAGIC, TrackLine, blank, find_line, parse_line
from nbtrack.capture.asked.line import NOTHING as NOTHING_ASKED
from nbtrack.capture.asked.override import override
from nbtrack.capture.asked.preferences import Project
from nbtrack.capture.asked.run_name import run_name
from nbtrack.capture.data.files import FileLog
from nbtrack.capture.environment.environment import environment
from nbtrack.capture.environment.seeds import seed_all
from nbtrack.capture.guard.background import Background, Task
from nbtrack.capture.guard.deadline import forget
from nbtrack.capture.guard.fence import Fence
from nbtrack.capture.results.execution import Execution, cell_event
from nbtrack.capture.session.cells import CellLog, CellNow, previous_in
from nbtrack.capture.session.notebook import Whereabouts, experiment_of, folder_of
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.saved import Saved
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.capture.session.session import Session
from nbtrack.capture.session.supplies import NOTHING
from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.names import name_sites
from nbtrack.errors import StoreError, UsageError
from nbtrack.hosts.display import show, show_text
from nbtrack.hosts.front_end import cell_metadata
from nbtrack.hosts.parts import parts
from nbtrack.model import event
from nbtrack.model.document import RunDocument
from nbtrack.model.run import Run
from nbtrack.record import active
from nbtrack.record.failure import failure
from nbtrack.record.open_run import OpenRun, ending_of
from nbtrack.record.patient import Discard
from nbtrack.record.start import beginning, within
from nbtrack.record.switch import disabled
from nbtrack.store.base import Store, Writer
from nbtrack.store.discovery import look_beside, open_store
from nbtrack.store.writing.keeper import KEEPER

if TYPE_CHECKING:
    from types import FrameType

    from nbtrack.store.index.table import RunsTable

_MOST_SHOWN = 8
_PATIENCE = 0.25  # seconds that a card waits for the run it compares with: a store of thousands may have no index
_LOADING = 0  # the number of the cell that loads us, until the session knows it; others begin at 1


@dataclass(slots=True)
class Running:
    """One cell between its pre and post events; ``execution`` is None for a cell that is not tracked."""

    info: Any
    cell: CellNow | None = None
    execution: Execution | None = None
    scene: Scene | None = None
    past: Past | None = None
    run: OpenRun | None = None
    previous: str | None = None
    line: TrackLine | None = None
    borrowed: bool = False  # the execution is that of the cell around: its magic runs the body as a cell of its own
    parts: dict[str, Part] = field(default_factory=dict)  # those that watch it, and must be told when it is over
    thread: int = field(default_factory=get_ident)
    notes: list[str] = field(default_factory=list)


class Tracker:
    """Holds what a session needs: whether tracking is on, the store, the cells that are running."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.on = False  # every cell that produces a metric becomes a run
        self.off = disabled()
        self.cards = True  # the card of each run is shown
        self.fence = Fence()
        self.cells = CellLog()
        self._session = secrets.token_hex(6)
        self._literals: set[str] = set()
        self._project = Project()
        self._told: set[str] = set()  # what was said of the project's preferences
        self._background = Background()
        self._looking: Task | None = None  # the last look at all runs, which may still go on
        self._shown: dict[str, Run] = {}  # the last runs whose card was shown: the next one compares with them
        self._running: list[Running] = []
        self._counts_first = _counts_first(shell)
        self._blanked: tuple[list[str], list[str]] = [], []  # the last cell's lines, as given and as returned
        self.session = Session(self._typed)
        self.whereabouts = Whereabouts()
        self.files = FileLog()
        self._loading: int | None = None  # the count of the cell that loads us, while it runs
        self.saved = Saved()
        self.parts = parts(shell, self.session, self.files, self.saved)
        self._preparing = [part for part in self.parts if type(part).before is not Part.before]
        self._describing = [part for part in self.parts if type(part).begun is not Part.begun]

    def _typed(self) -> Sequence[object]:
        """Return what was typed so far, by execution count, as far as the shell remembers."""
        kept = getattr(getattr(self.shell, "history_manager", None), "input_hist_raw", ())
        return kept if type(kept) is list else ()

    def listen(self) -> None:
        """Hear which files the rest of the cell uses that is loading us: data are often read right below."""
        inputs = self.shell.user_ns.get("In")
        if self.off or type(inputs) is not list or type(inputs[-1]) is not str or not inputs[-1]:
            return
        with self.fence.around("files"):
            self._loading = len(inputs) - 1
            self.files.begin(_LOADING, self.shell.user_ns)
            self.files.read(_LOADING, ast.parse(inputs[-1]))

    def _loaded(self) -> None:
        """Give the files of the cell that loaded us to its execution, which the session recalled."""
        count, self._loading = self._loading, None
        with self.fence.around("files"):
            self.files.end(_LOADING)
            for past in self.session.log.values():
                if past.recalled and past.cell.count == count:
                    self.files.renumber(_LOADING, past.number)

    def transform(self, lines: list[str]) -> list[str]:
        """Blank the ``%%track`` line of a cell; pure, as IPython asks of input transformers."""
        given, blanked = self._blanked
        if lines == given:  # a kernel asks twice for each cell
            return blanked.copy()
        try:
            with self.fence.around("line"):
                blanked = blank(lines)
                self._blanked = lines.copy(), blanked.copy()
                return blanked
        except BaseException:  # noqa: BLE001, S110 - the cell runs, whatever is wrong with us
            pass
        return _without_line(lines)

    def visit(self, tree: ast.AST) -> ast.AST:
        """Read and instrument the tree of the cell that is about to run; IPython calls this as an AST transformer.

        An interrupt that came while the cell was being prepared was meant for the cell: it is all that the cell does.
        """
        self._surely(self._visit, tree)
        if self.fence.interrupted and isinstance(tree, ast.Module):
            self.fence.interrupted = False
            tree.body[:] = ast.parse("raise KeyboardInterrupt").body
        return tree

    def before(self, info: Any = None, *_: Any, **__: Any) -> None:
        """Open a run when the cell is tracked; IPython's ``pre_run_cell``."""
        self._surely(self._before, info)

    def after(self, result: Any = None, *_: Any, **__: Any) -> None:
        """Close the run of the cell and show its card; IPython's ``post_run_cell``."""
        self._surely(self._after, result)
        self.fence.interrupted = False  # there is no cell any more to interrupt

    def receive(self, site: tee.Site, value: object) -> None:
        """Hand a watched value to the cell it belongs to: that of this thread or, for a worker's, the latest."""
        running = self._current() or next((each for each in reversed(self._running) if each.execution), None)
        if running and running.execution:
            running.execution.receive(site, value)

    def _surely(self, hook: Callable[[Any], None], told: Any) -> None:
        """Do what a hook does, inside one fence around its parts' own; whatever becomes of the fence, nothing leaves.

        Entering and leaving this fence may be interrupted, too: that is what the handler outside is for.
        """
        try:
            try:
                with self.fence.around("hooks", 30):
                    hook(told)
            finally:
                forget()
        except BaseException as problem:  # noqa: BLE001 - IPython would print it into the cell, and drop the hook
            self.fence.interrupted = self.fence.interrupted or isinstance(problem, KeyboardInterrupt)

    def _visit(self, tree: ast.AST) -> None:
        running = self._current()
        own = running and running.past and not running.past.analysed  # the cell's own tree: nothing of it runs yet
        if not isinstance(tree, ast.Module) or (not own and _is_timing()):
            return
        if running and running.past:
            with self.fence.around("session"):
                self.session.read(running.past, tree)
            with self.fence.around("files"):
                self.files.read(running.past.number, tree)
        if running and running.execution:
            with self.fence.around("reading", 5):
                running.execution.prepare(tree)
        elif running and running.line:
            with self.fence.around("overrides"):
                override(tree, running.line.arguments)
        elif not self.off and self.fence.open("functions"):
            with self.fence.around("functions"):
                name_sites(instrument(tree, self.shell.user_ns, functions_only=True))

    def _before(self, info: Any) -> None:
        if self._running:
            self._leave_stale()
        running, around = Running(info), self._current()
        self._running.append(running)
        with self.fence.around("session"):
            if self.off:
                self.session.skip()
            else:
                meta = cell_metadata(self.shell, info)
                if meta:
                    self.whereabouts.hear(meta)
                self.saved.hear(meta)
                running.cell = self._cell(info)
                running.past = self.session.begin(running.cell, self.shell.user_ns, meta)
        if self._loading is not None:
            self._loaded()
        opened = False
        with self.fence.around("start", 5):
            text = find_line(info.raw_cell)
            line = None if text is None else _parsed(text)
            if around and around.execution and _runs_body(around.info.raw_cell):
                running.execution, running.borrowed = around.execution, True
            elif line is not None or (text is None and self.on and not self.off):
                self._open(running, info, line)
            opened = True
        if not opened and (running.run or MAGIC in info.raw_cell):
            self._go_without(running)
        if running.past and self.fence.open("files"):
            with self.fence.around("files"):
                self.files.begin(running.past.number, self.shell.user_ns)
        for problem in self.fence.problems():
            running.notes.append(f"capture incomplete: {problem}")

    def _after(self, result: Any) -> None:
        running = self._taken(getattr(result, "info", None))
        if running is not None:
            self._leave(running, result)
        elif self._loading is not None:
            with self.fence.around("files"):
                self.files.end(_LOADING)

    def _leave(self, running: Running, result: Any) -> None:
        """Close what was opened for a cell, each thing whatever becomes of the others."""
        if running.past:
            with self.fence.around("files"):
                self.files.end(running.past.number)
            with self.fence.around("session"):
                self.session.end(running.past, _error(result))
        if running.notes:
            with self.fence.around("notice", 5):
                for note in running.notes:
                    show_text(f"nbtrack: {note}", "notice")
        if running.run is None or running.borrowed:
            return
        with self.fence.around("end"):
            try:
                tee.silence(self.receive)
            finally:
                active.pop(running.run)
        if running.execution is not None:
            with self.fence.around("end", 15):
                self._close(running, result)
        if running.parts:
            self._let_go(running)
        if not running.run.ended:
            with self.fence.around("end", 5):
                running.run.finish(ending_of(_error(result)))  # something went wrong
        if not running.run.ended:
            with self.fence.around("end", 5):
                running.run.finish("interrupted")  # and more than once
        running.execution = running.scene = None  # the run may live on, the values of the cell must not

    def _let_go(self, running: Running) -> None:
        """Have the parts drop what they still hold: those that failed, were switched off meanwhile or not asked."""
        if running.scene is None:
            return
        for part in running.parts.values():
            with self.fence.around(part.name):
                part.drop(running.scene)
        running.parts.clear()

    def _abandon(self, running: Running) -> None:
        """End the run of a cell that goes on without us."""
        with self.fence.around("unloading"):
            tee.silence(self.receive)
        self._let_go(running)
        with self.fence.around("unloading", 5):
            if running.run is not None and not running.borrowed:
                active.pop(running.run)
                running.run.finish("interrupted")

    def _leave_stale(self) -> None:
        """Leave the cells of this thread whose end was never told, as when an interrupt hit IPython itself."""
        mine = [each for each in self._running if each.thread == get_ident()]
        if mine:
            around = _cells_around()
            for running in reversed(mine[around:]):
                self._running.remove(running)
                self._leave(running, None)

    def _go_without(self, running: Running) -> None:
        """Give a cell that cannot be tracked a run that is recorded nowhere, for what it logs itself."""
        with self.fence.around("run"):
            if running.run is None:
                running.run = OpenRun(None, lambda _: Discard())
                active.push(running.run)
            if not running.run.begun:
                running.run.forgo()
                running.notes.append("this run is not recorded")

    def status(self) -> str:
        """Return in words what is tracked and where it goes."""
        if disabled():
            return "nbtrack is off: nothing is recorded, because NBTRACK_DISABLE is set."
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
        while self._running:
            self._abandon(self._running.pop())
        for each in (*(part.close for part in self.parts), self._background.close, self.whereabouts.close, KEEPER.rest):
            with self.fence.around("unloading", 5):
                each()
        look_beside(None)
        within(None)

    def notebook(self) -> Path | None:
        """Return the notebook's file, where known, and let runs opened by hand and questions go where its own go."""
        path = self.whereabouts.path(self.shell.user_ns)
        look_beside(path)
        within(None if path is None else experiment_of(path))
        return path

    def experiment(self) -> str:
        """Return what runs of this notebook belong to: its name, or "default"."""
        return experiment_of(self.notebook())

    def store(self) -> Store:
        """Return the store of this notebook."""
        self.notebook()
        return open_store()

    def _open(self, running: Running, info: Any, line: TrackLine | None) -> None:
        asked = running.line = line or NOTHING_ASKED
        if asked.seed is not None:
            seed_all(asked.seed, info.raw_cell)
        if self.off:
            running.run = OpenRun(None, lambda _: Discard())
            active.push(running.run)
            if not disabled():
                running.notes.append("tracking is off, this run is not recorded; %track on, or %reload_ext nbtrack")
            return
        cell = running.cell or self._cell(info)
        scene = self._scene(asked, cell, running)
        run = running.run = scene.run
        active.push(run)
        running.scene = scene
        running.execution = Execution(
            cell,
            asked,
            run,
            self.shell.user_ns,
            fence=self.fence,
            literals=self._literals,
            upstream=lambda: self.session.supplies(running.past) if running.past else NOTHING,
            scored=self.session.scored,
            settled=self.session.optima,
            patterns=self._preferred(scene.folder, running),
        )
        running.previous = self.cells.previous(cell)
        tee.listen(self.receive)
        if line is not None:
            _ = run.writer  # begins in the store now; under `%track on` it begins with the first metric
        running.parts = {part.name: part for part in self._able(self.parts)}
        self.fence.each([(part.name, None, part.before) for part in self._able(self._preparing)], scene)

    def _preferred(self, folder: Path, running: Running) -> Sequence[str]:
        with self.fence.around("preferences"):
            found = self._project.preferences(folder)
            if found.problem and found.problem not in self._told:
                self._told.add(found.problem)
                running.notes.append(found.problem)
            return found.metrics
        return ()

    def _cell(self, info: Any) -> CellNow:
        count = self.shell.execution_count - (bool(info.store_history) and self._counts_first)
        return CellNow(info.raw_cell, getattr(info, "cell_id", None), count, self.session.above)

    def _scene(self, line: TrackLine, cell: CellNow, running: Running) -> Scene:
        path = self.notebook()
        store = open_store()  # beside the notebook, which was looked for just now
        begin = beginning(
            store,
            {
                "name": line.name or run_name(cell.source, cell.count),
                "experiment": line.experiment or experiment_of(path),
                "notebook": str(path) if path else None,
                "session": self._session,
                "hardware": dict(environment().hardware),
            },
        )
        run = OpenRun(store, lambda run_id: _begun(begin, run_id, running), lambda _: self._describe(scene))
        scene = Scene(cell, line, run, self.shell.user_ns, folder_of(path), path, running.past)
        return scene

    def _describe(self, scene: Scene) -> None:
        """Record what is known when a run begins: the cell, what its line asks for, and what each part knows."""
        run, line = scene.run, scene.line
        with self.fence.around("cell"):
            run.gather()
            run.record(event.CELL, cell_event(scene.cell, line))
            if line.tags:
                run.set_tags(line.tags)
            if line.note:
                run.note(line.note)
        for part in self._describing:
            if not self.fence.failing or self.fence.open(part.name):
                with self.fence.around(part.name, part.seconds):
                    part.begun(scene)
        with self.fence.around("cell"):
            run.release()
        if self.fence.interrupted:  # under `%track on` and in `nbtrack.log` this is in the middle of the cell: its own
            self.fence.interrupted = False
            raise KeyboardInterrupt

    def _tell(self, running: Running, scene: Scene, error: BaseException | None) -> None:
        """Tell the parts that the cell has run; once one has done its work, there is nothing for it to drop."""
        told = self._able(self.parts)
        failed = self.fence.each([(part.name, part.seconds, part.after) for part in told], scene, error)
        if failed or self.fence.failing:
            running.parts = {name: part for name, part in running.parts.items() if name in failed or part not in told}
        else:
            running.parts = {}

    def _able(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Return those of some parts that are not switched off."""
        return [part for part in parts if self.fence.open(part.name)] if self.fence.failing else parts

    def _close(self, running: Running, result: Any) -> None:
        execution, run, scene = running.execution, running.run, running.scene
        if execution is None or run is None or scene is None:
            return
        error = _error(result)
        with self.fence.around("recording", 10):
            run.gather()
            execution.record(getattr(result, "result", None), error)
            if running.past is not None:
                running.past.measured = execution.measured()
        if run.begun and not run.discards:
            self._tell(running, scene, error)
        with self.fence.around("end", 5):
            execution.finish(error)
        if not run.begun or run.discards or run.store is None:
            return
        self.cells.add(execution.cell, run.id)
        if not self.cards:
            return
        with self.fence.around("card", 5):
            self._show_card(execution, run.store, running.previous)
        for problem in self.fence.problems():
            show_text(f"nbtrack: the run is recorded, but not shown: {problem}", "notice")

    def _show_card(self, execution: Execution, store: Store, previous: str | None) -> None:
        from nbtrack.view.card import run_card  # noqa: PLC0415 - jinja2 is imported at the first card

        run_id, cell = execution.run.id, execution.cell
        document = store.read(run_id, changes=False)  # it has just ended
        if previous is None:
            previous = previous_in(self._older(store, run_id), cell, document["experiment"])
        before = self._shown.get(previous or "")
        if before is None and previous is not None:
            before = Run.from_document(store.read(previous), store.points)
        run = self._shown[run_id] = Run.from_document(document, store.points)
        if len(self._shown) > _MOST_SHOWN:
            del self._shown[next(iter(self._shown))]
        drawn = {name: found for name, curve in run.curves.items() if (found := execution.drawn(name, curve["count"]))}
        show(run_card(run, before, drawn), "card", run=run_id)

    def _older(self, store: Store, run_id: str) -> Iterator[RunDocument]:
        """Yield the other runs, the newest first; none where the store cannot tell soon. It can then for a later card.

        A store that git brought has no index, and neither have the runs that a sweep has just written.
        """
        found: list[RunsTable] = []
        if self._looking is None or self._looking.wait(0):
            self._looking = self._background.soon(lambda: found.append(store.runs()))
            self._looking.wait(_PATIENCE)
        for table in found:
            yield from (item for item in reversed(table.documents) if item["id"] != run_id)

    def _taken(self, info: Any) -> Running | None:
        """Take the entry of ``info`` off the list; others may be running in other threads. Without info, the latest."""
        for running in reversed(self._running):
            if running.info is info or (info is None and running.thread == get_ident()):
                self._running.remove(running)
                return running
        return None

    def _current(self) -> Running | None:
        """Return the cell that is running in this thread."""
        thread = get_ident()
        for running in reversed(self._running):
            if running.thread == thread:
                return running
        return None


def _begun(begin: Callable[[str], Writer], run_id: str, running: Running) -> Writer:
    """Begin the run, or - where the store cannot be written - let the cell go on without one and say so."""
    try:
        return begin(run_id)
    except (StoreError, OSError) as refusal:
        running.notes.append(f"this run is not recorded: {refusal}")
    except Exception as problem:  # noqa: BLE001 - it may be in the middle of the cell
        running.notes.append(f"this run is not recorded: {failure(problem)['type']}")
    return Discard()


def _counts_first(shell: Any) -> bool:
    """Tell whether IPython counts a cell before it runs it, as 9.x does and 8.x does not; no version is asked."""
    code = getattr(inspect.unwrap(type(shell).run_cell_async), "__code__", None)
    return code is None or "execution_count" in (*code.co_varnames, *code.co_cellvars)  # a cell: closures read it


def _error(result: Any) -> BaseException | None:
    """Return what ended a cell. IPython hands over no result where an ``await`` was interrupted."""
    if result is None:
        return KeyboardInterrupt()
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error


def _parsed(text: str) -> TrackLine | None:
    """A line that cannot be understood is not ours to run: the magic itself says what is wrong with it."""
    try:
        return parse_line(text)
    except UsageError:
        return None


def _without_line(lines: list[str]) -> list[str]:
    """Do what ``blank`` does, should that fail: nearly as well, and with nothing that could."""
    rest = [line for line in lines if not line.startswith(MAGIC)]
    below = rest[:1] and rest[0].startswith("%%")
    return rest if below else ["\n" if line.startswith(MAGIC) else line for line in lines]


def _runs_body(cell: str) -> bool:
    """Tell whether a cell's own magic runs the rest as a cell, as ``%%capture`` does."""
    return any(line.startswith(("%%capture", "%%prun")) for line in cell.splitlines())


def _cells_around() -> int:
    """Return how many cells IPython is running in this thread around the one that is about to begin."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - nothing else tells a nested cell from the next one
    count = 0
    while frame is not None:
        count += frame.f_code.co_name == "run_cell_async"
        frame = frame.f_back
    return max(count - 1, 0)


def _is_timing() -> bool:
    """``%timeit`` compiles its statement to run it many times; watching it would time the watching."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the only way to know which magic compiles
    for _ in range(12):
        if frame is None:
            return False
        if frame.f_code.co_name == "timeit" and frame.f_code.co_filename.endswith("execution.py"):
            return True
        frame = frame.f_back
    return False
