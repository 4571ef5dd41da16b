"""The index on disk: derived from the segments, written for the next process, free to be deleted.

``cache/index-<generation>.jsonl`` is a sealed header and one line a run. A full index stands alone; one with a ``base``
holds what changed since that generation. A file that does not check in every respect is as good as absent.
"""

import gc
import json
import os
import re
from binascii import crc32
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

import orjson

from nbtrack.errors import StoreError
from nbtrack.store.disk import create, flush, flush_folder, names, read, refuse_links
from nbtrack.store.record import decode, encode

_NAME = re.compile(r"index-([0-9]{9})\.jsonl")
_VERSION = 1  # raise it when documents change their shape: older indexes are then not read
_HIGHEST = 12  # files that are read for one snapshot
# Where the fast parser and the exact one may differ: very large integers and lone surrogates.
_INEXACT = re.compile(r"(?<![\d.eE+-])-?\d{16,}(?![\d.eE])|\\ud")

Rows = dict[str, dict[str, Any]]


class Snapshot(NamedTuple):
    """What an index file knows: the rows, and the state of the folders that they were read from."""

    base: "Base"
    rows: Rows
    state: Mapping[str, Any]


class Base(NamedTuple):
    """The index file that a later one stands on: its generation, its checksum, how many stand below it and itself."""

    generation: int
    check: str
    height: int


class Index:
    """The index files of a store."""

    def __init__(self, root: Path, store_id: str) -> None:
        self._folder = root / "cache"
        self._tmp = root / "tmp"
        self._store = store_id

    def load(self) -> Snapshot | None:
        """Return the newest snapshot that is whole, or None."""
        for generation in sorted(self._generations(), reverse=True):
            with no_collection():
                found = self._chain(generation)
            if found is not None:
                return found
        return None

    def _generations(self) -> list[int]:
        return [int(found[1]) for name in names(self._folder) if (found := _NAME.fullmatch(name))]

    def _chain(self, newest: int) -> Snapshot | None:
        """Read a generation and those it stands on; later rows replace earlier ones."""
        parts: list[_Part] = []
        wanted: tuple[int, str] | None = (newest, "")
        while wanted is not None:
            part = self._read(*wanted) if len(parts) < _HIGHEST else None
            if part is None:
                return None
            parts.append(part)
            wanted = part.base
        rows: Rows = {}
        for part in reversed(parts):
            rows.update((row["id"], row) for row in part.rows)
        kept = {run_id: row for run_id, row in rows.items() if not row.get("gone")}
        return Snapshot(Base(newest, parts[0].check, len(parts)), kept, parts[0].state)

    def _read(self, generation: int, check: str) -> "_Part | None":
        try:
            content = read(self._path(generation))
            head, *rows, _tail = content.split(b"\n")
            line = decode(head)
            header = line.record
            found = f"{crc32(memoryview(content)[len(head) + 1 :]):08x}"
            if line.state != "ok" or header["body"] != found or check not in {"", found}:
                return None
            if (header["v"], header["store"], header["gen"]) != (_VERSION, self._store, generation):
                return None
            base = None if header["base"] is None else (int(header["base"][0]), str(header["base"][1]))
            return _Part(base, found, [_row(row) for row in rows], header["state"])
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None

    def save(self, rows: Rows, state: Mapping[str, Any], base: Base | None) -> Base | None:
        """Write all rows, or on a ``base`` those changed since; return what was written, None when it cannot be."""
        generation = max(self._generations(), default=0) + 1
        try:
            body = "".join(_line(row) for row in rows.values()).encode("ascii")
            header = {
                "k": "index",
                "v": _VERSION,
                "store": self._store,
                "gen": generation,
                "base": None if base is None else [base.generation, base.check],
                "body": f"{crc32(body):08x}",
                "state": state,
            }
            self._publish(encode(header) + body, generation)
        except (OSError, ValueError, RecursionError, StoreError):
            return None
        if base is None:
            self._prune(generation)
        return Base(generation, str(header["body"]), 1 if base is None else base.height + 1)

    def has(self, base: Base) -> bool:
        """Tell whether a base is still there to stand on."""
        return self._path(base.generation).exists()

    def _publish(self, content: bytes, generation: int) -> None:
        refuse_links(self._folder.parent, self._folder.name)
        refuse_links(self._tmp.parent, self._tmp.name)
        temporary = self._tmp / token_hex(8)
        fd = create(temporary)
        try:
            with open(fd, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
                file.write(content)
                flush(fd)
            os.link(temporary, self._path(generation))  # never in place of what another process wrote
            flush_folder(self._folder)
        finally:
            temporary.unlink(missing_ok=True)

    def _prune(self, full: int) -> None:
        for older in self._generations():
            if older < full:
                with suppress(OSError):
                    self._path(older).unlink()

    def _path(self, generation: int) -> Path:
        return self._folder / f"index-{generation:09d}.jsonl"


class _Part(NamedTuple):
    base: tuple[int, str] | None
    check: str
    rows: list[dict[str, Any]]
    state: Mapping[str, Any]


def _line(row: Mapping[str, Any]) -> str:
    """A row, as JSON; as a JSON string of that JSON when only the exact parser must read it."""
    text = json.dumps(row, allow_nan=False, separators=(",", ":"))
    return (json.dumps(text) if _INEXACT.search(text) else text) + "\n"


def _row(line: bytes) -> dict[str, Any]:
    row = orjson.loads(line)
    return row if isinstance(row, dict) else dict(json.loads(row))


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
