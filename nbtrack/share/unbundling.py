"""Taking a bundle, or another store's folder, into a store: checked as a whole before anything of it is there.

A bundle may come from anybody. It is read twice: once from end to end without creating a file, so that a hostile one
leaves nothing behind, and once more while it is taken in, with the same checks.
"""

import hashlib
import io
import shutil
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from nbtrack.errors import ObjectMissing, RunNotFound, StoreFull, Untrusted, UsageError
from nbtrack.model import event
from nbtrack.query.choosing import choose
from nbtrack.query.runs import opened_store
from nbtrack.share.archive_reading import Archive
from nbtrack.share.bundle import about_of, unreadable
from nbtrack.share.bundle_table import ABOUT, NAME, BundledRun, Listed, read_table
from nbtrack.share.holder import Content
from nbtrack.share.meter import SILENT, Meter, Progress
from nbtrack.share.preview import laid_out
from nbtrack.share.zip_layout import Entry
from nbtrack.store.discovery import NAME as STORE_NAME
from nbtrack.store.exchange.checking import check_changes, check_segment
from nbtrack.store.exchange.deletions import Deletions
from nbtrack.store.exchange.holdings import Holdings, Item, Missing, holdings, item_of, part_of
from nbtrack.store.exchange.intake import Intake, Taken
from nbtrack.store.exchange.naming import Changes, Kept, Segment, placed
from nbtrack.store.exchange.present import Present
from nbtrack.store.lines.record import decode
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.hashing import Sum, algorithm_of

if TYPE_CHECKING:
    from nbtrack.store.base import Store

_TABLE: Final = 64 << 20  # bytes of a table of contents at most
_CHANGES: Final = 256 << 20  # bytes of a file of changes at most: it is held in memory
_SPOOL: Final = 32 << 20  # bytes of a block that are held in memory
_NONE: Final = Entry("", 0, 0, 0, 0, 0)
_ENDED: Final = frozenset({"finished", "failed", "interrupted"})
_SPARE: Final = 16 << 20  # bytes that stay free on the disk


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the runs of a bundle; ids, each in one of the first four.

    ``new`` were not here, ``extended`` were and have more now, ``known`` were here with all that the bundle has,
    ``deleted`` are deleted here and stay so. Of what was taken, ``beside`` are files that say something else than
    those here, ``busy`` files that a process is writing here. ``missing`` is what the bundle itself has not.
    """

    source: Path
    new: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    changes: int = 0
    objects: int = 0
    bytes: int = 0
    beside: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    damaged: tuple[Missing, ...] = ()
    dry_run: bool = False

    @property
    def nothing(self) -> bool:
        """Whether there was nothing to add."""
        return not (self.new or self.extended or self.changes or self.objects)

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``nbtrack import --json`` prints it."""
        lists = ("new", "extended", "known", "deleted", "running", "beside", "busy")
        counts = ("changes", "objects", "bytes", "dry_run")
        return {
            "source": str(self.source),
            **{name: list(getattr(self, name)) for name in lists},
            **{name: getattr(self, name) for name in counts},
            "missing": [each._asdict() for each in self.missing],
            "damaged": [each._asdict() for each in self.damaged],
        }


