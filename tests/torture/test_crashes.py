"""Power loss, process death and failing calls, at every call a store makes."""

import errno
import os
import time
from pathlib import Path

import checks
import pytest
from crash import Recorder
from faults import ERRORS
from ledger import Fact, Ledger, Scribe, violations
from scenarios import SCENARIOS, Scenario, a_run

from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from nbtrack.store.writing.keeper import KEEPER

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS[:3], ids=lambda scenario: scenario.__name__)
def test_a_crash_after_any_call_leaves_what_was_acknowledged(scenario: Scenario, work: Path) -> None:
    assert checks.crashed(work, scenario, clones=1) == []


@pytest.mark.slow
@every_scenario
def test_many_crashes_after_every_call_leave_what_was_acknowledged(scenario: Scenario, work: Path) -> None:
    assert checks.crashed(work, scenario, clones=8, seed=1) == []


@pytest.mark.slow
@every_scenario
def test_any_call_may_fail_once_or_for_ever(scenario: Scenario, work: Path) -> None:
    step = 1 if len(scenario.__name__) < 10 else 3  # the long ones; `make torture` does every call of them
    assert checks.with_failing_calls(work, scenario, (errno.EIO,), step) == []


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
def test_a_call_may_fail_in_any_way(error: int, work: Path) -> None:
    assert checks.with_failing_calls(work, a_run, (error,)) == []


@pytest.mark.slow
def test_what_a_failed_flush_forgot_is_written_again_before_it_is_called_synced(work: Path) -> None:
    assert checks.with_a_failed_flush_and_power_loss(work) == []


@pytest.mark.slow
def test_points_are_synced_within_a_second_though_nobody_asks(work: Path) -> None:
    recorder = Recorder(work)
    with replaced(recorder.disk):
        writer = LocalStore(work / ".nbtrack").begin(new_run_id(), {"name": "x"})
        writer.point({"loss": 0.5})
        before = len(recorder.ops)
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline and "flush" not in {op.verb for op in recorder.ops[before:]}:
            time.sleep(0.01)
        verbs = [op.verb for op in recorder.ops[before:]]
        writer.close("finished", 1.0)
    KEEPER.stop()
    assert verbs[:1] == ["flush"]


def test_the_ledger_finds_a_loss_and_an_invention(work: Path) -> None:
    ledger = Ledger()
    scribe = Scribe(LocalStore(work / ".nbtrack"), ledger, new_run_id())
    scribe.begin("x")
    scribe.param("a", 1)
    scribe.close()
    lost, invented = Fact("param", scribe.run, "b", 2), Fact("param", scribe.run, "a", 1)
    ledger.told[lost] = ledger.flushed[lost] = 0
    del ledger.told[invented]
    del ledger.flushed[invented]
    assert violations(work / ".nbtrack", ledger) == [f"lost: {lost}", f"never told so: {invented}"]


@pytest.mark.slow
def test_the_recorder_sees_every_change_of_a_store(work: Path) -> None:
    for scenario in SCENARIOS:
        recorder, _ = checks.recorded(work / scenario.__name__, scenario)
        built = work / f"{scenario.__name__} built"
        from crash import Medium

        medium = Medium()
        for op in recorder.ops:
            medium.apply(op)
        medium.killed(built)
        assert contents(built) == contents(work / scenario.__name__)


def contents(path: Path) -> dict[str, bytes]:
    files = (Path(folder) / name for folder, _, names in os.walk(path) for name in names)
    return {str(file.relative_to(path)): file.read_bytes() for file in files}
