"""Texts that resemble a pattern: ``%`` any characters, ``_`` any one; linear in the text, nothing backtracks."""

import re
from collections.abc import Callable
from itertools import pairwise

Finder = Callable[[str, int], int]


def like(pattern: str) -> Callable[[str], bool]:
    """Return the test of SQL's ``LIKE``.

    Between two ``%`` the leftmost place that fits is always right, so nothing is ever tried twice.

    >>> [like("A%_GB")(text) for text in ("A100-40GB", "A_GB", "AGB", "B100-40GB")]
    [True, True, False, False]
    """
    first, *middle = pattern.split("%")
    if not middle:
        whole = _exactly(pattern)
        return lambda text: len(text) == len(pattern) and whole(text, 0)
    last = middle.pop()
    starts, ends = _exactly(first), _exactly(last)
    finders = [(len(piece), _finder(piece)) for piece in middle if piece]

    def matches(text: str) -> bool:
        at, stop = len(first), len(text) - len(last)
        if at > stop or not starts(text, 0) or not ends(text, stop):
            return False
        for length, find in finders:
            at = find(text, at) + length
            if at < length or at > stop:
                return False
        return True

    return matches


def _exactly(piece: str) -> Callable[[str, int], bool]:
    """Return the test whether ``piece`` stands at a position."""
    if "_" not in piece:
        return lambda text, at: text.startswith(piece, at)
    fixed = _fixed_parts(piece)
    return lambda text, at: all(text.startswith(part, at + offset) for offset, part in fixed)


def _fixed_parts(piece: str) -> list[tuple[int, str]]:
    holes = [-1, *(found.start() for found in re.finditer("_", piece)), len(piece)]
    return [(a + 1, piece[a + 1 : b]) for a, b in pairwise(holes) if b > a + 1]


def _finder(piece: str) -> Finder:
    """Return a search for ``piece``; the engine's own where it has holes: without repetition it cannot backtrack."""
    if "_" not in piece:
        return lambda text, at: text.find(piece, at)
    expression = re.compile("".join("." if letter == "_" else re.escape(letter) for letter in piece), re.DOTALL)

    def find(text: str, at: int) -> int:
        found = expression.search(text, at)
        return found.start() if found else -len(piece) - 1

    return find
