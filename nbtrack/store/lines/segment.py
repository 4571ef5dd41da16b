"""A file that only its one writer appends to. Every append is whole or absent; what is doubtful is never built upon."""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress

from nbtrack.store.system.disk import Disk, Name

_UNSYNCED = 100_000  # records kept in memory for a rewrite; past that a writer waits for the medium


class Segment:
    """An append-only file of sealed lines.

    ``broken`` is set when a flush failed or a failed append could not be withdrawn: nothing may follow in this file.
    """

    __slots__ = ("__weakref__", "_disk", "_fd", "_flushing", "_names", "_write", "broken", "path", "size", "unsynced")

    def __init__(self, path: str, head: bytes, disk: Disk, above: Sequence[Name] = ()) -> None:
        """Create the file with its head; when that does not fit, no file is left.

        Args:
            path: the file, with a slash before its name.
            head: its first line.
            disk: the calls it works through.
            above: folders to flush with the file's own, because the name of its folder is as new as the file.
        """
        self.path = path
        self.size = 0
        self.broken = False
        self.unsynced: list[bytes] = []
        self._disk = disk
        self._write = disk.write
        self._flushing = threading.Lock()
        # Folders with a name in them that may not last yet.
        self._names: Sequence[Name] = (path.rpartition("/")[0], *above)
        self._fd = disk.create(path)
        try:
            self.append(head)
        except BaseException:
            self.close()
            disk.unlink(path)
            raise
        self.unsynced.clear()  # whoever rewrites the records makes a head of its own

    def append(self, line: bytes) -> None:
        """Hand a whole line to the operating system.

        Raises:
            OSError: it refused; the file is as it was, or ``broken``.
        """
        base, length = self.size, len(line)
        try:
            done = self._write(self._fd, line)
            if done != length:
                self._rest(line, done)
        except OSError:
            self._withdraw(base)
            raise
        self.size = base + length
        self.unsynced.append(line)

    def relieve(self) -> None:
        """Flush when so much waits for it that memory suffers; called now and then."""
        if len(self.unsynced) > _UNSYNCED:
            with suppress(OSError):  # the lines are in; that the file is broken is for the next one to see
                self.sync()

    def _rest(self, line: bytes, done: int) -> None:
        """A full disk takes a part first and says so only at the next write."""
        while done < len(line):
            done += self._write(self._fd, line[done:])

    def _withdraw(self, base: int) -> None:
        try:
            self._disk.truncate(self._fd, base)
        except OSError:
            self.broken = True

    def settle(self, base: int, line: bytes) -> bool:
        """Tell whether an append that was interrupted is in the file; when it is not there whole, take it back."""
        whole = os.fstat(self._fd).st_size == base + len(line)
        if not whole:
            self._withdraw(base)
        elif not self.unsynced or self.unsynced[-1] is not line:
            self.unsynced.append(line)
        self.size = base + len(line) * whole
        return whole

    def take_over(self, old: "Segment") -> None:
        """Write again what an older file may not have kept, and let go of that file.

        Raises:
            OSError: it does not fit; this file is then removed and the old one still has its records.
        """
        lines = list(old.unsynced)
        try:
            if lines:
                self.append(b"".join(lines))
        except OSError:
            self.close()
            self._disk.unlink(self.path)
            raise
        self.unsynced = lines
        old.close()

    def sync(self) -> None:
        """Return when everything appended so far, and the file's name, would survive a power loss.

        Raises:
            OSError: the medium failed. The kernel may now believe the lost pages clean, so the file is ``broken``.
        """
        with self._flushing:
            count = len(self.unsynced)
            if not self._names and not count:
                return
            try:
                self._disk.flush(self._fd)
                for folder in self._names:  # after the file: a journalling file system has them on the medium by then
                    self._disk.flush_folder(folder)
            except OSError:
                self.broken = True
                raise
            self._names = ()
            del self.unsynced[:count]

    def close(self) -> None:
        """Release the file."""
        with self._flushing:
            fd, self._fd = self._fd, -1
            if fd >= 0:
                os.close(fd)

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:
            os.close(self._fd)
