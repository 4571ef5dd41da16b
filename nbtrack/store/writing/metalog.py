"""The meta log: what people change about a run after it ended. One file a process, so nobody waits for anybody."""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import gmtime, strftime, time_ns

from nbtrack.errors import StoreError
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.store.lines.record import dumps, encode, seal, within_limit
from nbtrack.store.lines.segment import Segment
from nbtrack.store.runs.live import META, Live, Marker
from nbtrack.store.system import forks
from nbtrack.store.system.disk import Disk, make_folders, refuse_links
from nbtrack.store.system.process import this_process
from nbtrack.store.system.refusal import refused

Clocked = tuple[str, str, Json, int]  # a run, the kind of the change and its value, and its logical time


class MetaLog:
    """This process's file in the meta log; it appears with the first change."""

    def __init__(self, root: Path, live: Live, disk: Disk) -> None:
        self._root = root
        self._live = live
        self._disk = disk
        self._renew()

    def _renew(self) -> None:
        self._generation = forks.generation()
        self._lock = threading.Lock()
        self._writer = token_hex(6)
        self._number = 0
        self._rotations = 0
        self._segment: Segment | None = None

    def append(self, changes: Sequence[Clocked]) -> None:
        """Record changes of runs, synced: all of them, or none."""
        if self._generation != forks.generation():
            with forks.renewing():
                if self._generation != forks.generation():
                    self._renew()
        texts = [dumps({"k": kind, "run": run_id, "v": value})[:-1] for run_id, kind, value, _ in changes]
        with self._lock:
            lines = []
            for text, (_, _, _, clock) in zip(texts, changes, strict=True):
                self._number += 1  # never given twice, whatever becomes of the append
                stamp = f',"w":"{self._writer}","n":{self._number},"l":{clock},"t":{time_ns() // 1_000_000}'
                lines.append(within_limit(seal((text + stamp).encode("ascii"))[0]))
            self._write(b"".join(lines))

    def _write(self, lines: bytes) -> None:
        try:
            segment = self._segment
            if segment is None or segment.broken or not _is_there(segment) or not self._is_marked():
                segment = self._rotate()
            segment.append(lines)
        except OSError as error:
            raise refused(error, self._root / "meta") from error
        try:
            segment.sync()
        except OSError as error:
            raise StoreError(f"the disk fails ({error.strerror}); the change may or may not persist") from error

    def _rotate(self) -> Segment:
        month = self._root / "meta" / strftime("%Y-%m", gmtime())
        refuse_links(month.parent, month.name)
        make_folders(month)
        number = self._rotations
        self._rotations += 1
        if not self._is_marked():
            self._live.mark(Marker(META, self._writer))
        self._segment = Segment(f"{month}/{self._writer}-{number}.jsonl", self._head(number), self._disk)
        return self._segment

    def _is_marked(self) -> bool:
        """Whether readers know that a file may grow; they see a new file in any case."""
        return self._live.is_marked(Marker(META, self._writer))

    def _head(self, number: int) -> bytes:
        return encode(
            {
                "k": event.HEAD,
                "fmt": event.FORMAT,
                "min_reader": event.MIN_READER,
                "w": self._writer,
                "seg": number,
                **this_process()._asdict(),
                "t": time_ns() // 1_000_000,
            },
        )

    def close(self) -> None:
        """Release the file; a later change opens another. A forked child leaves its parent's alone."""
        if self._generation != forks.generation():
            return
        with self._lock:
            segment, self._segment = self._segment, None
            if segment is not None:
                segment.close()
                self._live.unmark(Marker(META, self._writer))
            self._renew()


def _is_there(segment: Segment) -> bool:
    """Whether the name still leads to the file: it does not after ``git clean``, and records must not go nowhere."""
    with suppress(OSError):
        return os.stat(segment.path).st_size >= segment.size  # noqa: PTH116 - as plain as the file's other calls
    return False