def import_bundle(
    source: str | PathLike[str],
    *,
    store: "Store | str | PathLike[str] | None" = None,
    runs: str | Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress = SILENT,
) -> Imported:
    """Take the runs of a bundle, or of another store's folder, into a store; a second time adds nothing.

    Runs that are here already gain what they lack. Nothing is ever lost by it: what differs stands beside what is
    here, and counts as the store's rules have it. Runs that are deleted here stay deleted.

    Args:
        source: a file that ``bundle`` wrote, or a store's folder.
        store: the store that takes them, or its folder; None for the one of this notebook or folder.
        runs: ids or a filter, which is asked of the runs that come; several in a sequence. All by default.
        dry_run: only say what would be done.
        progress: called with what is done, how many bytes of it, and how many there are.

    Raises:
        Untrusted: it is no bundle, or a damaged or hostile one. Nothing was created.
        NewerFormat: only a newer nbtrack may read it. Nothing was created.
        RunNotFound: it has no run of ``runs``.
        FilterError: the filter cannot be understood.
        StoreFull: there is no room; whole runs may have been taken, and importing again goes on.

    >>> import nbtrack, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> store = nbtrack.open_store(f"{folder}/a")
    >>> with nbtrack.start_run("fit", store=store) as run:
    ...     run.log(loss=0.5)
    >>> _ = nbtrack.bundle(path=f"{folder}/x.nbtrack.zip", store=store)
    >>> len(nbtrack.import_bundle(f"{folder}/x.nbtrack.zip", store=f"{folder}/b").new)
    1
    >>> nbtrack.import_bundle(f"{folder}/x.nbtrack.zip", store=f"{folder}/b").nothing
    True
    """
    into = opened_store(store)
    if not isinstance(into, LocalStore):
        raise UsageError(f"{into!r} is not a folder; nothing can be imported into it")
    path = Path(source)
    runs = (runs,) if isinstance(runs, str) else runs
    if path.is_dir():
        return _taken_in(_FolderSource(path, into), into, runs, dry_run=dry_run, progress=progress)
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from error
    with file:
        bundle = _BundleSource(path, file)
        bundle.check(progress)
        return _taken_in(bundle, into, runs, dry_run=dry_run, progress=progress)


class _FolderSource:
    """Another store, whose files are read as they are."""

    def __init__(self, path: Path, into: LocalStore) -> None:
        inner = path / STORE_NAME
        folder = inner if not (path / "store.json").exists() and inner.is_dir() else path
        other = LocalStore(folder)
        if other.id is None:
            raise UsageError(f"{path} is no store: it has no store.json")
        if folder.resolve() == into.path.resolve():
            raise UsageError(f"{path} is the store that would take it in")
        self.path = path
        self._other = other
        self._holdings: Holdings = holdings(other)
        self._runs = {run.id: run for run in self._holdings.runs() if run.segments}
        sizes = {name: 0 for run in self._runs.values() for name in run.objects}
        self.objects = {name: self._holdings.object(name).size for name in sorted(sizes)}
        self.runs = {
            run.id: BundledRun(run.id, "", [_listed(item) for item in run.segments], list(run.objects), [*run.missing])
            for run in self._runs.values()
        }
        self.changes = [_listed(item) for item in self._holdings.changes]
        self._items = {item.place: item for run in self._runs.values() for item in run.segments}
        self._items.update({item.place: item for item in self._holdings.changes})

    def chunks(self, at: Segment | Changes | Kept) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        item = self._holdings.object(at.name) if isinstance(at, Kept) else self._items[at.place]
        return item.chunks()

    @contextmanager
    def asked(self) -> Iterator[LocalStore]:
        """Give the store that is asked which runs a filter is about."""
        yield self._other


