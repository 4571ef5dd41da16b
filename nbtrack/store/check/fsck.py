"""``nbtrack.fsck``: every byte of a store looked at, and everything that is not as it should be told with its place.

It changes nothing: ``store.repair`` does, and only when asked. Memory is bounded by one run and by the names of
objects, whatever the number of runs; a store may be written while it is checked.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbtrack.errors import StoreError
from nbtrack.model import event
from nbtrack.store.check.audit import Audit, reading_order
from nbtrack.store.check.audit_index import IndexAudit
from nbtrack.store.check.audit_meta import MetaAudit
from nbtrack.store.check.audit_objects import ObjectAudit
from nbtrack.store.check.finding import Finding
from nbtrack.store.check.strays import leftovers, strays
from nbtrack.store.folder import Folder
from nbtrack.store.housekeeping.packing import digest_of
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.live import Live
from nbtrack.store.runs.packs import Pack, Packs, pack_name
from nbtrack.store.runs.reading import Reading
from nbtrack.store.runs.run_files import run_files, run_ids, run_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.model.document import RunDocument
    from nbtrack.store.check.trail import Seal

Progress = Callable[[str, int, int], None]
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``counts``: runs, writing, records, points, changes, packs, objects, bytes."""

    path: Path
    counts: "Mapping[str, int]"
    findings: Sequence[Finding]
    health: "Mapping[str, Mapping[str, int]]" = field(default_factory=dict, repr=False)
    unsealed: "Mapping[str, Mapping[str, Seal]]" = field(default_factory=dict, repr=False)
    judged: Sequence[str] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; what is only worth knowing does not count."""
        return not any(finding.wrong for finding in self.findings)

    @property
    def wrong(self) -> list[Finding]:
        """What is wrong."""
        return [finding for finding in self.findings if finding.wrong]

    @property
    def notes(self) -> list[Finding]:
        """What is only worth knowing."""
        return [finding for finding in self.findings if not finding.wrong]

    def of_kind(self, *kinds: str) -> list[Finding]:
        """Return the findings of these kinds."""
        return [finding for finding in self.findings if finding.kind in kinds]


def fsck(
    store: LocalStore | str | os.PathLike[str] | None = None,
    *,
    data: bool = False,
    progress: Progress = lambda *_: None,
) -> Report:
    """Check a store: every record, seal and index row, and that objects are there; nothing is changed.

    Args:
        store: a store or its folder; None for the one of this notebook or folder.
        data: also read the bytes of every object and pack, and hold them against their names.
        progress: called now and then with what is being looked at, how much of it was, and how much there is.

    Raises:
        StoreError: there is no store, or it cannot be read at all.
        NewerFormat: a newer nbtrack must read it.
    """
    root = _root(store)
    about = Folder(root).about()
    if not about:
        raise StoreError(f"there is no store in {root}")
    return _Check(root, progress).report(data=data)


def _root(store: LocalStore | str | os.PathLike[str] | None) -> Path:
    if isinstance(store, LocalStore):
        return store.path
    from nbtrack.store.discovery import open_store  # noqa: PLC0415 - it knows this module's caller

    return open_store(store).path


class _Check:
    """One look at a store, from the meta log to the last stray file."""

    def __init__(self, root: Path, progress: Progress) -> None:
        self.root = root
        self.progress = progress
        self.live = Live(root)
        self.packs = Packs(root)
        self.objects = ObjectAudit(root)
        self.meta = MetaAudit(root, self.objects)
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.health: dict[str, Mapping[str, int]] = {}
        self.unsealed: dict[str, Mapping[str, Seal]] = {}

    def report(self, *, data: bool) -> Report:
        self.progress("changes", 0, 0)
        self.meta.read()
        self._runs()
        self._objects(data=data)
        self._packs(data=data)
        self.findings += [*strays(self.root), *leftovers(self.root)]
        counts = {
            "runs": self.counts["runs"],
            "writing": self.counts["writing"],
            "records": self.counts["records"],
            "points": self.counts["points"],
            "changes": self.meta.records,
            "packs": self.counts["packs"],
            "objects": self.counts["objects"],
            "bytes": self.counts["bytes"] + self.meta.bytes,
        }
        findings = [*self.meta.findings, *self.findings]
        judged = [run_id for run_id, changes in self.meta.changes.items() if any(map(_is_verdict, changes))]
        return Report(self.root, counts, findings, self.health, self.unsealed, judged)

    # --- runs

    def _runs(self) -> None:
        ids = run_ids(self.root, self.packs)
        self.progress("the table of all runs", 0, 0)
        indexed = IndexAudit(self.root)
        for at, run_id in enumerate(ids):
            if not at % 64:
                self.progress("runs", at, len(ids))
            self._run(run_id, indexed)
        self.findings += indexed.others(set(ids))
        self.progress("runs", len(ids), len(ids))

    def _run(self, run_id: str, indexed: "IndexAudit") -> None:
        audit = audit_run(self.root, run_id, self.meta.changes.get(run_id, ()), self.packs, self.live)
        self.counts.update(runs=1, writing=audit.writing, records=audit.records, points=audit.points, bytes=audit.bytes)
        self.objects.need(run_id, audit.needed, audit.mentioned, audit.listings)
        self.findings += audit.findings
        found = audit.health()
        if any(found.values()):
            self.health[run_id] = found
        if audit.unsealed_for and not audit.writing:
            self.unsealed[run_id] = audit.unsealed_for
            self.findings.append(_unfinished(run_id, audit))
        if not audit.writing:
            self.findings += indexed.difference(run_id, partial(self._replayed, run_id))

    def _replayed(self, run_id: str) -> "RunDocument | None":
        reading = Reading(run_id, self.root / run_place(run_id), self.packs)
        reading.refresh()
        return reading.document(self.meta.changes.get(run_id, ()), self.live) if reading.has_records() else None

    # --- what is not runs

    def _objects(self, *, data: bool) -> None:
        looked = 0

        def step() -> None:
            nonlocal looked
            looked += 1
            if not looked % 64:
                self.progress("objects", looked, 0)

        self.objects.check(data=data, step=step)
        self.findings += self.objects.findings
        self.counts.update(objects=self.objects.objects, bytes=self.objects.bytes)

    def _packs(self, *, data: bool) -> None:
        """Runs are checked wherever they lie; here it is the packs themselves, their names and tables of contents."""
        packs = self.packs.names()
        for at, name in enumerate(packs):
            self.progress("packs", at, len(packs))
            self.findings += pack_findings(self.root / "packs" / name, self.packs.open(name), data=data)
        self.counts.update(packs=len(packs))


def pack_findings(path: Path, pack: Pack, *, data: bool) -> Iterator[Finding]:
    """Yield what is wrong with a pack: with its table of contents and, when all is to be read, with its bytes."""
    place = f"packs/{path.name}"
    named = pack_name(path.name)
    if not pack.whole:
        yield Finding("pack", "its table of contents cannot be believed; it is read from the front instead", place)
    if data and named is not None:
        try:
            found = digest_of(path)
        except OSError as error:
            yield Finding("unreadable", f"cannot be read: {error.strerror}", place)
            return
        if not found.startswith(named.digest):
            yield Finding("pack", f"its bytes have the hash {found[:16]}, not that of its name", place)


def audit_run(
    root: Path,
    run_id: str,
    changes: "Sequence[Mapping[str, Any]]" = (),
    packs: Packs | None = None,
    live: Live | None = None,
) -> Audit:
    """Read a run; again when it was written meanwhile, so that what just came is not taken for missing."""
    packs, live = packs or Packs(root), live or Live(root)
    for _ in range(_TRIES):
        files = run_files(root, packs, run_id)
        audit = Audit(root, run_id)
        for first_event, file in reading_order(files):
            if first_event:
                audit.mark_horizon()
            audit.read(file)
        audit.close(changes, live)
        if not audit.findings or run_files(root, packs, run_id) == files:
            break
    return audit


def _is_verdict(record: "Mapping[str, Any]") -> bool:
    return record.get("k") == event.FOUND


def _unfinished(run_id: str, audit: Audit) -> Finding:
    writers = ", ".join(audit.unsealed_for)
    text = f"writer {writers} is gone without having sealed its part"
    return Finding("unfinished", text, run_place(run_id), run=run_id, count=len(audit.unsealed_for))


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as ``nbtrack fsck --json`` prints it."""
    return {
        "store": str(report.path),
        "ok": report.ok,
        "counts": dict(report.counts),
        "findings": [
            {
                name: getattr(finding, name)
                for name in ("kind", "wrong", "text", "path", "offset", "run", "writer", "count", "accepted")
            }
            for finding in report.findings
        ],
    }
