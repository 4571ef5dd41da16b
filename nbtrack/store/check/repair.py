"""What can be put right in a store without losing anything: evidence goes to ``quarantine/``, nothing is deleted."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbtrack.errors import NbtrackError, RunNotFound
from nbtrack.model import event
from nbtrack.model.verdict import counts
from nbtrack.store.check.audit_objects import name_of_file
from nbtrack.store.check.finding import Finding
from nbtrack.store.check.fsck import Report, audit_run
from nbtrack.store.check.mend import rewrite
from nbtrack.store.check.quarantine import Quarantine
from nbtrack.store.folder import Folder
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.lines.lines import lines
from nbtrack.store.lines.record import decode
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.hashing import SHA256, algorithm_of, tagged
from nbtrack.store.runs.metascan import changes_of
from nbtrack.store.system.disk import names, unlink
from nbtrack.store.system.process import is_alive, process_of

if TYPE_CHECKING:
    from nbtrack.model.tagged import Json

_QUIET: Final = 24 * 3600.0  # seconds; nobody elsewhere has a file open that did not change for so long


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done, or - ``done`` is false - that could not be, and why."""

    text: str
    path: str = ""
    run: str | None = None
    done: bool = True

    def __str__(self) -> str:
        """Say where and what."""
        return f"{self.path}: {self.text}" if self.path else self.text


def repair(store: LocalStore, report: Report, *, reseal: bool = False, force: bool = False) -> list[Deed]:
    """Put right what a report found, as far as that is safe; check again to see what is left.

    Damaged lines leave their segment (a copy of it stays in quarantine), segments of other runs and objects with
    other bytes go to quarantine, objects come back where another copy of their bytes is known, runs whose writers are
    gone are sealed as they are, damage that only a check sees is recorded with its run, a wrong index is dropped.
    Doing it again does nothing; ended in the middle, it can be done again.

    Args:
        store: the store that was checked.
        report: what was found.
        reseal: also seal the lines that were typed by hand; look at them first.
        force: take over the maintenance lock of a process that is known to be gone.

    Raises:
        StoreReadOnly, NewerFormat: the store cannot be written here.
        MaintenanceLocked: another process packs, collects or repairs.
    """
    if not (report.findings or report.judged):
        return []
    Folder(store.path).prepare()
    work = _Repair(store, reseal=reseal)
    with maintaining(store.path, "fsck --repair", force=force):
        try:
            work.segments(report)
            work.objects(report)
            work.index(report)
            work.seals(report)
            work.verdicts(report)
        finally:
            work.evidence.close()
    return work.deeds


def accept(store: LocalStore, run_id: str) -> Deed:
    """Record that a run is accepted as damaged as it is now; more damage shows again.

    Raises:
        RunNotFound: no such run.
    """
    found = audit_run(store.path, run_id).health()
    if not any(found.values()):
        return Deed("nothing is wrong with its records", run=run_id, done=False)
    store.annotate(run_id, event.ACCEPT, found)
    text = ", ".join(f"{count} {name}" for name, count in found.items() if count)
    return Deed(f"accepted as it is: {text}", run=run_id)


