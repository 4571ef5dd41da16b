"""Taking in records and objects of another store: checked before anybody sees them, whole or not at all.

    with Intake(store) as intake:
        intake.object(name, size, chunks)                       # verified, kept out of sight
        intake.changes(Changes("2026-11", file), chunks)
        intake.run(run_id, {file: chunks, ...})
        intake.commit()                                         # objects are seen, then changes, then runs
    intake.taken                                                # what became of each

Whatever is here already stays. A file of the same writer that is longer takes the place of the one that it continues;
one that says something else is put beside it, under a name made from its bytes, so that readers count both and tell.
A second time nothing is added. Many may take into one store at once, and record into it meanwhile.
"""

import hashlib
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self

from nbtrack.errors import Untrusted
from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.base import ObjectRef
from nbtrack.store.exchange.checking import check_changes, check_segment
from nbtrack.store.exchange.naming import Changes, Kept, Place, Segment, beside, is_month
from nbtrack.store.exchange.staging import Staging
from nbtrack.store.folder import Folder
from nbtrack.store.lines.lines import lines
from nbtrack.store.objects.hashing import Sum, algorithm_of, is_name
from nbtrack.store.objects.objects import Objects
from nbtrack.store.runs.live import META, Live, Marker
from nbtrack.store.runs.metascan import meta_writer
from nbtrack.store.runs.packs import Packs, RunFile
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.runs.run_files import run_files
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    link,
    make_folder,
    make_folders,
    names,
    open_to_read,
    refuse_links,
    rename,
    replace,
    unlink,
    write,
)
from nbtrack.store.system.refusal import refused

if TYPE_CHECKING:
    from nbtrack.store.local import LocalStore

Outcome = Literal["new", "known", "longer", "beside", "busy"]
Chunks = Iterable[bytes]
_BATCH: Final = 256  # files that are flushed together
_BATCH_BYTES: Final = 256 << 20
_AT_ONCE: Final = 8  # flushes asked for together cost about as much as one
_CHUNK: Final = 1 << 20


class Taken(NamedTuple):
    """What became of one file.

    outcome   it
    new       was not here
    known     was here, or all that it says
    longer    continues one that was here, and stands in its place
    beside    says something else than the one of its name, and stands beside it
    busy      continues one that a process here is still writing, and was left out
    """

    at: Place
    outcome: Outcome
    size: int


@dataclass(frozen=True, slots=True)
class _Staged:
    """A file that was checked and waits to be seen."""

    at: Place
    path: Path
    size: int
    digest: str


