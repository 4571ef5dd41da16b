"""The table of contents of a bundle, its last entry: sealed lines, like all records of a store.

    {"k":"bundle","fmt":1,"min_reader":1,"c":"…"}
    {"k":"object","name":"<hash>","size":…}                       each object, in the order of the entries
    {"k":"changes","month":"2026-11","name":"…","size":…,"sha256":"…"}
    {"k":"run","run":"<id>","status":"finished"}                  each run, oldest first, followed by
    {"k":"file","run":"<id>","name":"…","size":…,"sha256":"…"}      its record files
    {"k":"uses","run":"<id>","objects":[0,1,…]}                     its objects, by their place among the object lines
    {"k":"missing","run":"<id>","what":"cas/…","why":"…"}           what it should have and the bundle has not
    {"k":"bundle.end","entries":…,"bytes":…}                      what was listed, this table not counted

``docs/bundle-format.md`` has every member.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from nbtrack.errors import NewerFormat, Untrusted
from nbtrack.model.ids import is_run_id
from nbtrack.store.base import ObjectRef
from nbtrack.store.exchange.holdings import Missing
from nbtrack.store.exchange.naming import Changes, Kept, Place, Segment, placed
from nbtrack.store.lines.record import LIMIT, decode, encode
from nbtrack.store.objects.hashing import is_name

FORMAT: Final = 1
MIN_READER: Final = 1
NAME: Final = "table-of-contents.jsonl"
ABOUT: Final = "store.json"  # by it an unpacked bundle is a store that can be read
_USES: Final = 10_000  # objects on a line
_WHY: Final = 200  # characters of a reason


class Listed(NamedTuple):
    """A file that a bundle has: where it belongs, how long it is, and the SHA-256 of its bytes in hex."""

    at: Segment | Changes
    size: int
    digest: str


@dataclass(slots=True)
class BundledRun:
    """One run in a bundle. ``status`` is what it was when it was bundled."""

    id: str
    status: str
    files: list[Listed] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of its records."""
        return sum(file.size for file in self.files)


@dataclass(slots=True)
class Table:
    """What a bundle holds. ``objects`` are in the order of their places, ``runs`` in that of their ids."""

    objects: dict[str, int] = field(default_factory=dict)
    changes: list[Listed] = field(default_factory=list)
    runs: dict[str, BundledRun] = field(default_factory=dict)

    def expected(self) -> dict[str, int]:
        """Return the entries that the bundle has, in their order, with their sizes; this table not among them."""
        files = [*self.changes, *(file for run in self.runs.values() for file in run.files)]
        places: list[tuple[Place, int]] = [(Kept(name), size) for name, size in self.objects.items()]
        places += [(file.at, file.size) for file in files]
        return dict(sorted((at.place, size) for at, size in places))

    @property
    def bytes(self) -> int:
        """How many bytes all that is."""
        return sum(self.expected().values())


def lines(table: Table) -> Iterator[bytes]:
    """Yield the lines of a table; the same table has always the same."""
    yield encode({"k": "bundle", "fmt": FORMAT, "min_reader": MIN_READER})
    numbers = {name: number for number, name in enumerate(table.objects)}
    for name, size in table.objects.items():
        yield encode({"k": "object", "name": name, "size": size})
    for each in table.changes:
        month = each.at.place.split("/")[1]
        yield encode({"k": "changes", "month": month, "name": each.at.name, "size": each.size, "sha256": each.digest})
    for run in table.runs.values():
        yield encode({"k": "run", "run": run.id, "status": run.status})
        for file in run.files:
            yield encode({"k": "file", "run": run.id, "name": file.at.name, "size": file.size, "sha256": file.digest})
        uses = sorted(numbers[name] for name in run.objects)
        for at in range(0, len(uses), _USES):
            yield encode({"k": "uses", "run": run.id, "objects": uses[at : at + _USES]})
        for each_missing in run.missing:
            what = {"what": each_missing.what, "why": each_missing.why[:_WHY]}
            yield encode({"k": "missing", "run": run.id, **what})
    yield encode({"k": "bundle.end", "entries": len(table.expected()), "bytes": table.bytes})


