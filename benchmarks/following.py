"""What a live comparison takes of the process that trains: of its processor time, in a real kernel."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.kernel import Kernel
from benchmarks.row import Row

SECONDS = 6
ROUNDS = 3
_START = "%load_ext nbtrack\nimport nbtrack, json, threading, time"
_RUNS = """
for i in range(RUNS):
    with nbtrack.start_run(f"run {i}", params={"lr": 10.0**-i}) as run:
        for step in range(100): run.log(loss=1 / (1 + step), accuracy=step / 100)
"""
# Training without a pause; a point is logged whenever a millisecond has gone by.
_TRAIN = """
def _of(names):
    ours = [t.native_id for t in threading.enumerate() if t.name in names]
    return sum(int(open(f"/proc/self/task/{each}/schedstat").read().split()[0]) for each in ours) / 1e9
with nbtrack.start_run("grows", params={"lr": 0.1}) as run:
    began, all_before, before, step = time.perf_counter(), time.process_time(), _of(THREADS), 0
    while (now := time.perf_counter() - began) < SECONDS:
        if step < now * 1000:
            run.log(loss=1 / (1 + step), accuracy=step / 1e6)
            step += 1
    print(json.dumps([(_of(THREADS) - before) / (time.process_time() - all_before), step]))
"""


def rows() -> Iterator[Row]:
    """Yield the share that following takes with few and with many runs beside the one that grows; Linux only."""
    if not Path("/proc/self/task").exists():
        return
    for count in (30, 1_000):
        shares = [_share(count) for _ in range(ROUNDS if count < 100 else 1)]
        share = 100 * min(shares)
        yield Row(
            f"live comparison of {count:,} runs, 1,000 points/s logged: its share of the processor",
            share,
            "%",
            "the training cell's whole process",
            None,
            "<= 5 %",
            share <= 5,
        )


def _share(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        kernel = Kernel(Path(folder), {"NBTRACK_STORE": str(Path(folder) / "store")})
        try:
            kernel.run(_START)
            kernel.run(_RUNS.replace("RUNS", str(count)))
            kernel.run("c = nbtrack.compare()\nc")
            train = _TRAIN.replace("THREADS", "('nbtrack-live', 'IOPub')").replace("SECONDS", str(SECONDS))
            share, _ = json.loads(kernel.run(train))
        finally:
            kernel.stop()
    return float(share)
