"""Deleting runs and bringing them back: a mark in the log, never a removal."""

from os import PathLike
from pathlib import Path

from nbtrack.errors import UsageError
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.store.base import Store
from nbtrack.store.discovery import open_store


def delete_run(run: Run | str, *, store: Store | str | PathLike[str] | None = None) -> str:
    """Hide a run from every listing, and return its id; ``restore_run`` brings it back.

    Its records and artifacts stay until ``nbtrack gc`` is asked to collect, which keeps them for 14 days more.

    Args:
        run: a run, its id, or any prefix of its id that no other run shares.
        store: a store or its folder; None for the one of this notebook or folder.

    Raises:
        RunNotFound: there is no such run.
        AmbiguousRun: several runs share this prefix.
        UsageError: the run is still running.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("a mistake", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> run_id = nbtrack.delete_run(opened.id, store=store)
    >>> len(nbtrack.runs(store=store))
    0
    >>> _ = nbtrack.restore_run(run_id, store=store)
    >>> [run.name for run in nbtrack.runs(store=store)]
    ['a mistake']
    """
    place = _opened(store)
    document = place.runs().find(_prefix(run))
    if document["status"] == "running":
        raise UsageError(f"run {document['id']} is running; end it before it is deleted")
    if not document["deleted"]:
        place.annotate(document["id"], event.DELETE, value=True)
    return document["id"]


def restore_run(run: Run | str, *, store: Store | str | PathLike[str] | None = None) -> str:
    """Show a deleted run again, and return its id; a run that is not deleted stays as it is.

    What ``nbtrack gc`` moved to the trash is brought back with it, until it is removed for good.

    Raises:
        RunNotFound: there is no such run, neither deleted nor in the trash.
        AmbiguousRun: several runs share this prefix.
    """
    place, prefix = _opened(store), _prefix(run)
    root = getattr(place, "path", None)
    if isinstance(root, Path):
        _from_trash(root, prefix)
    document = place.runs().find(prefix)
    if document["deleted"]:
        place.annotate(document["id"], event.DELETE, value=False)
    return document["id"]


def _from_trash(root: Path, prefix: str) -> None:
    from nbtrack.store.housekeeping.trash import bring_back  # noqa: PLC0415 - only a store in a folder has a trash

    bring_back(root, prefix)


def _prefix(run: Run | str) -> str:
    prefix = (run.id if isinstance(run, Run) else str(run)).strip()
    if not prefix:
        raise UsageError("a run is named by its id or a prefix of it; this is empty")
    return prefix


def _opened(store: Store | str | PathLike[str] | None) -> Store:
    return store if isinstance(store, Store) else open_store(store)
