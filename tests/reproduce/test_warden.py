"""Who starts a replay shuts it in before anything of the run is near, and ends what the run leaves behind."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from nbtrack.reproduce import landlock
from nbtrack.reproduce.confine import Confinement
from nbtrack.reproduce.job import Job, Task
from nbtrack.reproduce.running import Outcome, run_job

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux hands orphans over")
shuts_in = pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")


class Nobody:
    """Hears nothing."""

    def begun(self, at: int) -> None:
        pass

    def ended(self, at: int) -> None:
        pass

    def wrote(self, stream: str, text: str) -> None:
        pass

    def waiting(self) -> None:
        pass


def start(tmp_path: Path, program: str, **variables: str) -> Outcome:
    inside = tmp_path / "inside"
    inside.mkdir()
    fake = tmp_path / "fake.py"
    fake.write_text("import json, os, socket, subprocess, sys, time\nfrom pathlib import Path\n" + program)
    job = Job((Task("a"),), inside, inside / "store", Confinement((inside,)))
    return run_job(job, [sys.executable, fake], tmp_path, {"PATH": os.environ["PATH"], **variables}, Nobody())


@shuts_in
def test_what_python_executes_as_it_starts_is_shut_in_already(tmp_path: Path) -> None:
    """A module called like one of the library's, on the path that a run's own modules are imported from."""
    local = tmp_path / "local"
    local.mkdir()
    escape = f"try:\n    open({str(tmp_path / 'escaped')!r}, 'w')\nexcept OSError as refused:\n    "
    place = tmp_path / "inside" / "tried"
    (local / "sitecustomize.py").write_text(f"{escape}open({str(place)!r}, 'w').write(str(refused))\n")
    start(tmp_path, "", PYTHONPATH=str(local))
    assert "denied" in place.read_text()
    assert not (tmp_path / "escaped").exists()


DAEMON = """
script = 'import os, time; open("inside/pid", "w").write(str(os.getpid())); time.sleep(600)'
command = f"setsid env -i {sys.executable} -S -c '{script}' </dev/null >/dev/null 2>&1 &"
subprocess.run(["sh", "-c", command])
while not Path("inside/pid").exists() or not Path("inside/pid").read_text(): time.sleep(0.01)
"""


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)", "os._exit(3)"])
def test_a_daemon_without_parent_group_and_variables_is_ended_with_the_rest(tmp_path: Path, ending: str) -> None:
    outcome = start(tmp_path, DAEMON + ending)
    assert not psutil.pid_exists(int((tmp_path / "inside" / "pid").read_text()))
    expected = {"": "status 0", "os.kill(os.getpid(), 9)": "SIGKILL", "os._exit(3)": "status 3"}
    assert expected[ending] in outcome.error


@shuts_in
def test_the_program_cannot_end_who_watches_it(tmp_path: Path) -> None:
    if landlock.abi() < 6:
        pytest.skip("this kernel does not keep signals in")
    start(tmp_path, "try: os.kill(os.getppid(), 9)\nexcept OSError as told: Path('inside/told').write_text(str(told))")
    assert "not permitted" in (tmp_path / "inside" / "told").read_text()


def test_the_program_cannot_change_its_job(tmp_path: Path) -> None:
    if not landlock.abi():
        pytest.skip("this kernel has no Landlock")
    start(tmp_path, "Path('job.json').write_text('x')")
    assert (tmp_path / "job.json").read_text().startswith("{")


@pytest.mark.parametrize("event", ['{"kind": "ended", "at": "x"}', '{"kind": "failed", "at": -5}', '{"kind": [], "at": 0}',
    '{"kind": "begun", "at": 1e99}', "[]", '{"kind": "begun", "at": 0, "time": "x"}'])  # fmt: skip
def test_what_a_cell_writes_where_events_are_told_breaks_nothing(tmp_path: Path, event: str) -> None:
    program = f"os.write(int(os.environ['NBTRACK_REPLAY_PIPE']), {event.encode()!r} + b'\\n')"
    assert "status 0" in start(tmp_path, program).error


def test_a_line_without_end_is_heard_in_pieces_and_needs_no_room(tmp_path: Path) -> None:
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    start(tmp_path, "for _ in range(100): os.write(1, b'x' * (1 << 20))")
    assert psutil.Process().memory_info().rss - before < 60 << 20
    assert time.monotonic() - began < 60