class _Repair:
    def __init__(self, store: LocalStore, *, reseal: bool) -> None:
        self.deeds: list[Deed] = []
        self.evidence = Quarantine(store.path)
        self._store = store
        self._root = store.path
        self._reseal = reseal

    def _do(self, text: str, finding: Finding, *, done: bool = True) -> None:
        self.deeds.append(Deed(text, finding.path, finding.run, done))

    # --- segments

    def segments(self, report: Report) -> None:
        """Clear damaged lines out of segments, and segments of other runs out of the way."""
        kinds = ("damaged", "unsealed") if self._reseal else ("damaged",)
        for finding in _one_a_file(report.of_kind(*kinds)):
            self._mend(finding)
        for finding in report.of_kind("foreign"):
            if ":" in finding.path:
                self._do("lies in a pack, which never changes", finding, done=False)
            else:
                self._quarantine(finding)

    def _mend(self, finding: Finding) -> None:
        path = self._root / finding.path
        if finding.offset is None or not path.is_file():
            where = "it lies in a pack, which never changes" if ":" in finding.path else "it is no line of a file"
            self._do(f"left as it is: {where}", finding, done=False)
            return
        if path.suffix != ".jsonl":
            self._do("left as it is: a block of points, the rest of which is read all the same", finding, done=False)
            return
        if not _is_abandoned(path):
            self._do("left as it is: it may still be written; try again when its writer has ended", finding, done=False)
            return
        try:
            self.evidence.copy(finding.path, str(finding))
            removed, sealed = rewrite(path, self._root / "tmp", reseal=self._reseal)
        except (OSError, NbtrackError) as error:
            self._do(f"left as it is: {error}", finding, done=False)
            return
        done = [f"{removed} damaged line{'s' * (removed != 1)} taken out"] if removed else []
        done += [f"{sealed} typed line{'s' * (sealed != 1)} sealed"] if sealed else []
        self._do(f"{', '.join(done)}; a copy is in {self._where()}", finding)

    def _quarantine(self, finding: Finding) -> bool:
        try:
            self.evidence.move(finding.path, finding.text)
        except (OSError, NbtrackError) as error:
            self._do(f"left as it is: {error}", finding, done=False)
            return False
        self._do(f"moved to {self._where()}: {finding.text}", finding)
        return True

    def _where(self) -> str:
        return str(self.evidence.folder.relative_to(self._root))

    # --- objects

    def objects(self, report: Report) -> None:
        """Take objects with other bytes away, and bring back what another copy is known of."""
        for finding in report.of_kind("object"):
            self._quarantine(finding)
        for finding in report.of_kind("object", "absent"):
            _cas, algorithm, *digest = Path(finding.path).parts
            self._restore(finding, tagged(algorithm, "".join(digest)))

    def _restore(self, finding: Finding, name: str) -> None:
        """Copy an object's bytes from the file that a run read or wrote, if that still has them."""
        if (self._root / finding.path).exists():
            return
        for path in _other_copies(self._store, finding.run, name):
            with suppress(OSError, NbtrackError):
                if name_of_file(path, algorithm_of(name)) == name:
                    self._store.put(path)
                    self._do(f"restored from {path}", finding)
                    return
        if finding.kind == "absent":
            self._do("no other copy of its bytes is known", finding, done=False)

    # --- what is derived, and what is said about runs

    def index(self, report: Report) -> None:
        """Drop the index when it is wrong: it is made again from the records."""
        if report.of_kind("index"):
            dropped = [name for name in names(self._root / "cache") if name.startswith("index-")]
            for name in dropped:
                unlink(self._root / "cache" / name, missing_ok=True)
            self.deeds.append(Deed("the index is dropped; the next question makes it anew", "cache"))

    def seals(self, report: Report) -> None:
        """Seal the runs whose writers are gone with what they left."""
        for run_id in report.unsealed:
            audit = audit_run(self._root, run_id, list(changes_of(self._root, run_id)))
            if audit.writing or not audit.unsealed_for:
                continue
            payload: dict[str, Json] = {
                writer: {"n": seal.end - 1, "ev": seal.events, "mx": seal.points, "d": seal.digest}
                for writer, seal in audit.unsealed_for.items()
            }
            with suppress(RunNotFound):  # files without a single record are nobody's run
                self._store.annotate(run_id, event.CRASH_SEAL, payload)
                self.deeds.append(Deed(f"sealed for {', '.join(payload)}, whose process is gone", run=run_id))

    def verdicts(self, report: Report) -> None:
        """Record with each run what is wrong with it, where an ordinary look at it does not show that."""
        for run_id in {**report.health, **dict.fromkeys(report.judged)}:
            changes = list(changes_of(self._root, run_id))
            found = audit_run(self._root, run_id, changes).health()
            with suppress(RunNotFound):
                shown = counts(self._store.read(run_id)["health"])
                if found not in (shown, _said(changes)):
                    self._store.annotate(run_id, event.FOUND, found)
                    text = ", ".join(f"{count} {name}" for name, count in found.items() if count) or "whole"
                    self.deeds.append(Deed(f"recorded with the run: {text}", run=run_id))


def _one_a_file(findings: Iterable[Finding]) -> list[Finding]:
    return list({finding.path: finding for finding in findings}.values())


def _is_abandoned(path: Path) -> bool:
    """Tell whether surely nobody writes a file any more: it is sealed, its process is gone, or long quiet elsewhere."""
    process, ended = None, False
    for _, line in lines(path):
        state, record = decode(line.rstrip(b"\n"))
        if state == "ok" and record.get("k") == event.HEAD:
            process = process_of(record)
        ended = ended or (state == "ok" and record.get("k") == event.END)
    alive = is_alive(process) if process else None
    if ended or alive is False:
        return True
    return alive is None and time.time() - path.stat().st_mtime > _QUIET


def _said(changes: Iterable[Mapping[str, Any]]) -> dict[str, int] | None:
    found = [record for record in changes if record.get("k") == event.FOUND]
    last = max(found, key=lambda record: (record.get("l", 0), str(record.get("w")), record.get("n", 0)), default=None)
    return None if last is None else counts(last.get("v"))


def _other_copies(store: LocalStore, run_id: str | None, name: str) -> Iterator[Path]:
    """Yield the files that a run says it used or made with these bytes."""
    digest = name.rpartition(":")[2]
    if run_id is None or algorithm_of(name) != SHA256:
        return
    with suppress(RunNotFound):
        document = store.read(run_id)
        notebook = Path(document["notebook"] or "").parent
        for entry in document["data"]:
            path = entry.get("path")
            if entry.get("sha256") == digest and isinstance(path, str):
                for base in (store.path.parent, store.path.parent / notebook):
                    yield base / Path(path).expanduser()
