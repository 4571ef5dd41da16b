"""Which run is open: the one ``nbtrack.log`` and its siblings act on."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from nbtrack.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbtrack.record.open_run import OpenRun

# A task or thread that opened a run sees its own; one that opened none (a worker thread, a callback) sees the run
# that the process opened last, because it works for the cell that is running.
_mine: ContextVar[tuple[OpenRun, ...]] = ContextVar("nbtrack_runs", default=())
_all: list[OpenRun] = []


def push(run: OpenRun) -> None:
    """Make ``run`` the active one here."""
    _mine.set((*_mine.get(), run))
    _all.append(run)


def pop(run: OpenRun) -> None:
    """Make ``run`` no longer active, wherever it stands."""
    _mine.set(tuple(other for other in _mine.get() if other is not run))
    if run in _all:
        _all.remove(run)


def active_run() -> OpenRun | None:
    """Return the run that is open here, or None."""
    for run in reversed(_mine.get()):
        if run in _all:
            return run
    return _all[-1] if _all else None


def _needed() -> OpenRun:
    run = active_run()
    if run is None:
        raise UsageError(
            "no run is open: put %%track on the first line of the cell, or use `with nbtrack.start_run():`"
        )
    return run


def log(metrics: Mapping[str, object] | None = None, /, *, step: int | None = None, **more: object) -> None:
    """Record one point of each metric in the active run; see ``OpenRun.log``."""
    _needed().add(more if metrics is None else {**metrics, **more}, step)


def log_params(params: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Record parameters in the active run; see ``OpenRun.log_params``."""
    _needed().log_params(params, **more)


def log_artifact(path: str | Path, name: str | None = None) -> None:
    """Keep a copy of a file with the active run; see ``OpenRun.log_artifact``."""
    _needed().log_artifact(path, name)


def set_tags(tags: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Set tags of the active run; see ``OpenRun.set_tags``."""
    _needed().set_tags(tags, **more)
