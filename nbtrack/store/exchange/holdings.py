"""What a store holds, as files that can be handed on: whole lines and whole objects, wherever they lie.

Packed runs look like loose ones, a torn end is left out, and so are lines that are damaged: what is handed on is what
a reader reads. Of the meta log only the changes of the chosen runs go along.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from nbtrack.errors import ObjectMissing, RunNotFound, StoreError
from nbtrack.model import event
from nbtrack.model.ids import is_run_id
from nbtrack.store.exchange.naming import Changes, Kept, Place, Segment, beside
from nbtrack.store.lines.block import Flaw, expand, opened
from nbtrack.store.lines.lines import lines
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import decode, encode, exact
from nbtrack.store.objects.hashing import BLAKE3, SHA256, Sum, algorithm_of, place, tagged
from nbtrack.store.objects.references import listings, mentioned, needed
from nbtrack.store.runs.metascan import meta_writer, months
from nbtrack.store.runs.packs import Packs, RunFile
from nbtrack.store.runs.reading import segment_name
from nbtrack.store.runs.run_files import run_files, run_ids
from nbtrack.store.system.disk import names, open_to_read, read

if TYPE_CHECKING:
    from nbtrack.store.local import LocalStore

Kind = Literal["segment", "changes", "object"]
_CHUNK: Final = 1 << 20
_LISTING: Final = 64 << 20  # bytes of a list of objects that is read; larger ones are handed on alone
_SIGNS: Final = (b'"application/vnd.nbtrack.', b'"kind":"folder"')  # on what names objects that name others


@dataclass(frozen=True, slots=True)
class Item:
    """One file that a store would hand on.

    ``digest`` is the SHA-256 of a record file's bytes in hex, or the name of an object (``store.hashing``). Bytes that
    are handed on are checked against it while they are read.
    """

    at: Place
    size: int
    digest: str
    _read: Callable[[], Iterator[bytes]] = field(repr=False, compare=False)

    @property
    def kind(self) -> Kind:
        """What it is: a file of a run's records, of the meta log, or an object."""
        return "segment" if isinstance(self.at, Segment) else "changes" if isinstance(self.at, Changes) else "object"

    @property
    def place(self) -> str:
        """Where it lies in a store, with slashes: ``cas/sha256/ab/cdef…``. Never a path of the user's."""
        return self.at.place

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes, at most a few MiB at once.

        Raises:
            ObjectMissing: it is an object, and is gone or damaged; what came so far is not to be used.
            StoreError: the records were changed meanwhile; likewise.
        """
        summed = Sum(algorithm_of(self.digest))
        count = 0
        try:
            for chunk in self._read():
                summed.update(chunk)
                count += len(chunk)
                yield chunk
        except OSError as error:
            raise self._gone(f"cannot be read ({error.strerror})") from error
        if count != self.size or summed.name != self.digest:
            raise self._gone("is damaged or was changed while it was read")

    def content(self) -> bytes:
        """Return all its bytes at once; raises as ``chunks``."""
        return b"".join(self.chunks())

    def _gone(self, why: str) -> StoreError:
        kind = ObjectMissing if isinstance(self.at, Kept) else StoreError
        return kind(f"{self.place} {why}; `nbtrack fsck --data` looks closer")


class Missing(NamedTuple):
    """Something of a run that cannot be handed on, and why."""

    run: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class RunHolding:
    """What a store has of one run: its record files, the names of its objects that are here, and what is not."""

    id: str
    segments: tuple[Item, ...]
    objects: tuple[str, ...]
    missing: tuple[Missing, ...]


class Holdings:
    """What a store holds of the chosen runs. Runs are looked at when they are asked for, the meta log once."""

    def __init__(self, root: Path, run_ids: tuple[str, ...], *, everything: bool) -> None:
        self.run_ids = run_ids
        self._root = root
        self._packs = Packs(root)
        self._everything = everything

    def run(self, run_id: str) -> RunHolding:
        """Return what there is of one of ``run_ids``.

        Raises:
            RunNotFound: its files are gone.
        """
        references = _References()
        references.join(self._meta.references.get(run_id))
        missing: list[Missing] = []
        segments = []
        files = {file.name: file for file in reversed(run_files(self._root, self._packs, run_id))}  # a loose one first
        for _, file in sorted(files.items()):
            item = self._segment(run_id, file, references, missing)
            segments += [item] if item else []
        if not files:
            raise RunNotFound(f"the files of run {run_id} are gone from {self._root}")
        here = self._objects(references, run_id, missing)
        return RunHolding(run_id, tuple(segments), tuple(sorted(here)), tuple(missing))

    def runs(self) -> Iterator[RunHolding]:
        """Yield what there is of each run, oldest first; those that vanish meanwhile are passed over."""
        for run_id in self.run_ids:
            with suppress(RunNotFound):
                yield self.run(run_id)

    @property
    def changes(self) -> tuple[Item, ...]:
        """The later changes of the chosen runs, deletions included, by file of the meta log.

        A file that has other runs' changes too, or damaged lines, gives one whose name is made from its bytes and
        whose head says ``part``.
        """
        return self._meta.items

    @property
    def changed(self) -> frozenset[str]:
        """The ids of the chosen runs that have later changes, and, of all, of runs whose files are not here."""
        return frozenset(self._meta.runs)

    def object(self, name: str) -> Item:
        """Return an object by its name.

        Raises:
            ObjectMissing: it is not here.
        """
        path = self._root.joinpath(*place(name))
        try:
            size = path.lstat().st_size
        except OSError as error:
            raise ObjectMissing(f"object {name} is not in {self._root} ({error.strerror})") from error
        return Item(Kept(name), size, name, lambda: _raw(path, 0, size))

    def items(self) -> Iterator[Item]:
        """Yield everything, each file once: the objects of a run before its records, changes last."""
        seen: set[str] = set()
        for run in self.runs():
            for name in run.objects:
                if name not in seen:
                    seen.add(name)
                    yield self.object(name)
            yield from run.segments
        yield from self.changes

    @cached_property
    def _meta(self) -> "_Meta":
        return _Meta(self._root, None if self._everything else frozenset(self.run_ids))

    def _segment(self, run_id: str, file: RunFile, references: "_References", missing: list[Missing]) -> Item | None:
        named = segment_name(file.name)
        if named is None:
            return None
        at = Segment(run_id, file.name)
        look = _block if named.kind == "mb" else _records
        try:
            found = look(file, references if named.kind == "ev" else None)
        except OSError as error:
            missing.append(Missing(run_id, at.place, f"cannot be read ({error.strerror})"))
            return None
        if found.flaws:
            missing.append(Missing(run_id, at.place, found.why))
        if not found.size:
            return None
        return Item(at, found.size, found.digest, lambda: found.read(self._again(run_id, file)))

    def _again(self, run_id: str, file: RunFile) -> RunFile:
        """Return where a file is now: it may have been packed, or taken out of a pack, since it was looked at."""
        with suppress(OSError):
            if not file.packed and file.path.lstat().st_size >= file.size:
                return file
        now = [each for each in run_files(self._root, self._packs, run_id) if each.name == file.name]
        return now[0] if now else file

    def _objects(self, references: "_References", run_id: str, missing: list[Missing]) -> set[str]:
        """Return the names of a run's objects that are here, those included that its lists name."""
        here = {name for name in references.needed if self._is_here(name)}
        here.update(filter(None, map(self._called, references.mentioned)))
        for digest in sorted(references.listings):
            name = self._called(digest)
            inside = self._listed(name) if name else set()
            here.update(filter(None, map(self._called, inside)))
        absent = sorted(references.needed - here)
        missing.extend(Missing(run_id, Kept(name).place, self._why_missing(name)) for name in absent)
        return here

    def _is_here(self, name: str) -> bool:
        return self._root.joinpath(*place(name)).is_file()

    def _called(self, digest: bytes) -> str | None:
        """Return what the object with this hash is called, None when there is none."""
        text = digest.decode("ascii")
        return next((name for name in (text, tagged(BLAKE3, text)) if self._is_here(name)), None)

    def _listed(self, name: str) -> set[bytes]:
        path = self._root.joinpath(*place(name))
        with suppress(OSError):
            if path.lstat().st_size <= _LISTING:
                return set(mentioned(read(path)))
        return set()

    def _why_missing(self, name: str) -> str:
        from nbtrack.store.housekeeping.trash import Trash  # noqa: PLC0415 - only when something is missing

        return Trash(self._root).tell(name.rpartition(":")[2]) or "the store does not have it"


