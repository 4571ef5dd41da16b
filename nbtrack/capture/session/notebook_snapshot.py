"""The part of capture that keeps the notebook itself: as it is saved, or made of the cells that were executed."""

import platform
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.later import Kept, Later, record_all
from nbtrack.capture.session.executed import executed_notebook
from nbtrack.capture.session.notebook_file import SavedNotebook, essence, index
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.saved import Saved
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.capture.session.session import Session
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun
from nbtrack.store.base import ObjectRef, Store  # noqa: TC001 - of an attribute, which is annotated for readers

NAME = "notebook.ipynb"
_MEDIA = "application/x-ipynb+json"
_SMALL = 1 << 20  # bytes that are put before the next cell may run
_QUICK = 1 << 13  # characters of cells that a notebook is made of before then: their secrets have to be looked for


class NotebookSnapshot(Part):
    """Keeps ``notebook.ipynb`` with each run, by content: an unchanged notebook costs a reference."""

    name = "notebook"

    def __init__(self, session: Session, saved: Saved, background: Background) -> None:
        self._session = session
        self._saved = saved
        self._background = background
        self._kept: WeakKeyDictionary[Store, dict[object, ObjectRef]] = WeakKeyDictionary()

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - failed runs are kept too
        """Record the notebook, and whether its file holds what was executed."""
        saved = self._saved.latest(scene.notebook)
        if saved is None:
            self._keep_executed(scene)
        elif len(saved.text) <= _SMALL or self._is_kept(scene.run, saved.stamp):
            self._keep_saved(scene, saved)
        else:
            self._background.soon(lambda: self._keep_saved(scene, saved))

    def close(self) -> None:
        """Finish what was begun, and let the thread go."""
        self._background.close()

    def _is_kept(self, run: OpenRun, key: object) -> bool:
        return run.store is not None and key in self._kept.get(run.store, {})

    def _keep_saved(self, scene: Scene, saved: SavedNotebook) -> None:
        executions = self._session.slice(scene.past) if scene.past is not None else []
        told: dict[str, Json] = {"saved": True, "differs": any(not _holds(saved, each) for each in executions)}
        self._record(scene.run, saved.stamp, saved.text, told)

    def _keep_executed(self, scene: Scene) -> None:
        """Keep what the session knows of the notebook."""
        executions, run = list(self._session.cells.values()), scene.run
        key = tuple([(each.cell.id, each.cell.source) for each in executions])
        if self._is_kept(run, key):
            self._record(run, key, b"", {"saved": False})
        elif sum([len(source) for _, source in key]) <= _QUICK:
            self._keep_cells(run, key, executions)
        else:
            self._background.soon(lambda: self._keep_cells(run, key, executions))

    def _keep_cells(self, run: OpenRun, key: object, executions: Sequence[Past]) -> None:
        content = b""
        if not self._is_kept(run, key):
            content = executed_notebook(executions, platform.python_version())
        self._record(run, key, content, {"saved": False})

    def _record(self, run: OpenRun, key: object, content: bytes, told: dict[str, Json]) -> None:
        if run.store is None or run.discards:
            return
        kept = self._kept.setdefault(run.store, {})
        if key not in kept:
            kept.clear()
            kept[key] = run.store.put(content)
        later = Later(run)
        named = later.named({NAME: Kept(kept[key], 0)}, _MEDIA)  # its secrets were counted in the cells that ran
        record_all([*named, (later, event.CODE, {"notebook": told})])


def _holds(saved: SavedNotebook, past: Past) -> bool:
    """Tell whether the file holds the source that was executed."""
    if past.recalled:
        return True  # only Python's version of its text is known
    return essence(past.cell.source) in index(saved.cells)[1]
