"""The lines of a file one after the other, however large the file and whatever is in it, in little memory."""

import os
from collections.abc import Iterator
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final

from nbtrack.store.lines.block import MAGIC, block_lines, is_block
from nbtrack.store.lines.record import LIMIT
from nbtrack.store.system.disk import open_to_read

_BUFFER: Final = 1 << 18
_MOST: Final = LIMIT + 2  # a record's longest line, a carriage return and a newline


def lines(path: Path, start: int = 0, size: int | None = None) -> Iterator[tuple[int, bytes]]:
    r"""Yield the offset and the bytes of each line, with its newline; the last has none where the file was torn.

    Of a line longer than any record only the beginning is given, and a newline; of a block, the lines it stands for,
    each with the offset of its part. Only ``size`` bytes from ``start`` on are looked at; offsets are those in the
    whole file.

    Raises:
        OSError: the file cannot be read, or is a link.
    """
    fd = open_to_read(path)
    with BufferedReader(FileIO(fd, "rb"), _BUFFER) as file:
        left = os.fstat(fd).st_size if size is None else size
        file.seek(start)
        if is_block(file.read(len(MAGIC))):
            yield from block_lines(path, start, left)
            return
        file.seek(start)
        offset = start
        while left > 0 and (line := file.readline(min(_MOST, left))):
            taken = len(line)
            if taken == _MOST and line[-1:] != b"\n":  # too long for a record: find where it ends
                while taken < left and (more := file.readline(min(_MOST, left - taken))):
                    taken += len(more)
                    if more[-1:] == b"\n":
                        line = line[:-1] + b"\n"
                        break
            yield offset, line
            offset, left = offset + taken, left - taken
