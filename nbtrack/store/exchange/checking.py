"""Looking at records that came from elsewhere before anything of them is seen: each line, and whose it is."""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, BinaryIO, Final

from nbtrack.errors import NewerFormat, Untrusted
from nbtrack.model import event
from nbtrack.model.ids import is_run_id
from nbtrack.store.exchange.naming import Changes, Segment
from nbtrack.store.lines.block import MAGIC, Flaw, Part, expand, parts
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import LIMIT, decode, exact
from nbtrack.store.runs.metascan import meta_writer
from nbtrack.store.runs.reading import segment_name

_FROM_ONE: Final = 400  # times a block's size that its lines may take; metrics have names of up to 1 KiB
_AT_ONCE: Final = 1_000  # lines of a block that are made together
_MEMORY: Final = 512 << 20  # bytes that these may take
_LEAST: Final = 1 << 20
_LONGEST: Final = LIMIT + 2
_FIRST_OF_BLOCK: Final = MAGIC


def check_segment(at: Segment, file: BinaryIO, size: int) -> None:
    """Make sure that a file holds records of a run, all of them whole, and nothing else.

    Args:
        at: where it is to lie.
        file: its bytes; a block is read back and forth, other files from their beginning to their end.
        size: how many they are.

    Raises:
        Untrusted: it does not.
        NewerFormat: only a newer nbtrack may read it.
    """
    named = segment_name(at.name)
    if named is None:
        raise Untrusted(f"not the name of a file of records: {at.name[:80]!r}")
    if named.kind == "mb":
        _check_block(at, file, size)
    else:
        loads = exact if named.kind == "ev" else quick
        _check_lines(at.place, _lines(at.place, file), named.writer, _of(at), loads)


def check_changes(at: Changes, file: BinaryIO, allowed: Container[str] | None = None) -> None:
    """Make sure that a file holds changes of runs - of those in ``allowed``, if given - and nothing else.

    Raises:
        Untrusted, NewerFormat: as ``check_segment``.
    """
    writer = meta_writer(at.name)
    if writer is None:
        raise Untrusted(f"not the name of a file of changes: {at.name[:80]!r}")

    def is_of(record: dict[str, Any]) -> bool:
        run_id = record.get("run")
        known = isinstance(run_id, str) and is_run_id(run_id) and (allowed is None or run_id in allowed)
        return record.get("k") == event.HEAD or known

    _check_lines(at.place, _lines(at.place, file), writer, is_of, exact)


def _of(at: Segment) -> Callable[[dict[str, Any]], bool]:
    """Tell whose record it is: a head names its run, other records are the run's whose head they follow."""
    return lambda record: record.get("run") == at.run or (record.get("k") != event.HEAD and "run" not in record)


def _lines(place: str, file: BinaryIO) -> Iterator[bytes]:
    """Yield each line. What calls itself lines must not be read as a block, whose lines may be many times as long."""
    while line := file.readline(_LONGEST):
        if len(line) == _LONGEST and line[-1:] != b"\n":
            raise Untrusted(f"{place}: a line is longer than any record")
        if line == _FIRST_OF_BLOCK:
            raise Untrusted(f"{place} is a block, not lines")
        yield line


def _check_lines(
    place: str,
    found: Iterable[bytes],
    writer: str,
    is_of: Callable[[dict[str, Any]], bool],
    loads: Callable[[bytes], Any],
) -> None:
    is_first = True
    for number, line in enumerate(found, 1):
        if line[-1:] != b"\n":
            raise Untrusted(f"{place}: the last line is torn")
        state, record = decode(line[:-1], loads)
        if state == "damaged" and line.strip():
            raise Untrusted(f"{place}: line {number:,} is no record, or its checksum is wrong")
        if state == "damaged":
            continue
        if is_first and record.get("k") != event.HEAD:
            raise Untrusted(f"{place} does not begin with a head")
        if not is_of(record):
            raise Untrusted(f"{place}: line {number:,} is of another run")
        if record.get("k") == event.HEAD:
            _check_head(place, record, writer)
        is_first = False
    if is_first:
        raise Untrusted(f"{place} has no records")


def _check_head(place: str, head: dict[str, Any], writer: str) -> None:
    needed = head.get("min_reader")
    if isinstance(needed, int) and needed > event.FORMAT:
        raise NewerFormat(f"{place} is of format {needed}, and this nbtrack knows up to {event.FORMAT}; update nbtrack")
    if head.get("w") != writer:
        raise Untrusted(f"{place} is of another writer than its name says")


def _check_block(at: Segment, file: BinaryIO, size: int) -> None:
    flaws: list[Flaw] = []
    told = expand(_modest(at, parts(file, 0, size), size), flaws)
    _check_lines(at.place, _lines_of(at, told, size), _writer(at), _of(at), quick)
    if flaws:
        raise Untrusted(f"{at.place} is damaged at byte {flaws[0].offset:,}")


def _writer(at: Segment) -> str:
    named = segment_name(at.name)
    return named.writer if named else ""


def _lines_of(at: Segment, told: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the lines that a block stands for, as long as they are not out of proportion."""
    left, tail = _FROM_ONE * size + _LEAST, b""
    for content in told:
        left -= len(content)
        if left < 0:
            raise Untrusted(f"{at.place} stands for far more than it holds")
        *whole, tail = (tail + content).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if tail:
        yield tail


def _modest(at: Segment, found: Iterable[Part | Flaw], size: int) -> Iterator[Part | Flaw]:
    """Pass on parts whose lines can be made without taking all memory there is: names may repeat in each line."""
    for part in found:
        if isinstance(part, Part) and part.head["k"] == "mb" and _longest(part) * _AT_ONCE > _MEMORY + size:
            raise Untrusted(f"{at.place} stands for far more than it holds")
        yield part


def _longest(part: Part) -> int:
    """Return about how long the names on one line of a part are."""
    sets = part.head.get("sets")
    found = [sum(len(name) for name in each if isinstance(name, str)) for each in sets or () if isinstance(each, list)]
    return max(found, default=0)
