"""One try to catch a file as it was at one moment, though somebody may be writing it."""

import time
from pathlib import Path
from typing import Final, TypeVar

from nbtrack.store.objects.copying import copied, summed
from nbtrack.store.objects.hashing import algorithm_for
from nbtrack.store.objects.source import Source, Stamp

_T = TypeVar("_T", str, bytes)
PAUSE: Final = 0.1  # s; a program that is writing has written more by then


class Moment:
    """What a file's first ``size`` bytes are, read once if its times can be trusted and twice if they cannot.

    A file whose times stay the same is caught by one pass. Of one that changed within two seconds they say too
    little - one long write is one change -, and of one that grew they say too much: there two passes in a row must
    agree, with a pause between them when some program has the file open for writing.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._before = source.stamp()
        self._passes: list[object] = []
        self._lasting = False
        self.young = source.is_restless(self._before)
        self.size = self._before.size
        self.algorithm = algorithm_for(self.size)

    def look(self) -> str:
        """Return what the bytes are called."""
        self._prepare()
        return self._passed(summed(self._source, self.size, self.algorithm))

    def copy(self, fd: int, path: Path) -> str:
        """Copy the bytes to ``fd``, open for appending at ``path``, and return what they are called."""
        self._prepare()
        return self._passed(copied(self._source, fd, path, self.size, self.algorithm))

    def read(self) -> bytes:
        """Return the bytes; for small files."""
        self._prepare()
        return self._passed(self._source.content(self.size))

    def is_sure(self) -> bool:
        """Tell whether what the last pass returned was the file at one moment."""
        after = self._source.stamp()
        if after.size < self.size:
            return False
        if len(self._passes) > 1:
            return self._passes[-1] == self._passes[-2]
        return after == self._before and not self.young

    def settled(self) -> Stamp | None:
        """Return the state in which the file will always be what it was found to be; None where none is sure."""
        return self._before if self._lasting and self._source.stamp() == self._before else None

    def _prepare(self) -> None:
        """Before a pass. Who has mapped the file can change it without its times showing, so it will not last."""
        written = self._source.is_written()
        if written and self._passes:
            time.sleep(PAUSE)
            written = self._source.is_written()
        self._lasting = not written and self._before.is_settled(time.time_ns())

    def _passed(self, found: _T) -> _T:
        self._passes.append(found)
        return found
