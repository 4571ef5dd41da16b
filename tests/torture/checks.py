"""The checks: each puts a store through something bad and returns how it broke its promises, as sentences.

They are plain functions of a folder to work in, so that the tests, the mutants and ``make torture`` use the same ones.
"""

import errno
import json
import os
import random
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from crash import Medium, Recorder, scratch
from faults import ERRORS, Faulty
from ledger import Fact, Ledger, Scribe, violations
from scenarios import (
    Scenario,
    a_run,
    digest,
    keep_house,
    perform,
    reading_in_between,
    two_runs_and_changes,
)

from nbtrack.errors import NbtrackError, NewerFormat, StoreError
from nbtrack.model.ids import month_of, new_run_id
from nbtrack.store.lines.record import decode
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.live import Live
from nbtrack.store.runs.reading import Reading
from nbtrack.store.system.disk import replaced

STORE = ".nbtrack"
_RUN = "20261121t101530-7k3m9q2x"


# --- power loss, process death, failing calls


def recorded(work: Path, scenario: Scenario, faulty: Faulty | None = None) -> tuple[Recorder, Ledger]:
    """Perform a scenario in ``work`` and return the calls it made and what it was told."""
    work.mkdir()
    recorder = Recorder(work, faulty.disk) if faulty else Recorder(work)
    ledger = Ledger(recorder.tick)
    with replaced(recorder.disk):
        perform(scenario, work / STORE, ledger)
    return recorder, ledger


def crashed(work: Path, scenario: Scenario, *, clones: int, seed: int = 0, faulty: Faulty | None = None) -> list[str]:
    """Cut a scenario short after each of its calls: by a kill, and by ``clones`` power losses. Stops at what it finds."""
    found: list[str] = []
    for _ in crashes(work, scenario, found, clones=clones, seed=seed, faulty=faulty):
        if found:
            break
    return found


def crashes(
    work: Path, scenario: Scenario, found: list[str], *, clones: int, seed: int = 0, faulty: Faulty | None = None
) -> Iterator[None]:
    """As ``crashed``, one clone at a time, for those who watch the clock."""
    recorder, ledger = recorded(work / "live", scenario, faulty)
    medium = Medium()
    clone = work / "clone"
    for number, op in enumerate(recorder.ops, 1):
        medium.apply(op)
        medium.killed(scratch(clone))
        found += [f"killed after call {number}: {each}" for each in violations(clone / STORE, ledger, at=number)]
        yield
        for cast in range(clones):
            dice = random.Random(f"{scenario.__name__} {seed} {number} {cast}")
            medium.lost_power(scratch(clone), dice)
            broken = violations(clone / STORE, ledger, level="synced", at=number)
            if not cast:
                broken += goes_on(clone / STORE)
            found += [f"power lost after call {number}, {seed}/{cast}: {each}" for each in broken]
            yield
    shutil.rmtree(work / "live")
    scratch(clone)


def goes_on(path: Path) -> list[str]:
    """Use what is left of a store: a new run is kept, and the others are still there."""
    ledger = Ledger()
    try:
        before = {run["id"] for run in LocalStore(path).runs().documents}
        scribe = Scribe(LocalStore(path), ledger, new_run_id())
        scribe.begin("after the crash")
        scribe.param("p", 1)
        scribe.close()
    except NbtrackError as error:
        return [f"the store cannot be used any more: {error}"]
    if len(ledger.flushed) != 3:
        return ["the store takes no records any more"]
    after = {run["id"]: run for run in LocalStore(path).runs().documents}
    return [] if after.keys() == before | {scribe.run} else ["runs came or went"]


def with_failing_calls(work: Path, scenario: Scenario, errors: tuple[int, ...] = ERRORS, step: int = 1) -> list[str]:
    """Let every call of a scenario (or every so many-th) fail, one after the other: once, and from then on."""
    found: list[str] = []
    for error in errors:
        for for_ever in (False, True):
            number, reached = 0, True
            while reached:
                number += step
                faulty = Faulty(number, error, for_ever)
                broken = _with_one(scratch(work / "one"), scenario, faulty)
                reached = bool(faulty.failed)
                how = f"{errno.errorcode[error]} {'from' if for_ever else 'at'} call {number} ({faulty.failed})"
                found += [f"{how}: {each}" for each in broken]
                if found:
                    return found
    return found


