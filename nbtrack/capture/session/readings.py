"""What the syntax of executed cells tells: parsed once for a text, and kept for the texts that were asked for last."""

import ast
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from nbtrack.capture.asked.line import MAGIC, is_track
from nbtrack.capture.guard.deep import deep_trees
from nbtrack.capture.session.past import Past
from nbtrack.capture.syntax.found import NOTHING_MADE, Made, made
from nbtrack.capture.syntax.syntax import Reading, read

MOST_READ: Final = 1 << 17  # characters of code that are read for one run: some thousand lines
_MOST_KEPT: Final = 2 * MOST_READ  # the trees of one take a hundred bytes


class Readings:
    """The readings of one session's executions. Those of equal text are one."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._most = most
        self._known: dict[str, Reading] = {}  # the one asked for last is the last
        self._made: dict[str, dict[str, Made]] = {}  # of the same
        self._last: tuple[str, Reading] = ("", Reading())
        self._length = 0

    def of(self, past: Past) -> Reading:
        """Return what a cell's syntax tells; empty where it cannot be parsed, or alone is more than a run may read."""
        text = past.text
        if text is self._last[0]:  # one cell is asked for name by name
            return self._last[1]
        if len(text) > MOST_READ:
            return Reading()
        known = self._known.pop(text, None)
        if known is None:
            known = _read(text)
            self._length += len(text)
            while self._length > self._most and self._known:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._made.pop(oldest, None)
                self._length -= len(oldest)
        self._known[text] = known
        self._last = text, known
        return known

    def made(self, past: Past, name: str) -> Made:
        """Return what a cell makes a variable of, which is asked again and again; of one that counts, nothing."""
        binding = self.of(past).bindings.get(name)
        if binding is None or binding.counted:
            return NOTHING_MADE
        known = self._made.setdefault(past.text, {})
        if name not in known:
            known[name] = made(binding.values)
        return known[name]


def readable(slice_: Sequence[Past], most: int = MOST_READ) -> AbstractSet[str]:
    """Return the texts of a slice that are read for a run.

    All of them, but for those of a very long session. Of such a one its ends are read, the latest cells and the first,
    where settings stand, and not what was tried a thousand times in between.
    """
    texts = list(dict.fromkeys(each.text for each in slice_))
    chosen, length, first, last = set[str](), 0, 0, len(texts) - 1
    while first <= last:
        from_end = len(chosen) % 2 == 0
        text = texts[last if from_end else first]
        length += len(text)
        if length > most:
            break
        chosen.add(text)
        first, last = (first, last - 1) if from_end else (first + 1, last)
    return chosen


def _read(source: str) -> Reading:
    lines = ["" if MAGIC in line and is_track(line) else line for line in source.splitlines()]
    try:
        with deep_trees():
            return read(ast.parse("\n".join(lines)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Reading()
