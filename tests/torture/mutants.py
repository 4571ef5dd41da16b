"""The mutants: the store with one of its protections taken out, and the check that must notice.

A test that cannot fail proves nothing. Each mutant is a few lines that break one protection while the check runs; the
check has to find a broken promise then, and none without the mutant.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import checks
from scenarios import a_run, housekeeping, two_runs_and_changes

from nbtrack.model import event, fold
from nbtrack.store import folder
from nbtrack.store.housekeeping import gc as collecting
from nbtrack.store.housekeeping import packing
from nbtrack.store.index import index, sheet
from nbtrack.store.lines import record, scan, segment
from nbtrack.store.runs import reading
from nbtrack.store.system import disk, forks

Check = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Mutant:
    """A protection taken out. ``sentences`` of the contract that it would break; ``check`` must notice."""

    name: str
    sentences: tuple[int, ...]
    changes: tuple[tuple[Any, str, Any], ...]
    check: Check

    @contextmanager
    def at_work(self) -> Iterator[None]:
        before = [(where, name, getattr(where, name)) for where, name, _ in self.changes]
        try:
            for where, name, what in self.changes:
                setattr(where, name, what)
            yield
        finally:
            for where, name, what in before:
                setattr(where, name, what)


def _nothing(*_arguments: Any, **_named: Any) -> None:
    pass


def _buffered(self: segment.Segment, line: bytes) -> None:
    """Keep lines in memory and hand over eight at a time: fast, and gone when the process dies."""
    self.unsynced.append(line)
    if len(self.unsynced) >= 8 or b'"k":"head"' in line or b'"run.' in line:
        content = b"".join(self.unsynced)
        os.write(self._fd, content)
        self.size += len(content)
        self.unsynced.clear()


def _trusting(line: bytes, loads: Any = record.exact) -> record.Line:
    """Believe every line that parses."""
    try:
        return record.Line("ok", loads(line))
    except (ValueError, RecursionError):
        return record.DAMAGED


def _retrying(self: segment.Segment) -> None:
    """Flush again through the same descriptor when it failed, as if that could help."""
    for _ in range(3):
        try:
            self._disk.flush(self._fd)
            self._disk.flush_folder(Path(self.path).parent)
            self.unsynced.clear()
        except OSError:
            continue
        return


def _alone(self: segment.Segment, path: str, head: bytes, at: disk.Disk, _above: Any = ()) -> None:
    """Flush the folder of a file, but not what holds that folder's own name."""
    _INIT(self, path, head, at)


def _unnamed(self: segment.Segment, path: str, head: bytes, at: disk.Disk, _above: Any = ()) -> None:
    """Flush no folder."""
    _INIT(self, path, head, at)
    self._names = ()


_INIT = segment.Segment.__init__


def _repairing(path: Path, offset: int = 0, *arguments: Any, **named: Any) -> Any:
    """Cut off a torn tail when it is read."""
    content = path.read_bytes()
    path.write_bytes(content[: content.rfind(b"\n") + 1])
    return _SCAN(path, offset, *arguments, **named)


_SCAN = scan.scan


def _in_place(self: Any, name: str, text: str) -> None:
    """Write a file under its own name at once."""
    path = self.path / name
    if not path.exists():
        fd = disk.create(path)
        disk.write(fd, text.encode())
        os.close(fd)


def _made_at_ease(path: Path) -> None:
    """Make folders and leave it to the system when their names reach the medium."""
    if not path.is_dir():
        _made_at_ease(path.parent)
        disk.make_folder(path)


def _by_clock(entry: Any) -> tuple[int, str, int]:
    """Order changes by the time of day."""
    return entry.get("t") or 0, str(entry.get("w")), entry.get("n") or 0


class _Right(int):
    """A checksum that is always the right one."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


def _header(content: Any) -> bytes:
    """Take the header of an index file as it comes."""
    found = content.read(0, 1 << 20)
    return found[: found.index(b"\n") + 1]


def _power_loss(*scenarios: Any, clones: int = 6) -> Check:
    def check(work: Path) -> list[str]:
        return [each for scenario in scenarios for each in checks.crashed(work, scenario, clones=clones)]

    return check


def _failing(scenario: Any) -> Check:
    import errno

    return lambda work: checks.with_failing_calls(work, scenario, (errno.ENOSPC,))


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "records are kept in memory for a while",
        (1, 2),
        ((segment.Segment, "append", _buffered),),
        _power_loss(a_run),
    ),
    Mutant("no file is flushed", (3,), ((segment.Segment, "sync", _nothing),), _power_loss(a_run)),
    Mutant(
        "no folder is flushed",
        (3,),
        (
            (folder, "make_folders", _made_at_ease),
            (folder, "flush_folder", _nothing),
            (segment.Segment, "__init__", _unnamed),
        ),
        _power_loss(a_run),
    ),
    Mutant(
        "a new run's name is not flushed",
        (3,),
        ((segment.Segment, "__init__", _alone),),
        _power_loss(two_runs_and_changes),
    ),
    Mutant("store.json is written in place", (3,), ((folder.Folder, "_write_once", _in_place),), _power_loss(a_run)),
    Mutant(
        "a failed append is not taken back", (1, 4, 6), ((segment.Segment, "_withdraw", _nothing),), _failing(a_run)
    ),
    Mutant(
        "a failed flush is tried again on the same file",
        (7,),
        ((segment.Segment, "sync", _retrying),),
        checks.with_a_failed_flush_and_power_loss,
    ),
    Mutant(
        "a forked child goes on in its parent's file",
        (4, 8),
        ((forks, "_in_child", _nothing), (forks.Line, "generation", property(lambda _: 0))),
        checks.with_a_forked_child,
    ),
    Mutant(
        "checksums are not looked at",
        (5,),
        ((record, "decode", _trusting), (checks, "decode", _trusting)),
        checks.with_flipped_bits,
    ),
    Mutant("a reader cuts off torn tails", (4,), ((reading, "scan", _repairing),), checks.reading_changes),
    Mutant(
        "changes apply in the order of the clocks",
        (8, 9),
        ((fold, "_order", _by_clock),),
        checks.with_clocks_that_differ,
    ),
    Mutant(
        "a run whose process is gone is running",
        (2,),
        ((reading, "is_alive", lambda _: True),),
        checks.of_lives_and_deaths,
    ),
    Mutant("a format that is too new is guessed at", (10,), ((event, "FORMAT", 99),), checks.of_a_newer_format),
    Mutant(
        "a seal's counts are not compared",
        (12,),
        ((reading.Reading, "_missing", lambda *_: 0),),
        checks.with_a_lost_line,
    ),
    Mutant(
        "an index is believed unchecked",
        (12,),
        ((index, "_header", _header), (sheet, "crc32", lambda _: _Right())),
        checks.with_a_damaged_index,
    ),
    Mutant(
        "a pack is not flushed before the loose files go",
        (11,),
        ((packing, "flush", _nothing),),
        _power_loss(housekeeping, clones=1),
    ),
    Mutant(
        "a pack is not read back",
        (11,),
        ((packing.Packer, "_verify", _nothing),),
        checks.with_a_pack_that_is_read_back_differently,
    ),
    Mutant(
        "garbage is collected at once",
        (11,),
        ((collecting, "GRACE", 0), (collecting, "_MARGIN", -1e9)),
        checks.with_an_object_that_is_about_to_be_referred_to,
    ),
)
