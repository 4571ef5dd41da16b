"""Runs as one file that can be mailed, kept and read anywhere: records and objects in a ZIP archive.

The same runs always make the same bytes. ``docs/bundle-format.md`` is the format.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from nbtrack.errors import RunNotFound, StoreError, StoreFull, UsageError
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.query.choosing import choose, named
from nbtrack.query.runs import opened_store
from nbtrack.share.archive_reading import MOST
from nbtrack.share.archive_writing import ArchiveWriter
from nbtrack.share.bundle_scan import Finding, Scan
from nbtrack.share.bundle_table import ABOUT, NAME, BundledRun, Listed, Table, lines
from nbtrack.share.meter import SILENT, Meter, Progress
from nbtrack.store.exchange.holdings import Holdings, Item, Missing, RunHolding, holdings
from nbtrack.store.exchange.naming import Kept
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import flush_folder

if TYPE_CHECKING:
    from nbtrack.store.base import Store

_OWN: Final = 2  # entries that no run has: the store's name and the table


@dataclass(frozen=True, slots=True)
class Bundled:
    """What a bundle holds, or would. ``path`` and ``digest`` (SHA-256 of the file) are None of one not written."""

    path: Path | None
    size: int
    digest: str | None
    runs: tuple[str, ...]
    running: tuple[str, ...]
    objects: int
    bytes: int
    missing: tuple[Missing, ...]
    findings: dict[str, list[Finding]]

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``nbtrack bundle --json`` prints it."""
        findings = [
            {"run": run, "place": each.place, "line": each.line, "rules": list(each.rules), "count": each.many}
            for run, found in self.findings.items()
            for each in found
        ]
        return {
            "path": str(self.path) if self.path else None,
            "size": self.size,
            "sha256": self.digest,
            "runs": list(self.runs),
            "running": list(self.running),
            "objects": self.objects,
            "bytes": self.bytes,
            "missing": [each._asdict() for each in self.missing],
            "secrets": findings,
        }


def bundle(
    runs: str | Run | Sequence[Run | str] = "",
    path: str | PathLike[str] = "runs.nbtrack.zip",
    *,
    store: "Store | str | PathLike[str] | None" = None,
    objects: bool = True,
    max_object: int | None = None,
    force: bool = False,
    allow_secrets: bool = False,
) -> Bundled:
    """Write runs with all that belongs to them into one file, which ``import_bundle`` takes into any store.

    Args:
        runs: a filter or ids in a text, runs, or a sequence of ids and runs; all runs by default.
        path: the file.
        store: a store or its folder; None for the one of this notebook or folder.
        objects: whether artifacts, sources and the like go along.
        max_object: bytes; larger ones are left out.
        force: replace a file that is there.
        allow_secrets: write it although something in it looks like a secret.

    Raises:
        RunNotFound: there is no such run, or none at all.
        UsageError: the file is there, something looks like a secret, or there is too much for one file.
        StoreFull: there is no room; no file is left.

    >>> import nbtrack, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> store = nbtrack.open_store(folder)
    >>> with nbtrack.start_run("fit", store=store) as run:
    ...     run.log(loss=0.5)
    >>> told = nbtrack.bundle(path=f"{folder}/x.nbtrack.zip", store=store)
    >>> len(told.runs), told.missing
    (1, ())
    """
    plan = Plan(chosen(runs, store), store, objects=objects, max_object=max_object)
    path = Path(path)
    refuse_existing(path, force=force)
    if not allow_secrets and plan.findings:
        raise UsageError(f"{secrets_in(plan.findings)}; look at them, then allow_secrets=True writes the bundle")
    return plan.write(path, force=force)


def chosen(
    runs: str | Run | Sequence[Run | str] = "", store: "Store | str | PathLike[str] | None" = None
) -> Sequence[Run]:
    """Return the runs that are asked for.

    Raises:
        RunNotFound: there is none.
    """
    if isinstance(runs, Run):
        runs = [runs]
    found = (
        choose(runs, store=store)
        if isinstance(runs, str)
        else named([each.id if isinstance(each, Run) else each for each in runs], store=store)
    )
    if not len(found):
        raise RunNotFound(f"no runs to bundle in {opened_store(store)!r}")
    return found


def refuse_existing(path: Path, *, force: bool) -> None:
    """Make sure that a file can be written.

    Raises:
        UsageError: there is one, and it is not to be replaced; or its folder is not there.
    """
    if path.is_dir() or (path.exists() and not force):
        raise UsageError(f"{path} is there already; --force replaces a file")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {path.absolute().parent}")


def secrets_in(findings: dict[str, list[Finding]]) -> str:
    """Say how much was found where, in a line."""
    count = sum(each.many for found in findings.values() for each in found)
    places = list(dict.fromkeys(each.place for found in findings.values() for each in found))
    what = "1 value looks like a secret" if count == 1 else f"{count:,} values look like secrets"
    where = ", ".join(places[:3]) + (f" and {len(places) - 3:,} more" if len(places) > 3 else "")
    return f"{what} (in {where})"


