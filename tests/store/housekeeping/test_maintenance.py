"""One at a time: the maintenance lock is held by one, taken over from the dead, and never stolen from the living."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.errors import MaintenanceLocked
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.system.process import this_process
from tests.store.stopping import calls_of, killed_at

InChild = Callable[[Callable[[], object]], str]
pytestmark = pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")


@pytest.fixture(autouse=True)
def made(folder: Path) -> None:
    folder.mkdir()


def left_by(folder: Path, **process: object) -> None:
    """A lock as a process leaves it that did not live to let go of it."""
    held = folder / "locks" / "maint"
    held.mkdir(parents=True)
    owner = {"task": "gc", "since": 1_790_000_000_000, "token": "t", "process": {**this_process()._asdict(), **process}}
    (held / "owner.json").write_text(json.dumps(owner))


def refusal(folder: Path) -> str:
    with pytest.raises(MaintenanceLocked) as refused, maintaining(folder, "pack"):
        pass
    return str(refused.value)


def test_a_second_one_is_refused_and_told_who_and_since_when(folder: Path) -> None:
    with maintaining(folder, "gc"):
        told = refusal(folder)
    assert told.startswith(f"`nbtrack gc` of process {os.getpid()} on {this_process().host} is at work in this store")
    assert told.endswith("If you know that it is gone, add --force-unlock")
    with maintaining(folder, "pack") as lock:
        lock.check()
    assert sorted(path.name for path in (folder / "locks").iterdir()) == [".gitignore"]


def test_the_lock_is_let_go_of_when_the_work_fails(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), maintaining(folder, "gc"):
        raise ZeroDivisionError
    with maintaining(folder, "gc"):
        pass


def test_the_lock_of_a_process_that_is_gone_is_taken_over(folder: Path, in_child: InChild) -> None:
    def child() -> None:
        held = maintaining(folder, "gc")
        held.__enter__()
        os._exit(0)

    in_child(child)
    assert (folder / "locks" / "maint" / "owner.json").exists()
    with maintaining(folder, "pack") as lock:
        lock.check()


@pytest.mark.parametrize("process", [{"boot": "an earlier one"}, {"start": 1}, {"pid": 2**22 + 1}])
def test_the_lock_of_this_host_before_its_last_start_or_of_a_pid_used_again_is_taken_over(
    folder: Path, process: dict[str, object]
) -> None:
    left_by(folder, **process)
    with maintaining(folder, "pack") as lock:
        lock.check()


def test_the_lock_of_another_host_is_only_taken_over_by_force(folder: Path) -> None:
    left_by(folder, host="elsewhere", boot="another")
    assert refusal(folder).startswith("`nbtrack gc` of process")
    with maintaining(folder, "pack", force=True) as lock:
        lock.check()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"task": "gc"}', '{"task":"gc","since":"x","token":1,"process":{}}']
)
def test_a_lock_that_cannot_be_read_is_only_taken_over_by_force(folder: Path, content: str) -> None:
    left_by(folder)
    (folder / "locks" / "maint" / "owner.json").write_text(content)
    assert "that did not leave its name" in refusal(folder)
    with maintaining(folder, "pack", force=True):
        pass
    with maintaining(folder, "pack"):
        pass


def test_who_was_robbed_notices_before_the_next_step(folder: Path) -> None:
    with maintaining(folder, "gc") as robbed, maintaining(folder, "pack", force=True) as taker:
        taker.check()
        with pytest.raises(MaintenanceLocked, match="taken over by `nbtrack pack`"):
            robbed.check()


def test_who_was_robbed_does_not_take_the_lock_of_the_robber_along(folder: Path) -> None:
    robbed = maintaining(folder, "gc")
    robbed.__enter__()
    with maintaining(folder, "pack", force=True) as taker:
        robbed.__exit__(None, None, None)
        taker.check()


@pytest.mark.slow
def test_a_process_killed_at_any_call_leaves_a_lock_that_can_be_had(folder: Path) -> None:
    def work() -> None:
        with maintaining(folder, "gc"):
            pass

    work()  # the folder is made only once
    for at in range(calls_of(work)):
        assert killed_at(at, work) == 9
        with maintaining(folder, "pack") as lock:
            lock.check()
