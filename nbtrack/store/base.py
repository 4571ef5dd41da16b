"""The port of the store: the few verbs every back-end has. Convenience is built on it, never added to it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nbtrack.errors import NbtrackError, StoreError, UsageError
from nbtrack.model.document import RunDocument
from nbtrack.model.event import Status
from nbtrack.model.run import History
from nbtrack.model.tagged import Json

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable


class ObjectRef(NamedTuple):
    """Bytes kept by content: what they are called in the store (see ``store.hashing``), and how many they are."""

    name: str
    size: int

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hex. Whatever was put as ``bytes`` is called by it.

        Raises:
            UsageError: they are called by another hash, being those of a large file.
        """
        if ":" in self.name:
            raise UsageError(f"object {self.name} is not called by its SHA-256")
        return self.name

    def members(self) -> dict[str, Json]:
        """Return what a record says of the object: its hash, under the name of the hash, and its size."""
        if ":" not in self.name:
            return {"sha256": self.name, "size": self.size}
        algorithm, _, digest = self.name.partition(":")
        return {algorithm: digest, "size": self.size}


Noted = tuple[str, Json, Mapping[str, str] | None]  # what ``Writer.append`` takes
Change = tuple[str, str, Json]  # what ``Store.annotate`` takes
Plotted = tuple[int, Mapping[str, Json]]  # a step, and the point of each metric there


class Writer(ABC):
    """The pen of one open run. Any thread may hold it; a forked child gets a pen of its own on first use.

    A call that returns has handed its whole record to the operating system (it survives ``kill -9``); one that raises
    has added nothing. Metric points reach the disk itself within a second, ``sync`` and ``close`` at once.
    """

    run_id: str

    @abstractmethod
    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Record that something happened: ``kind`` and ``value`` as listed in ``model.event``.

        Raises:
            RunClosed: the run has ended.
            LimitExceeded: the record is longer than 1 MiB.
            StoreFull: the disk refused it; nothing of it was kept.
        """

    @abstractmethod
    def append_all(self, records: Sequence[Noted]) -> None:
        """Record several things in their order, with as little work as one of them.

        Raises:
            RunClosed, LimitExceeded, StoreFull: as ``append``, for any of them; then none of them was added.
        """

    @abstractmethod
    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Add one point to each metric in ``values`` (numbers or tagged JSON); step None continues the series.

        Raises:
            RunClosed, StoreFull: as ``append``.
            LimitExceeded: as ``append``, or the step is not between -2^63 and 2^63.
        """

    @abstractmethod
    def points(self, rows: Sequence[Plotted]) -> None:
        """Add many points in their order, with as little work as a few of them.

        Raises:
            RunClosed, LimitExceeded, StoreFull: as ``point``, for any of them; then none of them was added.
        """

    @abstractmethod
    def sync(self) -> None:
        """Return when everything recorded so far would survive a power loss."""

    @abstractmethod
    def close(self, status: Status, duration: float) -> None:
        """End the run: write its seal, sync, release the files. Closing twice does nothing."""

    def close_with(self, records: list[Noted], status: Status, duration: float) -> None:
        """End the run with some last records, with as little work as ``close`` alone; see ``append_all`` and ``close``.

        What is in is taken off the list at once: when this raises, the rest of it is still to be recorded.

        Raises:
            RunClosed, LimitExceeded, StoreFull: as ``append_all``; the run is open.
        """
        self.append_all(records)
        records.clear()
        self.close(status, duration)


class Store(ABC):
    """A place where runs stay."""

    @abstractmethod
    def begin(self, run_id: str, start: Mapping[str, Json]) -> Writer:
        """Open a new run with its ``run.start`` value; synced when this returns.

        Raises:
            StoreReadOnly: this store cannot be written here.
            NewerFormat: a newer nbtrack must write this store.
        """

    @abstractmethod
    def annotate(self, run_id: str, kind: str, value: Json) -> None:
        """Record a later change of a run (``tags``, ``note``, ``delete``) in the meta log, synced.

        Raises:
            RunNotFound: no such run.
        """

    def annotate_all(self, changes: Sequence[Change]) -> None:
        """Record later changes of several runs, in their order and synced together; see ``annotate``.

        Raises:
            RunNotFound: there is no such run; none of the changes was recorded, or only those before it.
        """
        for change in changes:
            self.annotate(*change)

    @abstractmethod
    def runs(self) -> "RunsTable":
        """Return the table of all runs as they are now: TinyDB's read-only front, refreshed at each call."""

    @abstractmethod
    def read(self, run_id: str, *, changes: bool = True) -> RunDocument:
        """Return one run from its own records, without the table of all runs: fast however many there are.

        Args:
            run_id: a whole id.
            changes: also what the meta log has about it, which takes longer the more was ever changed.

        Raises:
            RunNotFound: no such run.
        """

    @abstractmethod
    def points(self, run_id: str, metric: str) -> History:
        """Return the whole history of a metric.

        Raises:
            RunNotFound: no such run.
            MetricNotFound: the run has no such metric.
        """

    @abstractmethod
    def put(self, content: bytes | Path) -> ObjectRef:
        """Keep bytes, or a copy of a file's bytes, by content; synced. The same bytes, or file, are kept once.

        Raises:
            UsageError: the path is not a file that can be read.
            StoreError: the file was rewritten each time it was being read.
        """

    def put_texts(self, contents: Sequence[bytes]) -> list[ObjectRef]:
        """Keep many small contents, as ``put`` keeps each of them; synced together.

        Raises:
            StoreFull: there is no room.
        """
        return [self.put(content) for content in contents]

    @abstractmethod
    def get(self, name: str) -> bytes:
        """Return the bytes of an object, verified against its name.

        Raises:
            ObjectMissing: the store does not have these bytes, or they are damaged.
        """

    def put_all(self, paths: Sequence[str]) -> list[ObjectRef | NbtrackError]:
        """Keep copies of many files; for each where its bytes are, or why it was not kept. Links are not followed.

        Raises:
            StoreFull: there is no room.
        """
        return [self._put_one(Path(path)) for path in paths]

    def fetch(self, name: str, path: Path) -> None:
        """Write the bytes of an object, verified, to a new file; for what is too large for memory.

        Raises:
            ObjectMissing: as ``get``; no file is left.
            FileExistsError: there is something at ``path``.
        """
        content = self.get(name)
        with path.open("xb") as file:
            file.write(content)

    def _put_one(self, path: Path) -> ObjectRef | NbtrackError:
        if path.is_symlink():
            return UsageError(f"{path} is not a file")
        try:
            return self.put(path)
        except (UsageError, StoreError) as problem:
            return problem