def _with_one(work: Path, scenario: Scenario, faulty: Faulty) -> list[str]:
    work.mkdir(parents=True)
    ledger = Ledger(lambda: faulty.calls)
    with replaced(faulty.disk):
        try:
            perform(scenario, work / STORE, ledger)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            return [f"{type(error).__name__}: {error}"]
    return violations(work / STORE, ledger) + goes_on(work / STORE)


def with_a_failed_flush_and_power_loss(work: Path, clones: int = 5) -> list[str]:
    """Let each flush of a run fail once and the power go later: the kernel has forgotten what it could not flush."""
    found: list[str] = []
    for number in range(1, 40):
        faulty = Faulty(number, errno.EIO, only=frozenset({"flush"}))
        scratch(work / "one").mkdir(parents=True)
        found += crashed(work / "one", a_run, clones=clones, seed=number, faulty=faulty)
        if not faulty.failed or found:
            break
    return found


# --- several writers


def with_a_forked_child(work: Path) -> list[str]:
    """Let a forked child and its parent write the same run in turns."""
    ledger = Ledger()
    scribe = Scribe(LocalStore(work / STORE), ledger, _RUN)
    scribe.begin("with a child")
    scribe.param("before", 1)
    facts = [Fact("param", _RUN, "child", 1), Fact("point", _RUN, "1", 1.5)]
    status = in_child(lambda: (scribe.param("child", 1), scribe.point(1, 1.5)))
    for fact in facts:
        ledger.told[fact] = ledger.flushed[fact] = 0
    scribe.param("after", 1)
    scribe.point(2, 2.5)
    scribe.close()
    health = LocalStore(work / STORE).read(_RUN)["health"]
    return [
        *violations(work / STORE, ledger),
        *([] if health["ok"] else [f"damaged: {health}"]),
        *([status] * bool(status)),
    ]


def in_child(work: Callable[[], object]) -> str:
    """Do something in a forked child that then dies without a farewell; return what went wrong."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of threads; the store must cope with them
        pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the parent shall see it
            os.write(writing, f"{type(error).__name__}: {error}".encode()[:4096])
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor has no path
        text = pipe.read().decode()
    os.waitpid(pid, 0)
    return text


def with_clocks_that_differ(work: Path) -> list[str]:
    """Change one field from two hosts, the later change under the clock that is behind."""
    from nbtrack.store.writing import metalog

    before, found = metalog.time_ns, []
    perform(a_run, work / STORE, Ledger())
    (run,) = LocalStore(work / STORE).runs().documents
    try:
        for number, hours in enumerate((0, -72, 24, -96)):
            metalog.time_ns = lambda hours=hours: before() + hours * 3_600_000_000_000  # type: ignore[attr-defined]  # that is the test
            store = LocalStore(work / STORE)
            store.annotate(run["id"], "tags", {"stage": str(number)})
            store.close()
            stage = LocalStore(work / STORE).read(run["id"])["tags"].get("stage")
            if stage != str(number):
                found.append(f"change {number} does not win: {stage}")
    finally:
        metalog.time_ns = before  # type: ignore[attr-defined]  # as above
    return found


# --- damage


def with_flipped_bits(work: Path, step: int = 1) -> list[str]:
    """Flip bits of a run's records, one at a time: none of them may pass for a record."""
    perform(a_run, work / STORE, Ledger())
    (run,) = LocalStore(work / STORE).runs().documents
    (path,) = (work / STORE).rglob("ev-*.jsonl")
    lines = [line for line in path.read_bytes().split(b"\n")[:-1] if len(line) < 1000]
    found = []
    for line in lines:
        for bit in range(0, len(line) * 8, step):
            changed = bytearray(line)
            changed[bit >> 3] ^= 1 << (bit & 7)
            if b"\n" in changed:
                continue
            read = decode(bytes(changed))
            if read.state == "ok" and read.record != decode(line).record:
                found.append(f"a flipped bit passes for {bytes(changed)!r} in {run['id']}")
    return found


