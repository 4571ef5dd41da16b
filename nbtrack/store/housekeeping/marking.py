"""Which objects are in use, by which runs: everything that anything recorded mentions, wherever it is recorded.

A name counts wherever its 64 hex digits stand, so that an object that only a newer nbtrack knows how to use is kept.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from nbtrack.model import event
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.lines.record import decode
from nbtrack.store.objects.references import mentioned
from nbtrack.store.runs.metascan import meta_writer, months
from nbtrack.store.runs.packs import Packs, RunFile
from nbtrack.store.system.disk import names, read

_ARTIFACT: Final = b'"artifact"'
_DATA: Final = b'"data"'
_LISTS: Final = (b'"application/vnd.nbtrack.', b'"kind":"folder"')  # on what names other objects: folders, also of data


class Marks:
    """What is in use: ``kept`` by any run, and ``released`` with the runs that let go of it.

    Args:
        let_go: runs whose artifacts may go, and the data that were kept with them.
        gone: runs that keep nothing.
        watched: objects for which it is to be known which runs keep them.
    """

    def __init__(
        self, let_go: Container[str] = (), gone: Container[str] = (), watched: Collection[bytes] = frozenset()
    ) -> None:
        self.kept: set[bytes] = set()
        self.released: dict[bytes, set[str]] = {}
        self.keepers: dict[bytes, set[str]] = {digest: set() for digest in watched}
        self.listings: set[bytes] = set()
        self._let_go = let_go
        self._gone = gone

    def take(self, run_id: str, content: bytes) -> None:
        """Take in records of a run."""
        if run_id in self._gone:
            self._release(run_id, mentioned(content))
        elif run_id not in self._let_go or not (_ARTIFACT in content or _DATA in content):
            self._keep(run_id, mentioned(content))
        else:
            for line in content.split(b"\n"):
                mark = self._release if _is_released(line) else self._keep
                mark(run_id, mentioned(line))
        if _lists(content):
            for line in content.split(b"\n"):
                if _lists(line):
                    self.listings.update(mentioned(line))

    def _keep(self, run_id: str, found: Iterable[bytes]) -> None:
        for digest in found:
            self.kept.add(digest)
            if digest in self.keepers:
                self.keepers[digest].add(run_id)

    def _release(self, run_id: str, found: Iterable[bytes]) -> None:
        for digest in found:
            self.released.setdefault(digest, set()).add(run_id)

    def follow(self, objects: Mapping[bytes, Path]) -> None:
        """Mark what the objects name that list other objects: they are kept, or let go, with their list."""
        for digest in self.listings & objects.keys():
            try:
                inside = mentioned(read(objects[digest]))
            except OSError:
                continue
            if digest in self.kept:
                self._keep("", inside)
            else:
                for run_id in self.released.get(digest, ()):
                    self._release(run_id, inside)


def mark(root: Path, marks: Marks) -> Marks:
    """Take in every record of a store: of loose and packed runs, and of the meta log."""
    for run_id, file in _files(root):
        try:
            marks.take(run_id, file.read())
        except FileNotFoundError:  # packed since it was listed
            for moved in Packs(root).of(run_id):
                marks.take(run_id, moved.read())
    for month in months(root / "meta"):
        for name in names(root / "meta" / month):
            if meta_writer(name) is not None:
                _take_changes(read(root / "meta" / month / name), marks)
    return marks


def _take_changes(content: bytes, marks: Marks) -> None:
    """A change is of the run it names; of none where it cannot be read, and then it keeps what it mentions."""
    for line in content.split(b"\n"):
        if mentioned(line):
            run = decode(line).record.get("run")
            marks.take(run if isinstance(run, str) else "", line)


def _files(root: Path) -> Iterator[tuple[str, RunFile]]:
    for month in months(root / "runs"):
        for run_id in sorted(filter(is_run_id, names(root / "runs" / month))):
            for file in loose_files(root, run_id):
                yield run_id, file
    packs = Packs(root)
    for name in packs.names():
        for run_id, files in packs.open(name).runs.items():
            for file in files:
                yield run_id, file


def loose_files(root: Path, run_id: str) -> list[RunFile]:
    """Return the regular files in a run's folder, whatever they are called."""
    folder = root / "runs" / month_of(run_id) / run_id
    found = []
    for name in sorted(names(folder)):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            found.append(RunFile(name, path, 0, path.stat().st_size))
    return found


def _lists(content: bytes) -> bool:
    return any(sign in content for sign in _LISTS)


def _is_released(line: bytes) -> bool:
    """Tell whether a record goes with a run's artifacts: it names them, or the data that were kept."""
    if _ARTIFACT not in line and _DATA not in line:
        return False
    return decode(line).record.get("k") in {event.ARTIFACT, event.DATA}
