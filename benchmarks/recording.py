"""What recording costs: a point, a run - in an empty store and beside ten thousand runs, and the plainest ways."""

import json
import multiprocessing
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from benchmarks.row import Row
from benchmarks.stores import make_store
from nbtrack.model.ids import new_run_id
from nbtrack.query.runs import runs
from nbtrack.record.start import start_run
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

POINTS = 50_000
ROUNDS = 5
RUNS = 10_000
PROCESSES, EACH = 8, 50
_BARE, _BARE_WITH_DETAILS = 0.26, 0.44  # ms, on the machine the goals were set on


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        yield from _points(place)
        yield from _runs(make_store(place / "small", 1), make_store(place / "big", RUNS))
        yield from _together(place / "shared")
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
        speed = _speed(lambda step: run.log(loss=step * 0.1, step=step), POINTS)
    KEEPER.stop()  # these points are made a block at leisure, which here would fall on whoever is measured next
    return speed


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
    baseline = f"bare mkdir + synced appends {floor:.2f} ms"
    yield _run_row("", at_many, baseline, floor, 0.8, _BARE)
    full = statistics.median(_milliseconds(lambda: _full_run(big)) for _ in range(100))
    plain = statistics.median(_milliseconds(lambda: _bare_run(small.path, _DETAILS)) for _ in range(100))
    baseline = f"bare mkdir + synced appends {plain:.2f} ms"
    yield _run_row("run of 20 params + 20 metrics there", full, baseline, plain, 1.0, _BARE_WITH_DETAILS)


def _run_row(name: str, value: float, baseline: str, floor: float, goal: float, floor_there: float) -> Row:
    """A goal in ms was set where the bare appends took ``floor_there``; elsewhere it is the same multiple of them."""
    most = max(goal, goal / floor_there * floor)
    return Row(
        name, value, "ms", baseline, value / floor, f"<= {goal:g} ms or {goal / floor_there:.2f} x", value <= most
    )


def _together(place: Path) -> Iterator[Row]:
    """Many processes on one store, and on one folder with bare appends, in turns."""
    store = LocalStore(place)
    store.put(b"")
    (place / "tmp").mkdir(exist_ok=True)
    pairs = [(_at_once(_small_run, place), _at_once(_bare_metrics, place)) for _ in range(3)]
    speed, plain = (max(speeds) for speeds in zip(*pairs, strict=True))
    lost = 3 * PROCESSES * EACH - sum(run.metrics == {f"m{k}": 0.5 for k in range(20)} for run in runs(store=store))
    name = f"{PROCESSES} processes x {EACH} runs x 20 metrics"
    yield Row(
        name, speed, "runs/s", f"bare synced appends {plain:,.0f}/s", speed / plain, ">= 1,000 runs/s", speed >= 1000
    )
    yield Row("runs of these that are not whole", lost, "", "", None, "0", lost == 0)


def _at_once(work: Callable[[Path], object], place: Path) -> float:
    """Return how many times a second processes that start together do their work."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(PROCESSES + 1)
    workers = [context.Process(target=_repeat, args=(work, place, barrier)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    barrier.wait()
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    return PROCESSES * EACH / (time.perf_counter() - started)


def _repeat(work: Callable[[Path], object], place: Path, barrier: Any) -> None:
    barrier.wait()
    for _ in range(EACH):
        work(place)
    os._exit(0)  # without what a process does at its end, which is no part of the work


def _small_run(place: Path) -> None:
    writer = _store(place).begin(new_run_id(), {"name": "x", "experiment": "forest"})
    writer.point({f"m{k}": 0.5 for k in range(20)})
    writer.close("finished", 0.0)


_store = cache(LocalStore)  # each process has its own: they are forked before any is opened


def _bare_metrics(place: Path) -> None:
    _bare_run(place, (json.dumps({f"m{k}": 0.5 for k in range(20)}) + "\n").encode())


def _start_and_finish(store: LocalStore) -> None:
    store.begin(new_run_id(), {"name": "x"}).close("finished", 0.0)


_DRAW = random.Random(2)
_PARAMS = {"learning_rate": 0.01, **{f"p{k}": _DRAW.random() for k in range(19)}}
_METRICS = {"accuracy": 0.9, "f1": 0.8, **{f"m{k}": _DRAW.random() for k in range(18)}}
_DETAILS = (json.dumps({"params": _PARAMS}) + "\n" + json.dumps({"metrics": _METRICS}) + "\n").encode()


def _full_run(store: LocalStore) -> None:
    writer = store.begin(new_run_id(), {"name": "x", "experiment": "forest"})
    writer.append("params", _PARAMS, dict.fromkeys(_PARAMS, "literal"))
    writer.append("metrics", _METRICS, dict.fromkeys(_METRICS, "last expression"))
    writer.close("finished", 0.0)


def _bare_run(folder: Path, details: bytes = b"") -> None:
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
    if details:
        os.write(fd, details)
    os.write(fd, b'{"status": "finished"}\n')
    os.fdatasync(fd)
    os.close(fd)


def _speed(call: Callable[[int], object], times: int) -> float:
    started = time.perf_counter()
    for step in range(times):
        call(step)
    return times / (time.perf_counter() - started)


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3
