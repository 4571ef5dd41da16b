"""Tables for consoles without HTML."""

import unicodedata
from collections.abc import Sequence
from itertools import accumulate

from nbtrack.view.escape import shown


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 120, left: int = 1) -> str:
    """Return aligned columns no wider than ``width``; columns that do not fit are left out and counted.

    The first ``left`` columns are aligned left, the others right.

    >>> print(text_table(["run", "f1"], [["a", "0.91"], ["bc", "?"]]))
    run    f1
    a    0.91
    bc      ?
    """
    cells = [[shown(text, 40) for text in row] for row in (header, *rows)]
    widths = [max(map(_columns, column)) for column in zip(*cells, strict=True)]
    fitting = max(1, sum(ends + 2 * i <= width for i, ends in enumerate(accumulate(widths))))
    lines = ["  ".join(_padded(row[i], widths[i], i < left) for i in range(fitting)).rstrip() for row in cells]
    more = len(widths) - fitting
    return "\n".join([*lines, f"… {more} more column{'s' * (more > 1)}"] if more else lines)


def _padded(text: str, width: int, to_left: bool) -> str:  # noqa: FBT001 - private
    fill = " " * (width - _columns(text))
    return text + fill if to_left else fill + text


def _columns(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes; wide East Asian characters and emoji take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
