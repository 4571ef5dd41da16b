"""What a replay is told and what it tells comes through as it was."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.query.program import Step
from nbtrack.reproduce.confine import Confinement
from nbtrack.reproduce.job import Job, Task, line, parse, tasks

some_tasks = st.builds(
    Task,
    st.text(),
    st.none() | st.integers(),
    st.integers(1, 9),
    st.sampled_from(["ok", "error"]),
    st.none() | st.integers(),
)


@given(st.lists(some_tasks, max_size=3), st.none() | st.integers(), st.dictionaries(st.text(), st.text(), max_size=2))
def test_a_job_comes_through_as_it_was(some: list[Task], seed: int | None, paths: dict[str, str]) -> None:
    inside = Confinement((Path("/w"),), (Path("/h/.ssh"),), network=False)
    job = Job(tuple(some), Path("/w/project"), Path("/w/store"), inside, paths, seed)
    assert Job.read(job.text()) == job


def test_tasks_are_the_steps_of_a_program() -> None:
    step = Step(4, "id", 3, "x = 1", times=2, outcome="error", reached=0)
    assert tasks([step]) == (Task("x = 1", 3, 2, "error", 0),)


def test_what_is_no_event_is_none() -> None:
    assert parse(b"not json") == parse(b"[1]") == {}
    assert parse(line({"kind": "failed", "at": 2, "error": "ä"})) == {"kind": "failed", "at": 2, "error": "ä"}
