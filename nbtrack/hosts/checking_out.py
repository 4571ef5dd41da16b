"""``nbtrack.checkout(run, folder)``: notebook, code and data of the moment a run ran, in a new folder."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path, PurePath

from nbtrack.errors import ObjectMissing
from nbtrack.hosts.reproducing import beside
from nbtrack.model.reproduction import Cause, Restored
from nbtrack.model.run import Run
from nbtrack.query.runs import opened_store
from nbtrack.query.runs import run as find_run
from nbtrack.reproduce.layout import layout
from nbtrack.reproduce.workspace import restore_sources
from nbtrack.reproduce.writing import NewFolder, Progress
from nbtrack.store.base import Store

NOTEBOOK = "notebook.ipynb"  # the artifact of a run that is its notebook


@dataclass(frozen=True, slots=True)
class Checkout:
    """What was checked out where. ``folder`` holds the repository; ``working`` is the working directory of then.

    ``notebook`` is its path, None where the run has none. ``restored`` says where each thing is from, ``missing`` what
    the run used and could not be had, ``changed`` what is there and is not what it was.
    """

    run: Run
    folder: Path
    working: Path
    notebook: Path | None
    restored: tuple[Restored, ...]
    missing: tuple[Cause, ...]
    changed: tuple[Cause, ...]

    @property
    def is_complete(self) -> bool:
        """Whether everything the run is known to have used is there, as it was."""
        return not self.missing and not self.changed

    def lines(self) -> list[str]:
        """Return what to tell a person, a line for each thing."""
        lines = [f"run {self.run.short} as it was, in {self.folder}"]
        lines += [f"  {each.get('text', '')}" for each in self.restored if each.get("origin")]
        left = [each.get("text", "") for each in self.restored if not each.get("origin")]
        lines += [f"not there, and not known to have been used: {text}" for text in left]
        lines += [f"not as it was: {each.get('text', '')}" for each in self.changed]
        lines += [f"could not be had: {each.get('text', '')}" for each in self.missing]
        if self.working != self.folder:
            lines.append(f"it ran in {self.working}")
        return [*lines, "this is a copy; nothing in it belongs to a repository or a store"]

    def __repr__(self) -> str:
        """Say what was checked out, and what could not be had."""
        return "\n".join(self.lines())


def checkout(
    run: Run | str,
    folder: str | PathLike[str],
    *,
    store: Store | str | PathLike[str] | None = None,
    from_store_only: bool = False,
    fetch: bool = False,
    progress: Progress | None = None,
) -> Checkout:
    """Make the notebook, code and data of a run's moment in a new folder, and return what is there and what is not.

    The notebook has no outputs. Code is the commit with what differed from it; data are those with the recorded hashes,
    from the store, from where they lie, or from DVC. Nothing else of the person's is touched, and nothing is executed.

    >>> import nbtrack, tempfile
    >>> mine = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("by hand", store=mine) as opened:
    ...     opened.log(loss=0.5)
    >>> there = nbtrack.checkout(opened.id, Path(tempfile.mkdtemp()) / "then", store=mine)
    >>> there.is_complete, there.folder.name
    (True, 'then')

    Args:
        run: a run, or its id or the beginning of it.
        folder: where to; it is made, or is empty.
        store: where the run is; by default the store of this notebook, or of the working directory.
        from_store_only: ask nothing but the store, whatever lies beside it.
        fetch: whether ``dvc`` may be run to fetch data that only a remote of DVC's has.
        progress: told what is being copied, how many bytes are done, and how many there are.

    Raises:
        UsageError: the folder is not empty, or cannot be made.
        RunNotFound, AmbiguousRun: as ``nbtrack.run``.
    """
    opened = opened_store(store)
    found = find_run(run.id if isinstance(run, Run) else run, opened)
    sources = restore_sources(
        found,
        None,
        Path(folder),
        store=opened,
        beside=beside(found, opened),
        from_store_only=from_store_only,
        may_fetch=fetch,
        progress=progress,
    )
    restored, missing, notebook = list(sources.restored), list(sources.missing), None
    if any(artifact.name == NOTEBOOK for artifact in found.artifacts):
        try:
            notebook = _notebook(found, Path(folder))
            restored.append(
                {"kind": "notebook", "name": notebook.name, "origin": "store", "text": _said(found, notebook)}
            )
        except (ObjectMissing, OSError, ValueError) as problem:
            text = f"the notebook of then: {problem}"
            missing.append({"kind": "notebook", "name": NOTEBOOK, "was": None, "now": None, "text": text})
    return Checkout(found, sources.root, sources.folder, notebook, tuple(restored), tuple(missing), sources.changed)


def _notebook(run: Run, folder: Path) -> Path:
    """Write the notebook as it was then, in place of that of the commit, which has outputs of some other time."""
    where, new = layout(run, NewFolder(folder).path), NewFolder(folder)
    named = run.document["notebook"]
    name = PurePath(named.replace("\\", "/")).name if isinstance(named, str) else NOTEBOOK
    path = where.where((*where.notebook, name if name.endswith(".ipynb") else NOTEBOOK))
    new.write(path, run.artifact(NOTEBOOK).read())
    return path


def _said(run: Run, notebook: Path) -> str:
    told = run.code.get("notebook")
    if isinstance(told, dict) and told.get("saved") is False:
        return f"{notebook.name}, made of the cells that were executed"
    if isinstance(told, dict) and told.get("differs"):
        return f"{notebook.name} as it was saved then, without outputs; some cells had run in other versions"
    return f"{notebook.name} as it was saved then, without outputs"
