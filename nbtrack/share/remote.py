"""A place behind an address, laid out as a store is: any file system that fsspec knows, taken for an object store.

Nothing is renamed, locked or removed there. A file appears whole, under a name that no two writers have for different
bytes: objects are named by their content, segments by their one writer, and other bytes under a segment's name are put
beside it. Only a segment that has grown replaces its own beginning - where the server can do that, only if it still is
what was read.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from posixpath import basename
from secrets import token_hex
from typing import Any, Final

from nbtrack.errors import NewerFormat, ObjectMissing, RemoteError, RunNotFound
from nbtrack.model import event
from nbtrack.share.address import Address
from nbtrack.share.appearing import ONE_PUT, Appearing, discard, part_size
from nbtrack.share.comparing import name_of, same, whole_lines
from nbtrack.share.holder import CHUNK, Content, Entry, Holder, Offer
from nbtrack.share.naming_objects import Mentions, objects_of
from nbtrack.share.remote_packs import Slice, read_pack
from nbtrack.share.retrying import Asking
from nbtrack.store.exchange.naming import Changes, Kept, Segment, beside, placed
from nbtrack.store.folder import ATTRIBUTES, IGNORED
from nbtrack.store.objects.hashing import Sum, algorithm_of, place
from nbtrack.store.runs.packs import pack_name

_TRIES: Final = 5
_KEPT: Final = 32 << 20  # bytes of changes that are held in memory
_MARKS: Final = (
    "ETag",
    "etag",
    "md5Hash",
    "crc32c",
    "content_md5",
    "LastModified",
    "last_modified",
    "mtime",
    "created",
)


class Remote(Holder):
    """A store behind an address."""

    def __init__(self, address: Address, files: Any, asking: Asking) -> None:
        self.address = address
        self.asking = asking
        self.oddities: dict[str, int] = {}
        self._files = files
        self._root = files._strip_protocol(str(address)).rstrip("/")  # noqa: SLF001 - its documented name
        self._appearing = Appearing(files, address.kind, self._at("tmp"))
        self._known: dict[str, Entry] = {}
        self._slices: dict[str, Slice] = {}
        self._moved: dict[str, str] = {}
        self._objects: dict[str, int] = {}
        self._told: dict[str, Any] | None = None
        self._is_listed = False
        self._listing_lock = threading.Lock()

    # What is there

    def prepare(self) -> None:
        """Make sure that there is a store, creating one."""
        if self._about() is None:
            about = {"id": token_hex(8), "fmt": event.FORMAT, "min_reader": event.MIN_READER}
            text = json.dumps({**about, "min_writer": event.MIN_WRITER}) + "\n"
            for name, content in ((".gitattributes", ATTRIBUTES), (".gitignore", IGNORED), ("store.json", text)):
                with suppress(FileExistsError):
                    self._put(name, content.encode(), None)
            self._told = self._ask_about()

    def exists(self) -> bool:
        """Tell whether there is a store.

        Raises:
            NewerFormat: one that this version must not use.
            RemoteError: it cannot be told.
        """
        return self._about() is not None

    def _about(self) -> dict[str, Any] | None:
        if self._told is None:
            self._told = self._ask_about()
        return self._told

    def _ask_about(self) -> dict[str, Any] | None:
        try:
            content = self.asking("get", lambda: self._files.cat_file(self._at("store.json"), start=0, end=4096))
            about = json.loads(content)
            needed = max(int(about["min_reader"]), int(about["min_writer"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise RemoteError(f"{self.address}: its store.json cannot be read ({error})") from error
        if needed > event.FORMAT:
            raise NewerFormat(
                f"{self.address} is a store of format {needed}, and this nbtrack knows formats up to {event.FORMAT}; "
                f"update nbtrack to use it"
            )
        return dict(about)

    def records(self) -> dict[str, Entry]:
        """Return the record files there are, by their places, in packs or not."""
        self._list()
        found = {at: Entry(part.size, part.mark) for at, part in self._slices.items()}
        found.update((at, entry) for at, entry in self._known.items() if not at.startswith("cas/"))
        return found

    def objects(self) -> Mapping[str, int]:
        """Return the objects there are, by name, with their sizes."""
        self._list()
        return self._objects

    def _list(self) -> None:
        """List the four folders once, side by side: a page of a thousand names is one request."""
        with self._listing_lock:
            if self._is_listed:
                return
            packs: dict[str, int] = {}
            with ThreadPoolExecutor(4, thread_name_prefix="nbtrack-listing") as pool:
                for found in pool.map(self._listing, ("runs", "meta", "cas", "packs")):
                    for at, entry in found:
                        self._take(at, entry, packs)
                for slices in pool.map(self._slices_of, packs, packs.values()):
                    self._slices.update(slices)
            self._is_listed = True

    def _listing(self, folder: str) -> list[tuple[str, Entry]]:
        """Return all files below a folder, with their places."""
        try:
            return self.asking("list", lambda: self._listed(folder), f"listing {folder}")
        except FileNotFoundError:
            return []

    def _listed(self, folder: str) -> list[tuple[str, Entry]]:
        found = self._files.find(self._at(folder), detail=True)
        start = len(self._at(""))
        return [(str(name)[start:], _entry(about)) for name, about in found.items() if about.get("type") == "file"]

    def _take(self, at: str, entry: Entry, packs: dict[str, int]) -> None:
        found = placed(at)
        if isinstance(found, Kept):
            self._objects[found.name] = entry.size
        if found is not None:
            self._known[at] = entry
        elif at.startswith("packs/") and at.count("/") == 1 and pack_name(basename(at)):
            packs[at] = entry.size
        elif not at.endswith((".gitignore", ".keep")):
            folder = at.partition("/")[0]
            self.oddities[folder] = self.oddities.get(folder, 0) + 1

    def _slices_of(self, at: str, size: int) -> dict[str, Slice]:
        """Return where the files of a pack lie: somebody copied a packed store here."""
        found = read_pack(at, size, lambda start, end: b"".join(self._ranges(at, start, end)))
        if found is None:
            self.oddities["packs"] = self.oddities.get("packs", 0) + 1
        return found or {}

    def _read(self, place: str, size: int) -> Iterator[bytes]:
        """Yield the first ``size`` bytes of a file, a few MiB with each request.

        Raises:
            RunNotFound: it is gone.
        """
        part = self._slices.get(place) if place not in self._known else None
        start = part.start if part else 0
        try:
            yield from self._ranges(part.pack if part else place, start, start + size)
        except FileNotFoundError as error:
            raise RunNotFound(f"{self.address}: {place} is gone") from error

    def _ranges(self, at: str, start: int, end: int) -> Iterator[bytes]:
        path = self._at(at)
        for first in range(start, end, CHUNK):
            last = min(first + CHUNK, end)
            chunk = self.asking("get", lambda a=first, b=last: self._files.cat_file(path, start=a, end=b), at)  # type: ignore[misc]  # bound now
            if len(chunk) != last - first:
                raise RemoteError(f"{self.address}: {at} has other bytes than it says; try again")
            yield chunk

    def offer(self, run_id: str, places: Collection[str]) -> Offer:  # noqa: ARG002 - the places have it in them
        """Return these files, read once where they are small, and the objects that their events name."""
        known, mentions = self.records(), Mentions()
        files: dict[str, Content] = {}
        for at in sorted(places):
            found = placed(at)
            files[at] = self._content(at, known[at].size)
            if isinstance(found, Segment) and found.name.startswith("ev-"):
                mentions.take(files[at].chunks())
        return Offer(files, self._mentioned(mentions))

    def offer_changes(self, places: Collection[str], chosen: Collection[str] | None) -> Offer:
        """Return these files whole: changes of a run that is not here yet wait for it."""
        known, mentions, room = self.records(), Mentions(chosen), _KEPT
        files: dict[str, Content] = {}
        for at in sorted(places):
            files[at] = self._content(at, known[at].size, room)
            room -= min(known[at].size, room)
            mentions.take(files[at].chunks())
        return Offer(files, self._mentioned(mentions))

    def _content(self, at: str, size: int, room: int = CHUNK) -> Content:
        """Return a file: what is small is read now and kept, what is large is read when it is asked for."""
        if size <= min(CHUNK, room):
            return whole_lines(at, Content.of(b"".join(self._read(at, size))))
        return whole_lines(at, Content(size, lambda: self._read(at, size)))

    def _mentioned(self, mentions: Mentions) -> frozenset[str]:
        return objects_of(mentions, self.objects(), lambda name: self.object_content(name).chunks())

    def object_content(self, name: str) -> Content:
        """Return an object; its bytes are not checked here, whoever takes them in does it."""
        self._list()
        if name not in self._objects:
            raise ObjectMissing(f"object {name} is not in {self.address}")
        size = self._objects[name]
        return Content(size, lambda: self._read("/".join(place(name)), size))

    def deletions(self) -> list[dict[str, Any]]:
        """Return nothing: it would take reading every change there."""
        return []

    # What is added

    def add_run(self, run_id: str, files: Mapping[str, Content]) -> frozenset[str]:  # noqa: ARG002 - the places have it in them
        """Add files of a run, its points before the events that sum them up; return those with anything new."""
        in_order = sorted(files, reverse=True)  # "mx" and "mb" before "ev"
        return frozenset([at for at in in_order if self._add_record(at, files[at])])

    def add_changes(self, at: Changes, content: Content) -> bool:
        """Add a file of the meta log; tell whether it had anything new."""
        return self._add_record(at.place, content)

    def _add_record(self, at: str, content: Content) -> bool:
        """Add a record file: under its name, in place of its own beginning, or beside other bytes of that name."""
        for _ in range(_TRIES):
            try:
                return self._put_beside_or_over(at, self._known.get(at), content)
            except FileExistsError:
                self._look_again(at)
        raise RemoteError(f"{self.address}: {at} keeps changing; try again")

    def _put_beside_or_over(self, at: str, before: Entry | None, content: Content) -> bool:
        if before is None:
            if at in self._slices and self._slices[at].size >= content.size:
                return False
            self._put_content(at, content, None)
            return True
        if not same(self._read(at, before.size), content.chunks(), min(before.size, content.size)):
            return self._put_beside(at, content)
        if before.size < content.size:
            self._put_content(at, content, before)
            return True
        return False

    def add_object(self, name: str, content: Content) -> None:
        """Add an object, whose bytes are summed up on their way: damaged ones never arrive."""
        at = "/".join(place(name))
        before = self._known.get(at)
        if before is None or before.size != content.size:
            with suppress(FileExistsError):  # the same bytes, put by somebody else a moment ago
                self._put_content(at, content, before, name)
        self._objects[name] = content.size

    def verify(self, at: str, content: Content) -> bool:
        """Tell whether what arrived is what was sent, by reading all of it back."""
        at = self._moved.get(at, at)
        entry = self._known.get(at)
        return (
            entry is not None
            and entry.size >= content.size
            and same(self._read(at, content.size), content.chunks(), content.size)
        )

    def _put_beside(self, place: str, content: Content) -> bool:
        at = placed(place)
        summed = hashlib.sha256()
        for chunk in content.chunks():
            summed.update(chunk)
        assert isinstance(at, Segment | Changes)  # noqa: S101 - objects have one content
        other = at._replace(name=beside(at.name, summed.hexdigest())).place
        self._moved[place] = other
        if other in self._known:
            return False
        with suppress(FileExistsError):
            self._put_content(other, content, None)
        return True

    def _put_content(self, place: str, content: Content, before: Entry | None, name: str | None = None) -> None:
        if content.size <= ONE_PUT:
            data = content.whole()
            if len(data) != content.size or (name is not None and name_of(data, name) != name):
                raise _changed(place)
            self._known[place] = self._put(place, data, before)
        else:
            self._known[place] = self._put_large(place, content, before, name)

    def _put(self, place: str, data: bytes, before: Entry | None) -> Entry:
        """Put a small file; it must not replace anything else than ``before``, as far as the server can see to that."""
        path = self._at(place)
        self.asking("put", lambda: self._write_small(path, data, before), place)
        return self._arrived(place, len(data))

    def _write_small(self, path: str, data: bytes, before: Entry | None) -> None:  # noqa: ARG002 - for those who can
        with self._appearing.named(path) as (temporary, publish):
            self._files.pipe_file(temporary, data)
            publish()

    def _put_large(self, place: str, content: Content, before: Entry | None, name: str | None) -> Entry:
        path = self._at(place)
        self.asking("put", lambda: self._write_large(path, content, before, name), place)
        return self._arrived(place, content.size)

    def _write_large(self, path: str, content: Content, before: Entry | None, name: str | None) -> None:  # noqa: ARG002 - same
        with self._appearing.named(path) as (temporary, publish):
            file = self._files.open(temporary, "wb", block_size=part_size(content.size))
            try:
                self._pour(content, name, file.write)
            except BaseException:
                discard(file)
                raise
            file.close()
            publish()

    def _pour(self, content: Content, name: str | None, write: Callable[[bytes], object]) -> None:
        """Hand over all the bytes, or end before the last: what is incomplete or damaged must not be published."""
        summed = Sum(algorithm_of(name)) if name is not None else None
        count = 0
        for chunk in content.chunks():
            self.asking.check()
            write(chunk)
            count += len(chunk)
            if summed is not None:
                summed.update(chunk)
        if count != content.size or (summed is not None and summed.name != name):
            raise _changed(name or "a file")

    def _arrived(self, place: str, size: int) -> Entry:
        """Return what the remote says of a file that was just put.

        Raises:
            RemoteError: it is not as large as what was sent.
        """
        entry = self._ask(place)
        if entry is None or entry.size != size:
            came = entry.size if entry else 0
            raise RemoteError(f"{self.address}: {place} did not arrive whole ({came} of {size} bytes); try again")
        return entry

    def _look_again(self, place: str) -> None:
        entry = self._ask(place)
        if entry is None:
            self._known.pop(place, None)
        else:
            self._known[place] = entry

    def _ask(self, place: str) -> Entry | None:
        try:
            return _entry(self.asking("head", lambda: self._files.info(self._at(place)), place))
        except FileNotFoundError:
            return None

    def _at(self, place: str) -> str:
        return f"{self._root}/{place}"


def _changed(what: str) -> ObjectMissing:
    return ObjectMissing(f"{what} is damaged or was changed while it was read; `nbtrack fsck --data` looks closer")


def _entry(about: dict[str, Any]) -> Entry:
    mark = next((str(about[key]) for key in _MARKS if about.get(key) is not None), "")
    return Entry(int(about.get("size") or 0), f"{about.get('size')}-{mark.strip(chr(34))}")
