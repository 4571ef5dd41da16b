"""Whether the files of a run hold everything that its writers sealed, neither less nor altered."""

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbtrack.model import event
from nbtrack.store.lines.block import MAGIC, Flaw, expand, parts
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import decode
from nbtrack.store.runs.metascan import changes, meta_writer, months
from nbtrack.store.system.disk import names
from nbtrack.store.writing.journal import little_endian

_CRASH_SEAL: Final = b'"seal"'
Checks = dict[int, tuple[str, bool]]  # number of a record -> its checksum, and whether it is a point


class _Part(NamedTuple):
    """What one writer has in the files: its records by number, and its last one."""

    checks: Checks
    ends: list[Mapping[str, Any]]


def flaw_in(run_id: str, contents: Iterable[bytes], crash_seals: Mapping[str, Any] | None = None) -> str:
    """Return why these files are not exactly what the writers of a run sealed; empty when they are.

    ``crash_seals`` are those that a check made, from the meta log, for writers that died.

    >>> flaw_in("20261121t101530-7k3m9q2x", [])
    'nothing is sealed'
    """
    writers: dict[str, _Part] = {}
    for content in contents:
        take = _take_block if content.startswith(MAGIC) else _take
        flaw = take(run_id, content, writers)
        if flaw:
            return flaw
    given = crash_seals or {}
    if not (given or any(part.ends for part in writers.values())):
        return "nothing is sealed"
    return next((flaw for writer, part in writers.items() if (flaw := _flaw(writer, part, given.get(writer)))), "")


def crash_seals(root: Path) -> dict[str, Mapping[str, Any]]:
    """Return the seals that the meta log has for writers that died, by run."""
    found: list[dict[str, Any]] = []
    for month in months(root / "meta"):
        for name in filter(meta_writer, names(root / "meta" / month)):
            made, _ = changes(root / "meta" / month / name, having=_CRASH_SEAL)
            found += [each for each in made if each.get("k") == event.CRASH_SEAL and isinstance(each.get("v"), dict)]
    return {str(each["run"]): each["v"] for each in sorted(found, key=_order)}


def _order(record: Mapping[str, Any]) -> tuple[int, str]:
    clock = record.get("l")
    return clock if isinstance(clock, int) else 0, str(record.get("w"))


def _take(run_id: str, content: bytes, writers: dict[str, _Part]) -> str:
    """Sort the records of a file by writer. Bytes after the last newline are no record, and no flaw."""
    for line in content.split(b"\n")[:-1]:
        state, record = decode(line, quick)
        if state != "ok":
            return f"a line is {state}"
        if record.get("k") == event.HEAD:
            if record.get("run") != run_id or record.get("min_reader", 0) > event.FORMAT:
                return "a file is of another run or a newer format"
            writers.setdefault(str(record.get("w")), _Part({}, []))
            continue
        number = record.get("n")
        if not isinstance(number, int):
            return "a record has no number"
        part = writers.setdefault(str(record.get("w")), _Part({}, []))
        mine = record["c"], record.get("k") == event.POINT
        if part.checks.setdefault(number, mine) != mine:
            return f"two records claim to be number {number} of a writer"
        if record.get("k") == event.END:
            part.ends.append(record)
    return ""


def _take_block(run_id: str, content: bytes, writers: dict[str, _Part]) -> str:
    flaws: list[Flaw] = []
    lines = b"".join(expand(parts(BytesIO(content), 0, len(content)), flaws))
    return "a block is damaged" if flaws else _take(run_id, lines, writers)


def _flaw(writer: str, part: _Part, crash_seal: Any) -> str:
    end = part.ends[0] if part.ends else {}
    seal = end.get("seal")
    own = seal.get(writer) if isinstance(seal, dict) else crash_seal
    last = end.get("n") if isinstance(seal, dict) else own.get("n") if isinstance(own, dict) else None
    if not isinstance(own, dict) or not isinstance(last, int):
        return f"writer {writer} has not sealed its part"
    if any(number > last for number in part.checks):
        return f"writer {writer} wrote after its seal"
    before = [part.checks[number] for number in sorted(part.checks) if number < last]
    points = sum(is_point for _, is_point in before)
    digest = hashlib.sha256(little_endian(array("I", [int(check, 16) for check, _ in before]))).hexdigest()
    found = {"ev": len(before) - points, "mx": points, "d": f"sha256:{digest}"}
    return "" if found == {name: own.get(name) for name in found} else f"writer {writer} sealed other records"
