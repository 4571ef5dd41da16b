"""What a replay is told, and what it tells: one JSON file in, one JSON object a line out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from nbtrack.query.program import Step
from nbtrack.reproduce.confine import Confinement

PIPE: Final = "NBTRACK_REPLAY_PIPE"  # of the replay's environment: the number of the pipe it tells its events on
BEGUN: Final = "begun"
ENDED: Final = "ended"
FAILED: Final = "failed"
READY: Final = "ready"
DONE: Final = "done"


class Event(TypedDict, total=False):
    """One line on the pipe: ``at`` counts the steps from 0, ``time`` is in ms since 1970.

    ``confined`` says whether the kernel sees to it that the program writes nowhere else.
    """

    kind: Literal["ready", "begun", "ended", "failed", "done"]
    at: int
    time: int
    confined: bool
    error: str  # its type and message, on one line
    traceback: str


@dataclass(frozen=True, slots=True)
class Task:
    """One cell to run: what of a ``Step`` the replay needs."""

    source: str
    count: int | None = None
    times: int = 1
    outcome: str = "ok"
    reached: int | None = None

    @classmethod
    def of(cls, step: Step) -> "Task":
        """Return the task of a step."""
        return cls(step.source, step.count, step.times, step.outcome, step.reached)


@dataclass(frozen=True, slots=True)
class Job:
    """All that a replay is told.

    ``tasks`` are run in ``folder``, the last one tracked into ``store``. ``paths`` maps absolute paths that stand in
    the sources to where they now are. ``seed`` seeds every random generator before the first task.

    >>> job = Job((Task("1 + 1"),), Path("/w/project"), Path("/w/store"), Confinement((Path("/w"),)))
    >>> Job.read(job.text()) == job
    True
    """

    tasks: tuple[Task, ...]
    folder: Path
    store: Path
    confinement: Confinement
    paths: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None

    def text(self) -> str:
        """Return the job as the text of its file."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def read(cls, text: str) -> "Job":
        """Return the job that ``text`` made."""
        told = json.loads(text)
        return cls(
            tasks=tuple(Task(**task) for task in told["tasks"]),
            folder=Path(told["folder"]),
            store=Path(told["store"]),
            confinement=Confinement.read(told["confinement"]),
            paths=told["paths"],
            seed=told["seed"],
        )


def tasks(steps: Sequence[Step]) -> tuple[Task, ...]:
    """Return the tasks of a program's steps."""
    return tuple(map(Task.of, steps))


def line(event: Event) -> bytes:
    """Return an event as its line on the pipe.

    >>> parse(line({"kind": "begun", "at": 3}))
    {'kind': 'begun', 'at': 3}
    """
    return json.dumps(event).encode() + b"\n"


def parse(text: bytes) -> Event:
    """Return the event of a line; an empty one for what is none, because cells, too, could write there."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}  # type: ignore[return-value]  # read by get(), whatever it holds
