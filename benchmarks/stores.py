"""What the store costs: a point, a run, a table of ten thousand - beside the plainest ways to do the same."""

import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tinydb import TinyDB, where

import nbtrack
from benchmarks.many_runs import make_store, write_run
from benchmarks.row import Row
from nbtrack.model.ids import new_run_id
from nbtrack.record.start import start_run
from nbtrack.store.keeper import KEEPER
from nbtrack.store.local import LocalStore

POINTS = 50_000
ROUNDS = 5
RUNS = 10_000
SEED_QUERY = "params.learning_rate < 0.01 and metrics.accuracy > 0.9 order by metrics.f1 desc"
COLD = """
import sys, time
from pathlib import Path
from nbtrack.store import catalogue
from nbtrack.store.local import LocalStore
started = time.perf_counter()
LocalStore(Path(sys.argv[1])).runs()
print((time.perf_counter() - started) * 1e3)
"""


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        yield from _points(place)
        small, big = make_store(place / "small", 1), make_store(place / "big", RUNS)
        yield from _runs(small, big)
        yield from _reading(big)
        KEEPER.stop()


def _points(place: Path) -> Iterator[Row]:
    """Interleaved, so that whatever else the machine does falls on all alike."""
    rounds = [(_tracked(place, k), _raw(place, k), _sqlite(place, k)) for k in range(ROUNDS)]
    tracked, raw, sqlite = (statistics.median(speeds) for speeds in zip(*rounds, strict=True))
    ratio = statistics.median(ours / plain for ours, plain, _ in rounds)
    yield Row(
        "metric points, one a call",
        tracked,
        "/s",
        f"json.dumps + os.write {raw:,.0f}/s",
        ratio,
        ">= 0.8 x",
        ratio >= 0.8,
    )
    yield Row("", tracked, "/s", f"sqlite WAL insert {sqlite:,.0f}/s", tracked / sqlite, "", None)
    tinydb = _tinydb(place)
    yield Row("", tracked, "/s", f"TinyDB JSONStorage {tinydb:,.0f}/s", tracked / tinydb, "", None)


def _tracked(place: Path, k: int) -> float:
    """As a person logs: through the open run's own method, checks and redaction of names included."""
    with start_run(f"points {k}", store=place / "points") as run:
        return _speed(lambda step: run.log(loss=step * 0.1, step=step), POINTS)


def _raw(place: Path, k: int) -> float:
    """A plain log of the same: step, time and value, one line and one write each; no checksum, no number, no lock."""
    fd = os.open(place / f"raw-{k}.jsonl", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def log(step: int) -> None:
        line = json.dumps({"step": step, "time": time.time(), "values": {"loss": step * 0.1}})
        os.write(fd, (line + "\n").encode())

    speed = _speed(log, POINTS)
    os.close(fd)
    return speed


def _sqlite(place: Path, k: int) -> float:
    """Committed row by row, as a tracker must; not flushed at each, as WAL with synchronous=NORMAL is not."""
    database = sqlite3.connect(place / f"points-{k}.db", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=normal")
    database.execute("create table points (run text, name text, step int, value real, time real)")
    insert = "insert into points values ('r', 'loss', ?, ?, ?)"
    speed = _speed(lambda step: database.execute(insert, (step, step * 0.1, time.time())), POINTS // 10)
    database.close()
    return speed


def _tinydb(place: Path) -> float:
    with TinyDB(place / "tiny.json") as database:
        return _speed(lambda step: database.insert({"step": step, "loss": step * 0.1}), 300)


def _runs(small: LocalStore, big: LocalStore) -> Iterator[Row]:
    """Alternating, because flushing gets slower and faster with everything else on the disk."""
    pairs = [
        (_milliseconds(lambda: _start_and_finish(small)), _milliseconds(lambda: _start_and_finish(big)))
        for _ in range(150)
    ]
    at_0, at_many = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = at_many / at_0
    name = f"start + finish a run at {RUNS:,} runs"
    yield Row(name, at_many, "ms", f"the same at 0 runs {at_0:.2f} ms", ratio, "<= 1.2 x", ratio <= 1.2)
    floor = statistics.median(_milliseconds(lambda: _bare_run(small.path)) for _ in range(150))
    yield Row(
        "", at_many, "ms", f"bare mkdir + synced appends {floor:.2f} ms", at_many / floor, "<= 0.8 ms (aim)", None
    )
    draw = random.Random(2)
    full = statistics.median(_milliseconds(lambda: write_run(big, new_run_id(), 1, draw)) for _ in range(100))
    yield Row("run of 20 params + 20 metrics there", full, "ms", "", None, "<= 1 ms (aim)", None)


def _start_and_finish(store: LocalStore) -> None:
    store.begin(new_run_id(), {"name": "x"}).close("finished", 0.0)


def _bare_run(folder: Path) -> None:
    """The same promises with no tracker: a folder and a file that survive a power loss, then a second record."""
    place = folder / "tmp" / new_run_id()
    place.mkdir()
    fd = os.open(place / "run.jsonl", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND)
    os.write(fd, b'{"name": "x"}\n')
    os.fdatasync(fd)
    for each in (place, place.parent):
        names = os.open(each, os.O_RDONLY)
        os.fsync(names)
        os.close(names)
    os.write(fd, b'{"status": "finished"}\n')
    os.fdatasync(fd)
    os.close(fd)


def _reading(big: LocalStore) -> Iterator[Row]:
    first = _cold(big.path)
    yield Row(f"table of {RUNS:,} runs, without an index", first, "ms", "", None, "", None)
    cold = statistics.median(_cold(big.path) for _ in range(5))
    yield Row(
        "the same from the index", cold, "ms", f"a full replay {first:,.0f} ms", cold / first, "<= 60 ms (aim)", None
    )
    big.runs()
    time.sleep(0.2)  # a folder that has just changed is listed again, to be sure
    big.runs()
    again = statistics.median(_milliseconds(big.runs) for _ in range(50))
    yield Row("the same again, nothing changed", again, "ms", "", None, "<= 0.5 ms", again <= 0.5)
    nbtrack.runs(SEED_QUERY, store=big)
    warm = statistics.median(_milliseconds(lambda: nbtrack.runs(SEED_QUERY, store=big)) for _ in range(20))
    condition = (where("params")["learning_rate"] < 0.01) & (where("metrics")["accuracy"] > 0.9)
    tinydb = statistics.median(_milliseconds(lambda: big.runs().search(condition)) for _ in range(5))
    baseline = f"TinyDB in memory {tinydb:.1f} ms"
    yield Row(f"seed query on {RUNS:,} runs, warm", warm, "ms", baseline, warm / tinydb, "<= 15 ms", warm <= 15)


def _cold(path: Path) -> float:
    """In a process of its own, imports not counted."""
    found = subprocess.run([sys.executable, "-c", COLD, path], check=True, capture_output=True, text=True)
    return float(found.stdout)


def _speed(call: Callable[[int], object], times: int) -> float:
    started = time.perf_counter()
    for step in range(times):
        call(step)
    return times / (time.perf_counter() - started)


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3