def read_table(chunks: Iterable[bytes]) -> Table:
    """Return what a table says.

    Raises:
        Untrusted: it is damaged, or says what no bundle says.
        NewerFormat: only a newer nbtrack may read it.
    """
    table = Table()
    reading = _Reading(table)
    for number, line in enumerate(_lines(chunks), 1):
        state, record = decode(line)
        if state != "ok":
            raise Untrusted(f"line {number:,} of the table of contents is damaged")
        try:
            reading.take(record)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            if isinstance(error, Untrusted):
                raise
            raise Untrusted(f"line {number:,} of the table of contents is none that a bundle has") from error
    reading.finish()
    return table


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    tail = b""
    for chunk in chunks:
        *whole, tail = (tail + chunk).split(b"\n")
        yield from whole
        if len(tail) > LIMIT:
            raise Untrusted("a line of the table of contents is longer than any record")
    if tail:
        raise Untrusted("the table of contents is cut off")


class _Reading:
    """Takes the lines of a table one after the other. Any error but ours means that a line is malformed."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._names: list[str] = []
        self._places: set[str] = set()
        self._begun = False
        self._ended = False

    def take(self, record: dict[str, Any]) -> None:
        """Take in a line."""
        kind = record["k"]
        if self._ended or (kind == "bundle") == self._begun:
            raise ValueError(kind)
        take = {
            "bundle": self._head,
            "object": self._object,
            "changes": self._changes,
            "run": self._run,
            "file": self._file,
            "uses": self._uses,
            "missing": self._missing,
            "bundle.end": self._end,
        }.get(kind)
        if take is None:
            raise ValueError(kind)
        take(record)

    def finish(self) -> None:
        """Make sure that the table is whole, and that each object belongs to a run."""
        if not self._ended:
            raise Untrusted("the table of contents is cut off")
        if not self._table.runs or not all(run.files for run in self._table.runs.values()):
            raise Untrusted("the bundle has no run, or a run without records")
        used = {name for run in self._table.runs.values() for name in run.objects}
        if used != self._table.objects.keys():
            raise Untrusted("the bundle has objects that belong to none of its runs")

    def _head(self, record: dict[str, Any]) -> None:
        self._begun = True
        if _number(record["min_reader"]) > FORMAT:
            raise NewerFormat(
                f"this is a bundle of format {record['min_reader']}, and this nbtrack knows up to {FORMAT}; "
                "update nbtrack to import it"
            )

    def _object(self, record: dict[str, Any]) -> None:
        ref = ObjectRef(_text(record["name"]), _number(record["size"]))
        if not is_name(ref.name) or ref.name in self._table.objects:
            raise ValueError(ref.name)
        self._table.objects[ref.name] = ref.size
        self._names.append(ref.name)

    def _changes(self, record: dict[str, Any]) -> None:
        at = placed(Changes(_text(record["month"]), _text(record["name"])).place)
        if not isinstance(at, Changes) or self._is_known(at):
            raise ValueError(at)
        self._table.changes.append(Listed(at, _number(record["size"]), _digest(record)))

    def _run(self, record: dict[str, Any]) -> None:
        run_id = _text(record["run"])
        if not is_run_id(run_id) or run_id in self._table.runs:
            raise ValueError(run_id)
        self._table.runs[run_id] = BundledRun(run_id, _text(record["status"])[:20])

    def _file(self, record: dict[str, Any]) -> None:
        run = self._table.runs[_text(record["run"])]
        at = placed(Segment(run.id, _text(record["name"])).place)
        if not isinstance(at, Segment) or self._is_known(at):
            raise ValueError(at)
        run.files.append(Listed(at, _number(record["size"]), _digest(record)))

    def _uses(self, record: dict[str, Any]) -> None:
        run = self._table.runs[_text(record["run"])]
        run.objects += [self._names[_number(number)] for number in record["objects"]]

    def _missing(self, record: dict[str, Any]) -> None:
        run = self._table.runs[_text(record["run"])]
        run.missing.append(Missing(run.id, _text(record["what"])[:_WHY], _text(record["why"])[:_WHY]))

    def _is_known(self, at: Place) -> bool:
        """Tell whether the table has this place already; remember that it has."""
        count = len(self._places)
        self._places.add(at.place)
        return len(self._places) == count

    def _end(self, record: dict[str, Any]) -> None:
        self._ended = True
        found = self._table.expected()
        if record["entries"] != len(found) or record["bytes"] != sum(found.values()):
            raise Untrusted("the table of contents does not list as much as it says at its end")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(value)
    return value


def _digest(record: dict[str, Any]) -> str:
    digest = _text(record["sha256"])
    if not is_name(digest) or ":" in digest:
        raise ValueError(digest)
    return digest
