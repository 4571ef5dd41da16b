"""Stores that are moved, copied while they are written, merged from two clones, or on a disk that is really full."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import checks
import pytest
from ledger import Ledger, Scribe, violations
from scenarios import a_run, perform

from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

Git = Callable[..., str]
HEALTHY = {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0}


def run_in(path: Path, ledger: Ledger, name: str) -> Scribe:
    scribe = Scribe(LocalStore(path), ledger, new_run_id())
    scribe.begin(name)
    scribe.param(f"by {name}", 1)
    scribe.point(0, 0.5)
    return scribe


def test_a_store_that_was_moved_is_the_same_store(work: Path) -> None:
    ledger = Ledger()
    perform(a_run, work / "one", ledger)
    before = LocalStore(work / "one")
    known = before.id, [dict(run) for run in before.runs().documents]
    (work / "one").rename(work / "two")
    after = LocalStore(work / "two")
    assert (after.id, [dict(run) for run in after.runs().documents]) == known
    assert violations(work / "two", ledger) == []


@pytest.mark.slow
def test_a_copy_made_while_a_store_is_written_holds_whole_records_only(work: Path) -> None:
    ledger, stop = Ledger(), threading.Event()
    scribe = run_in(work / "live", ledger, "busy")

    def write() -> None:
        for number in range(20_000):
            if stop.is_set():
                return
            scribe.param(f"p{number}", "x" * (number % 3000))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(8):
            shutil.copytree(work / "live", work / f"copy {number}", ignore=shutil.ignore_patterns("tmp", "live"))
    finally:
        stop.set()
        thread.join()
    scribe.close()
    for number in range(8):
        (run,) = LocalStore(work / f"copy {number}").runs().documents
        assert (
            run["health"],
            run["params"].items() <= LocalStore(work / "live").read(scribe.run)["params"].items(),
        ) == (
            HEALTHY,
            True,
        )
    shutil.copytree(work / "live", work / "copy 0", dirs_exist_ok=True)  # the next rsync brings the rest
    assert violations(work / "copy 0", ledger) == []


def test_two_clones_written_apart_are_merged_by_git_into_their_union(work: Path, git: Git) -> None:
    ledger = Ledger()
    first = work / "first"
    first.mkdir()
    git(first, "init", "-q", "-b", "main")
    scribe = run_in(first / ".nbtrack", ledger, "before")
    scribe.close()
    git(first, "add", "-f", ".nbtrack/runs", ".nbtrack/store.json", ".nbtrack/.gitattributes")
    git(first, "commit", "-q", "-m", "one run")
    git(work, "clone", "-q", str(first), "second")
    for clone in ("first", "second"):
        path = work / clone / ".nbtrack"
        run_in(path, ledger, clone).close()
        Scribe(LocalStore(path), ledger, scribe.run).tag(f"from {clone}", "yes")
        git(work / clone, "add", "-f", ".nbtrack/runs", ".nbtrack/meta")
        git(work / clone, "commit", "-q", "-m", clone)
    git(first, "pull", "-q", "--no-rebase", "--no-edit", str(work / "second"), "main")
    assert violations(first / ".nbtrack", ledger) == []
    assert checks.index_and_replay(first / ".nbtrack") == []


def test_lines_that_git_joined_from_both_sides_of_one_file_count_once(work: Path, git: Git) -> None:
    ledger = Ledger()
    first = work / "first"
    first.mkdir()
    git(first, "init", "-q", "-b", "main")
    scribe = run_in(first / ".nbtrack", ledger, "open")
    git(first, "add", "-f", ".nbtrack/runs", ".nbtrack/store.json", ".nbtrack/.gitattributes")
    git(first, "commit", "-q", "-m", "while it runs")
    git(work, "clone", "-q", str(first), "second")
    scribe.param("later", 1)
    scribe.close()
    git(first, "commit", "-q", "-a", "-m", "the end")
    (segment,) = (work / "second").rglob("ev-*.jsonl")
    whole = next(first.rglob("ev-*.jsonl")).read_bytes().split(b"\n")
    kept = segment.read_bytes().count(b"\n")
    segment.write_bytes(
        b"\n".join(whole[: kept + 1]) + b"\n" + whole[kept + 1][:20]
    )  # a copy taken a moment earlier, torn
    git(work / "second", "commit", "-q", "-a", "-m", "a copy")
    git(first, "pull", "-q", "--no-rebase", "--no-edit", str(work / "second"), "main")
    run = LocalStore(first / ".nbtrack").read(scribe.run)
    assert violations(first / ".nbtrack", ledger) == []
    assert (run["params"], run["status"]) == ({"by open": 1, "later": 1}, "finished")


def test_tasks_of_an_event_loop_write_their_own_runs(work: Path) -> None:
    ledger = Ledger()

    async def train(name: str) -> None:
        scribe = run_in(work / "store", ledger, name)
        for step in range(1, 6):
            await asyncio.sleep(0)
            scribe.point(step, step / 2)
        scribe.close()

    async def all_at_once() -> None:
        tasks = [asyncio.create_task(train(f"task {number}")) for number in range(30)]
        tasks[7].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with ThreadPoolExecutor(1) as apart:  # a test in a browser leaves its loop running in this thread
        apart.submit(lambda: asyncio.run(all_at_once())).result()
    assert violations(work / "store", ledger) == []
    assert len(LocalStore(work / "store").runs()) == 29


def test_a_clock_that_jumps_back_while_a_run_is_written_spoils_nothing(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbtrack.store.writing import journal

    ledger, now = Ledger(), time.time_ns
    scribe = run_in(work / "store", ledger, "before the jump")
    monkeypatch.setattr(journal, "time_ns", lambda: now() - 400 * 86_400 * 10**9)
    for step in range(1, 4):
        scribe.point(step, step / 2)
        scribe.param(f"p{step}", step)
    scribe.close()
    run = LocalStore(work / "store").read(scribe.run)
    assert violations(work / "store", ledger) == []
    assert (run["health"], run["duration"], LocalStore(work / "store").points(scribe.run, "loss").steps) == (
        HEALTHY,
        1.0,
        (0, 1, 2, 3),
    )


FULL = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from ledger import Ledger, Scribe, violations
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
path = Path(sys.argv[1])
ledger, store = Ledger(), LocalStore(path / ".nbtrack")
scribe = Scribe(store, ledger, new_run_id())
scribe.begin("on a small disk")
ballast = path / "ballast"
for number in range(120):
    scribe.param(f"p{number}", "x" * 1000 * (number % 7))
    scribe.point(number, 0.5)
    if number % 40 == 20:
        scribe.put(os.urandom(100_000), b"never mind")
    if number == 100:
        for each in path.rglob("cas/*/*/*"):
            each.unlink()
refused = len(ledger.refused)
scribe.param("after", 1)
scribe.close()
for fact in [fact for fact in ledger.told if fact.kind == "object"]:
    for book in (ledger.told, ledger.flushed, ledger.synced, ledger.refused):
        book.pop(fact, None)
print(len(ledger.flushed), refused, violations(path / ".nbtrack", ledger))
"""


