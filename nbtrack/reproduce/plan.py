"""What a reproduction will do, to be read before it is done."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from nbtrack.errors import EnvironmentMissing, UsageError
from nbtrack.model.run import Run
from nbtrack.model.tagged import Json
from nbtrack.query.program import Program, Step, program
from nbtrack.reproduce.confine import limits
from nbtrack.reproduce.environment.needed import needed
from nbtrack.reproduce.environment.recorded import recorded
from nbtrack.reproduce.inputs import Input, inputs
from nbtrack.reproduce.inputs import addresses as read_addresses
from nbtrack.reproduce.reaches import addresses, commands
from nbtrack.reproduce.tolerance import USUAL, Tolerances

MOST_SEEDS: Final = 100
_USUAL: Final[dict[str, Json]] = {
    "env": "restore",
    "data": "recorded",
    "seeds": 0,
    "from_store_only": False,
    "timeout": None,
    "network": True,
    "tol": USUAL,
    "tol_metrics": {},
}
Environment = Literal["restore", "current"]
Which = Literal["recorded", "current"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to reproduce.

    ``environment`` is ``"restore"`` (the recorded one, apart) or ``"current"`` (this one, and how it differs),
    ``data`` ``"recorded"`` or ``"current"`` (the files as they are now). ``seeds`` replays with that many other seeds;
    0 is once, with its own. ``from_store_only`` asks nothing but the store. ``timeout`` is in seconds, for each replay.
    Without ``network`` the program is kept from TCP, where the kernel can. ``keep`` leaves the folder there.

    Raises:
        UsageError: a value that means nothing.
    """

    tolerances: Tolerances = field(default_factory=Tolerances)
    environment: Environment = "restore"
    data: Which = "recorded"
    seeds: int = 0
    from_store_only: bool = False
    timeout: float | None = None
    network: bool = True
    keep: bool = False

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if self.environment not in ("restore", "current"):
            raise UsageError(f'the environment is "restore" or "current", not {self.environment!r}')
        if self.data not in ("recorded", "current"):
            raise UsageError(f'the data are "recorded" or "current", not {self.data!r}')
        if isinstance(self.seeds, bool) or not 0 <= self.seeds <= MOST_SEEDS or self.seeds == 1:
            raise UsageError(
                f"--seeds takes 2 to {MOST_SEEDS} replays, not {self.seeds}; one says nothing of the spread"
            )
        if self.timeout is not None and not self.timeout > 0:
            raise UsageError(f"a timeout is a number of seconds above 0, not {self.timeout!r}")

    def document(self) -> dict[str, Json]:
        """Return the options that are not as usual, for the verdict."""
        told: dict[str, Json] = {
            "env": self.environment,
            "data": self.data,
            "seeds": self.seeds,
            "from_store_only": self.from_store_only,
            "timeout": self.timeout,
            "network": self.network,
            "tol": self.tolerances.default,
            "tol_metrics": dict(self.tolerances.metrics),
        }
        return {name: value for name, value in told.items() if value != _USUAL[name]}


class Command(NamedTuple):
    """A command a cell starts, and where it stands."""

    place: str
    text: str


class Packages(NamedTuple):
    """What the environment needs: the Python, how many packages from where, and what cannot be had."""

    python: str
    pinned: int
    commits: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What reproducing a run means: which cells run, what they start and reach, and what they are given.

    ``expected`` is how long the cells took, in seconds. ``doubts`` are about the program, ``limits`` about how well it
    can be confined here.
    """

    run: Run
    options: Options
    program: Program
    commands: tuple[Command, ...]
    addresses: tuple[str, ...]
    data: tuple[Input, ...]
    packages: Packages
    limits: tuple[str, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The cells, in the order in which they run."""
        return self.program.steps

    @property
    def doubts(self) -> tuple[str, ...]:
        """What may not come again as it was."""
        return (*self.program.doubts, *_doubts(self.steps))

    @property
    def expected(self) -> float:
        """How long the cells of one replay took, in seconds."""
        return sum(step.duration * step.times for step in self.steps)


def plan(run: Run, options: Options | None = None) -> Plan:
    """Return what reproducing ``run`` would do. Nothing is executed, fetched or written.

    Raises:
        ProgramMissing: it is not known what to run.
        UsageError: a tolerance for a metric the run does not have.
    """
    options = options or Options()
    options.tolerances.check(run.metrics)
    found = program(run)
    started = [Command(step.place, text) for step in found.steps for text in commands(step.source)]
    reached = [address for step in found.steps for address in addresses(step.source)]
    return Plan(
        run,
        options,
        found,
        tuple(dict.fromkeys(started)),
        tuple(dict.fromkeys([*reached, *read_addresses(run)])),
        tuple(inputs(run)),
        _packages(run),
        limits(network=options.network),
    )


def _packages(run: Run) -> Packages:
    try:
        known = recorded(run)
    except EnvironmentMissing as problem:
        return Packages("", 0, problem=str(problem))
    wanted = needed(known)
    return Packages(
        known.python,
        len(wanted.pinned),
        tuple(each.source for each in wanted.commits),
        wanted.edited,
        tuple(f"{each.pin} {why}" for each, why in wanted.unknown),
    )


def _doubts(steps: tuple[Step, ...]) -> Iterator[str]:
    if steps[-1].outcome == "interrupted":
        yield f"{steps[-1].place} was interrupted; it runs to its end here, so its last values are likely others"
    if any("input(" in step.source for step in steps):
        yield "the program asks a person with input(); nobody answers it here"
