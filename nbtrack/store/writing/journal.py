"""The writer of one run: two files of its own, ``ev-…`` for events and ``mx-…`` for metric points, that only grow.

Every record is encoded before a file is touched, handed over in one ``write`` and withdrawn when that fails. An
interrupt between the write and our own bookkeeping leaves ``_doubt`` behind; the next call asks the file what became
of it, so a number is never given to two records.
"""

import hashlib
import sys
import threading
from array import array
from binascii import crc32
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import repeat
from math import inf
from os import scandir, urandom
from pathlib import Path
from time import time_ns
from typing import Any, Final, Literal, TypeVar

from nbtrack.errors import LimitExceeded, RunClosed, StoreError
from nbtrack.model import event
from nbtrack.model.curves import Tally, curves
from nbtrack.model.document import Curve
from nbtrack.model.event import Status
from nbtrack.model.number import plain
from nbtrack.model.tagged import Json
from nbtrack.store.base import Noted, Plotted, Writer
from nbtrack.store.lines.record import LIMIT, STEPS, decode, dumps, encode, refuse_step, whole, within_limit
from nbtrack.store.lines.segment import Segment
from nbtrack.store.runs.live import Live, Marker
from nbtrack.store.system import forks
from nbtrack.store.system.disk import Disk, Name, make_folders, read
from nbtrack.store.system.process import this_process, told
from nbtrack.store.system.refusal import refused
from nbtrack.store.writing.keeper import Keeper
from nbtrack.store.writing.turn import TURN

Kind = Literal["ev", "mx"]
_KINDS: Final[tuple[Kind, ...]] = ("mx", "ev")  # points before the seal that counts them
_FOLD: Final = 1 << 16  # checksums gathered before they are hashed
_MANY: Final = 1 << 12  # points that are worth a block as soon as they are sealed
_REMEMBERED: Final = 1 << 16  # bytes of a run's events that are kept in memory until it is let go of
_MOMENT: Final = 0.05  # seconds that whoever asks how the series stand waits for a record being written
_Rows = TypeVar("_Rows")


class _Series(Tally):
    """A series being written, with its name as JSON."""

    __slots__ = ("key",)

    def __init__(self, name: str, step: int = -1) -> None:
        super().__init__(step)
        self.key = dumps(name) + ":"


