"""Making a sheet: from documents, or from sheets, whose documents are copied without looking into them."""

from array import array
from binascii import crc32
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import gt
from typing import Any, Final, NamedTuple, cast

from nbtrack.model.document import RunDocument
from nbtrack.store.index.column import as_json, pack
from nbtrack.store.index.rows import RUN, SPACES, age_of, keys_in
from nbtrack.store.index.sheet import ID, Entry, Sheet
from nbtrack.store.index.weave import Documents, Span, spans, weave

_SPARSE: Final = 8  # a column that fewer than one run in eight has names its rows
_LONG: Final = 1024  # bytes a value; a column of longer ones is left to the documents
_PIECE: Final = 1 << 20
_NESTED: Final = frozenset({dict, list})


class Made(NamedTuple):
    """A sheet to be written: what its header says of it, its blocks, and its entries piece by piece."""

    directory: Mapping[str, Any]
    blocks: bytes
    entries: Iterable[bytes]


class _Held:
    """A column in the making: the rows that have it, and their values."""

    __slots__ = ("is_left", "rows", "values")

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.values: list[Any] = []
        self.is_left = False  # to the documents

    def sort(self) -> None:
        """Bring the rows in order, where sheets were interleaved."""
        order = sorted(range(len(self.rows)), key=self.rows.__getitem__)
        self.rows = [self.rows[k] for k in order]
        self.values = [self.values[k] for k in order] if self.values else []


_Columns = dict[str, dict[str, _Held]]


def from_entries(entries: Iterable[Entry]) -> Made:
    """Return the sheet of some runs; their entries may come in any order."""
    ordered = sorted(entries, key=lambda entry: age_of(entry.document))
    shown = [entry for entry in ordered if not entry.document["deleted"]]
    everyone = [*shown, *(entry for entry in ordered if entry.document["deleted"])]
    lines = [_line(entry) for entry in everyone]
    ends, end = array("Q"), 0
    for line in lines:
        end += len(line)
        ends.append(end)
    return _made(
        _Core(
            len(shown),
            b"".join(entry.document["id"].encode("ascii") for entry in everyone),
            array("q", [entry.document["started"] for entry in everyone]),
            ends,
            array("I", map(crc32, lines)),
        ),
        _columns([entry.document for entry in shown]),
        lines,
    )


def from_sheets(parts: Sequence[tuple[Sheet, Collection[int]]]) -> Made:
    """Return one sheet of the runs of several, without those rows that are named beside each."""
    shown = weave(spans(sheet, 0, sheet.count, hidden) for sheet, hidden in parts)
    gone = weave(spans(sheet, sheet.count, sheet.count + sheet.deleted, hidden) for sheet, hidden in parts)
    return _made(_joined(shown, gone), _merged(parts, shown), _copied([*shown, *gone]))


class _Core(NamedTuple):
    shown: int
    ids: bytes
    ages: "array[int]"
    ends: "array[int]"
    checks: "array[int]"


def _made(core: _Core, columns: _Columns, entries: Iterable[bytes]) -> Made:
    blocks: list[bytes] = []
    at = 0

    def place(content: bytes) -> list[int]:
        nonlocal at
        blocks.append(content)
        at += len(content)
        return [at - len(content), len(content), crc32(content)]

    total = len(core.ages)
    by_id = array("I", sorted(range(total), key=lambda row: core.ids[row * ID : row * ID + ID]))
    named = {"ids": core.ids, "ages": core.ages, "by_id": by_id, "ends": core.ends, "checks": core.checks}
    directory = {
        "count": core.shown,
        "deleted": total - core.shown,
        "core": {name: place(bytes(content)) for name, content in named.items()},
        "columns": {
            space: [_placed(key, held, core.shown, place) for key, held in of.items()] for space, of in columns.items()
        },
        "entries": at,
        "size": at + (core.ends[-1] if total else 0),
    }
    return Made(directory, b"".join(blocks), entries)


def _placed(key: str, held: _Held, count: int, place: Callable[[bytes], list[int]]) -> list[Any]:
    """Put a column down and return its entry in the directory."""
    is_full = len(held.rows) == count
    is_sparse = None in held.values or (not is_full and (held.is_left or len(held.rows) * _SPARSE < count))
    kind, content = ("", b"") if held.is_left else pack(held.values if is_sparse or is_full else _spread(held, count))
    if kind and len(content) > _LONG * max(len(held.rows), 1):
        kind, content, is_sparse = "", b"", is_sparse or not is_full
    rows = place(array("I", held.rows).tobytes()) if is_sparse else None
    return [key, kind, len(held.rows), held.rows[0], place(content), rows]


def _spread(held: _Held, count: int) -> list[Any]:
    values: list[Any] = [None] * count
    for row, value in zip(held.rows, held.values, strict=True):
        values[row] = value
    return values


# --- from documents


def _line(entry: Entry) -> bytes:
    """Return an entry as JSON; as a JSON string of that JSON when only the exact parser must read it."""
    text, exactly = as_json({"doc": entry.document, "clock": entry.clock, "meta": entry.meta})
    return (as_json(text.decode("ascii"))[0] if exactly else text) + b"\n"


