"""A replay's process is heard as it goes, and nothing of it outlives us. The interpreter here is a fake of ten lines."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from nbtrack.reproduce.confine import Confinement
from nbtrack.reproduce.job import Job, Task
from nbtrack.reproduce.running import Outcome, run_job

FAKE = """
import json, os, subprocess, sys, time
from pathlib import Path
def tell(**event): os.write(int(os.environ['NBTRACK_REPLAY_PIPE']), json.dumps(event).encode() + b'\\n')
def step(at): tell(kind='begun', at=at, time=1000 + at)
"""


@dataclass
class Heard:
    """Hears everything; stops the replay as asked."""

    told: list[object] = field(default_factory=list)
    stop_at: str = ""

    def begun(self, at: int) -> None:
        self.told.append(("begun", at))

    def ended(self, at: int) -> None:
        self.told.append(("ended", at))

    def wrote(self, stream: str, text: str) -> None:
        self.told.append((stream, text))
        if self.stop_at and self.stop_at in text:
            raise KeyboardInterrupt

    def waiting(self) -> None:
        pass


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(program: str, heard: Heard | None = None, *, timeout: float | None = None) -> Outcome:
        fake = tmp_path / "fake.py"
        fake.write_text(FAKE + program)
        job = Job((Task("a"), Task("b")), tmp_path, tmp_path / "store", Confinement((tmp_path,)))
        variables = {"PATH": os.environ["PATH"]}
        return run_job(job, [sys.executable, fake], tmp_path, variables, heard or Heard(), timeout=timeout)

    return run


ALL_WELL = "tell(kind='ready', confined=True)\nfor at in (0, 1): step(at); print('in', at, flush=True); tell(kind='ended', at=at)\n"


def test_what_happens_is_heard(run: Run) -> None:
    heard = Heard()
    outcome = run(ALL_WELL + "print('a\\rb\\r\\nc', end='', file=sys.stderr)", heard)
    assert (outcome.finished, outcome.failed, outcome.error, outcome.own_began) == (2, None, "", 1001)
    assert outcome.confined
    assert [told for told in heard.told if told[0] in ("begun", "ended")] == [
        ("begun", 0), ("ended", 0), ("begun", 1), ("ended", 1),
    ]  # fmt: skip
    assert [told for told in heard.told if told[0] == "stdout"] == [("stdout", "in 0"), ("stdout", "in 1")]
    assert [told for told in heard.told if told[0] == "stderr"] == [("stderr", "a"), ("stderr", "b"), ("stderr", "c")]


def test_a_cell_that_failed_is_told_with_its_traceback(run: Run) -> None:
    outcome = run("step(0); tell(kind='failed', at=0, error='ValueError: x', traceback='Traceback'); sys.exit(10)")
    assert (outcome.finished, outcome.failed) == (0, 0)
    assert (outcome.error, outcome.traceback) == ("ValueError: x", "Traceback")


def test_a_python_that_dies_is_told_by_its_last_words(run: Run) -> None:
    outcome = run("step(0); sys.exit('no module named x')")
    assert "status 1: no module named x" in outcome.error
    killed = run("step(0); tell(kind='ended', at=0); step(1); os.kill(os.getpid(), 9)")
    assert (killed.finished, killed.failed) == (1, 1)
    assert "SIGKILL: killed, as systems do when memory runs out" in killed.error


@pytest.mark.slow
def test_a_replay_that_takes_too_long_is_stopped(run: Run) -> None:
    began = time.monotonic()
    outcome = run("step(0); time.sleep(600)", timeout=1.0)
    assert "stopped after 1 s" in outcome.error
    assert time.monotonic() - began < 60


def processes(tmp_path: Path) -> list[int]:
    """The processes a replay wrote down."""
    return [int(line) for line in (tmp_path / "pids").read_text().split()]


GRANDCHILDREN = """
step(0)
script = 'import os, time; open("pids", "a").write(f"{os.getpid()}\\\\n"); time.sleep(600)'
for session in (False, True):
    subprocess.Popen([sys.executable, '-c', script], start_new_session=session, stdin=subprocess.DEVNULL)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('pids', 'a').write(f'{os.getpid()}\\n')
        time.sleep(600)
    os._exit(0)
while not os.path.exists('pids') or len(open('pids').readlines()) < 3: time.sleep(0.01)
print('three are there', flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["interrupt", "timeout", "end"])
def test_nothing_of_it_outlives_us(run: Run, tmp_path: Path, ending: str) -> None:
    if ending == "interrupt":
        with pytest.raises(KeyboardInterrupt):
            run(GRANDCHILDREN + "time.sleep(600)", Heard(stop_at="three are there"))
    elif ending == "timeout":
        run(GRANDCHILDREN + "time.sleep(600)", timeout=4.0)
    else:
        run(GRANDCHILDREN + "tell(kind='ended', at=0); step(1); tell(kind='ended', at=1)")
    left = [pid for pid in processes(tmp_path) if psutil.pid_exists(pid)]
    assert [pid for pid in left if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE] == []


def test_nothing_is_left_where_the_interpreter_is_not_there(tmp_path: Path) -> None:
    job = Job((Task("a"),), tmp_path, tmp_path / "store", Confinement((tmp_path,)))
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir())) if descriptors.exists() else 0
    with pytest.raises(FileNotFoundError):
        run_job(job, [tmp_path / "python"], tmp_path, {}, Heard())
    assert not before or len(list(descriptors.iterdir())) == before