def test_a_disk_that_is_really_full_loses_nothing_and_goes_on_when_there_is_room(work: Path) -> None:
    (work / "small").mkdir()
    inside = f"mount -t tmpfs -o size=256k tmpfs {work}/small && exec {sys.executable} -c '{FULL}' {work}/small {Path(checks.__file__).parent}"
    done = subprocess.run(["unshare", "-Urm", "bash", "-c", inside], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no user namespaces here; test_faults.py fills a disk by RLIMIT_FSIZE: {done.stderr.strip()}")
    assert done.stderr == ""
    acknowledged, refused, broken = done.stdout.strip().split(" ", 2)
    assert (int(acknowledged) > 20, int(refused) > 20, broken) == (True, True, "[]")


KILLED = """
import os, signal, sys
from pathlib import Path
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests under nohup has it ignored
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
writer = LocalStore(Path(sys.argv[1])).begin(new_run_id(), {"name": "killed"})
writer.point({"loss": 1.0})
os.write(1, b"ready")
os.read(0, 1)
"""


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_a_run_whose_process_is_ended_is_lost_and_not_running_for_ever(work: Path, signal: str) -> None:
    import signal as signals

    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, work / "store"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.read(5)
    assert [run["status"] for run in LocalStore(work / "store").runs().documents] == ["running"]
    process.send_signal(signals.Signals[signal])
    process.wait(30)
    process.stdout.close()
    process.stdin.close()
    assert [run["status"] for run in LocalStore(work / "store").runs().documents] == ["lost"]


@pytest.mark.slow
def test_eight_processes_two_of_them_other_hosts_that_are_killed_and_begin_again_lose_nothing(work: Path) -> None:
    running: list[subprocess.Popen[bytes]] = []
    outputs: list[Path] = []
    for number in range(24):
        output = work / f"acked {number}"
        outputs.append(output)
        running.append(
            subprocess.Popen([sys.executable, "-c", HAMMER, work / "store", output, str(number % 8), str(os.getpid())])
        )
        if len(running) == 8:
            have_acknowledged(outputs[-8:-4])
            for process in running[:4]:
                process.kill()
                process.wait()
            del running[:4]
            LocalStore(work / "store").runs()
    for process in running:
        process.kill()
        process.wait()
    runs = {run["id"]: run for run in LocalStore(work / "store").runs().documents}
    acknowledged = [
        line.split() for output in outputs if output.exists() for line in output.read_text().split("\n")[:-1]
    ]
    lost = [(run, key) for run, key in acknowledged if key not in runs.get(run, {"params": {}})["params"]]
    assert (len(acknowledged) > 100, lost) == (True, [])
    assert all(run["health"] == HEALTHY for run in runs.values())
    assert checks.index_and_replay(work / "store") == []


def have_acknowledged(outputs: list[Path], each: int = 6) -> None:
    """Wait until processes have had this many records confirmed; they are in the midst of the next ones then."""
    deadline = time.monotonic() + 120
    while any(not output.exists() or output.read_bytes().count(b"\n") < each for output in outputs):
        assert time.monotonic() < deadline, "a process has recorded next to nothing in two minutes"
        time.sleep(0.1)


HAMMER = """
import os, sys, time
from pathlib import Path
from nbtrack.store.system import process
from nbtrack.store.writing import journal
if int(sys.argv[3]) < 2:
    real = process.this_process()
    journal.this_process = lambda: real._replace(host="host" + sys.argv[3], boot="another")
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
out = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
while True:
    run = new_run_id()
    writer = store.begin(run, {"name": sys.argv[3]})
    for k in range(20):
        writer.append("params", {f"k{k}": "x" * (k * 97)})
        os.write(out, f"{run} k{k}\\n".encode())
    writer.close("finished", 1.0)
    time.sleep(0.05)
    if os.getppid() != int(sys.argv[4]):
        break  # the test is gone
"""


def test_nothing_of_these_tests_keeps_a_thread(work: Path) -> None:
    KEEPER.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("nbtrack")] == []
    assert list(work.iterdir()) == []
