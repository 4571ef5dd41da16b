"""What lies in a store and is none of its records: files of others, and what dead processes left behind."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.check.finding import Finding
from nbtrack.store.runs.metascan import meta_writer
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.system.disk import names, read
from nbtrack.store.system.process import is_alive, process_of

_FOLDERS: Final = "runs meta live packs cas cache tmp locks trash quarantine"
_FILES: Final = "store.json config.toml .gitattributes .gitignore"
_TOP: Final = frozenset(f"{_FOLDERS} {_FILES}".split())


def strays(root: Path) -> Iterator[Finding]:
    """Yield the files that are none of nbtrack's. A newer version may have put them there: nothing is wrong."""
    for name in sorted(names(root)):
        if name not in _TOP:
            yield Finding("stray", "not a file of nbtrack", name)
    for month in sorted(names(root / "runs")):
        folder = root / "runs" / month
        for name in sorted(names(folder)) or ([""] if folder.is_file() else []):
            place = f"runs/{month}/{name}".rstrip("/")
            if not is_run_id(name) or month_of(name) != month:
                yield Finding("stray", "not the folder of a run", place)
            else:
                yield from _strays_of_run(folder / name, place)
    for month in sorted(names(root / "meta")):
        for name in sorted(names(root / "meta" / month)):
            if meta_writer(name) is None:
                yield Finding("stray", "not a file of the meta log", f"meta/{month}/{name}")


def _strays_of_run(folder: Path, place: str) -> Iterator[Finding]:
    for name in sorted(names(folder)):
        if segment_name(name) is None:
            yield Finding("stray", "not a segment of the run", f"{place}/{name}", run=folder.name)
        elif (folder / name).is_symlink():
            yield Finding("stray", "a link, which is not followed", f"{place}/{name}", run=folder.name)


def leftovers(root: Path) -> Iterator[Finding]:
    """Yield what dead processes left in ``tmp/`` and ``live/``; both are swept now and then."""
    for name in sorted(names(root / "live")):
        with suppress(OSError, ValueError):
            head = json.loads(read(root / "live" / name))
            process = process_of(head) if isinstance(head, dict) else None
            if process is not None and is_alive(process) is False:
                yield Finding("leftover", "the marker of a process that is gone", f"live/{name}")
