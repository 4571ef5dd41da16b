"""Lives of a small store, each touching every kind of call a few times. They run whole, with faults, and cut short."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ledger import Ledger, Scribe

from nbtrack.errors import StoreError
from nbtrack.store.housekeeping.gc import Collector
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.compaction import compact
from nbtrack.store.writing.keeper import KEEPER

Scenario = Callable[[Path, Ledger], None]
_IDS = [f"20261121t101530-{number:08d}" for number in range(64)]


def a_run(path: Path, ledger: Ledger) -> None:
    """A first run in a new store, from begin to end."""
    scribe = Scribe(LocalStore(path), ledger, _IDS[0])
    scribe.begin("first run")
    for step in range(3):
        scribe.param(f"p{step}", step)
        scribe.point(step, step + 0.5)
    scribe.sync()
    scribe.param("long", "x" * 9000)
    scribe.point(3, 3.5)
    scribe.close()


def two_runs_and_changes(path: Path, ledger: Ledger) -> None:
    """Two runs that overlap, and later changes of both."""
    store = LocalStore(path)
    one, two = Scribe(store, ledger, _IDS[1]), Scribe(store, ledger, _IDS[2])
    one.begin("run one")
    one.param("a", 1)
    two.begin("run two")
    one.point(0, 0.5)
    two.param("b", 2)
    one.close()
    one.tag("team", "nlp")
    two.point(0, 1.5)
    two.sync()
    two.tag("stage", "late")
    two.param("c", 3)
    store.close()


def objects(path: Path, ledger: Ledger) -> None:
    """Objects from memory and from files, the same bytes again, and a damaged one put again."""
    store = LocalStore(path)
    scribe = Scribe(store, ledger, _IDS[3])
    scribe.begin("with objects")
    scribe.put(b"one" * 400, b"one" * 400)
    file = path.parent / "model.bin"
    file.write_bytes(b"two" * 9000)
    scribe.put(file, b"two" * 9000)
    file.unlink()
    scribe.put(b"one" * 400, b"one" * 400)
    scribe.put(b"", b"")
    scribe.close()


def reading_in_between(path: Path, ledger: Ledger) -> None:
    """Runs with a reader among them that keeps an index."""
    from nbtrack.store.index import catalogue

    before, catalogue._SAVE = catalogue._SAVE, 1
    store = LocalStore(path)
    try:
        for number in range(3):
            scribe = Scribe(store, ledger, _IDS[8 + number])
            scribe.begin(f"run {number}")
            scribe.param("k", number)
            scribe.close()
            store.runs()
            scribe.tag("seen", str(number))
            store.runs()
    finally:
        catalogue._SAVE = before
    store.close()


def housekeeping(path: Path, ledger: Ledger) -> None:
    """Runs are packed, what nobody needs is collected, and two weeks later it is gone for good."""
    store = LocalStore(path)
    for number in range(3):
        scribe = Scribe(store, ledger, _IDS[16 + number])
        scribe.begin(f"kept {number}")
        scribe.param("k", number)
        for step in range(4):
            scribe.point(step, step / 4)
        scribe.artifact("model", b"weights %d" % number * 50)
        scribe.close()
    scribe.tag("best", "yes")
    with suppress(StoreError, OSError):
        store.put(b"nobody refers to this")
    store.close()
    with suppress(StoreError, OSError):
        keep_house(path, days=1)
        keep_house(path, days=20)
        keep_house(path, days=40)


def keep_house(path: Path, days: float) -> None:
    """Pack and collect what can be, as if some days had passed."""
    now = time.time() + days * 86_400
    with maintaining(path, "torture") as lock:
        Packer(path, older_than=0, now=now, compact=lambda folder: compact(folder, least=0)).pack(lock)
        Collector(path, now=now).collect(lock)


SCENARIOS: tuple[Scenario, ...] = (a_run, two_runs_and_changes, objects, reading_in_between, housekeeping)


def perform(scenario: Scenario, path: Path, ledger: Ledger) -> None:
    """Run a scenario, and leave nothing of it in this process."""
    try:
        scenario(path, ledger)
    finally:
        gc.collect()  # writers that were left open hold files
        KEEPER.stop()


def digest(path: Path) -> str:
    """Return what tells whether anything in a folder was changed, names, times and sizes included."""
    parts = []
    for each in sorted(path.rglob("*")):
        status = each.lstat()
        content = each.read_bytes() if each.is_file() and not each.is_symlink() else b""
        parts.append(f"{each.relative_to(path)} {status.st_mode} {status.st_mtime_ns} {sha256(content).hexdigest()}")
    return "\n".join(parts)