class Journal(Writer):
    """The pen of one open run in a folder."""

    def __init__(self, run_id: str, folder: str, *, live: Live, keeper: Keeper, disk: Disk) -> None:
        self.run_id = run_id
        self._folder = folder
        self._live = live
        self._keeper = keeper
        self._disk = disk
        self._clock = 0
        self._series: dict[str, _Series] = {}
        self._inherited = False
        self._closed = False
        self._above: Sequence[Name] = ()  # folders whose names the next flush makes durable, too
        self._renew()

    def _renew(self) -> None:
        """Become a new writer, with files of its own that appear when there is something to write."""
        self._generation = forks.Line.generation
        self._lock = threading.RLock()
        self._writer = urandom(6).hex()
        self._marker = Marker(self.run_id, self._writer)
        self._number = 0
        self._events = 0
        self._segments: dict[Kind, Segment | None] = {"ev": None, "mx": None}
        self._rotations: dict[Kind, int] = {"ev": 0, "mx": 0}
        self._checks = array("I")
        self._digest = hashlib.sha256()
        self._doubt: tuple[Segment, int, bytes, int] | None = None  # file, its size before, line, number
        self._unsure = False
        self._busy = False
        self._opened = False
        self._told: list[tuple[str, int]] = []  # its events without their stamps, and when, as long as they are few
        self._left: dict[str, int] = {}  # once it is closed: its files, and how long they are

    def _after_fork(self) -> None:
        with forks.renewing():
            if self._generation != forks.generation():
                self._series = {name: _Series(name, series.step) for name, series in self._series.items()}
                self._inherited = True
                self._renew()

    def open(self, start: Mapping[str, Json]) -> None:
        """Write the first record, synced together with the name of the run's folder; when it raises, nothing is left.

        Raises:
            StoreFull, StoreReadOnly, StoreError: the disk does not take it.
        """
        self._above = (self._folder.rpartition("/")[0],)
        try:
            self.append_all([(event.START, start, None)])
            with self._lock:
                self._secure("ev")
        except BaseException:  # an interrupt, too: nobody gets this pen
            self._withdraw()
            raise
        self._above = ()

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Record that something happened."""
        self.append_all(((kind, value, sources),))

    def append_all(self, records: Sequence[Noted]) -> None:
        """Record several things with one call of the system: all of them, or none."""
        self._alone(self._append, [_opening(*record) for record in records])

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Add one point to each metric in ``values``."""
        if self._generation != forks.Line.generation:
            self._after_fork()
        with self._lock:
            if self._busy or self._closed or self._doubt is not None:
                self._enter()
            self._busy = True
            try:
                self._point(values, step)
            finally:
                self._busy = False
        if time_ns() > TURN.due:
            TURN.give()

    def points(self, rows: Sequence[Plotted]) -> None:
        """Add many points with one call of the system: all of them, or none."""
        self._alone(self._points, rows)
        if time_ns() > TURN.due:
            TURN.give()

    def sync(self) -> None:
        """Return when everything recorded so far would survive a power loss."""
        if self._generation != forks.Line.generation:
            self._after_fork()
        if self._doubt is not None:
            with self._lock:
                self._enter()
        for kind in _KINDS:  # other threads may go on writing meanwhile
            segment = self._segments[kind]
            if segment is not None and not _flushed(segment):
                with self._lock:
                    self._secure(kind)

    def close(self, status: Status, duration: float) -> None:
        """End the run: write its seal, sync, release the files."""
        self.close_with([], status, duration)

    def close_with(self, records: list[Noted], status: Status, duration: float) -> None:
        """End the run with some last records, which are written in one block with its seal."""
        if self._generation != forks.Line.generation:
            self._after_fork()
        texts = [_opening(*record) for record in records]
        with self._lock:
            if self._closed and not texts:
                self._release()  # again, in case the last time was interrupted
                return
            if self._busy or self._closed or self._doubt is not None:
                self._enter()
            self._busy = True
            try:
                self._secure("mx")
                if self._number or texts:  # a forked child that wrote nothing has nothing to seal
                    self._seal(texts, status, duration)
                    records.clear()
                self._secure("ev")
                self._release()
                if self._number - self._events > _MANY:
                    self._keeper.later(partial(_compact, Path(self._folder)))
            except BaseException:
                self._keeper.release(self)  # it may be closed later; until then there is nothing to look after
                raise
            finally:
                self._busy = False

    def flush(self) -> None:
        """Flush what is not yet on the medium; called by the keeper."""
        for kind in _KINDS:
            segment = self._segments[kind]
            if segment is not None and not segment.broken:
                _flushed(segment)

    def beat(self) -> None:
        """Show other hosts that this writer is alive; called by the keeper."""
        self._live.beat(self._marker)

    def stand(self) -> tuple[str, int, Mapping[str, Curve]] | None:
        """Return this writer's name, how many events it wrote, and the sums of its series; None: it cannot tell."""
        if not self._lock.acquire(timeout=_MOMENT):
            return None
        try:
            doubtful = self._closed or self._busy or self._unsure or self._doubt is not None
            return None if doubtful else (self._writer, self._events, curves(self._series))
        finally:
            self._lock.release()

    def clock(self) -> int | None:
        """Return the logical clock of a run that has ended; None where its files may hold more than this writer's."""
        rotated = self._rotations["ev"] != 1 or self._rotations["mx"] > 1
        if not self._closed or rotated or self._inherited or not self._left:
            return None
        return self._clock if sizes(self._folder) == self._left else None

    def written(self) -> list[dict[str, Any]] | None:
        """Return the events of a run that has ended, from memory; None where they were too many, or are not all.

        They have no numbers, of which each has its own here, and stand in their order.
        """
        if not self._told or len(self._told) != self._events or self.clock() is None:
            return None
        texts, moments = zip(*self._told, strict=True)
        found = zip(whole(texts), moments, strict=True)
        return [{**record, "w": self._writer, "t": moment} for record, moment in found]

    def _enter(self) -> None:
        """Make sure that a record may be written now.

        A signal handler or a destructor may run in the middle of a call of the same thread. Its record is refused:
        waiting would be for ever, and going on would give one number to two records.
        """
        if self._busy:
            raise StoreError("a record of this run is just being written by the code that was interrupted")
        if self._closed:
            raise RunClosed(f"run {self.run_id} has ended; nothing more can be recorded in it")
        if self._doubt is not None:
            segment, base, line, number = self._doubt
            if segment.settle(base, line):
                self._number = number
                self._clock += 1  # perhaps once too often, which does no harm
                self._unsure = True
            self._doubt = None

    def _alone(self, write: Callable[[_Rows], None], rows: _Rows) -> None:
        """Write while nothing else is written, into files of this process's own."""
        if self._generation != forks.Line.generation:
            self._after_fork()
        with self._lock:
            if self._busy or self._closed or self._doubt is not None:
                self._enter()
            self._busy = True
            try:
                write(rows)
            finally:
                self._busy = False

    def _append(self, texts: list[str]) -> None:
        """Append events as one block of lines, and account for them as ``_commit`` does for a point."""
        now = time_ns() // 1_000_000
        self._put(texts, *self._stamped(texts, now), now)

    def _stamped(self, texts: Sequence[str], now: int, before: int = 0) -> tuple[list[bytes], "array[int]"]:
        """Return the lines of events and their checksums; ``before`` stand in front of them in their block."""
        number, lines, checks = self._number + before, list[bytes](), array("I")
        for text in texts:
            number += 1
            self._clock += 1  # should they not get in, it has advanced too far, which does no harm
            body = f'{text},"w":"{self._writer}","n":{number},"l":{self._clock},"t":{now}'.encode("ascii")
            check = crc32(body)
            checks.append(check)
            lines.append(b'%b,"c":"%08x"}\n' % (body, check))
        return lines, checks

    def _put(self, texts: list[str], lines: list[bytes], checks: "array[int]", now: int) -> None:
        """Write the lines of events, all or none."""
        block, number = b"".join(lines), self._number + len(lines)
        if len(block) > LIMIT:
            for line in lines:
                within_limit(line)
        segment = self._write("ev", block, number)
        self._events += len(lines)
        if segment.size <= _REMEMBERED:
            self._told += zip(texts, repeat(now))
        else:
            self._told.clear()
        self._account(segment, checks, number)
        self._doubt = None

    def _point(self, values: Mapping[str, Json], step: int | None) -> None:
        if step is None:
            if self._unsure:
                self._recount()
            step = max([self._series[name].step for name in values if name in self._series], default=-1) + 1
        elif type(step) is not int:
            step = int(step)
        number = self._number + 1
        self._commit(self._body(values, step, number), number)
        known = self._series
        for name, value in values.items():
            known[name].add(value if type(value) is float else plain(value), step)
        self._doubt = None

    def _points(self, rows: Sequence[Plotted]) -> None:
        lines, checks, number = list[bytes](), array("I"), self._number
        for step, values in rows:
            number += 1
            body = self._body(values, step, number)
            checks.append(crc32(body))
            lines.append(within_limit(b'%b,"c":"%08x"}\n' % (body, checks[-1])))
        self._account(self._write("mx", b"".join(lines), number), checks, number)
        for step, values in rows:
            for name, value in values.items():
                self._series[name].add(value if type(value) is float else plain(value), step)
        self._doubt = None

    def _body(self, values: Mapping[str, Json], step: int, number: int) -> bytes:
        """Return a point up to its checksum; its metrics are known from now on, as series without it."""
        known = self._series
        text = ""
        for name, value in values.items():
            if name not in known:
                known[name] = _Series(name)
            if type(value) is float and -inf < value < inf:
                text += f"{known[name].key}{value!r},"
            else:  # a NaN, a huge integer, a subclass
                text += f"{known[name].key}{dumps(plain(value))},"
        if not -STEPS < step < STEPS:
            refuse_step(step)
        stamp = f'"w":"{self._writer}","n":{number},"t":{time_ns() // 1_000_000}'
        return f'{{"k":"m","s":{step},"v":{{{text[:-1]}}},{stamp}'.encode()

    def _commit(self, body: bytes, number: int) -> None:
        """Append a point and account for it; the caller settles ``_doubt`` when its own accounts are done.

        Nothing may be counted before the file has taken the line.
        """
        check = crc32(body)
        line = b'%b,"c":"%08x"}\n' % (body, check)
        if len(line) > LIMIT:
            within_limit(line)
        segment = self._write("mx", line, number)
        self._number = number
        self._checks.append(check)
        if not number % _FOLD:
            self._fold()
            segment.relieve()

    def _write(self, kind: Kind, lines: bytes, number: int) -> Segment:
        """Append lines, of which the last has this number; whether they got in is in doubt until they are counted."""
        segment = self._segments[kind]
        try:
            if segment is None or segment.broken:
                segment = self._rotate(kind)
            self._doubt = (segment, segment.size, lines, number)
            segment.append(lines)
        except OSError as error:
            self._doubt = None
            raise refused(error, Path(self._folder)) from error
        return segment

    def _account(self, segment: Segment, checks: "array[int]", number: int) -> None:
        """Count lines that the file has taken, up to this number."""
        before, self._number = self._number, number
        self._checks.extend(checks)
        if number // _FOLD > before // _FOLD:
            self._fold()
            segment.relieve()

    def _rotate(self, kind: Kind) -> Segment:
        """Go on in a new file, with the records that the old one may not have kept written again."""
        if not self._opened:
            if self._inherited:  # a child that was forked long ago may be late: the run was packed since
                make_folders(Path(self._folder))
            self._live.mark(self._marker)
            self._keeper.keep(self)
            self._opened = True
        old, number = self._segments[kind], self._rotations[kind]
        self._rotations[kind] += 1
        path = f"{self._folder}/{kind}-{self._writer}-{number}.jsonl"
        new = Segment(path, self._head(number), self._disk, self._above)
        if old is not None:
            new.take_over(old)
        self._segments[kind] = new
        return new

    def _head(self, number: int) -> bytes:
        return encode(
            {
                "k": event.HEAD,
                "fmt": event.FORMAT,
                "min_reader": event.MIN_READER,
                "run": self.run_id,
                "w": self._writer,
                "seg": number,
                **told(this_process()),
                "t": time_ns() // 1_000_000,
            },
        )

    def _secure(self, kind: Kind) -> None:
        """Flush a file; when the medium fails, its records go to a new one, never through the same file again."""
        segment = self._segments[kind]
        if segment is None or (not segment.broken and _flushed(segment)):
            return
        try:
            self._rotate(kind).sync()
        except OSError as error:
            message = f"the disk under {self._folder} fails ({error.strerror}); the last records may or may not persist"
            raise StoreError(message) from error

    def _seal(self, texts: list[str], status: Status, duration: float) -> None:
        """Write the last records; summaries of metrics too many for one are left to be taken from the points."""
        if self._unsure:  # before the summaries are taken
            self._recount()
        try:
            self._end(texts, status, {"duration": duration, "curves": curves(self._series) if self._series else {}})
        except LimitExceeded:
            self._end(texts, status, {"duration": duration, "curves": None})
            self._told.clear()  # the events alone do not tell the run

    def _end(self, texts: list[str], status: Status, value: Mapping[str, object]) -> None:
        """Write events and, after them, the record that ends the run: it seals them with all that came before."""
        now = time_ns() // 1_000_000
        lines, checks = self._stamped(texts, now)
        digest = self._digest.copy()
        digest.update(little_endian(self._checks + checks))
        own = {
            "ev": self._events + len(lines),
            "mx": self._number - self._events,
            "d": f"sha256:{digest.hexdigest()}",
        }
        members: dict[str, Any] = {"k": event.END, "v": value, "seal": {self._writer: own}}
        if not self._inherited:
            members["st"] = status
        end = dumps(members)[:-1]
        last, check = self._stamped([end], now, len(lines))
        self._put([*texts, end], lines + last, checks + check, now)

    def _fold(self) -> None:
        self._digest.update(little_endian(self._checks))
        self._checks = array("I")

    def _recount(self) -> None:
        """Count again from the files, after an interrupt came between a record and its bookkeeping."""
        records = own_records(Path(self._folder), self._writer)
        points = [record for record in records if record["k"] == event.POINT]
        self._events = len(records) - len(points)
        self._digest = hashlib.sha256()
        self._checks = array("I", [int(record["c"], 16) for record in records])
        self._series = {name: _Series(name) for record in points for name in record["v"]}
        for record in points:
            for name, value in record["v"].items():
                self._series[name].add(value, record["s"])
        self._unsure = False

    def _withdraw(self) -> None:
        """Take back the files of a run that could not begin, as far as a failing disk lets them go."""
        self._release()
        for path in Path(self._folder).glob(f"??-{self._writer}-*.jsonl"):
            with suppress(OSError):
                self._disk.unlink(path)

    def _release(self) -> None:
        self._closed = True
        self._keeper.release(self)
        self._live.unmark(self._marker)
        for segment in self._segments.values():
            if segment is not None:
                segment.close()
                self._left[segment.path.rpartition("/")[2]] = segment.size
        self._segments = {"ev": None, "mx": None}


