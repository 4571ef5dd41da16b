"""What is fed with anything: each target takes bytes and may raise nothing but what its documentation says."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ledger import Ledger
from scenarios import a_run, housekeeping, perform

from nbtrack.errors import FilterError, NbtrackError, StoreError, UsageError
from nbtrack.query.parse import parse
from nbtrack.store.lines.block import block_lines
from nbtrack.store.local import LocalStore
from nbtrack.store.objects import manifest
from nbtrack.store.runs.live import Live
from nbtrack.store.runs.packs import Pack
from nbtrack.store.runs.reading import Reading

_MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
_RUN = "20261121t101530-00000000"


class Target(NamedTuple):
    """A reader, and inputs that it likes, to begin with."""

    feed: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]


def _place() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nbtrack-fuzz-", dir=_MEMORY))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _folder() -> Path:
    folder = _place()
    (folder / _RUN).mkdir()
    return folder


def _segment(content: bytes, name: str) -> None:
    folder = _folder() / _RUN
    for old in os.listdir(folder):  # noqa: PTH208 - thousands a second
        os.unlink(folder / old)  # noqa: PTH108 - as above
    (folder / name).write_bytes(content)
    reading = Reading(_RUN, folder)
    reading.refresh()
    reading.document((), Live(_folder()))


def segment(content: bytes) -> None:
    """The reader of a run's events: total."""
    _segment(content, "ev-0123456789ab-0.jsonl")


def points(content: bytes) -> None:
    """The reader of a run's points: total."""
    _segment(content, "mx-0123456789ab-0.jsonl")


def block(content: bytes) -> None:
    """The reader of metric blocks: total."""
    path = _folder() / "block"
    path.write_bytes(content)
    list(block_lines(path))
    _segment(content, "mb-0123456789ab-0.block")


def pack(content: bytes) -> None:
    """The reader of packs: total."""
    path = _folder() / "2026-11-0123456789abcdef.jsonl"
    path.write_bytes(content)
    found = Pack(path)
    assert found.is_readable() in {True, False}
    for files in found.runs.values():
        for file in files:
            file.read()


def folder_manifest(content: bytes) -> None:
    """The reader of manifests refuses what is none."""
    with suppress(StoreError, UsageError):
        manifest.decode(content)


def filter_text(content: bytes) -> None:
    """The parser of filters refuses what is none."""
    with suppress(FilterError):
        parse(content.decode("utf-8", "replace"))


@cache
def _written() -> dict[str, list[bytes]]:
    top = _place()
    perform(a_run, top / "a", Ledger())
    perform(housekeeping, top / "b", Ledger())
    store = LocalStore(top / "c")
    from nbtrack.store.writing.compaction import compact

    writer = store.begin(_RUN, {"name": "x"})
    for step in range(40):
        writer.point({"loss": step / 3} if step % 5 else {"val": step, "loss": float("nan")}, step)
    with suppress(NbtrackError):
        writer.close("finished", 1.0)
    compact(top / "c" / "runs" / "2026-11" / _RUN, least=0)
    kinds = {"ev": "ev-*", "mx": "mx-*", "mb": "mb-*", "pack": "packs/*"}
    return {kind: [path.read_bytes() for path in top.rglob(name) if path.is_file()] for kind, name in kinds.items()}


FILTERS = [
    b"params.lr < 0.01 and metrics.accuracy > 0.9",
    b"not (tags.`a b` in ('x', \"y\") or status = 'failed') order by metrics.f1 desc limit 20",
    b"started > '2026-11-01' and name like '%a_b%' and params.x is null",
]
MANIFEST = [
    b'{"k":"folder","fmt":1,"files":1,"total":2}\n{"path":"a/b","sha256":"' + b"0" * 64 + b'","size":2,"exec":true}\n',
    b'{"k":"folder","fmt":1,"files":0,"total":0}\n{"path":"e","folder":true}\n{"path":"l","link":"e"}\n{"path":"p","left_out":"x"}\n',
]
TARGETS: dict[str, Target] = {
    "segment": Target(segment, lambda: [each[:6000] for each in _written()["ev"]]),
    "points": Target(points, lambda: _written()["mx"]),
    "block": Target(block, lambda: _written()["mb"]),
    "pack": Target(pack, lambda: _written()["pack"]),
    "manifest": Target(folder_manifest, lambda: MANIFEST),
    "filter": Target(filter_text, lambda: FILTERS),
}
