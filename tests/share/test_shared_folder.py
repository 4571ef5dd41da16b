"""A folder that several people push to, pull from and record into, all at once, in processes of their own."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nbtrack
from nbtrack.share.pulling import pull
from nbtrack.share.pushing import push
from nbtrack.share.syncing import sync
from nbtrack.store.check.fsck import fsck
from nbtrack.store.local import LocalStore
from tests.share.bundles import a_run

pytestmark = pytest.mark.slow
_LIFE = """
import sys
from nbtrack.model import event
from nbtrack.share.syncing import sync
from nbtrack.store.local import LocalStore
from tests.share.bundles import a_run
store = LocalStore(__import__("pathlib").Path(sys.argv[2]))
for number in range(4):
    run_id = a_run(store, f"{sys.argv[3]}-{number}", artifact=b"same for all")
    store.annotate(run_id, event.NOTE, sys.argv[3])
    came, went = sync(sys.argv[1], store=store)
    assert not came.left and not went.left, (came.left, went.left)
store.close()
"""
_RECORD = """
import sys
from tests.share.bundles import a_run
from nbtrack.store.local import LocalStore
store = LocalStore(__import__("pathlib").Path(sys.argv[1]))
for number in range(6):
    a_run(store, f"direct-{number}")
store.close()
"""


def answers(store: LocalStore) -> list[str]:
    return [repr(dict(run.document)) for run in nbtrack.runs(store=store)]


def start(program: str, *arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], cwd=Path(__file__).parents[2])


def test_stores_that_sync_at_once_with_one_that_is_written_meanwhile_lose_nothing(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    push(shared, store=a_first(tmp_path / "zero"))
    folders = [tmp_path / name for name in ("one", "two")]
    at_work = [start(_LIFE, shared, folder, folder.name) for folder in folders] + [start(_RECORD, shared)]
    assert [each.wait(120) for each in at_work] == [0, 0, 0]
    stores = [LocalStore(folder) for folder in folders]
    for store in (*stores, *stores):
        sync(shared, store=store)
    expected = answers(LocalStore(shared))
    assert len(expected) == 1 + 4 + 4 + 6
    assert [answers(store) for store in stores] == [expected, expected]
    assert fsck(store=LocalStore(shared)).findings == []
    assert not any(each for store in stores for each in sync(shared, store=store))


@pytest.mark.parametrize("moment", [1, 6, 15])
def test_a_push_that_is_killed_leaves_a_store_that_is_whole(moment: int, tmp_path: Path) -> None:
    store, shared = a_first(tmp_path / "zero"), tmp_path / "shared"
    for number in range(20):
        a_run(store, f"r{number}", artifact=b"%d" % number * 50_000)
    push_it = "import sys; from nbtrack.share.pushing import push; push(sys.argv[1], store=sys.argv[2])"
    killed = start(push_it, shared, store.path)
    until = time.monotonic() + 60
    while len(list(shared.glob("runs/*/*"))) < moment and killed.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    there = LocalStore(shared)
    for run in nbtrack.runs(store=there):
        for artifact in run.document["artifacts"]:
            assert there.get(artifact["sha256"])
    push(shared, store=store)
    assert answers(there) == answers(store)
    assert pull(shared, store=LocalStore(tmp_path / "other")).runs
    assert [each for each in fsck(store=there).findings if each.kind != "leftover"] == []


def test_an_interrupt_ends_a_push_at_once_and_it_goes_on_later(tmp_path: Path) -> None:
    store, shared = a_first(tmp_path / "zero"), tmp_path / "shared"
    for number in range(30):
        a_run(store, f"r{number}", artifact=b"%d" % number * 50_000)
    program = "import sys; from nbtrack.hosts.cli import main; main(['push', sys.argv[1], '--store', sys.argv[2]])"
    stopped = start(program, shared, store.path)
    while len(list(shared.glob("runs/*/*"))) < 2 and stopped.poll() is None:
        time.sleep(0.002)
    stopped.send_signal(signal.SIGINT)
    assert stopped.wait(60) in {130, 0}
    push(shared, store=store)
    assert answers(LocalStore(shared)) == answers(store)


def a_first(folder: Path) -> LocalStore:
    store = LocalStore(folder)
    a_run(store, "first")
    return store
