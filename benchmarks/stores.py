"""Stores of any size, for measuring: the same files byte for byte each time, written straight in the store's format.

    python -m benchmarks.stores --runs 100000 PATH

makes ``PATH/.nbtrack`` with that many sealed runs, a hundred a day from 1 January 2024 on: in four experiments with
params of their own beside the twenty that all have, twenty metrics, tags on each third, a curve of fifty points on each
fifth, a cell, and now and then one that failed. A hundred thousand take about a minute; nothing is flushed.
"""

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbtrack.model.curves import Tallies, curves, tally
from nbtrack.model.ids import month_of
from nbtrack.store.folder import Folder
from nbtrack.store.lines.record import dumps, seal
from nbtrack.store.local import LocalStore

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
RUNS_A_DAY = 100
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
EXPERIMENTS = {
    "forest": {"n_estimators": (50, 100, 200, 500), "max_depth": (None, 4, 8, 16)},
    "svm": {"kernel": ("rbf", "linear", "poly"), "C": (0.1, 1.0, 10.0)},
    "mlp": {"optimizer": ("adam", "sgd"), "layers": (1, 2, 3), "dropout": (0.0, 0.1, 0.5)},
    "boosting": {"booster": ("gbtree", "dart"), "subsample": (0.5, 0.8, 1.0)},
}
SOURCE = """model = {experiment}(**params)
model.fit(X_train, y_train)
accuracy_score(y_test, model.predict(X_test))
"""
POINTS = 50


def make_store(folder: Path, runs: int) -> LocalStore:
    """Return a store in ``folder`` with this many runs; it is made unless it is there already."""
    place = Folder(folder)
    place.prepare()
    about = dumps({**place.about(), "id": f"{runs:016x}"})
    (folder / "store.json").write_text(about + "\n")
    for number in range(runs):
        write_run(folder, number)
    return LocalStore(folder)


def write_run(folder: Path, number: int) -> str:
    """Write the run with this number and return its id."""
    draw = random.Random(number)
    started = FIRST_DAY + timedelta(days=1) / RUNS_A_DAY * number
    run_id = f"{started:%Y%m%dt%H%M%S}-{''.join(draw.choices(ALPHABET, k=8))}"
    place = folder / "runs" / month_of(run_id) / run_id
    place.mkdir(parents=True)
    pen = _Pen(run_id, int(started.timestamp() * 1000), f"{number:012x}")
    points, summaries = _points(pen, draw) if number % 5 == 0 else (b"", {})
    if points:
        (place / f"mx-{pen.writer}-0.jsonl").write_bytes(points)
    (place / f"ev-{pen.writer}-0.jsonl").write_bytes(b"".join(_events(pen, number, draw, summaries)))
    return run_id


class _Pen:
    """Numbers and seals the records of one run."""

    def __init__(self, run_id: str, started: int, writer: str) -> None:
        self.run_id, self.started, self.writer = run_id, started, writer
        self._number = self._clock = self._points = 0
        self._checks: list[bytes] = []

    def head(self) -> bytes:
        members = {"k": "head", "fmt": 1, "min_reader": 1, "run": self.run_id, "w": self.writer, "seg": 0}
        process = {"host": "benchmark", "boot": "", "ns": 0, "pid": 1, "start": 1}
        return seal(dumps({**members, **process, "t": self.started})[:-1].encode())[0]

    def event(self, **members: Any) -> bytes:
        self._clock += 1
        return self._line({**members, "w": self.writer, "n": self._number + 1, "l": self._clock, "t": self._time()})

    def point(self, step: int, values: dict[str, float]) -> bytes:
        self._points += 1
        return self._line(
            {"k": "m", "s": step, "v": values, "w": self.writer, "n": self._number + 1, "t": self._time()}
        )

    def end(self, status: str, duration: float, summaries: Any) -> bytes:
        digest = hashlib.sha256(b"".join(bytes.fromhex(check.decode())[::-1] for check in self._checks)).hexdigest()
        own = {"ev": self._clock, "mx": self._points, "d": f"sha256:{digest}"}
        value = {"duration": duration, "curves": summaries}
        return self.event(k="run.end", v=value, seal={self.writer: own}, st=status)

    def _time(self) -> int:
        return self.started + self._number * 10

    def _line(self, members: dict[str, Any]) -> bytes:
        line, check = seal(dumps(members)[:-1].encode())
        self._number += 1
        self._checks.append(check)
        return line


def _events(pen: _Pen, number: int, draw: random.Random, summaries: Any) -> Iterator[bytes]:
    experiment = list(EXPERIMENTS)[number % len(EXPERIMENTS)]
    params = {"learning_rate": 10 ** draw.uniform(-5, 0), **{f"p{k}": draw.random() for k in range(19)}}
    params |= {name: draw.choice(choices) for name, choices in EXPERIMENTS[experiment].items()}
    metrics = {"accuracy": draw.random(), "f1": draw.random(), **{f"m{k}": draw.random() for k in range(18)}}
    source = SOURCE.format(experiment=experiment)
    start = {"name": f"run {number}", "experiment": experiment, "started": pen.started, "notebook": "models.ipynb"}
    yield pen.head()
    yield pen.event(k="run.start", v={**start, "hardware": {"cpus": 8, "machine": "x86_64"}})
    cell = {"source": source, "id": f"c{number % 9}", "count": number, "line": "", "overrides": {}}
    yield pen.event(k="cell", v={**cell, "hash": hashlib.sha256(source.encode()).hexdigest()})
    yield pen.event(k="params", v=params, src=dict.fromkeys(params, "literal"))
    yield pen.event(k="metrics", v=metrics, src=dict.fromkeys(metrics, "last expression"))
    if number % 3 == 0:
        yield pen.event(k="tags", v={"stage": draw.choice(("trial", "final")), "reviewed": number % 2 == 0})
    yield pen.end("failed" if number % 50 == 7 else "finished", draw.uniform(1, 100), summaries)


def _points(pen: _Pen, draw: random.Random) -> tuple[bytes, Any]:
    tallies: Tallies = {}
    lines = [pen.head()]
    for step in range(POINTS):
        values = {"loss": draw.random() / (step + 1)}
        tally(tallies, values, step)
        lines.append(pen.point(step, values))
    return b"".join(lines), curves(tallies)


def main(arguments: Sequence[str]) -> None:
    """Make a store and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("path", type=Path)
    asked = parser.parse_args(arguments)
    folder = asked.path / ".nbtrack"
    if folder.exists():
        sys.exit(f"{folder} exists; give a place where there is no store")
    started = time.perf_counter()
    make_store(folder, asked.runs)
    print(f"{asked.runs:,} runs in {folder}, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
