"""Reading segments that anything may have happened to: every whole record is returned, everything else reported."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.store.lines.record import decode, exact
from nbtrack.store.system.disk import read


class Finding(NamedTuple):
    """A line that is not a sealed record: where it is and what is wrong with it."""

    path: Path
    offset: int
    problem: str


class Scan(NamedTuple):
    """What a file holds from an offset on, and the offset after its last whole line."""

    records: list[dict[str, Any]]
    findings: list[Finding]
    end: int


def scan(path: Path, offset: int = 0, loads: Callable[[bytes], Any] = exact, having: bytes = b"") -> Scan:
    """Read the records of a segment that stand at or after ``offset``, or those of them with ``having`` in their line.

    Bytes after the last newline are a record in the making, or one that was torn; they are no finding.
    """
    *lines, _tail = read(path, offset).split(b"\n")
    return sift(path, lines, offset, loads, having)


def sift(path: Path, lines: Iterable[bytes], offset: int, loads: Callable[[bytes], Any], having: bytes = b"") -> Scan:
    """Read the records among whole lines, of which the first stands at ``offset`` of a file."""
    records: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for line in lines:
        start, offset = offset, offset + len(line) + 1
        if having not in line:
            continue
        state, record = decode(line, loads)
        if state != "ok" and line.strip():
            findings.append(Finding(path, start, state))
        if state != "damaged":
            records.append(record)
    return Scan(records, findings, offset)
