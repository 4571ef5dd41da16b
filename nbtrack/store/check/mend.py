"""A segment written anew without its damaged lines, with the lines that a person typed sealed if that was asked for."""

import hashlib
import os
from pathlib import Path
from secrets import token_hex

from nbtrack.store.lines.lines import lines
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.system.disk import create, flush, flush_folder, make_folders, replace, unlink, write


def rewrite(path: Path, tmp: Path, *, reseal: bool) -> tuple[int, int]:
    """Replace a segment at once by one without its damaged lines; return how many went, and how many were sealed.

    Whoever calls keeps a copy first, and knows that nobody writes the file any more. Bytes after the last newline
    stay as they are.

    Raises:
        OSError: there is no room; the segment is as it was.
    """
    make_folders(tmp)
    temporary = tmp / token_hex(8)
    fd = create(temporary)
    try:
        counts = _copy(path, fd, reseal=reseal)
        flush(fd)
        replace(temporary, path)
    finally:
        os.close(fd)
        unlink(temporary, missing_ok=True)
    flush_folder(path.parent)
    return counts


def _copy(path: Path, fd: int, *, reseal: bool) -> tuple[int, int]:
    removed = sealed = 0
    for _, line in lines(path):
        if line[-1:] != b"\n":
            write(fd, line)
            break
        state = decode(line[:-1]).state
        if state == "damaged" and line.strip():
            removed += 1
        elif state == "unsealed" and reseal:
            sealed += 1
            write(fd, resealed(line))
        else:
            write(fd, line)
    return removed, sealed


def resealed(line: bytes) -> bytes:
    r"""Return a line that was typed by hand as a sealed record; copies of it in other stores become the same record.

    Without an identity it gets that of a writer named after its text.

    >>> resealed(b'{"k":"note","v":"looks good","l":9}\n')
    b'{"k":"note","v":"looks good","l":9,"w":"5d89f3bcca8e","n":1,"c":"5c6625f5"}\n'
    """
    record = decode(line.rstrip(b"\r\n")).record
    made = {"w": hashlib.sha256(line.strip()).hexdigest()[:12], "n": 1}
    typed = {name: value for name, value in record.items() if name not in made or record["w"]}
    return encode({**typed, **(made if not record["w"] else {})})
