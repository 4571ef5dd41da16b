"""Runs written to a store as a notebook would have recorded them, with everything a report can tell of."""

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from nbtrack.store.base import Store

BEST, SECOND, FAILED = "20261121t101530-7k3m9q2x", "20261121t101430-8m4n0r3y", "20261121t101330-9n5p1s4z"
SETUP = "import pandas as pd\ntable = pd.read_csv('data/train.csv')\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(*texts: bytes) -> bytes:
    """Return a picture of one pixel that carries ``texts`` beside it."""
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
            *(chunk(b"tEXt", text) for text in texts),
            chunk(b"IDAT", zlib.compress(b"\0\0\0\0")),
            chunk(b"IEND", b""),
        ]
    )


def record(
    store: Store,
    run_id: str,
    *records: tuple[str, Any],
    status: Any = "finished",
    points: Mapping[str, Sequence[float]] | None = None,
    **start: Any,
) -> str:
    """Write a run of any records and return its id."""
    writer = store.begin(run_id, {"name": run_id[-8:], "experiment": "rates", "started": 1795255200000, **start})
    for kind, value in records:
        writer.append(kind, value)
    for name, values in (points or {}).items():
        for step, value in enumerate(values):
            writer.point({name: value}, step)
    writer.close(status, 1.5)
    return run_id


def kept(store: Store, name: str, content: bytes, media_type: str) -> tuple[str, Any]:
    """Keep a file in the store and return the record that says so."""
    return "artifact", {"name": name, "media_type": media_type, **store.put(content).members()}


def cell(store: Store, source: str, *before: str) -> list[tuple[str, Any]]:
    """Return the records of a run's cell and of the executions before it."""
    executions = [
        {"n": number, "count": number, "source": store.put(text.encode()).name, "reads": {}, "writes": ["table"]}
        for number, text in enumerate((*before, source), 1)
    ]
    return [
        ("cell", {"source": source, "id": "c7", "count": len(executions), "hash": "", "line": "", "overrides": {}}),
        ("slice", {"executions": executions, "verdicts": []}),
    ]


def environment(store: Store, **whole: Any) -> tuple[str, Any]:
    """Return the record of an environment with two packages."""
    text = json.dumps({"packages": {"numpy": "2.4.0", "nvidia-curand": "10.3.2.106"}, **whole})
    return "environment", {"python": "3.13.1", "os": "Linux", "sha256": store.put(text.encode()).name}


def study(store: Store) -> Store:
    """Write three runs: the best, a runner-up, and one that failed."""
    surroundings = environment(store)
    record(
        store,
        FAILED,
        ("params", {"lr": 10.0}),
        ("error", {"type": "ValueError", "message": "loss is NaN", "traceback": "In [3]\n  fit(10.0)\nValueError"}),
        surroundings,
        status="failed",
    )
    record(
        store,
        SECOND,
        ("params", {"lr": 0.1, "depth": 3}),
        ("metrics", {"accuracy": 0.9}),
        *cell(store, "%%track\nfit(lr=0.1)", SETUP),
        surroundings,
        kept(store, "outputs/01-figure.png", picture(), "image/png"),
        points={"loss": [0.9, 0.5]},
    )
    record(
        store,
        BEST,
        ("params", {"lr": 0.01, "depth": 3}),
        ("metrics", {"accuracy": 0.95}),
        ("note", "the one we *keep*"),
        ("tags", {"team": "trees"}),
        *cell(store, "%%track\nfit(lr=0.01)", SETUP),
        surroundings,
        kept(store, "outputs/01-figure.png", picture(b"Author\0somebody"), "image/png"),
        kept(store, "outputs/02-table.html", b"<table><tr><td>1</td></tr></table>", "text/html"),
        ("data", [{"kind": "file", "path": "data/train.csv", "mode": "read", "size": 1234, "sha256": "2c" * 32}]),
        points={"loss": [0.9, 0.4, 0.3]},
    )
    return store
