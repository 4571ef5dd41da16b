"""The port of an exchange: whoever holds records and objects, a store's folder or a place behind an address."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from nbtrack.store.exchange.naming import Changes

CHUNK: Final = 4 << 20  # bytes; what is held in memory of a file that is on its way


class Entry(NamedTuple):
    """One file somebody holds: its size in bytes, and a mark that changes when its bytes do."""

    size: int
    mark: str


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file on its way: how many, and how to read them, from the beginning each time."""

    size: int
    chunks: Callable[[], Iterable[bytes]] = field(repr=False)

    @classmethod
    def of(cls, content: bytes) -> "Content":
        """Return bytes at hand."""
        return cls(len(content), lambda: (content[at : at + CHUNK] for at in range(0, len(content), CHUNK)))

    def whole(self) -> bytes:
        """Return all of it at once."""
        return b"".join(self.chunks())


@dataclass(frozen=True, slots=True)
class Offer:
    """What is handed on of one run, or of the meta log: files by their places, and the objects that they name.

    ``flaws`` says in words what is left out, and why.
    """

    files: Mapping[str, Content]
    objects: frozenset[str] = frozenset()
    flaws: tuple[str, ...] = ()


class Holder(ABC):
    """Whoever holds records and objects. Threads share it.

    Nothing is ever removed by an exchange. What is added is there whole or not at all; adding it twice changes
    nothing. Places are paths below a store's folder, such as ``runs/2026-11/<run>/<file>``.
    """

    @abstractmethod
    def prepare(self) -> None:
        """Make sure that something can be added, creating the store when there is none.

        Raises:
            StoreError: it cannot be written, or a newer nbtrack must do it.
        """

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether there is a store.

        Raises:
            StoreError: one that cannot be used, or that cannot be told.
        """

    @abstractmethod
    def records(self) -> dict[str, Entry]:
        """Return the record files there are, by their places, in packs or not."""

    @abstractmethod
    def objects(self) -> Mapping[str, int]:
        """Return the objects there are, by name, with their sizes."""

    @abstractmethod
    def offer(self, run_id: str, places: Collection[str]) -> Offer:
        """Return what is to be handed on of a run of which these files are wanted; objects are all of the run's.

        Raises:
            RunNotFound: it is gone.
        """

    @abstractmethod
    def offer_changes(self, places: Collection[str], chosen: Collection[str] | None) -> Offer:
        """Return the changes to be handed on: those in these files, where possible only about the chosen runs."""

    @abstractmethod
    def object_content(self, name: str) -> Content:
        """Return an object.

        Raises:
            ObjectMissing: it is not there.
        """

    @abstractmethod
    def deletions(self) -> list[dict[str, Any]]:
        """Return the records that say which runs were deleted or restored, as far as they are at hand."""

    @abstractmethod
    def add_run(self, run_id: str, files: Mapping[str, Content]) -> frozenset[str]:
        """Add files of a run, points before events, and return the places of those that had anything new.

        Afterwards every record of them and of what was there before is there.

        Raises:
            NbtrackError: it was refused; nothing changed, or whole files were added.
        """

    @abstractmethod
    def add_changes(self, at: Changes, content: Content) -> bool:
        """Add a file of the meta log, as ``add_run`` does; tell whether it had anything new."""

    @abstractmethod
    def add_object(self, name: str, content: Content) -> None:
        """Add an object.

        Raises:
            NbtrackError: the bytes are not those of the name; nothing was added.
        """


def deleted_runs(records: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the runs that are deleted, by all that is known of deleting and restoring.

    >>> marks = [{"run": "a", "v": True, "l": 4, "w": "x", "n": 1}, {"run": "a", "v": False, "l": 5, "w": "x", "n": 2}]
    >>> sorted(deleted_runs(marks[:1])), sorted(deleted_runs(marks))
    (['a'], [])
    """
    last: dict[str, tuple[tuple[int, str, int], bool]] = {}
    for record in records:
        run, clock, number = record.get("run"), record.get("l"), record.get("n")
        if isinstance(run, str) and isinstance(clock, int) and isinstance(number, int):
            at = clock, str(record.get("w")), number
            if run not in last or at >= last[run][0]:
                last[run] = at, record.get("v") is True
    return frozenset(run for run, (_, is_deleted) in last.items() if is_deleted)
