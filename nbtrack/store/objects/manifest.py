"""The list that stands for a folder: JSON lines, one for each thing in it, in the order of their paths.

    {"k":"folder","fmt":1,"files":2,"total":7}
    {"path":"a/model.bin","sha256":"<hex>","size":5}
    {"path":"a/run.sh","sha256":"<hex>","size":2,"exec":true}
    {"path":"empty","folder":true}
    {"path":"latest","link":"a"}
    {"path":"pipe","left_out":"it is not a file"}

It is an object like any other, so it is the same when nothing changed. Paths have ``/`` between their parts; they are
what the file system called them, and are believed only after ``checked``: a manifest may come from anywhere.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from nbtrack.errors import StoreError
from nbtrack.store.base import ObjectRef
from nbtrack.store.objects.hashing import ALGORITHMS, is_name, tagged

FORMAT: Final = 1
_PARTS: Final = 1_000  # folders in one another
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in range(10))}
)


class Entry(NamedTuple):
    """One thing in a folder: a file (``ref``), a link (``link`` says where to), a folder that is empty, or what of it
    was not kept, and why (``left_out``).
    """  # noqa: D205 - one sentence

    path: str
    ref: ObjectRef | None = None
    executable: bool = False
    link: str | None = None
    left_out: str | None = None


class Manifest(NamedTuple):
    """What is in a folder, in the order of the paths."""

    entries: tuple[Entry, ...]

    @property
    def files(self) -> tuple[Entry, ...]:
        """The files whose bytes are kept."""
        return tuple(entry for entry in self.entries if entry.ref is not None)

    @property
    def left_out(self) -> tuple[Entry, ...]:
        """What is known to have been there and was not kept."""
        return tuple(entry for entry in self.entries if entry.left_out is not None)

    @property
    def total(self) -> int:
        """How many bytes the files have together."""
        return sum(entry.ref.size for entry in self.entries if entry.ref is not None)


def encode(manifest: Manifest) -> bytes:
    """Return the bytes of a manifest: always the same for the same."""
    head = {"k": "folder", "fmt": FORMAT, "files": len(manifest.files), "total": manifest.total}
    dumps = json.JSONEncoder(separators=(",", ":")).encode
    return "".join(f"{dumps(each)}\n" for each in (head, *map(_line, manifest.entries))).encode("ascii")


def decode(content: bytes) -> Manifest:
    """Return what a manifest lists.

    Raises:
        StoreError: it is none, one of a later format, or one that names what would not lie in the folder.
    """
    lines = [line for line in content.split(b"\n") if line]
    try:
        head = json.loads(lines[0])
        if head["k"] != "folder" or int(head["fmt"]) > FORMAT:
            raise StoreError(f"this nbtrack knows no manifests of format {head['fmt']!r}; update it")
        entries = [_entry(json.loads(line)) for line in lines[1:]]
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as problem:
        raise StoreError(f"this is no manifest of a folder ({type(problem).__name__}: {str(problem)[:80]})") from None
    _refuse_contradictions(entries)
    return Manifest(tuple(entries))


def objects_in(content: bytes) -> Iterator[str]:
    """Yield the names of the objects that a manifest needs, each once.

    Raises:
        StoreError: as ``decode``.
    """
    yield from dict.fromkeys(entry.ref.name for entry in decode(content).files if entry.ref is not None)


def checked(path: str) -> tuple[str, ...]:
    r"""Return the parts of a path that stays below the folder it is taken from, on any system.

    >>> checked("a/b.bin")
    ('a', 'b.bin')

    Raises:
        ValueError: it is absolute, climbs, or has a part that some system understands as something else.
    """
    parts = tuple(path.split("/"))
    if len(parts) > _PARTS or not all(map(_is_plain, parts)):
        raise ValueError(f"not a path within a folder: {path[:80]!r}")
    return parts


def _is_plain(part: str) -> bool:
    return part not in {"", ".", ".."} and "\0" not in part


def is_portable(part: str) -> bool:
    r"""Tell whether a part of a path means on Windows what it means elsewhere.

    >>> [part for part in ("model.bin", "a:b", "NUL.txt", "x.", "a\\b") if is_portable(part)]
    ['model.bin']
    """
    stem = part.partition(".")[0].rstrip(" ").lower()
    return (
        not set(part) & set('\\:*?"<>|') and part.rstrip(". ") == part and stem not in _RESERVED and part.isprintable()
    )


def _line(entry: Entry) -> dict[str, Any]:
    line: dict[str, Any] = {"path": entry.path}
    if entry.ref is not None:
        line |= entry.ref.members()
        if entry.executable:
            line["exec"] = True
    elif entry.link is not None:
        line["link"] = entry.link
    elif entry.left_out is not None:
        line["left_out"] = entry.left_out
    else:
        line["folder"] = True
    return line


def _entry(line: dict[str, Any]) -> Entry:
    path = str(line["path"])
    checked(path)
    for algorithm in ALGORITHMS:
        if algorithm in line:
            return Entry(path, _ref(tagged(algorithm, str(line[algorithm])), line["size"]), line.get("exec") is True)
    if "link" in line:
        return Entry(path, link=str(line["link"]))
    return Entry(path, left_out=str(line["left_out"]) if "left_out" in line else None)


def _ref(name: str, size: Any) -> ObjectRef:
    if not is_name(name) or type(size) is not int or size < 0:
        raise ValueError(f"not an object: {name[:80]!r}")
    return ObjectRef(name, size)


def _refuse_contradictions(entries: list[Entry]) -> None:
    """A path is one thing; and only a folder has things in it: below a link they would lie elsewhere."""
    paths = {entry.path for entry in entries}
    above = {entry.path[:at] for entry in entries for at, sign in enumerate(entry.path) if sign == "/"}
    if len(paths) < len(entries) or above & paths:
        twice = next((path for path in sorted(above & paths)), "a path")
        raise StoreError(f"this manifest contradicts itself: {twice[:80]!r} is several things")
