"""What a reproduction of a run found: its level, how far each metric is from the recorded one, and why."""

from typing import Final, Literal, NotRequired, TypedDict

from nbtrack.model.tagged import Json

Level = Literal["identical", "within tolerance", "statistically consistent", "different", "failed", "cannot run"]

LEVELS: Final = ("identical", "within tolerance", "statistically consistent", "different", "failed", "cannot run")
GOOD: Final = frozenset(LEVELS[:3])  # what a step that demands a reproduction may go on with


class MetricDifference(TypedDict, total=False):
    """One metric, as recorded (``was``) and as reproduced (``now``; several with ``--seeds``).

    ``change`` is relative to the recorded value, absolute where that is 0; ``tolerance`` the allowed relative change;
    ``interval`` what repeated runs predict for one more run, at 95 %. ``level`` is one of ``LEVELS``, or "not judged"
    (a metric that measures time) or "missing" / "new" where only one side has it. ``rounding`` is true where the same
    number differs in its last digits. ``series`` says in words how its points differ, where they do.
    """

    was: Json
    now: Json
    change: float | None
    tolerance: float
    interval: list[float]
    series: str
    level: str
    rounding: bool


class Cause(TypedDict, total=False):
    """What differed and may be why, likeliest first. ``kind``: data, package, python, code, seed, hardware, cell."""

    kind: str
    name: str
    was: Json
    now: Json
    text: str


class Restored(TypedDict, total=False):
    """One thing the run needed, and where it was taken from.

    ``kind`` is code, data, environment; ``origin`` store, commit, working tree, dvc cache, dvc remote, index, uv
    cache, current environment, or "" where it could not be had; ``text`` says so to a person.
    """

    kind: str
    name: str
    origin: str
    text: str


class ReproductionDocument(TypedDict):
    """The verdict of one reproduction: ``at`` in ms since 1970, ``duration`` in seconds.

    ``outputs`` says of each file and output kept with the run whether it is ``same``, ``different``, ``missing`` or
    ``new``, or that it is ``not compared`` (its hash was never known). ``machine`` is hardware and interpreter of the
    reproduction, ``options`` what was asked for.
    """

    level: Level
    at: int
    duration: float
    text: str
    metrics: dict[str, MetricDifference]
    outputs: NotRequired[dict[str, str]]
    causes: NotRequired[list[Cause]]
    restored: NotRequired[list[Restored]]
    machine: NotRequired[dict[str, Json]]
    options: NotRequired[dict[str, Json]]
    error: NotRequired[str]
