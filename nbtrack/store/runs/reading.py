"""Reading one run's folder: all at first, then only what was added."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from os import scandir
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.model import event
from nbtrack.model.condition import condition
from nbtrack.model.curves import Tallies, curves, tally
from nbtrack.model.document import Health, RunDocument
from nbtrack.model.fold import Record, fold, sums_up
from nbtrack.model.verdict import sealed_writers
from nbtrack.store.lines.block import block_lines
from nbtrack.store.lines.numbers import Numbers
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import exact
from nbtrack.store.lines.scan import Finding, Scan, scan, sift
from nbtrack.store.runs.live import Live, Marker
from nbtrack.store.runs.packs import Packs, RunFile
from nbtrack.store.system.process import Process, is_alive, process_of

_NAME = re.compile(r"(ev|mx|mb)-([0-9a-f]{12})-([0-9]{1,9})\.(jsonl|block)")


class Named(NamedTuple):
    """A segment's name, taken apart: ``ev`` events, ``mx`` points, ``mb`` the block in the place of an ``mx``."""

    kind: str
    writer: str
    number: int


def segment_name(name: str) -> Named | None:
    """Return the parts of a segment's file name, or None for any other file."""
    found = _NAME.fullmatch(name)
    if found is None or (found[1] == "mb") != (found[4] == "block"):
        return None
    return Named(found[1], found[2], int(found[3]))


