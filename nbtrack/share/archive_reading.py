"""Reading an archive from a stranger: only what is, byte for byte, as nbtrack writes it; anything else is refused.

The standard library's ``zipfile`` is made to read what any program ever wrote: it looks for the directory behind
foreign bytes, believes it where it differs from the headers, lets entries overlap, and mends names. All that is how
archives come to mean different things to different readers. A bundle has one form, so this reader works out what each
header must be and compares. Bounds come before memory: the count and the length of the directory before it is read.
"""

import zlib
from binascii import crc32
from collections.abc import Iterator
from typing import BinaryIO, Final

from nbtrack.errors import Untrusted
from nbtrack.share.archive_writing import RATIO, SLACK
from nbtrack.share.zip_layout import (
    CENTRAL_SIZE,
    DEFLATED,
    END64_SIZE,
    END_SIZE,
    STORED,
    End,
    Entry,
    end_of,
    flaw_of,
    local_header,
    read_central,
    read_end,
)

MOST: Final = 100_000  # entries
_LONGEST: Final = 512  # bytes that the directory may have for each
_CHUNK: Final = 1 << 18
_OUT: Final = 1 << 20


class Archive:
    """The entries of an archive, in the order in which they stand there.

    Raises:
        Untrusted: it is no archive, or not one as nbtrack writes it; the message says why.
        OSError: the file cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        end = self._end()
        self.entries = self._directory(end)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """Yield the bytes of an entry, at most a MiB at once, never more than it announces.

        Raises:
            Untrusted: they are fewer or more, or do not match their checksum; what came is not to be used.
        """
        check, size = 0, 0
        for chunk in self._unpacked(entry) if entry.method == DEFLATED else self._raw(entry):
            check, size = crc32(chunk, check), size + len(chunk)
            if size > entry.size:
                raise Untrusted(f"{entry.name} has more bytes than it announces")
            yield chunk
        if size != entry.size or check != entry.check:
            raise Untrusted(f"{entry.name} does not match its checksum")

    def _end(self) -> End:
        self._file.seek(max(self._size - END64_SIZE - END_SIZE, 0))
        tail = self._file.read(END64_SIZE + END_SIZE)
        self._file.seek(0)
        if self._file.read(2) != b"PK":
            raise Untrusted("this is no bundle: it does not begin as a ZIP archive does")
        end = read_end(tail)
        if end is None:
            raise Untrusted("the archive is cut off, or something was put behind its end")
        if end.entries > MOST:
            raise Untrusted(f"the archive has {end.entries:,} entries; a bundle has at most {MOST:,}")
        if not end.entries * CENTRAL_SIZE <= end.size <= end.entries * _LONGEST or not end.entries:
            raise Untrusted("the directory of the archive has not the length that its entries take")
        if end.offset + end.size + len(end_of(end)) != self._size:
            raise Untrusted("there is something in the archive that belongs to none of its entries")
        return end

    def _directory(self, end: End) -> tuple[Entry, ...]:
        self._file.seek(end.offset)
        directory = self._file.read(end.size)
        found: list[Entry] = []
        at, start = 0, 0
        for _ in range(end.entries):
            told = read_central(directory, at)
            if told is None:
                raise Untrusted(f"{flaw_of(directory, at)} (entry {len(found) + 1:,})")
            entry, at = told
            self._check(entry, start, found)
            found.append(entry)
            start = entry.end
        if at != len(directory) or start != end.offset:
            raise Untrusted("there is something in the archive that belongs to none of its entries")
        return tuple(found)

    def _check(self, entry: Entry, start: int, before: list[Entry]) -> None:
        """Make sure that an entry stands where the one before it ends, and that it is no bomb."""
        if before and entry.name <= before[-1].name:
            raise Untrusted(f"{entry.name[:80]!r} is there twice, or out of order")
        if entry.offset != start:
            raise Untrusted(f"{entry.name[:80]!r} does not stand behind the entry before it")
        if entry.method not in {STORED, DEFLATED}:
            raise Untrusted(f"{entry.name[:80]!r} is packed by a method that no bundle uses")
        if entry.packed > entry.size or (entry.method == STORED and entry.packed != entry.size):
            raise Untrusted(f"{entry.name[:80]!r} takes another number of bytes than it has")
        if entry.size > RATIO * entry.packed + SLACK:
            raise Untrusted(f"{entry.name[:80]!r} would unpack to {entry.size:,} bytes from {entry.packed:,}: a bomb")
        expected = local_header(entry)
        self._file.seek(entry.offset)
        if self._file.read(len(expected)) != expected:
            raise Untrusted(f"{entry.name[:80]!r}: its header says something else than the directory")

    def _raw(self, entry: Entry) -> Iterator[bytes]:
        at, left = entry.start, entry.packed
        while left > 0:
            self._file.seek(at)  # somebody else may read another entry meanwhile
            chunk = self._file.read(min(left, _CHUNK))
            if not chunk:
                raise Untrusted("the archive became shorter while it was read")
            at, left = at + len(chunk), left - len(chunk)
            yield chunk

    def _unpacked(self, entry: Entry) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for chunk in self._raw(entry):
                rest = chunk
                while rest:
                    if unpacker.eof:
                        raise Untrusted(f"{entry.name} has bytes behind its end")
                    yield unpacker.decompress(rest, _OUT)
                    rest = unpacker.unconsumed_tail or unpacker.unused_data
            while more := unpacker.decompress(b"", _OUT):
                yield more
        except zlib.error as error:
            raise Untrusted(f"{entry.name} cannot be unpacked ({error})") from error
        if not unpacker.eof:
            raise Untrusted(f"{entry.name} is cut off")
