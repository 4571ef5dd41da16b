"""A pen that outlives its disk: what the store refuses is kept, tried again, and owned up to."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nbtrack.errors import LimitExceeded, RunClosed, StoreError
from nbtrack.model.event import WARNING, Status
from nbtrack.model.tagged import Json
from nbtrack.record.notice import notice
from nbtrack.record.program_signals import let_go
from nbtrack.store.base import Noted, Plotted, Writer

MOST_PENDING = 16 * 1024 * 1024
_REFUSED: Final = (StoreError, OSError)  # full, failing, read-only or gone: not now, but perhaps later
_NEVER: Final = (RunClosed, LimitExceeded)

Pending = tuple[Callable[[], None], int]


class PatientWriter(Writer):
    """Wraps a store's pen so that a full, failing or vanished disk never interrupts the person's code.

    Refused records wait in memory (at most 16 MiB, oldest kept) and are tried again before every later record; those
    still waiting at the end, or over the bound, are counted in a warning on the run: ``incomplete(n)``.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._pending: deque[Pending] = deque()
        self._waiting = 0
        self._lost = 0
        self.run_id = writer.run_id

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Record, or keep for later."""
        if not self._pending:
            try:
                self._writer.append(kind, value, sources)
            except _REFUSED as refusal:
                self._keep(lambda: self._writer.append(kind, value, sources), value, refusal)
            return
        self._try(lambda: self._writer.append(kind, value, sources), value)

    def append_all(self, records: Sequence[Noted]) -> None:
        """Record all, or each by itself where that is refused: what waits is counted one by one."""
        if not self._pending:
            try:
                self._writer.append_all(records)
            except _REFUSED as refusal:
                let_go(refusal)
            else:
                return
        for record in records:
            self.append(*record)

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Add a point, or keep it for later."""
        if not self._pending:
            try:
                self._writer.point(values, step)
            except _REFUSED as refusal:
                self._keep(lambda: self._writer.point(values, step), values, refusal)
            return
        self._try(lambda: self._writer.point(values, step), values)

    def points(self, rows: Sequence[Plotted]) -> None:
        """Add all, or each by itself where that is refused: what waits is counted one by one."""
        if not self._pending:
            try:
                self._writer.points(rows)
            except _REFUSED as refusal:
                let_go(refusal)
            else:
                return
        for step, values in rows:
            self.point(values, step)

    def sync(self) -> None:
        """Sync what the disk took."""
        self._drain()
        try:
            self._writer.sync()
        except _REFUSED as refusal:
            let_go(refusal)
            self._warn(refusal)

    def close(self, status: Status, duration: float) -> None:
        """End the run, saying how much is missing if anything is."""
        try:
            if self._pending:
                self._drain()
            missing = self._lost + len(self._pending)
            if missing:
                self._last_words(f"incomplete({missing}): the disk refused {missing} records of this run")
        finally:
            self._close(status, duration)

    def close_with(self, records: list[Noted], status: Status, duration: float) -> None:
        """Do both at once or, where that is refused or something waits, one after the other."""
        if not self._pending and not self._lost:
            try:
                self._writer.close_with(records, status, duration)
            except _REFUSED as refusal:
                if not records:  # they are in: it is the end that was refused
                    self._warn(refusal)
                    return
                let_go(refusal)
            else:
                return
        while records:
            self.append(*records[0])
            del records[0]
        self.close(status, duration)

    def _close(self, status: Status, duration: float) -> None:
        try:
            self._writer.close(status, duration)
        except (*_REFUSED, *_NEVER) as refusal:
            self._warn(refusal)

    def _last_words(self, text: str) -> None:
        try:
            self._writer.append(WARNING, text)
        except (*_REFUSED, *_NEVER) as refusal:
            self._warn(refusal)

    def _try(self, write: Callable[[], None], value: Json) -> None:
        if self._pending:
            self._drain()
        if self._pending:
            self._keep(write, value, None)
            return
        try:
            write()
        except _REFUSED as refusal:
            self._keep(write, value, refusal)

    def _drain(self) -> None:
        """Write what waits, the oldest first. A record is taken out before it is tried: threads may drain at once."""
        while self._pending:
            try:
                first = self._pending.popleft()
            except IndexError:  # another thread took it
                return
            try:
                first[0]()
            except _NEVER:
                self._lost += 1
            except _REFUSED as refusal:
                self._pending.appendleft(first)
                let_go(refusal)
                return
            self._waiting -= first[1]

    def _keep(self, write: Callable[[], None], value: Json, refusal: Exception | None) -> None:
        """Keep a record, and only then say so: telling may fail, the record must not be lost to it."""
        if refusal is not None:
            let_go(refusal)
        size = 256 + len(repr(value))
        if self._waiting + size > MOST_PENDING:
            self._lost += 1
        else:
            self._pending.append((write, size))
            self._waiting += size
        if refusal is not None:
            self._warn(refusal)

    def _warn(self, refusal: Exception) -> None:
        """Python shows the same warning from the same place once: enough for a person, not noise."""
        notice(
            f"nbtrack could not write run {self.run_id}: {refusal}. Your code goes on; records wait in memory and are "
            "tried again. Free some space to keep them.",
            RuntimeWarning,
        )


class Discard(Writer):
    """A pen without ink, for cells that run while tracking is off: calls of the API do nothing and cost nothing."""

    def __init__(self) -> None:
        self.run_id = ""

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Do nothing."""

    def append_all(self, records: Sequence[Noted]) -> None:
        """Do nothing."""

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Do nothing."""

    def points(self, rows: Sequence[Plotted]) -> None:
        """Do nothing."""

    def sync(self) -> None:
        """Do nothing."""

    def close(self, status: Status, duration: float) -> None:
        """Do nothing."""
