"""What a cell wrote to a stream, as a terminal would still show it: the first and the last of it, however much it was.

Writing costs a fraction of a microsecond, and memory that does not grow. Kept is what a reader wants to see: a progress
bar that was redrawn a thousand times on its line is one line, and colours are gone - a token with a colour in the
middle is one that no rule for secrets knows.
"""

import re
from threading import Lock
from typing import Final

from nbtrack.capture.guard.deadline import Inside
from nbtrack.record.cutting import head, tail
from nbtrack.record.redact import redact
from nbtrack.record.unasked import derives

SECONDS: Final = 0.5  # what looking at a batch may take: a print waits for it
KEPT: Final = 64 * 1024  # characters of each end that are kept when not all can be
_ROOM: Final = KEPT + 16 * 1024  # characters of each end that are held: a secret at the cut is known by its other half
_BATCH: Final = 64 * 1024  # characters that wait before they are looked at
_LONGEST_HELD: Final = 1024 * 1024  # characters of one text that may wait
_AT_ONCE: Final = 2 * _ROOM  # characters of each end of a huge text that are looked at

_REDACTED: Final = "[redacted:"
_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)|[@-Z\\^_=>78])")
_ERASED: Final = re.compile(r"[^\n\r\x08]\x08")
_BACK: Final = re.compile(r"\x08+")
_MOST_ERASED: Final = 8  # characters erased one by one; more backspaces in a row go back to where the line began


class Transcript:
    """The text of one stream. Any thread may write; nothing waits for anything, not even in a forked child."""

    __slots__ = ("_busy", "_head", "_head_room", "_left_out", "_line", "_pending", "_room", "_tail")

    def __init__(self) -> None:
        self._pending: list[str] = []
        self._room = _BATCH
        self._busy = Lock()
        self._head = ""
        self._head_room = _ROOM
        self._tail = ""
        self._line = ""  # the last line so far: what comes next may go back and redraw it
        self._left_out = 0

    def write(self, text: object) -> None:
        """Take what was written; what is no text is passed over."""
        if type(text) is str:
            self._pending.append(text)
            self._room -= len(text)
            if self._room < 0:
                self._settle_in_time()
        elif derives(type(text), str):
            self.write(str.__str__(text))  # a plain copy; the subclass is not asked

    def clean(self) -> tuple[str, int]:
        """Return what is left without its secrets, and how many those were: all of it, or the ``KEPT`` at each end."""
        if not self._pending and not self._head and not self._line:
            return "", 0  # most cells write nothing
        self._settle(at_end=True)
        first, last = self._head, self._tail + self._line.removesuffix("\r")
        if not self._left_out and len(last) <= _ROOM:
            return redact(first + last)
        begin, end = head(first, KEPT), tail(last, KEPT)
        left_out = self._left_out + len(first) + len(last) - len(begin) - len(end)
        found = (begin + end).count(_REDACTED) - (first + last).count(_REDACTED)
        return f"{begin}\n[… {left_out:,} characters left out …]\n{end}", max(found, 0)

    def _settle_in_time(self) -> None:
        deadline = Inside()
        deadline.start(SECONDS)
        try:
            self._settle()
        finally:
            deadline.stop()

    def _settle(self, *, at_end: bool = False) -> None:
        """Look at what was written since the last time. Where another thread is at it, it is left to that one."""
        if not self._busy.acquire(blocking=False):
            return
        try:
            self._room = _BATCH
            if not at_end and self._is_superseded():
                return
            count = len(self._pending)
            pieces = [self._line, *self._pending[:count]]
            del self._pending[:count]
            text = self._skipped(pieces) if sum(map(len, pieces)) > 2 * _AT_ONCE else "".join(pieces)
            text = as_shown(text)
            end = text.rfind("\n") + 1
            if len(text) - end > _BATCH:
                end = len(text)
            self._line = text[end:]
            self._keep(text[:end])
        finally:
            self._busy.release()

    def _is_superseded(self) -> bool:
        """Tell whether the latest text leaves no room for what came before it: that goes, and the text itself waits."""
        before = len(self._pending) - 1
        if before < 0 or self._head_room or not _ROOM <= len(self._pending[before]) <= _LONGEST_HELD:
            return False
        self._left_out += len(self._tail) + len(self._line) + sum(map(len, self._pending[:before]))
        self._tail = self._line = ""
        del self._pending[:before]
        return True

    def _skipped(self, pieces: list[str]) -> str:
        """Keep the beginning of a huge text where there is room for it, skip its middle and return its end.

        Both are cut between lines where there are any: what would be left of a secret cut in two, no rule knows.
        """
        begin = _beginning(pieces) if self._head_room else ""
        begin = begin[: begin.rfind("\n") + 1 or None]
        end = _ending(pieces)
        end = end[end.find("\n") + 1 :]
        self._keep(as_shown(begin))
        self._head_room = 0
        self._left_out += sum(map(len, pieces)) - len(begin) - len(end)
        return end

    def _keep(self, text: str) -> None:
        if self._head_room:
            first, text = text[: self._head_room], text[self._head_room :]
            self._head += first
            self._head_room -= len(first)
        if text:
            last = text[-_ROOM:] if len(text) >= _ROOM else (self._tail + text)[-_ROOM:]
            self._left_out += len(self._tail) + len(text) - len(last)
            self._tail = last


def _beginning(pieces: list[str]) -> str:
    """Return the first ``_AT_ONCE`` characters of a text in pieces. What is copied is no more than these."""
    found, room = [], _AT_ONCE
    for piece in pieces:
        found.append(piece[:room])
        room -= len(found[-1])
        if not room:
            break
    return "".join(found)


def _ending(pieces: list[str]) -> str:
    """Return the last ``_AT_ONCE`` characters of a text in pieces, copied as sparingly."""
    found, room = [], _AT_ONCE
    for piece in reversed(pieces):
        found.append(piece[-room:])
        room -= len(found[-1])
        if not room:
            break
    return "".join(reversed(found))


def as_shown(text: str) -> str:
    r"""Return text as it looks once it has been written: lines redrawn after ``\r`` once, no colours, nothing erased.

    A ``\r`` at the very end stays, because the line may be redrawn by what is written next.

    >>> as_shown("10%\r50%\r100%\r\n\x1b[31mred\x1b[0m |\x08/\x08-")
    '100%\nred -'
    """
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if "\x08" in text:
        for _ in range(_MOST_ERASED):
            text = _ERASED.sub("", text)
        text = _BACK.sub("\r", text)
    if "\r" not in text:
        return text
    *lines, last = text.split("\n")
    return "\n".join([*map(_redrawn, lines), _redrawn(last) + "\r" * last.endswith("\r")])


def _redrawn(line: str) -> str:
    """Return what is left of a line that was written over from its beginning."""
    return line if "\r" not in line else line.rstrip("\r").rpartition("\r")[2]
