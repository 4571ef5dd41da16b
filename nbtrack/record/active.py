"""Which run is open: the one ``nbtrack.log`` and its siblings act on."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from threading import Thread
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary, ref

from nbtrack.errors import UsageError
from nbtrack.record.notice import notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from nbtrack.record.open_run import OpenRun

# A task or thread that opened a run sees its own, and a task started meanwhile sees that too; any other (a worker
# thread, a callback) sees the run that the process opened last, because it works for the cell that is running.
_mine: ContextVar[tuple[OpenRun, ...]] = ContextVar("nbtrack_runs", default=())
_all: list[OpenRun] = []

# What outlives its run must not write into the next one. A task carries its run with it. A thread that was started
# while a run was open belongs to that run, unless it waits in a pool for work from anywhere.
_POOLS: Final = ("concurrent.futures.thread", "multiprocessing.pool")
_before: WeakKeyDictionary[OpenRun, AbstractSet[ref[Thread]]] = WeakKeyDictionary()
_home: WeakKeyDictionary[Thread, OpenRun] = WeakKeyDictionary()


def push(run: OpenRun) -> None:
    """Make ``run`` the active one here."""
    _mine.set((*_mine.get(), run))
    _all.append(run)
    _before[run] = frozenset(map(ref, threading.enumerate()))


def pop(run: OpenRun) -> None:
    """Make ``run`` no longer active, wherever it stands."""
    _mine.set(tuple(other for other in _mine.get() if other is not run))
    if run in _all:
        _all.remove(run)
    older = _before.pop(run, None)
    if older is not None:
        for thread in threading.enumerate():
            if ref(thread) not in older and thread is not threading.main_thread() and not _is_pooled(thread):
                _home.setdefault(thread, run)


def active_run() -> OpenRun | None:
    """Return the run that is open here, or None."""
    mine = _mine.get()
    for run in reversed(mine):
        if run in _all:
            return run
    return _all[-1] if _all and not mine and not _outlived() else None


def _outlived() -> OpenRun | None:
    """Return the run, ended since, that this task or thread belongs to."""
    mine = _mine.get()
    home = mine[-1] if mine else _home.get(threading.current_thread()) if _home else None
    return home if home is not None and home not in _all else None


def _is_pooled(thread: Thread) -> bool:
    return getattr(getattr(thread, "_target", None), "__module__", None) in _POOLS


def _needed() -> OpenRun:
    run = active_run()
    if run is not None:
        return run
    ended = _outlived()
    if ended is None:
        raise UsageError(
            "no run is open: put %%track on the first line of the cell, or use `with nbtrack.start_run():`"
        )
    notice(f"nbtrack: run {ended.id} has ended; what a task or thread of it still logs is not recorded")
    return ended.nowhere()


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
