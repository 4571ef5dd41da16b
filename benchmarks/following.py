"""What a live comparison takes of the process that trains, and how often it tells what is new: in a real kernel."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.kernel import Kernel
from benchmarks.row import Row

SECONDS = 8
ROUNDS = 3
_START = "%load_ext nbtrack\nimport nbtrack, json, threading, time"
_RUNS = """
for i in range(RUNS):
    with nbtrack.start_run(f"run {i}", params={"lr": 10.0**-i}) as run:
        for step in range(100): run.log(loss=1 / (1 + step))
"""
# Training without a pause; a point is logged whenever a millisecond has gone by.
_TRAIN = """
def spent():
    ours = [thread.native_id for thread in threading.enumerate() if thread.name in ("nbtrack-live", "IOPub")]
    return sum(int(open(f"/proc/self/task/{each}/schedstat").read().split()[0]) for each in ours) / 1e9
with nbtrack.start_run("grows", params={"lr": 0.1}) as run:
    began, all_before, before, step = time.perf_counter(), time.process_time(), spent(), 0
    told = c.shown._follower.state
    while (now := time.perf_counter() - began) < SECONDS:
        if step < now * 1000:
            run.log(loss=1 / (1 + step))
            step += 1
    told = c.shown._follower.state - told
    print(json.dumps([(spent() - before) / (time.process_time() - all_before), told / SECONDS]))
"""


class Followed(NamedTuple):
    """Its share of the process's processor time, and how many times a second something was told."""

    share: float
    rate: float


def rows() -> Iterator[Row]:
    """Yield what following takes with few and with many runs beside the one that grows; Linux only."""
    if not Path("/proc/self/task").exists():
        return
    for count in (30, 1_000):
        rounds = [_followed(count) for _ in range(ROUNDS)]
        best = min(rounds)
        name = f"live comparison of {count:,} runs, 1,000 points/s logged"
        beside = "processor time of the whole process"
        yield Row(f"{name}: its share", 100 * best.share, "%", beside, None, "<= 5 %", best.share <= 0.05)
        rate = sorted(each.rate for each in rounds)[len(rounds) // 2]
        yield Row(f"{name}: news told", rate, "/s", "at most 5 /s", None, ">= 4 /s", rate >= 4)


def _followed(count: int) -> Followed:
    with tempfile.TemporaryDirectory() as folder:
        kernel = Kernel(Path(folder), {"NBTRACK_STORE": str(Path(folder) / "store")})
        try:
            kernel.run(_START)
            kernel.run(_RUNS.replace("RUNS", str(count)))
            kernel.run("c = nbtrack.compare(live=True)\nc")
            return Followed(*json.loads(kernel.run(_TRAIN.replace("SECONDS", str(SECONDS)))))
        finally:
            kernel.stop()
