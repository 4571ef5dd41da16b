"""``%restore RUN``: the source of a run's cell, as it was typed then, in a new cell."""

from typing import Any

from nbtrack.errors import UsageError
from nbtrack.hosts.display import show_text
from nbtrack.query.runs import run as find_run
from nbtrack.store.base import Store

_HIDDEN = "[redacted:"


def restore(shell: Any, line: str, store: Store) -> None:
    """Put the source of a run's cell into a new cell: below this one, or at the next prompt.

    Raises:
        UsageError: not one run was named, or it is of no cell.
        RunNotFound, AmbiguousRun: as ``nbtrack.run``.
    """
    words = line.split()
    if len(words) != 1:
        raise UsageError("%restore takes one run: %restore RUN; %runs lists them")
    run = find_run(words[0], store)
    if run.cell is None:
        raise UsageError(
            f"run {run.short} is of no cell: it was opened by hand, with nbtrack.start_run; "
            f"`nbtrack checkout {run.short} DIR` brings back its code and data"
        )
    shell.set_next_input(run.cell.source, replace=False)
    show_text(_said(run.short, run.cell.source), "restore")


def _said(short: str, source: str) -> str:
    told = f"the cell of run {short} is in a new cell below"
    return f"{told}; where a secret stood, it says {_HIDDEN}…]" if _HIDDEN in source else told
