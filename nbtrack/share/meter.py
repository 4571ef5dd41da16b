"""How far something has come, told while bytes go by."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

Progress = Callable[[str, int, int], None]
SILENT: Final[Progress] = lambda *_: None  # noqa: E731 - a constant that is called


class Meter:
    """Tells ``progress`` what is done, how much of it so far, and how much there is.

    >>> meter = Meter(print, "writing", 5)
    >>> b"".join(meter.passing([b"abc", b"de"]))
    writing 3 5
    writing 5 5
    b'abcde'
    """

    def __init__(self, progress: Progress, what: str, total: int) -> None:
        self._progress = progress
        self._what = what
        self._total = total
        self.done = 0  # of ``total``

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what comes, and count it."""
        for chunk in chunks:
            self.add(len(chunk))
            yield chunk

    def add(self, count: int) -> None:
        """Count what did not have to pass."""
        self.done += count
        self._progress(self._what, self.done, self._total)
