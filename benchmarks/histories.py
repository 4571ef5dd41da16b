"""What long histories cost once their run has ended: to keep, to read, to draw."""

import json
import random
import sqlite3
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.row import Row
from nbtrack.model.downsample import largest_triangles
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.compaction import compact
from nbtrack.store.writing.keeper import KEEPER

POINTS = 1_000_000
SAMPLE = 100_000
ROUNDS = 15
CHART = 1000


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        store = LocalStore(place / ".nbtrack")
        yield from _sizes(store)
        yield from _reading(store, place)
        yield from _drawing()
        store.close()
        KEEPER.stop()


def _steady(draw: random.Random, step: int) -> dict[str, float]:
    """A loss with all its digits: nothing of it can be squeezed out."""
    return {"loss": 1 / (step + 1) + draw.random()}


def _several(draw: random.Random, step: int) -> dict[str, float]:
    """A loss at each step, and the score of a validation now and then, in the same record."""
    return _steady(draw, step) | ({"accuracy": draw.random(), "epoch": step // 100} if step % 100 == 99 else {})


def _record(store: LocalStore, count: int, values: Callable[[random.Random, int], dict[str, float]]) -> str:
    """Record a run and make its block here and now, before the background can."""
    run_id, draw = new_run_id(), random.Random(4)
    writer = store.begin(run_id, {"name": "long"})
    for step in range(count):
        writer.point(values(draw, step), step)
    writer.close("finished", 1.0)
    KEEPER.stop()
    return run_id


def _sizes(store: LocalStore) -> Iterator[Row]:
    for name, values in (("one metric", _steady), ("three, two of them rarely", _several)):
        run_id = _record(store, SAMPLE, values)
        folder = next(store.path.glob(f"runs/*/{run_id}"))
        lines = _bytes(folder)
        took = _milliseconds(lambda folder=folder: compact(folder))
        size = _bytes(folder)
        text = f"{SAMPLE:,} sealed points, {name}"
        yield Row(text, size / 1e6, "MB", f"their lines {lines / 1e6:.1f} MB", size / lines, "<= 1.7 MB", size <= 1.7e6)
        yield Row("making that block, in all", took, "ms", "in the background", None, "", None)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _reading(store: LocalStore, place: Path) -> Iterator[Row]:
    ways = {"plain float64 file": _plain(place), "numbers in SQLite": _sqlite(place), "JSON array": _json(place)}
    for name, values in (("", _steady), (", with two rarer metrics beside", _several)):
        run_id = _record(store, POINTS, values)
        loose = _milliseconds(lambda run_id=run_id: store.points(run_id, "loss"))
        compact(next(store.path.glob(f"runs/*/{run_id}")))
        ours = _median(lambda run_id=run_id: store.points(run_id, "loss"))
        work = f"history of {POINTS:,} points{name}"
        yield Row(work, ours, "ms", f"its lines {loose:,.0f} ms", ours / loose, "<= 30 ms", ours <= 30)
        if not name:
            for way, read in ways.items():
                other = _median(read, 3)
                yield Row("", ours, "ms", f"{way} {other:,.0f} ms", ours / other, "", None)
            touched = _median(lambda run_id=run_id: _touch(store, run_id), 5)
            yield Row("the same, each step, value and time looked at", touched, "ms", "", None, "", None)


def _touch(store: LocalStore, run_id: str) -> None:
    history = store.points(run_id, "loss")
    for column in history:
        sum(column)


def _values() -> list[float]:
    draw = random.Random(4)
    return [_steady(draw, step)["loss"] for step in range(POINTS)]


def _plain(place: Path) -> Callable[[], object]:
    """The least that can be done: the values alone, as they lie in memory, made Python's own."""
    path = place / "plain"
    path.write_bytes(struct.pack(f"{POINTS}d", *_values()))
    return lambda: struct.unpack(f"{POINTS}d", path.read_bytes())


def _sqlite(place: Path) -> Callable[[], object]:
    database = sqlite3.connect(place / "points.db")
    database.execute("create table points (run text, name text, step int, value real, time real)")
    rows = (("r", "loss", step, value, float(step)) for step, value in enumerate(_values()))
    database.executemany("insert into points values (?, ?, ?, ?, ?)", rows)
    database.execute("create index of_run on points (run, name, step)")
    database.commit()
    question = "select step, value, time from points where run = 'r' and name = 'loss' order by step"
    return lambda: database.execute(question).fetchall()


def _json(place: Path) -> Callable[[], object]:
    path = place / "values.json"
    path.write_text(json.dumps(_values()))
    return lambda: json.loads(path.read_bytes())


def _drawing() -> Iterator[Row]:
    values = memoryview(struct.pack(f"{POINTS}d", *_values())).cast("d")
    took = {}
    for name, numpy in (("without numpy", None), ("where numpy is loaded", _numpy())):
        before, sys.modules["numpy"] = sys.modules.get("numpy"), numpy
        took[name] = _median(lambda: largest_triangles(range(POINTS), values, CHART), 5)
        sys.modules["numpy"] = before
    for name, value in took.items():
        yield Row(f"{POINTS:,} points thinned to {CHART:,}, {name}", value, "ms", "", None, "<= 100 ms", value <= 100)


def _numpy() -> object:
    import numpy as np

    return np


def _median(call: Callable[[], object], times: int = ROUNDS) -> float:
    return statistics.median(_milliseconds(call) for _ in range(times))


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3
