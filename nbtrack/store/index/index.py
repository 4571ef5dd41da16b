"""The index on disk: derived from the segments, written for the next process, free to be deleted.

``cache/index-<generation>.bin`` is a header and a sheet. A full index stands alone; one with a ``base`` holds what
changed since that generation and names the rows below it that it replaces. A file that does not check in every respect
is as good as absent; a column or document that turns out damaged when it is read is made again from the records.
"""

import gc
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, NamedTuple

import orjson

from nbtrack.errors import StoreError
from nbtrack.model.document import RunDocument
from nbtrack.store.index.sheet import InFile, InMemory, Sheet
from nbtrack.store.index.sheet_writing import Made, from_sheets
from nbtrack.store.lines.record import seal
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    link,
    make_folders,
    names,
    refuse_links,
    unlink,
    write,
)

_NAME: Final = re.compile(r"index-([0-9]{9})\.bin")
_OLDER: Final = re.compile(r"index-[0-9]{9}\.jsonl")  # of the first format; nobody reads them any more
_VERSION: Final = 4  # raise it when documents change their shape: older indexes are then not read
_HIGHEST: Final = 16  # files on one another
_HEADER: Final = 1 << 16  # bytes that are read for a start; few headers are longer
_LONGEST: Final = 1 << 28
_TRIES: Final = 3
_SUFFIX: Final = 17  # ,"c":"0123abcd"} and a newline

Rescue = Callable[[str], RunDocument]
State = Mapping[str, Any]


class Layer(NamedTuple):
    """A sheet, the rows of it that later ones replace, and the generation and checksum of its file, if it has one."""

    sheet: Sheet
    hidden: frozenset[int]
    generation: int = 0
    check: str = ""

    @property
    def size(self) -> int:
        """How many of its runs still count."""
        return self.sheet.count + self.sheet.deleted - len(self.hidden)


class Snapshot(NamedTuple):
    """What the index knows: its layers, oldest first, and the state of the folders that they were read from."""

    layers: Sequence[Layer]
    state: State


