"""Which runs a store has and where their files are, loose or in packs."""

import os
from contextlib import suppress
from pathlib import Path

from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.runs.metascan import months
from nbtrack.store.runs.packs import Packs, RunFile
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.system.disk import names


def run_place(run_id: str) -> str:
    """Return where the files of a run lie, relative to the store."""
    return f"runs/{month_of(run_id)}/{run_id}"


def run_ids(root: Path, packs: Packs) -> list[str]:
    """Return the ids of all runs there are, loose or packed, oldest first."""

    def look() -> set[str]:
        found = {name for month in months(root / "runs") for name in names(root / "runs" / month) if is_run_id(name)}
        return found.union(*map(packs.runs, packs.names()))

    return sorted(packs.steadily(look))


def run_files(root: Path, packs: Packs, run_id: str) -> list[RunFile]:
    """Return the files of a run: its own, and the parts of packs that are its."""
    folder = root / "runs" / month_of(run_id) / run_id
    return packs.steadily(lambda: [*loose(folder), *packs.of(run_id)])


def loose(folder: Path) -> list[RunFile]:
    """Return the segments in a run's folder; a link is none."""
    found: list[RunFile] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if segment_name(entry.name) and entry.is_file(follow_symlinks=False):
                size = entry.stat(follow_symlinks=False).st_size
                found.append(RunFile(entry.name, folder / entry.name, 0, size))
    return sorted(found)
