"""Runs as an index file keeps them: a directory, columns that are read when they are asked for, and the documents.

Every block has its own checksum. What is needed to find anything is checked when a sheet is opened; a column or a
document that turns out damaged later is made again from the runs' own records, and the sheet says so.
"""

import json
import os
import stat
import threading
from array import array
from binascii import crc32
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from nbtrack.model.document import RunDocument
from nbtrack.store.index.column import none_of, unpack, unpack_numbers, untagged
from nbtrack.store.index.rows import Age, Rows, keys_in, values_in
from nbtrack.store.system.disk import open_to_read

ID = 24  # every run id is as long
HALF = 16  # where its random half begins
_KEPT_COLUMNS = 256
_KEPT_DOCUMENTS = 1024
_TOGETHER = 1 << 20  # bytes of documents that are read in one go
T = TypeVar("T")


class Damaged(ValueError):
    """A block that is not what was written."""


class Content(Protocol):
    """The bytes of a sheet."""

    def read(self, at: int, size: int) -> bytes:
        """Return ``size`` bytes from ``at`` on, fewer when there are no more."""


class InMemory:
    """The bytes of a sheet that no file has: the store cannot be written, or not yet."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, at: int, size: int) -> bytes:
        """Return ``size`` bytes from ``at`` on."""
        return self._content[at : at + size]


class InFile:
    """The bytes of a file, also after its name is gone."""

    def __init__(self, path: Path, start: int = 0) -> None:
        """Open the file; positions count from ``start``."""
        self._fd = open_to_read(path)
        self._lock = threading.Lock()
        self.start = start

    def size(self) -> int:
        """Return how long the file is, 0 for what is none."""
        status = os.fstat(self._fd)
        return status.st_size if stat.S_ISREG(status.st_mode) else 0

    def read(self, at: int, size: int) -> bytes:
        """Return ``size`` bytes from ``at`` on."""
        if hasattr(os, "pread"):
            return _whole(lambda done: os.pread(self._fd, size - done, self.start + at + done), size)
        with self._lock:  # Windows: two threads share the position
            os.lseek(self._fd, self.start + at, os.SEEK_SET)
            return _whole(lambda done: os.read(self._fd, size - done), size)

    def __del__(self) -> None:
        with suppress(OSError, AttributeError):
            os.close(self._fd)


def _whole(read: Callable[[int], bytes], size: int) -> bytes:
    content = read(0)
    while len(content) < size and (more := read(len(content))):
        content += more
    return content


class Block(NamedTuple):
    """Where some bytes stand, and their checksum."""

    at: int
    size: int
    check: int


class Column(NamedTuple):
    """A column's entry in the directory. One that few runs have, or that holds nulls, names its rows in ``rows``.

    The kind is empty for one that is not kept as a column: its values are in the documents.
    """

    key: str
    kind: str
    holders: int
    first: int
    values: Block
    rows: Block | None


class Entry(NamedTuple):
    """What is kept of a run beside its columns: its document, its logical clock, its later changes."""

    document: RunDocument
    clock: int
    meta: Sequence[Mapping[str, Any]]


class Sheet(Rows):
    """Runs of an index file, or of what is to become one."""

    def __init__(self, directory: Mapping[str, Any], content: Content, rescue: Callable[[str], RunDocument]) -> None:
        """Look at what is needed to find anything.

        Args:
            directory: what the file's header says of its blocks.
            content: the bytes behind the header.
            rescue: makes the document of a run from its own records.

        Raises:
            Damaged: one of these blocks is.
            KeyError, TypeError, ValueError: the directory is of no shape we know.
        """
        self.content = content
        self.damaged = False
        self._rescue = rescue
        self.count, self.deleted = int(directory["count"]), int(directory["deleted"])
        core = {name: self.block(Block(*where)) for name, where in directory["core"].items()}
        self.ids, self.ages = core["ids"], array("q", core["ages"])
        self._by_id = array("I", core["by_id"])
        self.ends, self.checks = array("Q", core["ends"]), array("I", core["checks"])
        total = self.count + self.deleted
        if {len(self.ages), len(self._by_id), len(self.ends), len(self.checks), len(self.ids) // ID} != {total}:
            raise Damaged("the blocks of an index file disagree")
        self.entries_at = int(directory["entries"])
        columns = {space: map(_column, of) for space, of in directory["columns"].items()}
        self.columns = {space: {each.key: each for each in of} for space, of in columns.items()}
        self._values: dict[tuple[str, str], Sequence[Any]] = {}
        self._entries: dict[int, Entry] = {}

    def block(self, where: Block) -> bytes:
        """Return the bytes of a block.

        Raises:
            Damaged: they are not what was written.
        """
        try:
            content = self.content.read(where.at, where.size)
        except OSError as error:
            raise Damaged(str(error)) from error
        if len(content) != where.size or crc32(content) != where.check:
            raise Damaged("a block of an index file is not what was written")
        return content

    # --- which runs there are

    def age(self, row: int) -> Age:
        """Return what runs are ordered by."""
        return self.ages[row], self.run_id(row)

    def run_id(self, row: int) -> str:
        """Return the id of a run."""
        return self.ids[row * ID : row * ID + ID].decode("ascii")

    def row_of(self, run_id: str) -> int | None:
        """Return the row of a run."""
        at = self._first_id(run_id)
        row = self._by_id[at] if at < len(self._by_id) else -1
        return row if row >= 0 and self.run_id(row) == run_id else None

    def ids_beginning(self, prefix: str, hidden: Collection[int]) -> set[str]:
        """Return the ids that begin so, those of hidden rows left out."""
        rows = self._by_id[self._first_id(prefix) : self._first_id(prefix + "~")]
        text = self.ids.decode("ascii")
        return {text[row * ID : row * ID + ID] for row in rows if row not in hidden}

    def _first_id(self, prefix: str) -> int:
        return bisect_left(self._by_id, prefix, key=self.run_id)

    def matching(self, prefix: str) -> Iterable[int]:
        """Return the rows of runs whose id, or its random half, begins so."""
        wanted = prefix.encode("utf-8", "replace")
        at = self.ids.find(wanted)
        while at >= 0:
            row, place = divmod(at, ID)
            if place in {0, HALF} and place + len(wanted) <= ID:
                yield row
            at = self.ids.find(wanted, at + 1)

    # --- documents

    def document(self, row: int) -> RunDocument:
        """Return the document of a run."""
        return self.entry(row).document

    def entry(self, row: int) -> Entry:
        """Return all that is kept of a run. A damaged entry is made again from the run's records, without its changes.

        The changes are then in the document, and whoever needs them one by one must read the meta log again.
        """
        found = self._entries.get(row)
        if found is None:
            start, stop = self.extent(row, row + 1)
            with suppress(OSError):
                found = _entry(self.content.read(start, stop - start), self.checks[row])
            found = self._remembered(row, found or self._rescued(row))
        return found

    def documents(self, start: int, stop: int) -> Iterator[RunDocument]:
        """Yield the documents of neighbours, many read in one go."""
        row = start
        while row < stop:
            first = row
            begin, end = self.extent(row, row + 1)
            while row + 1 < stop and end - begin < _TOGETHER:
                row += 1
                end = self.extent(row, row + 1)[1]
            yield from self._together(first, row + 1)
            row += 1

    def _together(self, start: int, stop: int) -> Iterator[RunDocument]:
        begin, end = self.extent(start, stop)
        try:
            content = self.content.read(begin, end - begin)
        except OSError:
            content = b""
        for row in range(start, stop):
            at, until = self.extent(row, row + 1)
            found = self._entries.get(row) or _entry(content[at - begin : until - begin], self.checks[row])
            yield (found or self._rescued(row)).document

    def extent(self, start: int, stop: int) -> tuple[int, int]:
        """Return where the entries of neighbours begin and end."""
        begin = self.ends[start - 1] if start else 0
        end = self.ends[stop - 1] if stop else 0
        return self.entries_at + begin, self.entries_at + end

    def _remembered(self, row: int, entry: Entry) -> Entry:
        if len(self._entries) >= _KEPT_DOCUMENTS:
            self._entries.clear()
        self._entries[row] = entry
        return entry

    def _rescued(self, row: int) -> Entry:
        self.damaged = True
        return Entry(self._rescue(self.run_id(row)), 0, ())

    # --- columns

    def values(self, space: str, key: str) -> Sequence[Any]:
        """Return one value of each shown run."""
        values = self._values.get((space, key))
        if values is None:
            if len(self._values) >= _KEPT_COLUMNS:
                self._values.clear()
            values = self._values[space, key] = self._read_values(space, key)
        return values

    def _read_values(self, space: str, key: str) -> list[Any]:
        column = self.columns.get(space, {}).get(key)
        if column is None:
            return [None] * self.count
        rows, values = self._held(column, space)
        if rows is None:
            return untagged(values)
        spread: list[Any] = [None] * self.count
        for row, value in zip(rows, untagged(values), strict=True):
            spread[row] = value
        return spread

    def numbers(self, space: str, key: str) -> "array[Any] | None":
        """Return one number of each shown run; None also where finding out would take as long as making objects."""
        column = self.columns.get(space, {}).get(key)
        if column is None:
            return none_of("d", self.count)
        with suppress(Damaged, ValueError, IndexError, TypeError):
            found = unpack_numbers(column.kind, self.block(column.values))
            return found if found is None or column.rows is None else self._spread(column.rows, found)
        self.damaged = True
        return None

    def _spread(self, rows: Block, found: "array[Any]") -> "array[Any]":
        spread = none_of(found.typecode, self.count)
        for row, value in zip(array("I", self.block(rows)), found, strict=True):
            spread[row] = value
        return spread

    def holders(self, space: str, key: str) -> tuple[Sequence[int], Sequence[Any]]:
        """Return the rows that have a key, null included, and their values as they stand in documents."""
        column = self.columns[space][key]
        rows, values = self._held(column, space)
        if rows is None and column.holders == self.count:
            return range(self.count), values
        if rows is None:
            rows = [row for row, value in enumerate(values) if value is not None]
            values = [value for value in values if value is not None]
        return rows, values

    def rows_of(self, space: str, key: str) -> Sequence[int]:
        """Return the rows that have a key, null included, without its values where that is less work."""
        column = self.columns[space][key]
        if column.holders == self.count:
            return range(self.count)
        if column.rows is not None:
            with suppress(Damaged, ValueError):
                return array("I", self.block(column.rows))
        return self.holders(space, key)[0]

    def _held(self, column: Column, space: str) -> tuple[Sequence[int] | None, list[Any]]:
        """Return the rows of a column, None for all, and their values; from the documents when it is damaged."""
        if column.kind:
            with suppress(Damaged, ValueError, IndexError, TypeError):
                held = None if column.rows is None else array("I", self.block(column.rows))
                values = unpack(column.kind, self.block(column.values))
                if len(values) == (self.count if held is None else len(held)):
                    return held, values
            self.damaged = True
        values = values_in(self.documents(0, self.count), space, column.key)
        if column.rows is None:
            return None, values
        keys = (keys_in(document, space) for document in self.documents(0, self.count))
        rows = [row for row, each in enumerate(keys) if column.key in each]
        return rows, [values[row] for row in rows]

    def firsts(self, space: str, hidden: Collection[int]) -> Mapping[str, int]:
        """Return the keys in ``space``, and the first run that has each."""
        columns = self.columns.get(space, {})
        if not hidden:
            return {key: column.first for key, column in columns.items()}
        found = {}
        for key, column in columns.items():
            first = self._next(space, column, hidden) if column.first in hidden else column.first
            if first is not None:
                found[key] = first
        return found

    def _next(self, space: str, column: Column, hidden: Collection[int]) -> int | None:
        return next((row for row in self.rows_of(space, column.key) if row not in hidden), None)


def _column(each: Sequence[Any]) -> Column:
    key, kind, holders, first, values, rows = each
    return Column(str(key), str(kind), int(holders), int(first), Block(*values), Block(*rows) if rows else None)


def _entry(line: bytes, check: int) -> Entry | None:
    if crc32(line) != check:
        return None
    try:
        found = orjson.loads(line)
        found = json.loads(found) if isinstance(found, str) else found
        return Entry(found["doc"], int(found["clock"]), found["meta"])
    except (ValueError, KeyError, TypeError):
        return None
