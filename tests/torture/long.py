"""The long part: ``make torture`` (an hour), ``make torture MINUTES=600``, or ``python tests/torture/long.py 60``.

Rounds of everything that can be done again with other dice: power losses, failing calls, killed processes, random lives,
fuzzing. What was done is added up in ``.torture/progress.json`` after every round, with the seed of the next, so that it
goes on where it was stopped. The first broken promise ends it, with the round and seed that show it again.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import checks
from faults import ERRORS
from fuzz import fuzzed
from fuzz_targets import TARGETS
from ledger import Ledger, Scribe, violations
from scenarios import SCENARIOS

from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

PROGRESS = Path(".torture/progress.json")
_MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
Counts = dict[str, int]
Round = Callable[[Path, int, Counts], list[str]]


def power_losses(work: Path, seed: int, counts: Counts) -> list[str]:
    """Every crash of one scenario, with four power losses each."""
    found: list[str] = []
    for _ in checks.crashes(work, SCENARIOS[seed % len(SCENARIOS)], found, clones=4, seed=seed):
        counts["crash clones"] = counts.get("crash clones", 0) + 1
        if found:
            break
    return found


def failing_calls(work: Path, seed: int, counts: Counts) -> list[str]:
    """Every call of one scenario failing in one way."""
    counts["scenarios with failing calls"] = counts.get("scenarios with failing calls", 0) + 1
    return checks.with_failing_calls(work, SCENARIOS[seed % len(SCENARIOS)], (ERRORS[seed % len(ERRORS)],))


def failed_flushes(work: Path, seed: int, counts: Counts) -> list[str]:
    """Flushes that fail, and the power lost later."""
    counts["failed flushes"] = counts.get("failed flushes", 0) + 1
    return checks.with_a_failed_flush_and_power_loss(work, clones=2 + seed % 3)


KILLED = """
import os, sys
from pathlib import Path
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
while True:
    run = new_run_id()
    writer = store.begin(run, {"name": "victim"})
    for k in range(2000):
        if k % 10:
            writer.point({"loss": k * 0.5}, k)
        else:
            writer.append("params", {f"p{k}": "x" * (k * 7 % 9000)})
        os.write(1, f"{run} {k}\\n".encode())
    writer.close("finished", 1.0)
"""


def kills(work: Path, seed: int, counts: Counts) -> list[str]:
    """Kill a process that records; everything it was acknowledged must be there."""
    dice = random.Random(seed)
    process = subprocess.Popen([sys.executable, "-c", KILLED, work / "store"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    first = process.stdout.readline()
    timer = threading.Timer(
        dice.uniform(0.02, 0.4), process.send_signal, (dice.choice((signal.SIGKILL, signal.SIGTERM)),)
    )
    timer.start()
    said = (first + process.stdout.read()).split(b"\n")[:-1]
    timer.join()
    process.wait()
    process.stdout.close()
    store, kept, found = LocalStore(work / "store"), set(), []
    for run in store.runs().documents:
        found += [] if run["health"]["ok"] else [f"{run['id']}: {run['health']}"]
        kept |= {f"{run['id']} {name[1:]}" for name in run["params"]}
        kept |= {f"{run['id']} {step}" for step in (store.points(run["id"], "loss").steps if run["curves"] else ())}
    lost = {line.decode() for line in said} - kept
    counts["records acknowledged to killed processes"] = counts.get(
        "records acknowledged to killed processes", 0
    ) + len(said)
    counts["of them lost"] = counts.get("of them lost", 0) + len(lost)
    return [*found, *(f"lost: {each}" for each in sorted(lost)[:5])]


def interrupts(work: Path, seed: int, counts: Counts) -> list[str]:
    """A storm of Ctrl-C while records are made: what was acknowledged is there, whole and once."""
    ledger = Ledger()
    scribe = Scribe(LocalStore(work / "store"), ledger, new_run_id())
    scribe.begin("stormy")
    stop, main = threading.Event(), threading.main_thread().ident
    assert main is not None

    def pester() -> None:
        dice = random.Random(seed)
        while not stop.wait(dice.uniform(0.0002, 0.003)):
            signal.pthread_kill(main, signal.SIGINT)

    thread, before = threading.Thread(target=pester), signal.signal(signal.SIGINT, signal.default_int_handler)
    caught, step, end = 0, 0, time.monotonic() + 0.5
    try:
        thread.start()
        while time.monotonic() < end:
            try:
                step += 1
                scribe.point(step, step / 2)
            except KeyboardInterrupt:
                caught += 1
    except KeyboardInterrupt:
        caught += 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop.set()
        thread.join()
        signal.signal(signal.SIGINT, before)
    scribe.close()
    counts["interrupts"] = counts.get("interrupts", 0) + caught
    health = LocalStore(work / "store").read(scribe.run)["health"]
    return [*violations(work / "store", ledger), *([] if health["ok"] else [str(health)])]


def fuzzing(work: Path, seed: int, counts: Counts) -> list[str]:
    """Five seconds of one reader."""
    counts["seconds of fuzzing"] = counts.get("seconds of fuzzing", 0) + 5
    name = sorted(TARGETS)[seed % len(TARGETS)]
    return list(fuzzed(name, TARGETS[name], 5, seed))


def random_lives(work: Path, seed: int, counts: Counts) -> list[str]:
    """Random operations beside a model in memory."""
    from hypothesis import seed as seeded
    from hypothesis import settings
    from hypothesis.stateful import run_state_machine_as_test
    from test_stateful import StoreMachine, common

    counts["random lives"] = counts.get("random lives", 0) + 10
    steps = settings(max_examples=10, stateful_step_count=50, database=None, **common)  # type: ignore[arg-type]  # a dict of several kinds
    try:
        run_state_machine_as_test(seeded(seed)(StoreMachine), settings=steps)
    except AssertionError as error:
        return [f"{error}"]
    return []


ROUNDS: tuple[Round, ...] = (power_losses, kills, failing_calls, interrupts, random_lives, failed_flushes, fuzzing)


def main(minutes: float) -> int:
    """Go round until the time is over; return 1 when a promise was broken."""
    done = json.loads(PROGRESS.read_text()) if PROGRESS.exists() else {"seed": 0, "seconds": 0, "counts": {}}
    PROGRESS.parent.mkdir(exist_ok=True)
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        began, seed = time.monotonic(), done["seed"]
        chosen = ROUNDS[seed % len(ROUNDS)]
        work = Path(tempfile.mkdtemp(prefix="nbtrack-torture-", dir=_MEMORY))
        try:
            found = chosen(work, seed // len(ROUNDS), done["counts"])
        finally:
            KEEPER.stop()
            shutil.rmtree(work, ignore_errors=True)
        if found:
            print(f"seed {seed}, {chosen.__name__}: a promise is broken", *found[:20], sep="\n  ")
            return 1
        done["seed"], done["seconds"] = seed + 1, round(done["seconds"] + time.monotonic() - began, 1)
        PROGRESS.write_text(json.dumps(done, indent=1) + "\n")
        print(f"seed {seed}: {chosen.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    print(json.dumps(done, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
