"""Which runs of a store are of a notebook: those recorded in its file, wherever it lay then."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.model.run import Run
from nbtrack.query.runs import Runs, kept_files
from nbtrack.report.cells import cards
from nbtrack.report.notebook_file import SavedNotebook
from nbtrack.store.base import Store

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable


def runs_of(notebook: SavedNotebook, path: Path, store: Store) -> tuple[Run, ...]:
    """Return the runs of the notebook that lies at ``path``, oldest first.

    A run is of it when it was recorded there; when its card stands in a saved output; or when the file it was recorded
    in is not there any more and has the same name, or the cell has an id of this notebook: then it was moved or
    renamed. Runs that know no file are of it by the id of their cell, and so are those of an experiment of its name.
    """
    table = store.runs()
    rows = [row for row, ours in enumerate(_ours(table, notebook, path)) if ours]
    return tuple(Runs(table, rows, store.points, kept_files(store)))


def _ours(table: "RunsTable", notebook: SavedNotebook, path: Path) -> Iterator[bool]:
    """Yield whether each run of a table is of the notebook, told by columns: nothing more is read of the others."""
    carded = {run_id for cell in notebook.cells for run_id in cards(cell)}
    ids = {cell.id for cell in notebook.cells if cell.id is not None}
    here = _resolved(path)
    known: dict[Any, bool | None] = {None: None}
    columns = (table.column("id"), table.column("notebook"), table.column("cell", "id"), table.column("experiment"))
    for run_id, place, cell, experiment in zip(*columns, strict=True):
        if place not in known:
            known[place] = _is_here(place, here)
        named = experiment == path.stem if place is None else _name(place) == path.name
        moved = known[place] is None and (named or (cell is not None and cell in ids))
        yield known[place] is True or run_id in carded or moved


def _is_here(place: Any, here: Path) -> bool | None:
    """Return whether a recorded path is this notebook's; None where nothing lies there now."""
    if not isinstance(place, str):
        return None
    recorded = Path(place).expanduser() if place.startswith("~") else Path(place)
    if _resolved(recorded) == here:
        return True
    try:
        return False if recorded.exists() else None
    except OSError:
        return None


def _name(place: Any) -> str:
    return str(place).replace("\\", "/").rpartition("/")[2]


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path