def holdings(store: "LocalStore", run_ids: Collection[str] | None = None) -> Holdings:
    """Return what a store holds of the runs with these whole ids; of all of them by default, deleted ones too.

    Example: ``for item in holdings(store).items(): print(item.kind, item.place, item.size, item.digest)``

    Raises:
        RunNotFound: one of them has no files here.
    """
    there = _run_ids(store.path)
    if run_ids is None:
        return Holdings(store.path, tuple(there), everything=True)
    unknown = sorted(set(run_ids) - set(there))
    if unknown:
        raise RunNotFound(f"no run {unknown[0][:80]!r} in {store.path}")
    return Holdings(store.path, tuple(sorted(set(run_ids))), everything=False)


def _run_ids(root: Path) -> list[str]:
    return run_ids(root, Packs(root))


class _References:
    """What the records of a run say of objects."""

    def __init__(self) -> None:
        self.needed: set[str] = set()
        self.mentioned: set[bytes] = set()
        self.listings: set[bytes] = set()

    def take(self, line: bytes, record: dict[str, Any]) -> None:
        """Take in one record. The hash of a data file names an object only where its bytes were kept."""
        self.needed.update(needed(record))
        if record.get("k") != event.DATA:
            self.mentioned.update(mentioned(line))
        self.listings.update(name.rpartition(":")[2].encode() for name in listings(record))
        if record.get("k") != event.DATA and any(sign in line for sign in _SIGNS):
            self.listings.update(mentioned(line))

    def join(self, other: "_References | None") -> None:
        if other is not None:
            self.needed |= other.needed
            self.mentioned |= other.mentioned
            self.listings |= other.listings


