"""Runs as one file that can be mailed, kept and read anywhere: records and objects in a ZIP archive.

The same runs always make the same bytes. ``docs/bundle-format.md`` is the format.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BufferedRandom
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from nbtrack.errors import ObjectMissing, RunNotFound, StoreError, UsageError
from nbtrack.export.whole_file import whole_file
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.query.choosing import choose, named
from nbtrack.query.runs import opened_store
from nbtrack.share.archive_reading import MOST
from nbtrack.share.archive_writing import ArchiveWriter
from nbtrack.share.bundle_scan import Finding, Scan
from nbtrack.share.bundle_table import ABOUT, NAME, BundledRun, Listed, Table, lines
from nbtrack.share.meter import SILENT, Meter, Progress
from nbtrack.share.whose import whose
from nbtrack.store.exchange.holdings import Holdings, Item, Missing, RunHolding, holdings
from nbtrack.store.exchange.naming import Kept, Segment, placed
from nbtrack.store.local import LocalStore

if TYPE_CHECKING:
    from nbtrack.store.base import Store

_OWN: Final = 2  # entries that no run has: the store's name and the table


class Damaged(NamedTuple):
    """Something that is here and cannot be read, and so is not in the bundle.

    ``run`` is the run's id, ``name`` what it calls the thing: ``model.pkl``, or ``records``; ``what`` is its place.
    """

    run: str
    name: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Bundled:
    """What a bundle holds, or would. ``path`` and ``digest`` (SHA-256 of the file) are None of one not written.

    ``missing`` is what the runs should have and the bundle has not; of that, ``damaged`` is what cannot be read here.
    """

    path: Path | None
    size: int
    digest: str | None
    runs: tuple[str, ...]
    running: tuple[str, ...]
    objects: int
    bytes: int
    missing: tuple[Missing, ...]
    damaged: tuple[Damaged, ...]
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
            "damaged": [each._asdict() for each in self.damaged],
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
        FileNotWritten: there is no room, or the like; what was there is untouched.

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
        self._store = place
        self._holdings: Holdings = holdings(place, self._statuses)
        self._items: dict[str, Item] = {}
        self._lost: list[Missing] = []
        self._unreadable: dict[str, str] = {}  # objects by their places
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
        missing = (*(each for run in runs for each in run.missing), *self._lost)
        return Bundled(
            path,
            size,
            digest,
            tuple(self.table.runs),
            tuple(run.id for run in runs if run.status == "running"),
            len(self.table.objects),
            self.table.bytes,
            missing,
            tuple(self._damaged(missing)),
            self.findings,
        )

    def _damaged(self, missing: Sequence[Missing]) -> Iterator[Damaged]:
        owners = whose(self._store, self._unreadable.values())
        for run, what, why in missing:
            if what in self._unreadable:
                names = (owner.name for owner in owners[self._unreadable[what]] if owner.run == run)
                yield Damaged(run, next(names, "a file"), what, why)
            elif isinstance(placed(what), Segment):
                yield Damaged(run, "records", what, why)

    def write(self, path: Path, *, force: bool = False) -> Bundled:
        """Write the file: whole or not at all. An object that cannot be read is left out and told; the rest goes.

        Raises:
            FileNotWritten: it cannot be written; what was there is untouched.
            StoreError: records were changed while they were read.
        """
        with whole_file(path, force=force) as file:
            self._fill(file)
            size, digest = file.tell(), _digest(file)
        return self.told(path, size, digest)

    def _fill(self, file: BinaryIO) -> None:
        writer = ArchiveWriter(file)
        meter = Meter(self._progress, "writing", self.table.bytes)
        for place in self.table.expected():
            item, after = self._items[place], meter.done + self._items[place].size
            try:
                writer.add(place, item.size, meter.passing(item.chunks()))
            except ObjectMissing as error:
                self._lose(item, unreadable(error))
            meter.add(after - meter.done)
        table = b"".join(lines(self.table))
        about = about_of(table)
        writer.add(ABOUT, len(about), [about])
        writer.add(NAME, len(table), [table])
        writer.close()

    def _lose(self, item: Item, why: str) -> None:
        name = item.digest
        self._unreadable[item.place] = name
        del self.table.objects[name]
        for run in self.table.runs.values():
            if name in run.objects:
                run.objects.remove(name)
                run.missing.append(Missing(run.id, item.place, why))


def unreadable(error: ObjectMissing) -> str:
    """Say in a few words why an object cannot be handed on."""
    cause = error.__cause__
    if isinstance(cause, FileNotFoundError):
        return "went while it was read"
    return (
        f"cannot be read ({cause.strerror})" if isinstance(cause, OSError) else "damaged: its bytes have another hash"
    )


def about_of(table: bytes) -> bytes:
    """Return what ``store.json`` of a bundle says: by it, and its table, an unpacked bundle is a store of its own."""
    told = {
        "id": hashlib.sha256(table).hexdigest()[:16],
        "fmt": event.FORMAT,
        "min_reader": event.MIN_READER,
        "min_writer": event.MIN_WRITER,
    }
    return json.dumps(told).encode() + b"\n"


def _digest(file: BufferedRandom) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
