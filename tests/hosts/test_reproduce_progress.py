"""How far a reproduction has come, in a line: told from how long the cells took when they were recorded."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from nbtrack.hosts.reproduce_progress import Progress, first_line, heading, listed, roughly
from nbtrack.query.program import Step


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Going:
    """A progress over three cells that took 10, 20 and 30 seconds."""

    seeds: int = 0
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        steps = [Step(n, None, n, f"x = {n}", duration=10.0 * n) for n in (1, 2, 3)]
        plan: Any = SimpleNamespace(steps=steps, options=SimpleNamespace(seeds=self.seeds))
        self.progress = Progress(plan, self.clock)

    def cell(self, at: int, seconds: float) -> None:
        self.progress.begun(at)
        self.clock.now += seconds
        self.progress.ended(at)


def test_a_phase_says_what_it_does() -> None:
    going = Going()
    going.progress.phase("environment")
    going.progress.say("12 packages\x1b[2J")
    assert going.progress.line() == "environment · 12 packages␛[2J"
    going.progress.phase("running")
    assert going.progress.line() == "running"


def test_the_time_left_is_that_of_the_first_run() -> None:
    going = Going()
    going.progress.begun(0)
    going.clock.now = 4.0
    assert going.progress.line() == "cell 1 of 3 · In [1] x = 1 · about 56 s left"


def test_a_machine_that_is_twice_as_slow_takes_twice_as_long() -> None:
    going = Going()
    going.cell(0, 20.0)
    going.progress.begun(1)
    assert going.progress.left() == pytest.approx(100.0)
    going.clock.now += 1000
    assert going.progress.left() == pytest.approx(60.0)


def test_further_replays_are_counted() -> None:
    going = Going(seeds=3)
    for at in (0, 1, 2):
        going.cell(at, 10.0 * (at + 1))
    going.progress.begun(0)
    assert going.progress.line().startswith("replay 2 of 3 · cell 1 of 3")
    assert going.progress.left() == pytest.approx(120.0)


def test_the_last_lines_of_the_program_are_kept() -> None:
    going = Going()
    for number in range(30):
        going.progress.wrote("stdout", f"line {number}")
        going.progress.wrote("stdout", "  ")
    assert list(going.progress.tail)[-1] == "line 29"
    assert len(going.progress.tail) == 12


def test_a_cell_is_known_by_its_first_line_that_says_something() -> None:
    assert first_line("%%time\n# comment\nimport os\nfrom x import y\nfit(y)") == "fit(y)"
    assert first_line("import os") == "import os"
    assert first_line("# only this") == "# only this"
    assert first_line("") == ""
    assert heading(Step(7, None, None, "a" * 100), 10) == "execution 7 aaaaaaaaa…"


def test_durations_and_names_are_short() -> None:
    assert [roughly(each) for each in (0.2, 59.4, 60, 601, 3661)] == ["0 s", "59 s", "1 min", "10 min", "1 h 1 min"]
    assert listed(["a"]) == "a"