class Reading:
    """One run as its files tell it. ``refresh`` again and again costs what was added, not what is there."""

    def __init__(self, run_id: str, folder: Path, packs: Packs | None = None) -> None:
        self.run_id = run_id
        self.findings: list[Finding] = []
        self.newer = 0
        self._folder = folder
        self._packs = packs
        self._packed: dict[str, RunFile] = {}
        self._offsets: dict[str, int] = {}
        self._events: dict[tuple[str, int, str], Record] = {}
        self._ends: dict[str, Record] = {}
        self._writers: dict[str, Process | None] = {}
        self._tallies: dict[str, Tallies] = {}
        self._numbers: dict[str, Numbers] = {}
        self._running: bool | None = None
        self._still: int | None = None
        self._vanished = False

    def refresh(self) -> bool:
        """Read what was added to the run's files; tell whether anything was."""
        if self._still is not None and self._still == _changed(self._folder):
            return False
        files = self._files() if self._packs is None else self._packs.steadily(self._files)
        grown = [name for name, size in files.items() if size > self._offsets.get(name, -1)]
        for name in sorted(grown):  # "ev" before "mx": a seal spares its writer's points
            named = segment_name(self._packed[name].name if name in self._packed else name)
            if named is not None and not (named.kind != "ev" and self._is_sealed(named.writer)):
                self._read(name, named)
        if self._vanished:  # a segment became a block, or went into a pack, since the folder was listed
            self._vanished = False
            return self.refresh() or bool(grown)
        return bool(grown)

    def _files(self) -> dict[str, int]:
        """Return how long each of the run's files is, loose or in a pack."""
        found: dict[str, int] = {}
        with suppress(OSError), scandir(self._folder) as entries:
            for each in entries:
                with suppress(OSError):  # gone, because it is a block now or in a pack
                    if _is_ours(each):
                        found[each.name] = each.stat(follow_symlinks=False).st_size
        if self._packs is not None:
            self._packed = {file.key: file for file in self._packs.of(self.run_id)}
            found.update((key, file.size) for key, file in self._packed.items())
        return found

    def _is_sealed(self, writer: str) -> bool:
        """Tell whether a writer's seal spares reading its points."""
        return writer in self._ends and sums_up(self._ends[writer])

    def _read(self, name: str, named: Named) -> None:
        try:
            packed = self._packed.get(name)
            part = self._scan(self._folder / name, named) if packed is None else _scan_packed(packed, named)
        except FileNotFoundError:
            self._vanished = True
            return
        except OSError as error:
            self.findings.append(Finding(self._folder / name, 0, f"unreadable: {error.strerror}"))
            return
        self._writers.setdefault(named.writer, None)
        self._offsets[name] = part.end
        self.findings.extend(part.findings)
        self._take(part, named)

    def _scan(self, path: Path, named: Named) -> Scan:
        if named.kind == "mb":  # it came whole, and points read from its segment before count once
            found = sift(path, (line[:-1] for _, line in block_lines(path)), 0, quick)
            return found._replace(end=path.stat().st_size)
        return scan(path, self._offsets.get(path.name, 0), quick if named.kind == "mx" else exact)

    def _take(self, part: Scan, named: Named) -> None:
        for record in part.records:
            kind = record.get("k")
            if kind == event.HEAD:
                if not self._accept(record, named):
                    return
            elif kind == event.POINT:
                self._point(record)
            else:
                self._event(record)

    def _accept(self, head: Record, named: Named) -> bool:
        """Look at a segment's head: it may be of another run, or of a format this version must not guess at."""
        if head.get("run") != self.run_id:
            self.findings.append(Finding(self._folder, 0, "damaged"))
            return False
        needed = head.get("min_reader")
        if isinstance(needed, int) and needed > event.FORMAT:
            self.newer = max(self.newer, needed)
            return False
        self._writers[named.writer] = process_of(head) or self._writers.get(named.writer)
        return True

    def _event(self, record: Record) -> None:
        writer, number = str(record.get("w")), record.get("n")
        if not isinstance(number, int):
            return
        self._events[writer, number, str(record.get("c"))] = record
        if "c" in record:
            self._numbers.setdefault(writer, Numbers()).add(number)
        if record.get("k") == event.END:
            self._ends[writer] = record

    def _point(self, record: Record) -> None:
        writer, number, value, step = str(record.get("w")), record.get("n"), record.get("v"), record.get("s")
        if not isinstance(number, int) or not isinstance(value, dict) or not isinstance(step, int):
            return
        if self._numbers.setdefault(writer, Numbers()).add(number):
            tally(self._tallies.setdefault(writer, {}), value, step)

    def is_settled(self, sealed_for: AbstractSet[str] = frozenset()) -> bool:
        """Tell whether every writer has sealed its part, or it was sealed for them, so that no file should change."""
        ended = self._ends.keys() | sealed_for
        return bool(ended) and not self.newer and self._writers.keys() <= ended

    def clock(self) -> int:
        """Return the highest logical clock in the run."""
        return max((_clock(record) for record in self._events.values()), default=0)

    def has_records(self) -> bool:
        """Tell whether there is anything of the run yet."""
        return bool(self._writers)

    def has_turned(self, live: Live) -> bool:
        """Tell whether a run taken for running has been lost since, or the other way round."""
        return self._running is not None and self._running != self._is_running(live)

    def _is_running(self, live: Live) -> bool:
        """Tell whether some writer that has not sealed its part may still be at work."""
        if self._still is not None:
            return False
        loose = {writer: process for writer, process in self._writers.items() if writer not in self._ends}
        known = {writer: is_alive(process) if process else None for writer, process in loose.items()}
        if loose and all(alive is False for alive in known.values()):  # one whose head is not there yet is being born
            self._still = _changed(self._folder)  # all are surely gone: only a change of the folder is news
        for writer, process in loose.items():
            alive = known[writer]
            if live.beats(Marker(self.run_id, writer), process) if alive is None and process else alive:
                return True
        return False

    def document(self, meta: Iterable[Record], live: Live) -> RunDocument:
        """Return the run as it now stands, with the later changes the meta log has for it."""
        points = {writer: curves(each) for writer, each in self._tallies.items() if not self._is_sealed(writer)}
        changes = list(meta)
        document = fold(self.run_id, [*self._events.values(), *changes], points=points, health=self._health())
        document["sealed"] = self.is_settled(sealed_writers(changes))
        self._running = self._is_running(live)
        if document["status"] == "running" and not self._running:
            document["status"] = "lost"
        if self.newer:
            document["warnings"].append(f"written by a newer nbtrack (format {self.newer}); update nbtrack to read it")
        document["condition"] = condition(document, writing=self._running)
        return document

    def _health(self) -> Health:
        unsealed = sum(finding.problem == "unsealed" for finding in self.findings)
        damaged = len(self.findings) - unsealed + bool(self.newer)
        missing = sum(self._missing(writer) for writer in self._numbers)
        return {
            "ok": not (damaged or unsealed or missing),
            "damaged": damaged,
            "missing": missing,
            "unsealed": unsealed,
            "divergent": 0,
        }

    def _missing(self, writer: str) -> int:
        """Count records that are gone: by the seal where there is one (points unread), else by gaps in the numbers."""
        end = self._ends.get(writer)
        if end is None:
            return self._numbers[writer].missing()
        sealed = end.get("seal")
        own = sealed.get(writer) if isinstance(sealed, dict) else None
        expected = own.get("ev") if isinstance(own, dict) else None
        if not isinstance(expected, int) or not isinstance(end.get("n"), int):
            return 0
        present = {n for w, n, check in self._events if w == writer and check != "None" and n < end["n"]}
        return max(expected - len(present), 0)


def _scan_packed(file: RunFile, named: Named) -> Scan:
    """Read a file in a pack, which came whole."""
    if named.kind == "mb":
        lines = [line[:-1] for _, line in block_lines(file.path, file.start, file.size)]
    else:
        lines = file.read().split(b"\n")[:-1]
    return sift(file.path, lines, file.start, exact if named.kind == "ev" else quick)._replace(end=file.size)


def _clock(record: Record) -> int:
    clock = record.get("l")
    return clock if isinstance(clock, int) else 0


def _is_ours(entry: Any) -> bool:
    return segment_name(entry.name) is not None and entry.is_file(follow_symlinks=False)


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
