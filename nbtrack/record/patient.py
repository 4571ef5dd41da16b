"""A pen that outlives a full disk: what the store refuses is kept, tried again, and owned up to."""

import warnings
from collections import deque
from collections.abc import Callable, Mapping

from nbtrack.errors import RunClosed, StoreError, StoreFull
from nbtrack.model.event import WARNING, Status
from nbtrack.model.tagged import Json
from nbtrack.store.base import Writer

MOST_PENDING = 16 * 1024 * 1024


class PatientWriter(Writer):
    """Wraps a store's pen so that a full or failing disk never interrupts the person's code.

    Refused records wait in memory (at most 16 MiB, oldest kept) and are tried again before every later record; those
    still waiting at the end, or over the bound, are counted in a warning on the run: ``incomplete(n)``.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._pending: deque[tuple[Callable[[], None], int]] = deque()
        self._waiting = 0
        self._lost = 0
        self.run_id = writer.run_id

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Record, or keep for later."""
        self._try(lambda: self._writer.append(kind, value, sources), 1024)

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Add a point, or keep it for later."""
        if not self._pending:
            try:
                self._writer.point(values, step)
            except (StoreFull, OSError) as refusal:
                self._keep(lambda: self._writer.point(values, step), 64 * len(values), refusal)
            return
        self._try(lambda: self._writer.point(values, step), 64 * len(values))

    def sync(self) -> None:
        """Sync what the disk took."""
        try:
            self._writer.sync()
        except (StoreFull, OSError) as refusal:
            self._warn(refusal)

    def close(self, status: Status, duration: float) -> None:
        """End the run, saying how much is missing if anything is."""
        self._drain()
        missing = self._lost + len(self._pending)
        try:
            if missing:
                self._writer.append(WARNING, f"incomplete({missing}): the disk refused {missing} records of this run")
            self._writer.close(status, duration)
        except (StoreError, OSError, RunClosed) as refusal:
            self._warn(refusal)

    def _try(self, write: Callable[[], None], size: int) -> None:
        self._drain()
        if self._pending:
            self._keep(write, size, None)
            return
        try:
            write()
        except (StoreFull, OSError) as refusal:
            self._keep(write, size, refusal)

    def _drain(self) -> None:
        while self._pending:
            write, size = self._pending[0]
            try:
                write()
            except (StoreFull, OSError):
                return
            self._pending.popleft()
            self._waiting -= size

    def _keep(self, write: Callable[[], None], size: int, refusal: Exception | None) -> None:
        if refusal is not None:
            self._warn(refusal)
        if self._waiting + size > MOST_PENDING:
            self._lost += 1
            return
        self._pending.append((write, size))
        self._waiting += size

    def _warn(self, refusal: Exception) -> None:
        """Python shows the same warning from the same place once: enough for a person, not noise."""
        warnings.warn(
            f"nbtrack could not write run {self.run_id}: {refusal}. Your code goes on; records wait in memory and are "
            "tried again. Free some space to keep them.",
            RuntimeWarning,
            stacklevel=4,
        )


class Discard(Writer):
    """A pen without ink, for cells that run while tracking is off: calls of the API do nothing and cost nothing."""

    def __init__(self) -> None:
        self.run_id = ""

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Do nothing."""

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Do nothing."""

    def sync(self) -> None:
        """Do nothing."""

    def close(self, status: Status, duration: float) -> None:
        """Do nothing."""