class _Found(NamedTuple):
    """What is good of a file: how much, its hash, how to read it again, and how many flaws it has besides."""

    size: int
    digest: str
    read: Callable[[RunFile], Iterator[bytes]]
    flaws: int = 0
    why: str = ""


def _records(file: RunFile, references: _References | None) -> _Found:
    """Look at each line of a segment. Without a head that can be read, nothing of it is handed on."""
    summed, size, flaws, at = Sum(SHA256), 0, 0, file.start
    is_raw = True  # nothing but a torn end is left out, so the bytes can be read as they stand
    for start, line, record in _good(file, exact if references is not None else quick):
        if record is None:
            flaws += 1
            continue
        is_raw = is_raw and start == at
        at += len(line)
        if not size and record.get("k") != event.HEAD:
            return _Found(0, "", _whole, 1, "it does not begin with a head that can be read")
        if references is not None:
            references.take(line, record)
        summed.update(line)
        size += len(line)
    why = f"{flaws} damaged lines are left out" if flaws != 1 else "1 damaged line is left out"
    read_again = (lambda again: _raw(again.path, again.start, size)) if is_raw else (lambda again: _sifted(again, size))
    return _Found(size, summed.name, read_again, flaws, why)


def _sifted(file: RunFile, size: int) -> Iterator[bytes]:
    for _, line, record in _good(file, quick):
        if record is not None and size > 0:
            size -= len(line)
            yield line