class Intake:
    """Takes files into a store. For one thread; use it as a context manager, which drops what was not committed."""

    def __init__(self, store: "LocalStore") -> None:
        self.taken: list[Taken] = []
        self._root = store.path
        self._folder = Folder(store.path)
        self._objects = Objects(store.path)
        self._packs = Packs(store.path)
        self._live = Live(store.path)
        self._staging = Staging(store.path)
        self._waiting: list[_Staged | tuple[str, Path, list[_Staged]]] = []
        self._promised: set[str] = set()  # objects among them
        self._files = 0
        self._bytes = 0
        self._prepared = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.clear()
        self._staging.clear()

    def has_object(self, name: str, size: int) -> bool:
        """Tell whether an object of this name and size is here, and have it count as wanted."""
        return self._objects.has(ObjectRef(name, size))

    def object(self, name: str, size: int, chunks: Chunks) -> None:
        """Take in an object. One that is here already, undamaged, is not read.

        Raises:
            Untrusted: the bytes are not those of the name.
            StoreFull: there is no room; nothing is left behind.
        """
        if not is_name(name):
            raise Untrusted(f"not the hash of an object: {name[:80]!r}")
        at = Kept(name)
        if name in self._promised or self._objects.has_whole(ObjectRef(name, size)):
            self.taken.append(Taken(at, "known", size))
            return
        self._room()
        path = self._new()
        found = self._write(path, chunks, size, Sum(algorithm_of(name)))
        if found.name != name or found.size != size:
            raise Untrusted(f"the bytes of object {name} have another hash or size")
        self._promised.add(name)
        self._wait(_Staged(at, path, size, name), size)

    def changes(self, at: Changes, chunks: Chunks, allowed: Container[str] | None = None) -> None:
        """Take in a file of the meta log.

        Args:
            at: the month and the name it has in the store it comes from.
            chunks: its bytes.
            allowed: the ids of the runs that it may be about; any by default.

        Raises:
            Untrusted: it holds something else than whole records about these runs.
            NewerFormat: only a newer nbtrack may read it.
            StoreFull: there is no room.
        """
        if not is_month(at.month) or meta_writer(at.name) is None:
            raise Untrusted(f"not a file of changes: {at.place[:120]!r}")
        self._room()
        path = self._new()
        found = self._write(path, chunks, None, Sum("sha256"))
        with path.open("rb") as file:
            check_changes(at, file, allowed)
        self._wait(_Staged(at, path, found.size, found.name), found.size)

    def run(self, run_id: str, files: Mapping[str, Chunks]) -> None:
        """Take in files of a run. One that is not here appears with all of them at once.

        Args:
            run_id: its whole id.
            files: the bytes of each by its name, as ``ev-9f2c1ab47d03-0.jsonl``.

        Raises:
            Untrusted: a file holds something else than whole records of this run.
            NewerFormat: only a newer nbtrack may read one.
            StoreFull: there is no room.
        """
        if not is_run_id(run_id):
            raise Untrusted(f"not a run id: {run_id[:80]!r}")
        self._room()
        folder = self._new()
        with self._refusals():
            make_folder(folder)
        staged = [self._segment(Segment(run_id, name), folder, chunks) for name, chunks in files.items()]
        if staged:
            self._waiting.append((run_id, folder, staged))
            self._count(len(staged), sum(each.size for each in staged))

    def segment(self, at: Segment, chunks: Chunks) -> None:
        """Take in one file of a run, as ``run`` does."""
        self.run(at.run, {at.name: chunks})

    def commit(self) -> None:
        """Have all that was taken seen, durably: first objects, then changes, then runs.

        Raises:
            StoreFull: there is no room for the names; what was published is whole.
        """
        waiting, self._waiting, self._promised = self._waiting, [], set()
        self._files = self._bytes = 0
        if not waiting:
            return
        with self._refusals():
            self._flush(waiting)
            alone = [each for each in waiting if isinstance(each, _Staged)]
            self._publish_objects([each for each in alone if isinstance(each.at, Kept)])
            for each in alone:
                if isinstance(each.at, Changes):
                    self._publish_changes(each, each.at)
            months = {self._publish_run(each) for each in waiting if not isinstance(each, _Staged)}
            for month in months:
                flush_folder(self._root / "runs" / month)

    # --- putting together

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise refused(error, self._root) from error

    def _room(self) -> None:
        if not self._prepared:
            self._folder.prepare()
            for name in ("runs", "meta", "cas", "tmp"):
                refuse_links(self._root, name)
            self._live.sweep()  # the markers of writers that are gone must not keep what continues them out
            self._prepared = True

    def _new(self) -> Path:
        with self._refusals():
            return self._staging.new()

    def _segment(self, at: Segment, folder: Path, chunks: Chunks) -> _Staged:
        if segment_name(at.name) is None:
            raise Untrusted(f"not the name of a file of records: {at.name[:80]!r}")
        path = folder / at.name
        found = self._write(path, chunks, None, Sum("sha256"))
        with path.open("rb") as file:
            check_segment(at, file, found.size)
        return _Staged(at, path, found.size, found.name)

    def _write(self, path: Path, chunks: Chunks, most: int | None, summed: Sum) -> ObjectRef:
        """Write what comes, as long as it is not more than ``most``."""
        size = 0
        with self._refusals():
            fd = create(path)
            try:
                for chunk in chunks:
                    size += len(chunk)
                    if most is not None and size > most:
                        raise Untrusted(f"more than the {most:,} bytes that were announced")
                    summed.update(chunk)
                    write(fd, chunk)
            finally:
                os.close(fd)
        return ObjectRef(summed.name, size)

    def _wait(self, staged: _Staged, size: int) -> None:
        self._waiting.append(staged)
        self._count(1, size)

    def _count(self, files: int, size: int) -> None:
        self._files += files
        self._bytes += size

    @property
    def is_due(self) -> bool:
        """Whether so much waits that it is time to ``commit``; whoever takes in much asks between runs."""
        return self._files >= _BATCH or self._bytes >= _BATCH_BYTES

    def _flush(self, waiting: "list[_Staged | tuple[str, Path, list[_Staged]]]") -> None:
        """Bring all files to the medium, side by side, and the names in folders of runs."""
        paths = [each.path for entry in waiting for each in ([entry] if isinstance(entry, _Staged) else entry[2])]
        folders = [entry[1] for entry in waiting if not isinstance(entry, _Staged)]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="nbtrack-intake") as pool:
            for done in [pool.submit(_flush_file, path) for path in paths]:
                done.result()
            for done in [pool.submit(flush_folder, folder) for folder in folders]:
                done.result()

    # --- letting it be seen

    def _publish_objects(self, staged: list[_Staged]) -> None:
        folders = set()
        for each in staged:
            folders.add(self._objects.room_for(each.digest))
            self._objects.publish(each.path, each.digest)
            self.taken.append(Taken(each.at, "new", each.size))
        for folder in folders:
            flush_folder(folder)

    def _publish_changes(self, staged: _Staged, at: Changes) -> None:
        month = self._root / "meta" / at.month
        refuse_links(month.parent, month.name)
        make_folders(month)
        writer = meta_writer(at.name)
        here = [_loose(month, name) for name in sorted(names(month)) if meta_writer(name) == writer]
        outcome = self._merge(staged, at.name, month, here, lambda: self._live.is_marked(Marker(META, str(writer))))
        flush_folder(month)
        self.taken.append(Taken(at, outcome, staged.size))

    def _publish_run(self, entry: tuple[str, Path, list[_Staged]]) -> str:
        """Let a run be seen, and return its month."""
        run_id, folder, staged = entry
        month = self._root / "runs" / month_of(run_id)
        refuse_links(month.parent, month.name)
        make_folders(month)
        if not self._here(run_id):
            try:
                rename(folder, month / run_id)
            except OSError:
                if not (month / run_id).exists():
                    raise  # else another process was faster; what we have is merged with what that has
            else:
                self.taken += [Taken(each.at, "new", each.size) for each in staged]
                return month.name
        self._merge_run(run_id, month / run_id, staged)
        return month.name

    def _here(self, run_id: str) -> list[RunFile]:
        return run_files(self._root, self._packs, run_id)

    def _merge_run(self, run_id: str, folder: Path, staged: list[_Staged]) -> None:
        refuse_links(folder.parent, folder.name)
        before = len(self.taken)
        for each in sorted(staged, key=lambda each: each.path.name, reverse=True):  # points before the end of the run
            named = segment_name(each.path.name)
            kinds = {"ev"} if named is None or named.kind == "ev" else {"mx", "mb"}
            here = [file for file in self._here(run_id) if _is_of(file.name, named and named.writer, kinds)]
            is_open = partial(self._live.is_marked, Marker(run_id, named.writer if named else ""))
            outcome = self._merge(each, each.path.name, folder, here, is_open)
            self.taken.append(Taken(each.at, outcome, each.size))
        if any(each.outcome not in {"known", "busy"} for each in self.taken[before:]):
            flush_folder(folder)
            _forget_index(self._root)

    def _merge(
        self, staged: _Staged, name: str, folder: Path, here: list[RunFile], is_open: Callable[[], bool]
    ) -> Outcome:
        """Put a file among those of its writer that are here."""
        same = [file for file in here if file.name == name]
        if any(_begins(file, staged.path, staged.size) for file in same) or _all_there(staged.path, here):
            return "known"
        if not same:
            self._place(staged.path, folder / name)
            return "new"
        if name.endswith(".jsonl") and all(_is_begun(file, staged.path) for file in same):
            if is_open():
                return "busy"
            self._lengthen(staged, folder, name)
            return "longer"
        self._place(staged.path, folder / beside(name, staged.digest))
        return "beside"

    def _place(self, staged: Path, path: Path) -> None:
        """Give a file its name without replacing another."""
        make_folders(path.parent)
        try:
            link(staged, path)
        except FileExistsError:
            return  # the same bytes, or another process was faster and what is there was to be looked at: next time
        except OSError:  # no hard links here
            if not path.exists():
                rename(staged, path)
                return
        unlink(staged, missing_ok=True)

    def _lengthen(self, staged: _Staged, folder: Path, name: str) -> None:
        """Put a file in the place of the one that it continues.

        Another process may be doing the same with a file that is longer still. So the longer one is seen under
        another name first, and what is taken out of its place is looked at once more before it goes.
        """
        spare, path, aside = folder / beside(name, staged.digest), folder / name, self._staging.new()
        make_folders(folder)
        try:
            link(staged.path, spare)
        except FileExistsError:
            pass
        except OSError:  # no hard links here: then no second name either
            replace(staged.path, path)
            return
        with suppress(FileNotFoundError):
            rename(path, aside)
        if aside.exists() and not _is_begun(_loose(aside.parent, aside.name), spare):
            self._place(aside, path)  # longer than ours meanwhile, or other bytes; ours stays beside it
            return
        self._place(staged.path, path)
        if path.stat().st_size == staged.size:
            unlink(spare, missing_ok=True)


