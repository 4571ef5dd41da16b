"""Replacing the metric segments of writers that have sealed their part by blocks, which are a tenth of their size.

    write tmp/block-… -> flush -> read back, expand, compare with the segment -> rename to mb-… beside it -> flush the
    folder -> remove the segment, if it has not changed meanwhile

A crash anywhere leaves a temporary file, or a segment beside its block: readers count each record once, and the next
compaction removes the segment.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG
from typing import Final

from nbtrack.model import event
from nbtrack.store.lines.block import Flaw, expand, opened
from nbtrack.store.lines.condense import CHUNK, WORTH, condense
from nbtrack.store.lines.scan import scan
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.system import disk

SUFFIX: Final = ".block"
SMALL: Final = 1 << 16  # bytes; a segment below it gains nothing that a person would notice
_TEMPORARY: Final = "block-"
_STALE: Final = 3600.0  # seconds after which a temporary file has no owner any more
Breathe = Callable[[], None]
_Stamp = tuple[int, int]  # size and time of the last change


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compaction did in a run's folder: how many segments became blocks, and bytes before and after.

    ``cleared`` counts segments whose block was there already, left behind by a compaction that was killed.
    """

    segments: int = 0
    before: int = 0
    after: int = 0
    cleared: int = 0


def compact(folder: Path, *, least: int = SMALL, breathe: Breathe | None = None) -> Compacted:
    """Turn the metric segments in a run's folder into blocks, where their writers have sealed their part.

    Safe at any time, by any number of processes, beside any readers and writers; doing it again does nothing.

    Args:
        folder: the run's folder, ``runs/<month>/<run>`` of a store.
        least: segments of fewer bytes stay as they are.
        breathe: called every millisecond or two, for a thread that must leave room for others.

    Raises:
        OSError: the disk refused something; every record is where it was.
        StoreError: a folder is a link that leads elsewhere.
    """
    root = folder.parents[2]
    tmp = root / "tmp"
    disk.refuse_links(root, *folder.relative_to(root).parts)
    disk.refuse_links(root, "tmp")
    disk.make_folders(tmp)
    _sweep(tmp)
    sealed = _sealed(folder)
    total = Compacted()
    for name in sorted(disk.names(folder)):
        named = segment_name(name)
        if named is not None and named.kind == "mx" and named.writer in sealed:
            total = _sum(total, _Segment(folder / name, tmp, breathe or _no_breath).replace(least))
    return total


def _no_breath() -> None:
    pass


def _sealed(folder: Path) -> set[str]:
    """Return the writers that have sealed their part: they write no more, and neither does anybody in their files."""
    found: set[str] = set()
    for name in disk.names(folder):
        named = segment_name(name)
        if named is not None and named.kind == "ev":
            with suppress(OSError):
                found |= {str(r.get("w")) for r in scan(folder / name).records if r.get("k") == event.END}
    return found


class _Segment:
    """A segment that is to become a block."""

    def __init__(self, path: Path, tmp: Path, breathe: Breathe) -> None:
        self._path = path
        self._block = path.with_name(path.stem.replace("mx", "mb", 1) + SUFFIX)
        self._tmp = tmp
        self._breathe = breathe

    def replace(self, least: int) -> Compacted:
        """Put a block in the segment's place; what cannot be done, or is not worth it, leaves it as it is."""
        stamp = self._stamp()
        if stamp is None or stamp[0] < least:
            return Compacted()
        try:
            return self._replace(stamp)
        except FileNotFoundError:
            if self._stamp() is None:  # another compaction was faster
                return Compacted()
            raise

    def _replace(self, stamp: _Stamp) -> Compacted:
        if self._block.exists():
            ours, theirs = _lines_of(self._path), _lines_of(self._block)
            if ours <= theirs:
                disk.flush_folder(self._block.parent)  # whoever made it may have been killed before this
                return Compacted(cleared=self._remove(stamp))
            if not theirs <= ours:  # copies of two stores came together here; each has what the other lacks
                return Compacted()
        size = self._publish(stamp[0])
        if not size:
            return Compacted()
        self._remove(stamp)
        return Compacted(1, stamp[0], size)

    def _publish(self, before: int) -> int:
        """Write the block and give it its name; return its size, 0 when there is none."""
        for strictly in (False, True):
            temporary = self._tmp / f"{_TEMPORARY}{token_hex(8)}"
            try:
                size = self._write(temporary, strictly=strictly)
                if size > WORTH * before:
                    return 0
                if self._is_same(temporary):
                    disk.replace(temporary, self._block)
                    disk.flush_folder(self._block.parent)
                    return size
            finally:
                disk.unlink(temporary, missing_ok=True)
        return 0

    def _write(self, temporary: Path, *, strictly: bool) -> int:
        size = 0
        fd = disk.create(temporary)
        try:
            for piece in condense(self._chunks(), strictly=strictly, breathe=self._breathe):
                disk.write(fd, piece)
                size += len(piece)
            disk.flush(fd)
        finally:
            os.close(fd)
        return size

    def _chunks(self) -> Iterator[bytes]:
        """Yield the segment's bytes, cut after a newline where there is one."""
        offset, rest = 0, b""
        while more := disk.read(self._path, offset, CHUNK):
            offset += len(more)
            head, newline, tail = more.rpartition(b"\n")
            if newline:
                yield rest + head + newline
                rest = tail
            else:
                rest += more
        if rest:
            yield rest

    def _is_same(self, temporary: Path) -> bool:
        """Tell whether what was read back stands for the segment's bytes, all of them and no others."""
        flaws: list[Flaw] = []
        offset = 0
        with opened(temporary) as parts:
            for content in expand(parts, flaws):
                if disk.read(self._path, offset, len(content)) != content:
                    return False
                offset += len(content)
                self._breathe()
        return not flaws and not disk.read(self._path, offset, 1)

    def _remove(self, stamp: _Stamp) -> bool:
        """Remove the segment, unless something was added to it since it was looked at; tell whether it went."""
        if self._stamp() != stamp:
            return False
        with suppress(FileNotFoundError):  # another compaction was faster
            disk.unlink(self._path)
        return True

    def _stamp(self) -> _Stamp | None:
        try:
            status = self._path.lstat()
        except OSError:
            return None
        return (status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def _lines_of(path: Path) -> set[bytes]:
    """Return the whole lines of a segment, or those that a block stands for: all that readers take from them."""
    if path.suffix != SUFFIX:
        return set(disk.read(path).split(b"\n")[:-1])
    with opened(path) as parts:
        return {line for content in expand(parts) for line in content.split(b"\n")[:-1]}


def _sweep(tmp: Path) -> None:
    """Clear away what was left by those who did not live to publish it."""
    for name in disk.names(tmp):
        if name.startswith(_TEMPORARY):
            with suppress(OSError):
                if time.time() - (tmp / name).lstat().st_mtime > _STALE:
                    disk.unlink(tmp / name)


def _sum(one: Compacted, two: Compacted) -> Compacted:
    pairs = zip(astuple(one), astuple(two), strict=True)
    return Compacted(*(mine + yours for mine, yours in pairs))
