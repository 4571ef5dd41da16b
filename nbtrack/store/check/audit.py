"""One run, every byte of it: what is damaged, missing or contradicts itself, and where."""

from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nbtrack.model import event
from nbtrack.model.verdict import COUNTS, counts
from nbtrack.store.check.finding import Finding
from nbtrack.store.check.trail import Gaps, Seal, Trail, seal_of
from nbtrack.store.lines.lines import lines
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import decode, exact
from nbtrack.store.objects.references import listings, mentioned, needed
from nbtrack.store.runs.live import Live, Marker
from nbtrack.store.runs.packs import RunFile
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.system.process import Process, is_alive, process_of

Record = Mapping[str, Any]
_POINT: Final = b'{"k":"m",'
_TO_HEALTH: Final = {"damaged": "damaged", "foreign": "damaged", "newer": "damaged", "unreadable": "damaged"} | {
    "seal": "damaged",
    "missing": "missing",
    "unsealed": "unsealed",
    "divergent": "divergent",
}


class Audit:
    """What the files of one run hold. ``read`` them all, then ask ``close`` for the verdict."""

    def __init__(self, root: Path, run_id: str) -> None:
        self.run_id = run_id
        self.findings: list[Finding] = []
        self.records = 0
        self.points = 0
        self.bytes = 0
        self.needed: dict[str, None] = {}
        self.listings: dict[str, None] = {}
        self.mentioned: set[bytes] = set()
        self.writing = False
        self.unsealed_for: dict[str, Seal] = {}
        self._root = root
        self._trails: dict[str, Trail] = {}
        self._writers: dict[str, Process | None] = {}
        self._torn: list[tuple[str, Finding]] = []
        self._first: str | None = None
        self._horizon: dict[str, int] = {}

    def read(self, file: RunFile) -> None:
        """Take in a segment, or the part of a pack that holds one."""
        named = segment_name(file.name)
        if named is None:
            return
        self._writers.setdefault(named.writer, None)
        self.bytes += file.size
        path = str(file.path.relative_to(self._root))
        place = f"{path}:{file.name}" if file.packed else path
        try:
            self._read(file, place, named.writer, points=named.kind != "ev")
        except OSError as error:
            self._find("unreadable", f"cannot be read: {error.strerror}", place)

    def _read(self, file: RunFile, place: str, writer: str, *, points: bool) -> None:
        loads = quick if points else exact
        end = file.start
        own = f',"w":"{writer}","n":'.encode()
        for start, line in lines(file.path, file.start, file.size if file.packed else None):
            end = max(end, start + len(line))
            if points and line.startswith(_POINT) and (number := _number(line, own)):
                self._point(writer, number, line)
                continue
            if line[-1:] != b"\n":
                self._tear(place, start, len(line), writer)
                break
            state, record = decode(line[:-1], loads)
            if state == "damaged":
                if line.strip():
                    self._find("damaged", f"{len(line):,} bytes that are no record", place, start)
                continue
            if state == "unsealed":
                self._find("unsealed", f"a line typed by hand: {_beginning(line)}", place, start)
            if record.get("k") != event.HEAD:
                self._take(record, line, place, start)
            elif not self._enter(record, writer, place):
                return
        if end == file.start:
            self._tear(place, file.start, 0, writer)

    def _point(self, writer: str, number: int, line: bytes) -> None:
        self.points += 1
        self.records += 1
        if writer not in self._trails:
            self._trails[writer] = Trail()
        self._trails[writer].add(number, line[-11:-3], point=True)

    def _enter(self, head: Record, writer: str, place: str) -> bool:
        """Look at a segment's head: it may be of another run, or of a format this version must not guess at."""
        if head.get("run") != self.run_id:
            self._find("foreign", f"a segment of run {str(head.get('run'))[:40]}", place)
            return False
        reader = head.get("min_reader")
        if isinstance(reader, int) and reader > event.FORMAT:
            self._find("newer", f"format {reader}, which only a newer nbtrack reads", place)
            return False
        self._writers[writer] = process_of(head) or self._writers.get(writer)
        return True

    def _take(self, record: Record, line: bytes, place: str, start: int) -> None:
        kind, writer, number = record.get("k"), str(record.get("w")), record.get("n")
        point = kind == event.POINT
        self.points += point
        self.records += 1
        if not point and kind != event.END:
            self.mentioned.update(mentioned(line))
            self.needed.update(dict.fromkeys(needed(record)))
            self.listings.update(dict.fromkeys(listings(record)))
        if "c" not in record:
            return
        trail = self._trails.setdefault(writer, Trail())
        if not isinstance(number, int) or not trail.add(number, line.rstrip()[-10:-2], point=point):
            self._find("damaged", "a record without a number", place, start, writer=writer)
        elif kind == event.END and isinstance(record.get("seal"), dict):
            trail.seal = seal_of(record["seal"].get(writer), number) or trail.seal

    def _tear(self, place: str, start: int, size: int, writer: str) -> None:
        text = f"{size:,} bytes of a record that was never finished" if size else "an empty file"
        self._torn.append((writer, Finding("torn", text, place, start, self.run_id, writer)))

    def mark_horizon(self) -> None:
        """Say that one kind of files was read: a writer at work has all numbers below in the files still to come."""
        self._horizon = {writer: trail.highest() for writer, trail in self._trails.items()}

    def close(self, changes: Iterable[Record], live: Live) -> None:
        """Hold what was read against the seals and against what was accepted."""
        latest = _latest(changes)
        seals = latest.get(event.CRASH_SEAL)
        for writer in sorted(self._writers.keys() | self._trails.keys()):
            self._judge(writer, seals.get(writer) if isinstance(seals, dict) else None, live)
        self.findings += [finding for writer, finding in self._torn if not self._may_write(writer, live)]
        self._accept(counts(latest.get(event.ACCEPT)))

    def _judge(self, writer: str, crash_seal: Any, live: Live) -> None:
        trail = self._trails.get(writer, Trail())
        for number in trail.divergent():
            self._find("divergent", f"two records are number {number} of writer {writer}", writer=writer)
        seal = trail.seal or _crash_seal(crash_seal)
        alive = seal is None and self._may_write(writer, live)
        self.writing |= alive
        if seal is not None:
            self._hold_against(seal, trail, writer)
            return
        self._tell_missing(trail.missing(self._horizon.get(writer, 0) if alive else None), writer, "")
        if writer in self._writers and not alive:
            self.unsealed_for[writer] = trail.sealed()

    def _hold_against(self, seal: Seal, trail: Trail, writer: str) -> None:
        events, points = trail.counted(seal.end)
        fewer = max(seal.events - events, 0) + max(seal.points - points, 0)
        if fewer:
            gaps = trail.missing(max(seal.end - 1, 0))
            why = f"; {seal.events:,} events and {seal.points:,} points were sealed, {events:,} and {points:,} are here"
            self._tell_missing(gaps if gaps.many == fewer else Gaps(fewer, ""), writer, why)
        elif not trail.divergent() and trail.digest(seal.end) != seal.digest:
            self._find("seal", f"the records of writer {writer} are not those it sealed", writer=writer)

    def _tell_missing(self, gaps: Gaps, writer: str, why: str) -> None:
        if gaps.many:
            which = f": {gaps.text}" if gaps.text else ""
            many = f"{gaps.many:,} record{'s' * (gaps.many != 1)}"
            self._find("missing", f"{many} of writer {writer} missing{which}{why}", writer=writer, count=gaps.many)

    def _may_write(self, writer: str, live: Live) -> bool:
        if writer not in self._writers or (writer in self._trails and self._trails[writer].seal):
            return False
        process = self._writers[writer]
        if process is None:  # no head yet: it may just be coming into being, if anybody says so
            return any(marker == Marker(self.run_id, writer) for marker in live.markers())
        alive = is_alive(process)
        return live.beats(Marker(self.run_id, writer), process) if alive is None else alive

    def health(self) -> dict[str, int]:
        """Return the counts that a run's health has, as this audit sees them."""
        found = dict.fromkeys(COUNTS, 0)
        for finding in self.findings:
            if finding.kind in _TO_HEALTH:
                found[_TO_HEALTH[finding.kind]] += finding.count
        return found

    def _accept(self, accepted: Mapping[str, int]) -> None:
        """Let findings pass that a person has accepted; more than was accepted is news, all of it."""
        found = self.health()
        if accepted and any(found.values()) and all(found[name] <= accepted.get(name, 0) for name in found):
            self.findings = [_accepted(finding) for finding in self.findings]
            text = ", ".join(f"{count} {name}" for name, count in found.items() if count)
            self._find("accepted", f"accepted as it is: {text}")

    def _find(
        self,
        kind: str,
        text: str,
        path: str | None = None,
        offset: int | None = None,
        writer: str | None = None,
        count: int = 1,
    ) -> None:
        where = f"runs/{self.run_id[:4]}-{self.run_id[4:6]}/{self.run_id}" if path is None else path
        self.findings.append(Finding(kind, text, where, offset, self.run_id, writer, count))