class _BundleSource:
    """A bundle that is not trusted: made only if its directory and its table are in order and agree."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._archive = Archive(file)
        entries = (_NONE, _NONE, *self._archive.entries)
        files, about, last = entries[:-2], entries[-2], entries[-1]
        if (about.name, last.name) != (ABOUT, NAME):
            raise Untrusted("this is an archive, but no bundle: it has no table of contents at its end")
        if last.size > _TABLE:
            raise Untrusted(f"a table of contents of {last.size:,} bytes is more than a bundle may have ({_TABLE:,})")
        table = b"".join(self._archive.chunks(last))
        self._table = read_table([table])
        if any(changes.size > _CHANGES for changes in self._table.changes):
            raise Untrusted(f"a file of changes is larger than a bundle may have ({_CHANGES:,} bytes)")
        self._entries = {entry.name: entry for entry in files if entry is not _NONE}
        found = {name: entry.size for name, entry in self._entries.items()}
        self._compare(found)
        if b"".join(self._archive.chunks(about)) != about_of(table):
            raise Untrusted(f"{ABOUT} is not that of a bundle")
        self.objects, self.runs, self.changes = self._table.objects, self._table.runs, self._table.changes

    def _compare(self, found: dict[str, int]) -> None:
        expected = self._table.expected()
        if found == expected:
            return
        strange = min(found.keys() ^ expected.keys(), default=None)
        if strange is not None:
            where = "the table of contents" if strange in found else "the archive"
            raise Untrusted(f"{strange[:120]!r} is not in {where}")
        name = next(name for name in found if found[name] != expected[name])
        raise Untrusted(f"{name} has {found[name]:,} bytes, not the {expected[name]:,} of the table of contents")

    def check(self, progress: Progress) -> None:
        """Read everything once, and make sure that it is what it says. No file is created.

        Raises:
            Untrusted, NewerFormat: it is not.
        """
        deletions = Deletions()
        listed = {each.at.place: each for each in self.changes}
        listed.update({each.at.place: each for run in self.runs.values() for each in run.files})
        meter = Meter(progress, "checking", self._table.bytes)
        for entry in self._entries.values():
            at, chunks = placed(entry.name), meter.passing(self._archive.chunks(entry))
            if isinstance(at, Kept):
                _check_object(at, chunks)
            elif at is not None:
                _check_records(at, chunks, listed[entry.name], self.runs, deletions)
        if deletions.deleted:
            raise Untrusted(f"the bundle would delete run {min(deletions.deleted)}")

    def chunks(self, at: Segment | Changes | Kept) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        return self._archive.chunks(self._entries[at.place])

    @contextmanager
    def asked(self) -> Iterator[LocalStore]:
        """Give a store of the bundle's records, to ask which runs a filter is about; it was checked before."""
        told = (file for run in self.runs.values() for file in run.files if _tells(file.at, run.status))
        files = ((each.at.place, self._content(each)) for each in (*told, *self.changes))
        with laid_out(files) as store:
            yield store

    def _content(self, listed: Listed) -> Content:
        return Content(listed.size, lambda: self.chunks(listed.at))


def _tells(at: Segment | Changes, status: str) -> bool:
    """Tell whether a file says something of a run that a filter may ask: its end sums up the points of a run."""
    return at.name.startswith("ev-") or status not in _ENDED


def _check_object(at: Kept, chunks: Iterable[bytes]) -> None:
    found = Sum(algorithm_of(at.name))
    for chunk in chunks:
        found.update(chunk)
    if found.name != at.name:
        raise Untrusted(f"the bytes of {at.place} have another hash than its name")


def _check_records(
    at: Segment | Changes, chunks: Iterable[bytes], listed: Listed, runs: Container[str], deletions: Deletions
) -> None:
    summed = hashlib.sha256()
    summing = _summing(chunks, summed.update)
    if isinstance(at, Changes):
        content = b"".join(summing)
        check_changes(at, io.BytesIO(content), runs)
        deletions.take(content)
    elif at.name.endswith(".block"):
        with SpooledTemporaryFile(max_size=_SPOOL) as spool:  # it has no name, and is read back and forth
            for chunk in summing:
                spool.write(chunk)
            check_segment(at, cast("BinaryIO", spool), listed.size)
    else:
        with io.BufferedReader(_Stream(summing), 1 << 18) as lines:
            check_segment(at, cast("BinaryIO", lines), listed.size)
    if summed.hexdigest() != listed.digest:
        raise Untrusted(f"{at.place} has another hash than the table of contents says")