def _good(file: RunFile, loads: Callable[[bytes], Any]) -> Iterator[tuple[int, bytes, dict[str, Any] | None]]:
    """Yield where each whole line stands, the line, and its record, None in the place of one that is damaged."""
    for start, line in lines(file.path, file.start, file.size):
        if line[-1:] == b"\n" and line.strip():
            state, record = decode(line[:-1], loads)
            yield start, line, None if state == "damaged" else record


def _block(file: RunFile, _: _References | None) -> _Found:
    """Look at each part of a block; a damaged one is not handed on."""
    flaws: list[Flaw] = []
    with opened(file.path, file.start, file.size) as found:
        for _part in expand(found, flaws):
            pass
    if flaws:
        return _Found(0, "", _whole, len(flaws), "the block is damaged")
    summed = Sum(SHA256)
    for chunk in _whole(file):
        summed.update(chunk)
    return _Found(file.size, summed.name, _whole)


def _whole(file: RunFile) -> Iterator[bytes]:
    return _raw(file.path, file.start, file.size)


def _raw(path: Path, start: int, size: int) -> Iterator[bytes]:
    with open(open_to_read(path), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        file.seek(start)
        while size > 0 and (chunk := file.read(min(size, _CHUNK))):
            size -= len(chunk)
            yield chunk


class _Meta:
    """The changes of the chosen runs, file by file, and what they say of objects."""

    def __init__(self, root: Path, chosen: frozenset[str] | None) -> None:
        self.references: dict[str, _References] = {}
        self.runs: set[str] = set()
        self._chosen = chosen
        files = (
            (root / "meta" / month / name, Changes(month, name))
            for month in months(root / "meta")
            for name in sorted(names(root / "meta" / month))
            if meta_writer(name)
        )
        self.items = tuple(item for path, at in files if (item := self._item(path, at)))

    def _item(self, path: Path, at: Changes) -> Item | None:
        try:
            content = read(path)
        except OSError:
            return None
        taken, is_whole = [], True
        head: dict[str, Any] = {}
        for text in content.split(b"\n")[:-1]:
            line = text + b"\n"
            state, record = decode(text)
            if record.get("k") == event.HEAD:
                head = head or record
            elif state != "damaged" and self._is_chosen(record):
                self._take(line, record)
                taken.append(line)
            else:
                is_whole = False
        if not taken:
            return None
        if is_whole and head:
            return item_of(at, content[: content.rfind(b"\n") + 1])
        return part_of(at, head, taken)

    def _is_chosen(self, record: dict[str, Any]) -> bool:
        run_id = record.get("run")
        return isinstance(run_id, str) and is_run_id(run_id) and (self._chosen is None or run_id in self._chosen)

    def _take(self, line: bytes, record: dict[str, Any]) -> None:
        run_id = record["run"]
        self.runs.add(run_id)
        self.references.setdefault(run_id, _References()).take(line, record)


def part_of(at: Changes, head: dict[str, Any], taken: list[bytes]) -> Item:
    """Return a file of some of the changes in another, under a name of its own. Its head names nobody's machine.

    Args:
        at: where the whole file lies.
        head: its head.
        taken: the lines of the changes.
    """
    needed_reader = head.get("min_reader", event.MIN_READER)
    told = {"k": event.HEAD, "fmt": head.get("fmt", event.FORMAT), "min_reader": needed_reader}
    content = encode({**told, "w": meta_writer(at.name), "part": True}) + b"".join(taken)
    digest = hashlib.sha256(content).hexdigest()
    return item_of(Changes(at.month, beside(at.name, digest)), content)


def item_of(at: Changes, content: bytes) -> Item:
    """Return a file of the meta log whose bytes are in memory."""
    return Item(at, len(content), hashlib.sha256(content).hexdigest(), lambda: iter([content]))
