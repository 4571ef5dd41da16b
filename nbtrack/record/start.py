"""Opening a run by hand: ``nbtrack.start_run``."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nbtrack.model import event
from nbtrack.model.ids import short_id
from nbtrack.model.tagged import Json
from nbtrack.record.clean import clean_start
from nbtrack.record.open_run import OpenRun
from nbtrack.record.patient import Discard, PatientWriter
from nbtrack.record.switch import disabled
from nbtrack.record.values import key
from nbtrack.store.base import Store, Writer
from nbtrack.store.discovery import open_store

_AHEAD: Final = 1000  # milliseconds that the moments told may be ahead of the clock
_notebook: str | None = None
_told = 0


def start_run(
    name: str | None = None,
    *,
    experiment: str | None = None,
    params: Mapping[str, object] | None = None,
    tags: Mapping[str, object] | None = None,
    store: Store | str | Path | None = None,
) -> OpenRun:
    """Open a run to write to; use it in a ``with`` statement.

    Args:
        name: what to call the run; its short id when left out.
        experiment: the group it belongs to; the name of the notebook or script, or "default", when left out.
        params: parameters known from the start.
        tags: tags known from the start.
        store: a store or its folder; by default the one ``open_store()`` finds.

    Raises:
        StoreError: the store cannot be written; said here, so that it need not be later, in the middle of your code.

    Returns:
        The open run: ``id``, ``log``, ``log_params``, ``log_artifact``, ``set_tags``, ``note``, ``finish``. Where
        ``NBTRACK_DISABLE`` is set, one that records nothing.
    """
    if disabled():
        return OpenRun(None, lambda _: Discard())
    place = store if isinstance(store, Store) else open_store(store)
    run = OpenRun(place, beginning(place, {"name": name, "experiment": experiment or _notebook or _script()}))
    if params or tags:
        run.begin()
    if params:
        run.log_params(params)
    if tags:
        run.set_tags(tags)
    return run


def within(notebook: str | None) -> None:
    """Make this notebook's name the experiment of runs that name none; None is for kernels that know no notebook."""
    global _notebook  # noqa: PLW0603 - a process has one notebook
    _notebook = notebook


def beginning(store: Store, start: Mapping[str, Json]) -> "Beginning":
    """Return what begins a run in ``store`` when its first record comes."""
    return Beginning(store, start)


class Beginning:
    """Begins one run: called with its id when the first record comes, stamped with the time it was made."""

    def __init__(self, store: Store, start: Mapping[str, Json]) -> None:
        self._store = store
        self._start = {**start, "started": _moment()}

    def __call__(self, run_id: str) -> Writer:
        """Return the pen."""
        given = {**self._start, "name": self._start.get("name") or short_id(run_id)}
        for name in ("name", "experiment"):
            if given.get(name):
                given[name] = key(given[name])
        start, found = clean_start(given)
        pen = PatientWriter(self._store.begin(run_id, start))
        if found:
            pen.append(event.REDACTED, found)
        return pen


def _moment() -> int:
    """Return the time in milliseconds since 1970, later than any other this process was told.

    Runs made within one millisecond keep their order so, by a millisecond or a few; a clock set back is followed.
    """
    global _told  # noqa: PLW0603 - a process has one time
    now = int(time.time() * 1000)
    _told = _told + 1 if 0 <= _told - now < _AHEAD else now
    return _told


def _script() -> str:
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(main).stem if isinstance(main, str) else "default"