def reading_order(files: Iterable[RunFile]) -> Iterator[tuple[bool, RunFile]]:
    """Yield points before events, each with whether it is the first event file."""
    ordered = sorted(files, key=lambda file: (not file.name.startswith("m"), file.name))
    first = True
    for file in ordered:
        events = not file.name.startswith("m")
        yield first and events, file
        first = first and not events


def _latest(changes: Iterable[Record]) -> dict[str, Any]:
    return {str(record.get("k")): record.get("v") for record in sorted(changes, key=_order)}


def _order(record: Record) -> tuple[int, str, int]:
    clock, number = record.get("l"), record.get("n")
    return (clock if isinstance(clock, int) else 0, str(record.get("w")), number if isinstance(number, int) else 0)


def _crash_seal(value: Any) -> Seal | None:
    last = value.get("n") if isinstance(value, dict) else None
    return seal_of(value, last + 1) if isinstance(last, int) else None


def _number(line: bytes, own: bytes) -> int:
    """Return the number of a whole point as nbtrack writes them, 0 for any other line: that is looked at closely."""
    at = line.rfind(own) + len(own)
    end = line.find(b",", at)
    if line[-17:-11] != b',"c":"' or at < len(own) or not line[at:end].isdigit():
        return 0
    return int(line[at:end]) if line[-11:-3] == b"%08x" % crc32(line[:-17]) and line[-3:] == b'"}\n' else 0


def _accepted(finding: Finding) -> Finding:
    if not finding.wrong or finding.kind not in _TO_HEALTH:
        return finding
    return replace(finding, accepted=True)


def _beginning(line: bytes) -> str:
    return line[:60].decode("ascii", "replace").rstrip()