class _Stream(io.RawIOBase):
    """Chunks as a file that is read from its beginning to its end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what comes next."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _summing(chunks: Iterable[bytes], update: Callable[[bytes], object]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk


def _listed(item: Item) -> Listed:
    if isinstance(item.at, Kept):
        raise TypeError(item)
    return Listed(item.at, item.size, item.digest)


_Source = _FolderSource | _BundleSource


@dataclass(slots=True)
class _Chosen:
    """What is to be taken: the runs, what they need, and which runs were left out because they are deleted here."""

    runs: list[BundledRun]
    objects: dict[str, int]
    deleted: list[str]
    also: set[str]  # runs that are here, and that the other store has deleted and collected
    lost: list[Missing] = field(default_factory=list)  # what turned out to be damaged

    @property
    def ids(self) -> set[str]:
        """The ids of the runs whose changes are taken."""
        return {run.id for run in self.runs} | self.also

    def lose(self, name: str, why: str) -> None:
        """Note that an object cannot be had."""
        for run in self.runs:
            if name in run.objects:
                run.missing.append(Missing(run.id, Kept(name).place, why))
                self.lost.append(run.missing[-1])


def _taken_in(
    source: _Source, into: LocalStore, wanted: Sequence[str], *, dry_run: bool, progress: Progress
) -> Imported:
    present = Present(into)
    chosen = _chosen(source, into, present, _asked(source, wanted) if wanted else None)
    changes = [_cut(source, each, chosen) for each in source.changes]
    kept = [each for each in changes if each is not None]
    if dry_run:
        return _foreseen(source, chosen, kept, present)
    _make_sure_of_room(into.path, chosen, present)
    before = {run.id for run in chosen.runs if present.has_run(run.id)}
    with Intake(into) as intake:
        _take(source, chosen, kept, intake, present, progress)
        return _told(source, chosen, before, intake.taken)


def _asked(source: _Source, wanted: Sequence[str]) -> set[str]:
    """Return the ids of the runs that are asked for.

    Raises:
        RunNotFound: there is none.
        FilterError: a filter cannot be understood.
    """
    with source.asked() as store:
        found = {run.id for text in wanted for run in choose(text, store=store)} & source.runs.keys()
    if not found:
        raise RunNotFound(f"{source.path} has no run that fits {' '.join(wanted)[:80]!r}")
    return found


def _chosen(source: _Source, into: LocalStore, present: Present, wanted: set[str] | None) -> _Chosen:
    """Choose the runs. One that is deleted here, or deleted there and not here at all, is left out."""
    local = Deletions()
    local.read(into.path)
    both = local.copy()
    for changes in source.changes:
        both.take(b"".join(source.chunks(changes.at)))
    runs, deleted = [], []
    for run in source.runs.values():
        if wanted is not None and run.id not in wanted:
            continue
        if run.id in both.deleted and (run.id in local.deleted or not present.has_run(run.id)):
            deleted.append(run.id)
        else:
            runs.append(run)
    objects = {name: source.objects[name] for run in runs for name in run.objects}
    also = {run_id for run_id in both.deleted - source.runs.keys() if wanted is None and present.has_run(run_id)}
    return _Chosen(runs, dict(sorted(objects.items())), deleted, also)


def _cut(source: _Source, listed: Listed, chosen: _Chosen) -> Item | None:
    """Return a file of the meta log with the changes of chosen runs, and no others; None where it has none."""
    if not isinstance(listed.at, Changes):
        raise TypeError(listed.at)
    at, ids = listed.at, chosen.ids
    head: dict[str, Any] = {}
    taken, is_whole = [], True
    content = b"".join(_verified(source, listed))
    for text in content.split(b"\n")[:-1]:
        record = decode(text).record
        if record.get("k") == event.HEAD:
            head = head or record
        elif record.get("run") in ids:
            taken.append(text + b"\n")
        else:
            is_whole = False
    if not taken:
        return None
    return item_of(at, content) if is_whole else part_of(at, head, taken)


def _verified(source: _Source, listed: Listed) -> Iterator[bytes]:
    """Yield the bytes of a file of records, which were checked before, and could have been exchanged since."""
    summed = hashlib.sha256()
    yield from _summing(source.chunks(listed.at), summed.update)
    if summed.hexdigest() != listed.digest:
        raise Untrusted(f"{listed.at.place} was changed while it was read")


def _make_sure_of_room(root: Path, chosen: _Chosen, present: Present) -> None:
    """Refuse at once what surely does not fit.

    Raises:
        StoreFull: it does not.
    """
    wanted = sum(size for name, size in chosen.objects.items() if not present.has_object(name, size))
    wanted += sum(run.size for run in chosen.runs if not present.has_run(run.id))
    above = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.exists())
    try:
        free = shutil.disk_usage(above).free
    except OSError:  # it shows when it is written
        return
    if wanted + _SPARE > free:
        raise StoreFull(f"{wanted:,} bytes do not fit: {above} has {free:,} left; nothing was created")


def _take(
    source: _Source, chosen: _Chosen, changes: list[Item], intake: Intake, present: Present, progress: Progress
) -> None:
    """Take in objects, then changes, then runs: whatever is seen has what it needs."""
    meter = Meter(progress, "importing", sum(chosen.objects.values()) + sum(run.size for run in chosen.runs))
    for name, size in chosen.objects.items():
        after = meter.done + size
        try:
            intake.object(name, size, meter.passing(source.chunks(Kept(name))))
        except ObjectMissing as error:  # of another store's folder: whoever reads a bundle has checked it
            chosen.lose(name, unreadable(error))
        meter.add(after - meter.done)  # one that is here is not read
        _commit_some(intake)
    for item in changes:
        if isinstance(item.at, Changes) and not present.has(item.at, item.size, item.digest):
            intake.changes(item.at, item.chunks(), chosen.ids)
    for run in chosen.runs:
        lacking = [file for file in run.files if not (present.has_run(run.id) and present.has(*file))]
        if lacking:
            intake.run(run.id, {file.at.name: _verified(source, file) for file in lacking})
        meter.add(run.size)
        _commit_some(intake)
    intake.commit()


def _commit_some(intake: Intake) -> None:
    if intake.is_due:
        intake.commit()


def _told(source: _Source, chosen: _Chosen, before: Collection[str], taken: Sequence[Taken]) -> Imported:
    added = [each for each in taken if each.outcome not in {"known", "busy"}]
    more = {each.at.run for each in added if isinstance(each.at, Segment)}
    return Imported(
        source.path,
        new=tuple(run.id for run in chosen.runs if run.id not in before),
        extended=tuple(run.id for run in chosen.runs if run.id in before and run.id in more),
        known=tuple(run.id for run in chosen.runs if run.id in before and run.id not in more),
        deleted=tuple(chosen.deleted),
        running=tuple(run.id for run in chosen.runs if run.status == "running"),
        changes=sum(isinstance(each.at, Changes) for each in added),
        objects=sum(isinstance(each.at, Kept) for each in added),
        bytes=sum(each.size for each in added),
        beside=tuple(each.at.place for each in taken if each.outcome == "beside"),
        busy=tuple(each.at.place for each in taken if each.outcome == "busy"),
        missing=tuple(each for run in chosen.runs for each in run.missing),
        damaged=tuple(chosen.lost),
    )


def _foreseen(source: _Source, chosen: _Chosen, changes: list[Item], present: Present) -> Imported:
    """Say what would be done: as ``_told``, as far as it shows without doing it."""
    new = [run for run in chosen.runs if not present.has_run(run.id)]
    here = [run for run in chosen.runs if present.has_run(run.id)]
    more = [run for run in here if not all(present.has(*file) for file in run.files)]
    objects = {name: size for name, size in chosen.objects.items() if not present.has_object(name, size)}
    added = [
        each for each in changes if not (isinstance(each.at, Kept) or present.has(each.at, each.size, each.digest))
    ]
    return Imported(
        source.path,
        new=tuple(run.id for run in new),
        extended=tuple(run.id for run in more),
        known=tuple(run.id for run in here if run not in more),
        deleted=tuple(chosen.deleted),
        running=tuple(run.id for run in chosen.runs if run.status == "running"),
        changes=len(added),
        objects=len(objects),
        bytes=sum(objects.values()) + sum(run.size for run in new) + sum(each.size for each in added),
        missing=tuple(each for run in chosen.runs for each in run.missing),
        dry_run=True,
    )
