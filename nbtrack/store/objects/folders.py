"""Keeping a whole folder as objects and a manifest, and giving it back."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Final, NamedTuple

from nbtrack.errors import NbtrackError, ObjectMissing, StoreError, UsageError
from nbtrack.store.base import ObjectRef, Store
from nbtrack.store.objects.manifest import Entry, Manifest, checked, decode, encode, is_portable

Refuse = Callable[[str], str | None]
OURS: Final = "it is a store of nbtrack"
_STORE: Final = (".nbtrack", "store.json")
_NAMED: Final = 5


class Kept(NamedTuple):
    """A folder that was kept: the object of its manifest, and what that lists."""

    ref: ObjectRef
    manifest: Manifest


class _File(NamedTuple):
    place: str
    executable: bool


def keep_folder(store: Store, folder: Path, refuse: Refuse = lambda _: None) -> Kept:
    """Keep all files below a folder, and a list of them. An unchanged file is not read again.

    Links within the folder are kept as links and never followed, so loops do no harm. What is no file, leads outside,
    cannot be read or is refused is in the list with the reason, but not kept; so is a store of nbtrack.

    Args:
        store: where to.
        folder: which.
        refuse: says of the path of a file why it must not be kept, or None.

    Raises:
        UsageError: it is no folder that can be listed.
        StoreFull: there is no room.
    """
    walk = _Walk(folder, refuse)
    kept = store.put_all([file.place for file in walk.files.values()])
    entries = list(walk.entries)
    for (path, file), outcome in zip(walk.files.items(), kept, strict=True):
        if isinstance(outcome, ObjectRef):
            entries.append(Entry(path, outcome, file.executable))
        else:
            entries.append(Entry(path, left_out=_reason(outcome, file.place)))
    manifest = Manifest(tuple(sorted(entries, key=lambda entry: entry.path)))
    return Kept(store.put(encode(manifest)), manifest)


def restore_folder(store: Store, name: str, to: Path) -> Manifest:
    """Make a new folder with everything that was kept of another; return the manifest it was made from.

    It is made under another name beside ``to`` and appears when it is complete. Nothing is written outside of it,
    whatever the manifest says: links are made last, and lead to something within the folder.

    Raises:
        FileExistsError: there is something at ``to``.
        ObjectMissing: bytes of some files are missing or damaged. All others are there; the message names these.
        StoreError: the manifest is none, or leads out of the folder; nothing is made.
    """
    manifest = decode(store.get(name))
    _refuse_foreign(manifest)
    if os.path.lexists(to):
        raise FileExistsError(f"{to} is there already; restore to a new folder")
    workshop = to.with_name(f".{to.name[:100]}-{token_hex(6)}")
    workshop.mkdir(mode=0o700)  # nobody else can put a link where we write
    try:
        making = workshop / "folder"
        making.mkdir()
        missing = [entry.path for entry in manifest.entries if not _restored(store, entry, making)]
        _make_links(manifest, making)
        making.rename(to)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    if missing:
        raise ObjectMissing(f"{to} lacks {_named(missing)}: their bytes are missing or damaged")
    return manifest


def stays_within(path: str, target: str) -> bool:
    """Tell whether a link at ``path`` leads to something within the folder it lies in, by its words alone.

    >>> stays_within("a/latest", "../b"), stays_within("latest", "../b"), stays_within("a", "/etc")
    (True, False, False)
    """
    if not target or target.startswith("/") or set(target) & set("\0\\:"):
        return False
    parts = [part for part in target.split("/") if part not in {"", "."}]
    names = [part for part in parts if part != ".."]
    climbs = len(parts) - len(names)
    # Climbing comes first: what lies behind a name may be a link itself, and "..", from there, anywhere.
    return climbs <= path.count("/") and parts[climbs:] == names


class _Walk:
    """What is below a folder: ``files`` to keep, by their paths within it, and ``entries`` for everything else."""

    def __init__(self, folder: Path, refuse: Refuse) -> None:
        self.files: dict[str, _File] = {}
        self.entries: list[Entry] = []
        self._refuse = refuse
        self._waiting = [("", os.fspath(folder))]
        try:
            os.scandir(folder).close()
        except OSError as error:
            raise UsageError(f"{folder} cannot be listed ({error.strerror})") from error
        while self._waiting:
            self._list(*self._waiting.pop())

    def _list(self, prefix: str, place: str) -> None:
        try:
            with os.scandir(place) as found:
                entries = list(found)
        except OSError as error:
            self.entries.append(Entry(prefix[:-1], left_out=f"it cannot be listed ({error.strerror})"))
            return
        if not entries and prefix:
            self.entries.append(Entry(prefix[:-1]))
        for each in entries:
            self._take(prefix + each.name, each)

    def _take(self, path: str, each: os.DirEntry[str]) -> None:
        if each.is_symlink():
            self.entries.append(_link(path, each.path))
        elif each.is_dir(follow_symlinks=False):
            self._enter(path, each)
        elif not each.is_file(follow_symlinks=False):
            self.entries.append(Entry(path, left_out="it is not a file"))
        elif reason := self._refuse(each.path):
            self.entries.append(Entry(path, left_out=reason))
        else:
            self.files[path] = _File(each.path, _is_executable(each))

    def _enter(self, path: str, each: os.DirEntry[str]) -> None:
        name, mark = _STORE
        if each.name == name and os.path.lexists(f"{each.path}/{mark}"):
            self.entries.append(Entry(path, left_out=OURS))
        else:
            self._waiting.append((f"{path}/", each.path))


def _link(path: str, place: str) -> Entry:
    try:
        target = os.readlink(place)  # noqa: PTH115 - one of a hundred thousand
    except OSError as error:
        return Entry(path, left_out=f"it cannot be read ({error.strerror})")
    if os.name == "nt":
        target = target.replace("\\", "/")
    if not stays_within(path, target):
        return Entry(path, left_out="it is a link that leads out of the folder")
    return Entry(path, link=target)


def _is_executable(each: os.DirEntry[str]) -> bool:
    try:
        return os.name != "nt" and bool(each.stat(follow_symlinks=False).st_mode & 0o100)
    except OSError:
        return False


def _reason(problem: NbtrackError, place: str) -> str:
    """The manifest must not tell where the folder lay: it would differ from that of the same folder elsewhere."""
    return str(problem).replace(place, "it")


def _refuse_foreign(manifest: Manifest) -> None:
    """Refuse what would not lie in the folder; ``decode`` has seen to it that paths do, by the rules of this system."""
    for entry in manifest.entries:
        if entry.link is not None and not stays_within(entry.path, entry.link):
            raise StoreError(f"the link {entry.path[:80]!r} leads out of the folder to {entry.link[:80]!r}")
        if os.name == "nt" and not all(map(is_portable, checked(entry.path))):
            raise StoreError(f"{entry.path[:80]!r} cannot be the name of a file on this system")


def _restored(store: Store, entry: Entry, making: Path) -> bool:
    """Make one thing; tell whether it is there, as far as it was kept."""
    if entry.link is not None or entry.left_out is not None:
        return True
    path = making.joinpath(*checked(entry.path))
    try:
        (path.parent if entry.ref else path).mkdir(parents=True, exist_ok=True)
        if entry.ref:
            store.fetch(entry.ref.name, path)
    except ObjectMissing:
        return False
    except (OSError, ValueError) as problem:  # a name that is too long, twins but for their case, a full disk
        raise StoreError(f"{entry.path[:80]!r} cannot be made here ({problem})") from problem
    if entry.executable:
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o444) >> 2)  # for whoever may read it
    return True


def _make_links(manifest: Manifest, making: Path) -> None:
    for entry in manifest.entries:
        if entry.link is not None:
            path = making.joinpath(*checked(entry.path))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(entry.link)


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"