def _is_of(name: str, writer: str | None, kinds: Container[str]) -> bool:
    named = segment_name(name)
    return named is not None and named.writer == writer and named.kind in kinds


def _loose(folder: Path, name: str) -> RunFile:
    try:
        size = (folder / name).lstat().st_size
    except OSError:
        size = 0
    return RunFile(name, folder / name, 0, size)


def _flush_file(path: Path) -> None:
    fd = os.open(path, os.O_RDWR)
    try:
        flush(fd)
    finally:
        os.close(fd)


def _begins(file: RunFile, path: Path, size: int) -> bool:
    """Tell whether a file here begins with all the bytes of another."""
    return file.size >= size and _same(file, path, size)


def _is_begun(file: RunFile, path: Path) -> bool:
    """Tell whether the whole lines of a file here are what another begins with."""
    with suppress(OSError):
        whole = _whole(file)
        return path.stat().st_size >= whole and _same(file, path, whole)
    return False


def _whole(file: RunFile) -> int:
    """Return how many bytes of a file stand before the end of its last whole line."""
    end = file.start + file.size
    with open(open_to_read(file.path), "rb") as here:  # noqa: PTH123 - a descriptor has no path
        while end > file.start:
            start = max(end - _CHUNK, file.start)
            here.seek(start)
            at = here.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1 - file.start
            end = start
    return 0


def _same(file: RunFile, path: Path, size: int) -> bool:
    """Tell whether the first bytes of two files are the same."""
    try:
        with open(open_to_read(file.path), "rb") as here, path.open("rb") as there:  # noqa: PTH123 - same
            here.seek(file.start)
            while size > 0:
                count = min(size, _CHUNK)
                if here.read(count) != there.read(count):
                    return False
                size -= count
    except OSError:
        return False
    return True


def _all_there(path: Path, here: Iterable[RunFile]) -> bool:
    """Tell whether every line of a file stands in one of those here, in whatever form they have it."""
    wanted = {_mark(line) for _, line in lines(path) if not _is_head(line)}
    for file in here:
        if not wanted:
            break
        with suppress(OSError):
            wanted.difference_update(_mark(line) for _, line in lines(file.path, file.start, file.size))
    return not wanted


def _is_head(line: bytes) -> bool:
    return line.startswith(b'{"k":"head",')


def _mark(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()


def _forget_index(root: Path) -> None:
    """Have the index made again: it never looks again at a run that all writers have sealed."""
    for name in names(root / "cache"):
        if name.startswith("index-"):
            with suppress(OSError):
                unlink(root / "cache" / name)