def _columns(documents: Sequence[RunDocument]) -> _Columns:
    columns: _Columns = {space: {} for space in (RUN, *SPACES)}
    for row, document in enumerate(documents):
        for space in SPACES:
            found = cast("Mapping[str, Any]", document).get(space)
            if isinstance(found, dict):
                _add(columns[space], row, found.items())
        _add(columns[RUN], row, ((key, value) for key, value in document.items() if value is not None))
    for held in columns[RUN].values():
        held.is_left = any(type(value) in _NESTED for value in held.values)
    return columns


def _add(columns: dict[str, _Held], row: int, items: Iterable[tuple[str, Any]]) -> None:
    for key, value in items:
        held = columns.get(key)
        if held is None:
            held = columns[key] = _Held()
        held.rows.append(row)
        held.values.append(value)


# --- from sheets


def _joined(shown: Sequence[Span], gone: Sequence[Span]) -> _Core:
    ids: list[bytes] = []
    ages, ends, checks = array("q"), array("Q"), array("I")
    end = 0
    for sheet, start, stop in _sheets([*shown, *gone]):
        ids.append(sheet.ids[start * ID : stop * ID])
        ages.extend(sheet.ages[start:stop])
        checks.extend(sheet.checks[start:stop])
        shift = end - (sheet.ends[start - 1] if start else 0)
        ends.extend(array("Q", [each + shift for each in sheet.ends[start:stop]]))
        end = ends[-1]
    return _Core(sum(span.stop - span.start for span in shown), b"".join(ids), ages, ends, checks)


def _sheets(woven: Iterable[Span]) -> Iterator[tuple[Sheet, int, int]]:
    return ((cast("Sheet", span.rows), span.start, span.stop) for span in woven)


def _copied(woven: Iterable[Span]) -> Iterator[bytes]:
    for sheet, start, stop in _sheets(woven):
        at, end = sheet.extent(start, stop)
        while at < end:
            piece = sheet.content.read(at, min(_PIECE, end - at))
            if not piece:
                raise OSError(f"an index file ends at {at} instead of {end}")
            yield piece
            at += len(piece)


def _merged(parts: Sequence[tuple[Sheet, Collection[int]]], shown: Sequence[Span]) -> _Columns:
    """Gather each column from the sheets that have it, its rows numbered anew."""
    places = _places(parts, shown)
    columns: _Columns = {space: {} for space in (RUN, *SPACES)}
    for (sheet, _), place in zip(parts, places, strict=True):
        for space, of in sheet.columns.items():
            for key in of:
                _gather(columns.setdefault(space, {}).setdefault(key, _Held()), sheet, (space, key), place)
    return {space: _in_order(space, of, shown) for space, of in columns.items()}


def _places(parts: Sequence[tuple[Sheet, Collection[int]]], shown: Sequence[Span]) -> list["array[int]"]:
    """Return for each sheet what its rows are numbered in the new one, -1 for those left out."""
    places = {id(sheet): array("q", [-1]) * sheet.count for sheet, _ in parts}
    at = 0
    for sheet, start, stop in _sheets(shown):
        places[id(sheet)][start:stop] = array("q", range(at, at + stop - start))
        at += stop - start
    return [places[id(sheet)] for sheet, _ in parts]


def _gather(held: _Held, sheet: Sheet, column: tuple[str, str], place: "array[int]") -> None:
    space, key = column
    held.is_left = held.is_left or not sheet.columns[space][key].kind
    rows, values = (sheet.rows_of(space, key), []) if held.is_left else sheet.holders(space, key)
    if -1 in place:
        kept = [k for k, row in enumerate(rows) if place[row] >= 0]
        rows, values = [rows[k] for k in kept], [values[k] for k in kept] if values else []
    held.rows.extend(map(place.__getitem__, rows))
    held.values.extend(values)


def _in_order(space: str, columns: dict[str, _Held], shown: Sequence[Span]) -> dict[str, _Held]:
    """Return the columns by the first run that has each, as documents in a row would bring them up."""
    for held in columns.values():
        if held.is_left:
            held.values = []
        if any(map(gt, held.rows, islice(held.rows, 1, None))):
            held.sort()
    firsts = {key: held.rows[0] for key, held in columns.items() if held.rows}
    if space == RUN:
        return {key: columns[key] for key in firsts}
    return {key: columns[key] for key in in_order(space, firsts, Documents(shown).__getitem__)}


def in_order(space: str, firsts: Mapping[str, int], document: Callable[[int], RunDocument]) -> list[str]:
    """Return keys by the first run that has each; those that one run was the first to have, as it has them."""
    together: dict[int, list[str]] = {}
    for key, row in firsts.items():
        together.setdefault(row, []).append(key)
    ordered: list[str] = []
    for row in sorted(together):
        keys = together[row]
        if len(keys) > 1:
            rank = {key: k for k, key in enumerate(keys_in(document(row), space))}
            keys.sort(key=lambda key: rank.get(key, len(rank)))
        ordered.extend(keys)
    return ordered
