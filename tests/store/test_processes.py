"""Writers that are killed, interrupted, forked or many: nothing acknowledged is lost, nobody touches another's file."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from nbtrack.model.ids import new_run_id
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.local import LocalStore
from nbtrack.store.system.process import this_process

InChild = Callable[[Callable[[], object]], str]
HEALTHY = {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0}

LOGGING = """
import os, sys
from pathlib import Path
from nbtrack.store.local import LocalStore
writer = LocalStore(Path(sys.argv[1])).begin(sys.argv[2], {"name": "victim"})
n = 0
while True:
    if n % 10:
        writer.point({"loss": n * 0.5, "text": 1.0}, n)
    else:
        writer.append("params", {f"p{n}": "x" * (n % 9000)})
    os.write(1, b"%d\\n" % n)
    n += 1
"""


def killed(folder: Path, run_id: str, after: float) -> list[int]:
    """Let a process log until it is killed; return what it had been acknowledged."""
    process = subprocess.Popen([sys.executable, "-c", LOGGING, folder, run_id], stdout=subprocess.PIPE)
    assert process.stdout is not None
    first = process.stdout.readline()
    timer = threading.Timer(after, process.kill)
    timer.start()
    rest = process.stdout.read()
    timer.join()
    process.wait()
    process.stdout.close()
    return [int(line) for line in (first + rest).split(b"\n")[:-1]]


def account(folder: Path, run_id: str, acknowledged: list[int]) -> int:
    store = LocalStore(folder)
    run = store.read(run_id)
    kept = {*store.points(run_id, "loss").steps, *(int(name[1:]) for name in run["params"])}
    assert (run["status"], run["health"]) == ("lost", HEALTHY)
    return len(set(acknowledged) - kept)


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_acknowledged(folder: Path) -> None:
    for k in range(3):
        run_id = new_run_id()
        acknowledged = killed(folder, run_id, 0.1 + k * 0.03)
        assert (len(acknowledged) > 20, account(folder, run_id, acknowledged)) == (True, 0)


@pytest.mark.slow
def test_kill_9_again_and_again_loses_nothing(folder: Path) -> None:
    total = 0
    for k in range(40):
        run_id = new_run_id()
        acknowledged = killed(folder, run_id, 0.05 + k * 0.004)
        assert account(folder, run_id, acknowledged) == 0
        total += len(acknowledged)
    assert total > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("together", [1, 5])
def test_an_interrupt_anywhere_in_an_append_leaves_the_files_whole(
    together: int, local: LocalStore, run_id: str
) -> None:
    writer = local.begin(run_id, {"name": "x"})
    acknowledged: set[int] = set()
    stop = threading.Event()

    def pester() -> None:
        while not stop.wait(0.0015):
            if acknowledged:  # and not while this thread is being started: that would be the end of it
                os.kill(os.getpid(), signal.SIGINT)

    pest = threading.Thread(target=pester)
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupts = step = 0
    end = time.monotonic() + 0.5
    latest = end + 30  # a busy machine interrupts seldom; and one interrupt between two steps must not end it all
    try:
        pest.start()
        while time.monotonic() < end or (interrupts <= 20 and time.monotonic() < latest):
            with suppress(KeyboardInterrupt):
                while time.monotonic() < end or (interrupts <= 20 and time.monotonic() < latest):
                    try:
                        step += together
                        added = range(step, step + together)
                        if together == 1:
                            writer.point({"loss": float(step)}, step)
                        else:
                            writer.points([(each, {"loss": float(each)}) for each in added])
                        acknowledged.update(added)
                    except KeyboardInterrupt:
                        interrupts += 1
    except KeyboardInterrupt:
        interrupts += 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop.set()
        pest.join()
        signal.signal(signal.SIGINT, before)
    writer.append("note", "still usable")
    writer.close("finished", 1.0)
    assert interrupts > 20
    steps = local.points(run_id, "loss").steps
    run = local.read(run_id)
    assert acknowledged <= set(steps)
    assert len(steps) == len(set(steps)) == run["curves"]["loss"]["count"]
    assert (run["health"], run["note"]) == (HEALTHY, "still usable")
    numbers = [json.loads(line)["n"] for line in lines_of(local, run_id) if b'"n":' in line]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def lines_of(store: LocalStore, run_id: str) -> list[bytes]:
    paths = store._folder.run(run_id).iterdir()
    lines = [line for path in paths for line in path.read_bytes().split(b"\n")[:-1]]
    assert all(decode(line).state == "ok" for line in lines)
    return lines


def test_a_record_from_a_signal_handler_in_the_middle_of_another_is_refused_not_hung(folder: Path, run_id: str) -> None:
    from nbtrack.errors import StoreError
    from nbtrack.store.system.disk import Disk

    refused: list[str] = []

    def write(fd: int, data: bytes) -> int:
        if b'"outer"' in data:
            try:
                writer.append("note", "inner")
            except StoreError as error:
                refused.append(str(error))
        return os.write(fd, data)

    writer = LocalStore(folder, disk=Disk(write=write)).begin(run_id, {"name": "x"})
    writer.append("params", {"outer": 1})
    writer.close("finished", 1.0)
    run = LocalStore(folder).read(run_id)
    assert (len(refused), run["params"], run["note"], run["health"]) == (1, {"outer": 1}, None, HEALTHY)


def test_a_forked_child_writes_files_of_its_own(local: LocalStore, run_id: str, in_child: InChild) -> None:
    writer = local.begin(run_id, {"name": "x"})
    writer.point({"loss": 1.0})
    folder = local._folder.run(run_id)
    parents = {path.name: path.read_bytes() for path in folder.iterdir()}

    def child() -> str:
        writer.point({"loss": 2.0})
        writer.append("tags", {"worker": "yes"})
        writer.close("failed", 9.0)
        return "done"

    assert in_child(child) == "done"
    assert {name: (folder / name).read_bytes() for name in parents} == parents
    assert len(list(folder.iterdir())) == 4
    writer.close("finished", 1.0)
    run = local.runs().documents[0]
    assert (run["status"], run["tags"], run["sealed"], run["health"]) == ("finished", {"worker": "yes"}, True, HEALTHY)
    assert run["curves"]["loss"] == {"last": 2.0, "min": 1.0, "max": 2.0, "count": 2, "step": 1}
    assert local.points(run_id, "loss")[:2] == ((0, 1), (1.0, 2.0))


def test_a_fork_while_a_thread_holds_the_lock_does_not_hang_the_child(
    local: LocalStore, run_id: str, in_child: InChild
) -> None:
    writer = local.begin(run_id, {"name": "x"})
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with writer._lock:  # type: ignore[attr-defined]  # the worst moment to fork at
            holding.set()
            release.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait()

    def child() -> str:
        signal.alarm(10)
        writer.append("tags", {"child": "lives"})
        local.annotate(run_id, "note", "from the child")
        return "logged"

    assert in_child(child) == "logged"
    release.set()
    thread.join()
    run = local.read(run_id)
    assert (run["tags"], run["note"]) == ({"child": "lives"}, "from the child")


def test_a_child_that_logs_nothing_leaves_nothing(local: LocalStore, run_id: str, in_child: InChild) -> None:
    writer = local.begin(run_id, {"name": "x"})
    assert in_child(lambda: writer.close("failed", 1.0)) == "None"
    assert len(list(local._folder.run(run_id).iterdir())) == 1
    assert local.read(run_id)["status"] == "running"


MANY = """
import sys
from pathlib import Path
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
for k in range(int(sys.argv[3])):
    writer = store.begin(new_run_id(), {"name": f"{sys.argv[2]}-{k}"})
    for step in range(20):
        writer.point({"loss": step + 0.5})
    writer.append("metrics", {"k": k})
    writer.close("finished", 1.0)
    store.annotate(writer.run_id, "tags", {"by": sys.argv[2]})