def with_a_lost_line(work: Path) -> list[str]:
    """Take any one line out of a finished run: that must show."""
    perform(a_run, work / STORE, Ledger())
    (path,) = (work / STORE).rglob("ev-*.jsonl")
    lines = path.read_bytes().split(b"\n")
    found = []
    for number in range(1, len(lines) - 1):
        path.write_bytes(b"\n".join(lines[:number] + lines[number + 1 :]))
        reading = Reading(path.parent.name, path.parent)
        reading.refresh()
        run = reading.document((), Live(work / STORE))
        if run["health"]["ok"] and run["sealed"]:
            found.append(f"line {number} of a sealed run is gone and nothing tells it")
    return found


def reading_changes(work: Path) -> list[str]:
    """Read a store in every way, with a torn tail and a damaged line in it, and look what was changed by that."""
    store = LocalStore(work / STORE)
    ledger = Ledger()
    perform(two_runs_and_changes, work / STORE, ledger)
    for path in (work / STORE / "runs").rglob("*.jsonl"):
        content = path.read_bytes()
        path.write_bytes(content.replace(b'"v"', b'"V"', 1) + b'{"k":"params","v":{"torn')
    stored = (work / STORE / "runs", work / STORE / "meta")
    before = [digest(each) for each in stored]
    for run in store.runs().documents:
        store.read(run["id"])
        for metric in run["curves"]:
            with suppress(NbtrackError):
                store.points(run["id"], metric)
    LocalStore(work / STORE).runs()
    return [] if [digest(each) for each in stored] == before else ["reading changed the store"]


def with_a_cut_at_every_byte(work: Path) -> list[str]:
    """Cut a segment at each of its bytes: exactly its whole records are read, and nothing is an error."""
    perform(two_runs_and_changes, work / STORE, Ledger())
    found = []
    for path in (work / STORE / "runs").rglob("*.jsonl"):
        whole = path.read_bytes()
        for size in range(len(whole)):
            path.write_bytes(whole[:size])
            reading = Reading(path.parent.name, path.parent)
            reading.refresh()
            kept = [decode(line).record for line in whole[:size].split(b"\n")[:-1]]
            wanted = sum("n" in record for record in kept)
            got = sum(len(numbers) for numbers in _numbers(reading))
            if (got, reading.findings) != (wanted, []) and path.name[:2] == "ev":
                found.append(f"cut at {size}: {got} records instead of {wanted}, {reading.findings}")
        path.write_bytes(whole)
    return found


def _numbers(reading: Reading) -> list[set[int]]:
    return [{number for _, number, _ in reading._events}]


# --- housekeeping