class Index:
    """The index files of a store."""

    def __init__(self, root: Path, store_id: str, rescue: Rescue) -> None:
        self._folder = root / "cache"
        self._tmp = root / "tmp"
        self._store = store_id
        self._rescue = rescue
        self._refused: set[int] = set()

    def load(self) -> Snapshot | None:
        """Return the newest snapshot that is whole, or None."""
        for _ in range(_TRIES):
            known = self.generations()
            for generation in (each for each in known if each not in self._refused):
                found = self._chain(generation)
                if found is not None:
                    return found
            if known == self.generations():  # else another process has just put others in their place
                return None
        return None

    def generations(self) -> list[int]:
        """Return the numbers of the files there are, newest first."""
        found = (_NAME.fullmatch(name) for name in names(self._folder))
        return sorted((int(each[1]) for each in found if each), reverse=True)

    def newest(self) -> int:
        """Return the highest number of a file, 0 when there is none."""
        return max(self.generations(), default=0)

    def _chain(self, newest: int) -> Snapshot | None:
        """Read a generation and those it stands on."""
        layers: list[Layer] = []
        state: State = {}
        hides: dict[int, set[int]] = {}
        wanted: tuple[int, str] | None = (newest, "")
        while wanted is not None:
            part = self._read(*wanted) if len(layers) < _HIGHEST * 2 else None
            if part is None:
                return None
            layers.append(Layer(part.sheet, frozenset(hides.get(wanted[0], ())), wanted[0], part.check))
            state = state or part.state
            for generation, rows in part.hides.items():
                hides.setdefault(generation, set()).update(rows)
            wanted = part.base
        return Snapshot(layers[::-1], state)

    def _read(self, generation: int, check: str) -> "_Part | None":
        try:
            content = InFile(self._path(generation))
            line = _header(content)
            header = orjson.loads(line)
            if (header["v"], header["store"], header["gen"], header["order"]) != self._about(generation):
                return None
            if check not in {"", header["c"]} or content.size() != len(line) + int(header["sheet"]["size"]):
                return None
            content.start = len(line)
            base = None if header["base"] is None else (int(header["base"][0]), str(header["base"][1]))
            sheet = Sheet(header["sheet"], content, self._rescue)
            hides = {int(below): frozenset(map(int, rows)) for below, rows in header["hides"].items()}
            return _Part(base, header["c"], sheet, hides, header["state"])
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError):
            return None

    def _about(self, generation: int) -> tuple[int, str, int, str]:
        return _VERSION, self._store, generation, sys.byteorder

    def save(self, made: Made, below: Sequence[Layer], state: State) -> Layer | None:
        """Write a sheet on top of the files of the layers below; return its layer, None when it cannot be written."""
        generation = self.newest() + 1
        base = below[-1] if below else None
        version, store, _, order = self._about(generation)
        header = {
            "k": "index",
            "v": version,
            "store": store,
            "gen": generation,
            "order": order,
            "base": [base.generation, base.check] if base else None,
            "hides": {str(layer.generation): sorted(layer.hidden) for layer in below if layer.hidden},
            "state": state,
            "sheet": made.directory,
        }
        try:
            line, check = seal(orjson.dumps(header)[:-1])
            self._publish(chain((line, made.blocks), made.entries), generation)
            content = InFile(self._path(generation), len(line))
            layer = Layer(Sheet(made.directory, content, self._rescue), frozenset(), generation, check.decode())
        except (OSError, ValueError, TypeError, StoreError):
            return None
        self._prune(generation, {each.generation for each in below})
        return layer

    def hold(self, made: Made) -> Layer:
        """Return the layer of a sheet that is kept in memory."""
        content = InMemory(b"".join([made.blocks, *made.entries]))
        return Layer(Sheet(made.directory, content, self._rescue), frozenset())

    def can_write(self) -> bool:
        """Tell whether there is any use in trying."""
        return all(os.access(each if each.exists() else each.parent, os.W_OK) for each in (self._folder, self._tmp))

    def drop(self, layers: Iterable[Layer]) -> None:
        """Remove files that turned out damaged, so that no one starts from them again, we least of all."""
        for layer in layers:
            if layer.generation:
                self._refused.add(layer.generation)
                with suppress(OSError):
                    unlink(self._path(layer.generation))

    def _publish(self, pieces: Iterable[bytes], generation: int) -> None:
        refuse_links(self._folder.parent, self._folder.name)
        refuse_links(self._tmp.parent, self._tmp.name)
        make_folders(self._folder)  # a clone made by git has neither, and anybody may delete them
        make_folders(self._tmp)
        temporary = self._tmp / token_hex(8)
        fd = create(temporary)
        try:
            try:
                for piece in pieces:
                    write(fd, piece)
                flush(fd)
            finally:
                os.close(fd)
            link(temporary, self._path(generation))  # never in place of what another process wrote
            flush_folder(self._folder)
        finally:
            unlink(temporary, missing_ok=True)

    def _prune(self, newest: int, kept: set[int]) -> None:
        """Remove what the newest file does not stand on. Whoever has one of them open can still read it."""
        for name in names(self._folder):
            found = _NAME.fullmatch(name)
            if (found and int(found[1]) < newest and int(found[1]) not in kept) or _OLDER.fullmatch(name):
                with suppress(OSError):
                    unlink(self._folder / name)

    def _path(self, generation: int) -> Path:
        return self._folder / f"index-{generation:09d}.bin"


class _Part(NamedTuple):
    base: tuple[int, str] | None
    check: str
    sheet: Sheet
    hides: Mapping[int, frozenset[int]]
    state: State


def _header(content: InFile) -> bytes:
    """Return the first line.

    Raises:
        ValueError: there is none, or it is not what was written.
    """
    size = _HEADER
    found = content.read(0, size)
    while b"\n" not in found and len(found) == size < _LONGEST:
        size *= 8
        found = content.read(0, size)
    line = found[: found.index(b"\n") + 1]
    if seal(line[:-_SUFFIX])[0] != line:
        raise ValueError("the header of an index file is damaged")
    return line


def kept_below(layers: Sequence[Layer], size: int, *, in_files: bool) -> int:
    """Return how many of the layers stay below a new one of ``size`` runs: each is more than twice the next.

    So a run is copied a few times in its life, and a store of a hundred thousand is in a dozen files at most.
    A file cannot stand on layers that have none.
    """
    kept = next((k for k, layer in enumerate(layers) if in_files and not layer.generation), len(layers))
    size += sum(layer.size for layer in layers[kept:])
    while kept and (layers[kept - 1].size <= 2 * size or kept >= _HIGHEST):
        kept -= 1
        size += layers[kept].size
    return kept


def together(layers: Iterable[Layer]) -> Made:
    """Return the sheet of several layers."""
    return from_sheets([(layer.sheet, layer.hidden) for layer in layers])


@contextmanager
def no_collection() -> Iterator[None]:
    """Put garbage collection off: while a million objects are made and all kept, it doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