"""


def many(folder: Path, processes: int, runs: int) -> None:
    started = [subprocess.Popen([sys.executable, "-c", MANY, folder, str(k), str(runs)]) for k in range(processes)]
    store = LocalStore(folder)
    while any(process.poll() is None for process in started):
        store.runs()  # a reader among the writers never fails
    assert [process.returncode for process in started] == [0] * processes
    found = {run["name"]: run for run in store.runs().documents}
    assert found.keys() == {f"{k}-{run}" for k in range(processes) for run in range(runs)}
    assert all(run["health"] == HEALTHY and run["curves"]["loss"]["count"] == 20 for run in found.values())
    assert all(run["tags"] == {"by": run["name"].partition("-")[0]} for run in found.values())
    assert {run["id"]: run for run in LocalStore(folder).runs().documents} == {run["id"]: run for run in found.values()}


def test_two_processes_write_at_once_and_nothing_is_lost(folder: Path) -> None:
    many(folder, 2, 6)


@pytest.mark.slow
def test_eight_processes_write_at_once_and_nothing_is_lost(folder: Path) -> None:
    many(folder, 8, 50)


def test_an_open_run_is_lost_when_its_process_is_gone(local: LocalStore, run_id: str, in_child: InChild) -> None:
    in_child(lambda: local.begin(run_id, {"name": "x"}).point({"loss": 1.0}))
    assert local.runs().documents[0]["status"] == "lost"
    assert local.runs() is local.runs()


def rewritten_head(store: LocalStore, run_id: str, **members: object) -> None:
    (path,) = store._folder.run(run_id).iterdir()
    head, *rest = path.read_bytes().split(b"\n")
    before = {key: value for key, value in decode(head).record.items() if key != "c"}
    path.write_bytes(b"\n".join([encode({**before, **members})[:-1], *rest]))


def test_a_pid_used_again_is_not_the_process_that_wrote(local: LocalStore, run_id: str) -> None:
    local.begin(run_id, {"name": "x"})
    rewritten_head(local, run_id, start=this_process().start - 1)
    assert local.read(run_id)["status"] == "lost"


def test_a_run_of_another_host_is_running_as_long_as_its_heart_beats(local: LocalStore, run_id: str) -> None:
    local.begin(run_id, {"name": "x"})
    rewritten_head(local, run_id, host="elsewhere")
    (marker,) = (local.path / "live").glob(f"{run_id}.*")
    assert local.runs().documents[0]["status"] == "running"
    past = time.time() - 3600
    os.utime(marker, (past, past))
    assert local.runs().documents[0]["status"] == "lost"
    os.utime(marker)
    assert local.runs().documents[0]["status"] == "running"


def test_a_forked_child_that_just_leaves_does_not_keep_its_parents_run_open(
    local: LocalStore, run_id: str, folder: Path, in_child: InChild
) -> None:
    writer = local.begin(run_id, {"name": "x"})

    def child() -> str:
        writer.point({"loss": 2.0})
        writer.append("params", {"by": "child"})
        return "gone without closing"

    in_child(child)
    writer.close("finished", 1.0)
    assert len(list((folder / "live").iterdir())) == 1
    for run in (local.read(run_id), local.runs().documents[0], LocalStore(folder).runs().documents[0]):
        assert (run["status"], run["health"], run["params"]) == ("finished", HEALTHY, {"by": "child"})
    assert local.points(run_id, "loss").values == (2.0,)
    LocalStore(folder).begin(new_run_id(), {}).close("finished", 1.0)
    assert list((folder / "live").iterdir()) == []


def test_the_markers_of_the_living_and_of_other_hosts_stay(local: LocalStore, run_id: str, folder: Path) -> None:
    local.begin(run_id, {})
    away = folder / "live" / f"{new_run_id()}.0123456789ab"
    away.write_text(json.dumps({**this_process()._asdict(), "host": "elsewhere", "boot": "x"}))
    (folder / "live" / "noise.0").write_text("{")
    before = sorted((folder / "live").iterdir())
    LocalStore(folder)._live.sweep()
    assert sorted((folder / "live").iterdir()) == before