class Plan:
    """What a bundle of runs would hold; nothing is written before ``write``.

    Raises:
        UsageError: the store is no folder, or there is more than a bundle may have.
        StoreError: no record of the runs can be read.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        store: "Store | str | PathLike[str] | None" = None,
        *,
        objects: bool = True,
        max_object: int | None = None,
        progress: Progress = SILENT,
    ) -> None:
        place = opened_store(store)
        if not isinstance(place, LocalStore):
            raise UsageError(f"{place!r} is not a folder; there are no files to bundle")
        self._most = max_object if objects else -1
        self._progress = progress
        self._statuses = {run.id: str(run.status) for run in runs}
        self._holdings: Holdings = holdings(place, self._statuses)
        self._items: dict[str, Item] = {}
        self._lost: list[Missing] = []
        self.table = Table()
        self._gather()

    def _gather(self) -> None:
        found: dict[str, Item] = {}
        total = len(self._holdings.run_ids)
        for count, holding in enumerate(self._holdings.runs(), 1):
            self._run(holding, found)
            self._progress("looking at runs", count, total)
        for name, item in sorted(found.items(), key=lambda pair: pair[1].place):
            self.table.objects[name] = item.size
            self._items[item.place] = item
        for item in sorted(self._holdings.changes, key=lambda item: item.place):
            self._list(item, self.table.changes)
        if not self.table.runs:
            why = self._lost[0].why if self._lost else "their files are gone"
            raise StoreError(f"no record of these runs can be read ({why}); see `nbtrack fsck`")
        if len(self._items) + _OWN > MOST:
            raise UsageError(
                f"{len(self._items):,} files are more than a bundle may have ({MOST - _OWN:,}); "
                "choose fewer runs, leave objects out (--no-objects), or use `nbtrack push`"
            )

    def _run(self, holding: RunHolding, found: dict[str, Item]) -> None:
        if not holding.segments:  # nothing that can be handed on
            self._lost += holding.missing
            return
        run = BundledRun(holding.id, self._statuses[holding.id], missing=list(holding.missing))
        for item in holding.segments:
            self._list(item, run.files)
        for name in holding.objects:
            item = found.get(name) or self._holdings.object(name)
            why = self._left_out(item)
            if why:
                run.missing.append(Missing(holding.id, item.place, why))
            else:
                found[name] = item
                run.objects.append(name)
        self.table.runs[run.id] = run

    def _list(self, item: Item, files: list[Listed]) -> None:
        if isinstance(item.at, Kept):
            raise TypeError(item)
        files.append(Listed(item.at, item.size, item.digest))
        self._items[item.place] = item

    def _left_out(self, item: Item) -> str:
        if self._most is None or item.size <= self._most:
            return ""
        return "left out as asked" if self._most < 0 else f"left out: larger than {self._most:,} bytes"

    @cached_property
    def findings(self) -> dict[str, list[Finding]]:
        """What looks like a secret, by run. What several runs have is told with the first of them."""
        scan = Scan()
        owners = self._owners()
        found: dict[str, list[Finding]] = {}
        meter = Meter(self._progress, "looking for secrets", sum(item.size for item in self._items.values()))
        for place, item in self._items.items():
            for each in scan.item(item, meter):
                found.setdefault(owners.get(place, ""), []).append(each)
        return dict(sorted(found.items()))

    def _owners(self) -> dict[str, str]:
        owners: dict[str, str] = {}
        for run in self.table.runs.values():
            for place in [*(file.at.place for file in run.files), *(Kept(name).place for name in run.objects)]:
                owners.setdefault(place, run.id)
        return owners

    def told(self, path: Path | None = None, size: int = 0, digest: str | None = None) -> Bundled:
        """Return what the bundle holds, or would."""
        runs = self.table.runs.values()
        return Bundled(
            path,
            size,
            digest,
            tuple(self.table.runs),
            tuple(run.id for run in runs if run.status == "running"),
            len(self.table.objects),
            self.table.bytes,
            (*(each for run in runs for each in run.missing), *self._lost),
            self.findings,
        )

    def write(self, path: Path, *, force: bool = False) -> Bundled:
        """Write the file: whole or not at all.

        Raises:
            ObjectMissing: an object is damaged.
            StoreFull: there is no room.
            OSError: the file cannot be written.
        """
        temporary = path.parent / f".{path.name}.{token_hex(6)}.part"
        try:
            with temporary.open("x+b") as file:
                self._fill(file)
                file.flush()
                os.fsync(file.fileno())
            size, digest = temporary.stat().st_size, _digest(temporary)
            _publish(temporary, path, force=force)
        except OSError as error:
            if error.errno in {28, 27, 122}:  # ENOSPC, EFBIG, EDQUOT
                raise StoreFull(f"no room for {path} ({error.strerror}); no file is left") from error
            raise
        finally:
            temporary.unlink(missing_ok=True)
        return self.told(path, size, digest)

    def _fill(self, file: BinaryIO) -> None:
        writer = ArchiveWriter(file)
        meter = Meter(self._progress, "writing", self.table.bytes)
        for place in self.table.expected():
            item = self._items[place]
            writer.add(place, item.size, meter.passing(item.chunks()))
        table = b"".join(lines(self.table))
        about = about_of(table)
        writer.add(ABOUT, len(about), [about])
        writer.add(NAME, len(table), [table])
        writer.close()


def about_of(table: bytes) -> bytes:
    """Return what ``store.json`` of a bundle says: by it, and its table, an unpacked bundle is a store of its own."""
    told = {
        "id": hashlib.sha256(table).hexdigest()[:16],
        "fmt": event.FORMAT,
        "min_reader": event.MIN_READER,
        "min_writer": event.MIN_WRITER,
    }
    return json.dumps(told).encode() + b"\n"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(temporary: Path, path: Path, *, force: bool) -> None:
    if force:
        temporary.replace(path)
    else:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise UsageError(f"{path} is there already; --force replaces it") from None
        except OSError:  # no hard links here
            temporary.replace(path)
    with suppress(OSError):
        flush_folder(path.absolute().parent)
