"""Runs in the order of their age, wherever they are kept: what a table asks of them, and the plainest who answers."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from nbtrack.model.document import RunDocument
from nbtrack.model.ids import matches
from nbtrack.store.index.column import of_one_kind, untagged

if TYPE_CHECKING:
    from array import array

Age = tuple[int, str]
SPACES = ("params", "metrics", "tags", "hardware", "code", "environment", "cell", "health")
RUN = "run"  # the space of what every document has without one


class Rows(ABC):
    """Runs that never change: ``count`` shown ones, oldest first, and after them ``deleted`` ones, oldest first."""

    count: int
    deleted: int

    @abstractmethod
    def age(self, row: int) -> Age:
        """Return what runs are ordered by."""

    @abstractmethod
    def document(self, row: int) -> RunDocument:
        """Return the document of a run."""

    @abstractmethod
    def documents(self, start: int, stop: int) -> Iterator[RunDocument]:
        """Yield the documents of neighbours."""

    @abstractmethod
    def values(self, space: str, key: str) -> Sequence[Any]:
        """Return one value of each shown run as Python's own, None where it has none."""

    @abstractmethod
    def numbers(self, space: str, key: str) -> "array[Any] | None":
        """Return the same as an array when all are numbers of one kind, as a column keeps them (``unpack_numbers``)."""

    @abstractmethod
    def firsts(self, space: str, hidden: Collection[int]) -> Mapping[str, int]:
        """Return the keys that shown runs have in ``space``, and the first that has each; ``hidden`` ones count not."""

    @abstractmethod
    def row_of(self, run_id: str) -> int | None:
        """Return the row of a run, None when it is not here."""

    @abstractmethod
    def matching(self, prefix: str) -> Iterable[int]:
        """Return the rows of runs whose id, or its random half, begins so."""


class LooseRows(Rows):
    """Runs whose documents are in memory."""

    def __init__(self, documents: Iterable[RunDocument]) -> None:
        """Take the documents, oldest first."""
        given = list(documents)
        self._documents = [each for each in given if not each["deleted"]]
        self.count = len(self._documents)
        self._documents += [each for each in given if each["deleted"]]
        self.deleted = len(given) - self.count
        self._rows: dict[str, int] | None = None

    def age(self, row: int) -> Age:
        """Return what runs are ordered by."""
        return age_of(self._documents[row])

    def document(self, row: int) -> RunDocument:
        """Return the document of a run, always the same object."""
        return self._documents[row]

    def documents(self, start: int, stop: int) -> Iterator[RunDocument]:
        """Yield the documents of neighbours."""
        return iter(self._documents[start:stop])

    def values(self, space: str, key: str) -> Sequence[Any]:
        """Return one value of each shown run."""
        return untagged(values_in(self._documents[: self.count], space, key))

    def numbers(self, space: str, key: str) -> "array[Any] | None":
        """Return one number of each shown run."""
        return of_one_kind(self.values(space, key))

    def firsts(self, space: str, hidden: Collection[int]) -> Mapping[str, int]:
        """Return the keys in ``space``, and the first run that has each."""
        found: dict[str, int] = {}
        for row, document in enumerate(self._documents[: self.count]):
            if row not in hidden:
                for name in keys_in(document, space):
                    found.setdefault(name, row)
        return found

    def row_of(self, run_id: str) -> int | None:
        """Return the row of a run."""
        if self._rows is None:
            self._rows = {document["id"]: row for row, document in enumerate(self._documents)}
        return self._rows.get(run_id)

    def matching(self, prefix: str) -> Iterable[int]:
        """Return the rows of runs whose id, or its random half, begins so."""
        return [row for row, document in enumerate(self._documents) if matches(document["id"], prefix)]


def age_of(document: RunDocument) -> Age:
    """Return what runs are ordered by: when they started, and their ids where that is the same."""
    return document["started"], document["id"]


def values_in(documents: Iterable[RunDocument], space: str, key: str) -> list[Any]:
    """Return one value of each document as it stands there, None where it has none."""
    given = cast("Iterable[Mapping[str, Any]]", documents)
    if space == RUN:
        return [document.get(key) for document in given]
    return [found.get(key) if isinstance(found := document.get(space), dict) else None for document in given]


def keys_in(document: RunDocument, space: str) -> Iterable[str]:
    """Return the keys that a document has in a space; of its own members, those that say something."""
    if space == RUN:
        return [key for key, value in document.items() if value is not None]
    found = cast("Mapping[str, Any]", document).get(space)
    return found if isinstance(found, dict) else ()