def with_a_pack_that_is_read_back_differently(work: Path) -> list[str]:
    """Let the medium change a byte of each pack: the loose files must stay."""
    from nbtrack.store.housekeeping import packing

    ledger = Ledger()
    perform(a_run, work / STORE, ledger)
    before = packing.write

    def garbling(fd: int, content: bytes | memoryview) -> None:
        changed = bytearray(content)
        changed[len(changed) // 2] ^= 1
        before(fd, bytes(changed))

    packing.write = garbling  # type: ignore[attr-defined]  # the medium of this test
    try:
        with suppress(StoreError):
            keep_house(work / STORE, days=1)
    finally:
        packing.write = before  # type: ignore[attr-defined]  # as above
    return violations(work / STORE, ledger)


def with_an_object_that_is_about_to_be_referred_to(work: Path) -> list[str]:
    """Collect garbage between the moment an object is kept and the moment a record mentions it."""
    ledger = Ledger()
    store = LocalStore(work / STORE)
    scribe = Scribe(store, ledger, new_run_id())
    scribe.begin("slow")
    old = b"kept before" * 9
    scribe.put(old, old)
    scribe.close()
    for days in (1.0, 13.0):
        with suppress(StoreError):
            keep_house(work / STORE, days=days)
    return violations(work / STORE, ledger)


# --- formats, indexes


def of_a_newer_format(work: Path) -> list[str]:
    """Open a store that needs a newer reader, and write one that needs a newer writer."""
    perform(a_run, work / STORE, Ledger())
    about = work / STORE / "store.json"
    said, found = json.loads(about.read_text()), []
    about.write_text(json.dumps({**said, "min_reader": 99}))
    try:
        LocalStore(work / STORE).runs()
        found.append("a store of a newer format was read")
    except NewerFormat:
        pass
    about.write_text(json.dumps({**said, "min_writer": 99, "more": [1]}))
    try:
        LocalStore(work / STORE).begin(new_run_id(), {})
        found.append("a store of a newer format was written")
    except NewerFormat:
        pass
    if len(LocalStore(work / STORE).runs()) != 1:
        found.append("a store that may be read was not")
    return found


def index_and_replay(path: Path) -> list[str]:
    """Compare what a store says with its index, without it, and run by run; the index is then written anew."""
    with_index = {run["id"]: run for run in LocalStore(path).runs().documents}
    shutil.rmtree(path / "cache", ignore_errors=True)
    store = LocalStore(path)
    replayed = {run["id"]: run for run in store.runs().documents}
    singly = {run_id: store.read(run_id) for run_id in replayed}
    return [
        *([] if with_index == replayed else [f"the index differs from a replay: {_unlike(with_index, replayed)}"]),
        *([] if singly == replayed else [f"the table differs from single runs: {_unlike(singly, replayed)}"]),
    ]


def _unlike(one: dict[str, Any], two: dict[str, Any]) -> str:
    keys = sorted(key for key in one.keys() | two.keys() if one.get(key) != two.get(key))
    first = keys[0]
    members = one.get(first, {}).keys() | two.get(first, {}).keys()
    unlike = [m for m in sorted(members) if one.get(first, {}).get(m) != two.get(first, {}).get(m)]
    return f"{len(keys)} runs, {first}: {[(m, one.get(first, {}).get(m), two.get(first, {}).get(m)) for m in unlike]}"[
        :400
    ]


def with_a_damaged_index(work: Path, seeds: int = 60) -> list[str]:
    """Change a byte of an index file: what is read must be what is recorded."""
    perform(reading_in_between, work / STORE, Ledger())
    found = []
    wanted = {run["id"]: run for run in LocalStore(work / STORE).runs().documents}
    for path in sorted((work / STORE / "cache").glob("index-*")):
        whole = path.read_bytes()
        for seed in range(seeds):
            dice = random.Random(seed)
            changed = bytearray(whole)
            places = [place for place, byte in enumerate(whole) if 0x30 <= byte <= 0x39]
            changed[dice.choice(places)] = dice.choice(b"0123456789")
            path.write_bytes(changed)
            try:
                got = {run["id"]: run for run in LocalStore(work / STORE).runs().documents}
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                found.append(f"a damaged index is an error: {error}")
                continue
            if got != wanted:
                found.append(f"a damaged index is believed: {_unlike(got, wanted)}")
        path.write_bytes(whole)
    return found


def of_lives_and_deaths(work: Path) -> list[str]:
    """Ask for the status of a run whose process died, and of one whose kernel is at work."""
    found = []
    store = LocalStore(work / STORE)
    dead, living = new_run_id(), new_run_id()
    in_child(lambda: store.begin(dead, {"name": "dead"}).point({"loss": 1.0}))
    writer = store.begin(living, {"name": "living"})
    statuses = {run["name"]: run["status"] for run in LocalStore(work / STORE).runs().documents}
    if statuses != {"dead": "lost", "living": "running"}:
        found.append(f"wrong statuses: {statuses}")
    writer.close("finished", 1.0)
    return found


def month(run_id: str) -> str:
    """Return the folder of a run below the store."""
    return f"runs/{month_of(run_id)}/{run_id}"
