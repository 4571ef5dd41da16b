"""Writing an archive entry by entry, in constant memory."""

import zlib
from binascii import crc32
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Final

from nbtrack.share.zip_layout import DEFLATED, STORED, End, Entry, central_header, end_of, local_header

RATIO: Final = 200  # times its packed bytes that an entry may have; readers refuse more
SLACK: Final = 1 << 20  # bytes that an entry may have in any case
_LEVEL: Final = 6
_SAMPLE: Final = 1 << 16
_WORTH: Final = 0.9


class ArchiveWriter:
    """Writes entries to a new file, which must be able to seek; ``close`` writes the directory.

    The rule of packing: an entry is deflated (level 6) when its first 64 KiB shrink by a tenth, and stored otherwise;
    also when it would shrink more than two-hundredfold, which readers take for a bomb, or not at all in the end.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.entries: list[Entry] = []
        self._file = file
        self._at = 0

    def add(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        """Add an entry of ``size`` bytes. If reading them fails, nothing of it is left."""
        beginning, rest = _begun(iter(chunks))
        method = DEFLATED if len(_deflated(beginning)) < _WORTH * len(beginning) else STORED
        try:
            entry = self._written(name, size, method, chain([beginning], rest))
        except BaseException:
            self._file.seek(self._at)
            self._file.truncate()
            raise
        if method == DEFLATED and (entry.packed >= size or size > RATIO * entry.packed + SLACK):
            entry = self._stored(entry)
        self._file.seek(entry.offset)
        self._file.write(local_header(entry))
        self._at = entry.end
        self._file.seek(self._at)
        self.entries.append(entry)

    def close(self) -> None:
        """Write the directory and the end; the file stays open."""
        directory = b"".join(map(central_header, self.entries))
        self._file.write(directory)
        self._file.write(end_of(End(len(self.entries), len(directory), self._at)))

    def _written(self, name: str, size: int, method: int, chunks: Iterable[bytes]) -> Entry:
        blank = Entry(name, method, 0, 0, size, self._at)
        self._file.seek(blank.start)
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS) if method == DEFLATED else None
        check, packed, count = 0, 0, 0
        for chunk in chunks:
            check, count = crc32(chunk, check), count + len(chunk)
            packed += self._file.write(packer.compress(chunk) if packer else chunk)
        packed += self._file.write(packer.flush()) if packer else 0
        if count != size:
            raise ValueError(f"{name} has {count:,} bytes, not the {size:,} that were announced")
        return blank._replace(check=check, packed=packed)

    def _stored(self, entry: Entry) -> Entry:
        """Write an entry again as it is, from what was packed: what is read may be read only once."""
        packed = _moved(self._file, entry.start, entry.packed)
        with packed:
            self._file.seek(entry.start)
            self._file.truncate()
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            while chunk := packed.read(_SAMPLE):
                while chunk:
                    self._file.write(unpacker.decompress(chunk, 1 << 20))
                    chunk = unpacker.unconsumed_tail
            self._file.write(unpacker.flush())
        return entry._replace(method=STORED, packed=entry.size)


def _begun(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first 64 KiB, however they come, and the rest."""
    beginning = b""
    for chunk in chunks:
        beginning += chunk
        if len(beginning) >= _SAMPLE:
            break
    return beginning[:_SAMPLE], chain([beginning[_SAMPLE:]], chunks)


def _deflated(sample: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(sample) + packer.flush()


def _moved(file: BinaryIO, start: int, size: int) -> BinaryIO:
    """Copy a part of a file to a temporary one that has no name."""
    from tempfile import SpooledTemporaryFile  # noqa: PLC0415 - rarely needed

    spool = SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 - the caller closes it
    file.seek(start)
    while size > 0 and (chunk := file.read(min(size, 1 << 20))):
        size -= len(chunk)
        spool.write(chunk)
    spool.seek(0)
    return spool  # type: ignore[return-value]  # it is one in all but name
