"""Whether the contents of a data file hold a secret: every text in them is looked through, a piece at a time.

A file is text, or texts lie between its bytes: names of columns, metadata, pickled strings. Runs of printable
characters are looked through by the rules that clean every record. What is compressed is not seen into.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Final

from nbtrack.record.known import KNOWN
from nbtrack.secret.redact import sift

_PIECE: Final = 16 * 1024  # bytes: the interpreter is held for some milliseconds
_OVERLAP: Final = 512  # of two pieces, for what lies where they meet
_TEXTS: Final = re.compile(rb"[\t\n\r\x20-\x7e]{12,}|(?:[\t\n\r\x20-\x7e]\0){12,}")  # the second: UTF-16


def holds_secret(content: bytes, pause: Callable[[float], object] = time.sleep) -> bool:
    r"""Tell whether there is a secret in bytes of any kind.

    It works half of the time: after each piece it pauses for as long as that took, so that cells get their turn.

    >>> holds_secret(b"a,b\n1,2\n"), holds_secret(b"url\nhttps://me:hunter2@example.org/\n")
    (False, True)
    """
    for piece in _pieces(content):
        began = time.perf_counter()
        texts = b"\n".join(_TEXTS.findall(piece)).replace(b"\0", b"").decode("ascii")
        if texts and (sift(texts).found or KNOWN.without(texts)[1]):
            return True
        pause(time.perf_counter() - began)
    return False


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield pieces that overlap; one that may begin in the middle of a secret's line has the line before it."""
    if b"PRIVATE KEY" in content:  # the one secret that is longer than its line
        yield content
        return
    for start in range(0, max(1, len(content)), _PIECE):
        yield content[max(0, start - _OVERLAP) : start + _PIECE]