def _opening(kind: str, value: Json, sources: Mapping[str, str] | None) -> str:
    """Return a record up to where it is stamped."""
    members: dict[str, Any] = {"k": kind, "v": value}
    if sources:
        members["src"] = sources
    return dumps(members)[:-1]


def _compact(folder: Path, breathe: Callable[[], None]) -> None:
    from nbtrack.store.writing.compaction import compact  # noqa: PLC0415 - the parsers it needs are nothing a small run needs

    compact(folder, breathe=breathe)


def own_records(folder: Path, writer: str) -> list[dict[str, Any]]:
    """Return what a writer has in its files, each record once, in the order of its numbers."""
    found: dict[int, dict[str, Any]] = {}
    for path in folder.glob(f"??-{writer}-*.jsonl"):
        for line in read(path).split(b"\n")[:-1]:
            record = decode(line)
            if record.state == "ok" and "n" in record.record:
                found[record.record["n"]] = record.record
    return [found[number] for number in sorted(found)]


def sizes(folder: Name) -> dict[str, int]:
    """Return the names in a folder, and how long each file is; nothing where there is no folder."""
    try:
        with scandir(folder) as entries:
            return {entry.name: entry.stat(follow_symlinks=False).st_size for entry in entries}
    except OSError:
        return {}


def little_endian(checks: "array[int]") -> bytes:
    """Return checksums as the digest takes them: four bytes each, the lowest first, on any machine."""
    if sys.byteorder == "big":
        checks = array("I", checks)
        checks.byteswap()
    return checks.tobytes()


def _flushed(segment: Segment) -> bool:
    try:
        segment.sync()
    except OSError:
        return False
    return True
