"""The program behind a run: the executions its result depends on, with their sources, in the order they ran."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from nbtrack.errors import ProgramMissing, StoreError
from nbtrack.model.document import ExecutionDocument
from nbtrack.model.run import Run
from nbtrack.model.tagged import untag

_DOUBTFUL: Final = ("dynamic-code", "unverified", "unanalysed")
_HIDDEN: Final = "[redacted:"
_OK: Final = "ok"


@dataclass(frozen=True, slots=True)
class Step:
    """One execution of a cell: ``source`` as it was typed, magics and ``%%track`` line included, secrets left out.

    ``number`` counts the executions of the session, ``count`` is IPython's ``In [count]``. ``times`` is how often it
    ran in a row, ``reached`` how many of its lines had completed when it failed (None: all of them). ``reads`` says
    which execution had written each name; ``overrides`` what its ``%%track`` line set, in place of literals that the
    cell assigns to these names, ``seed`` what that line seeded the random generators with. ``duration`` is in seconds.
    """

    number: int
    cell: str | None
    count: int | None
    source: str
    times: int = 1
    outcome: str = _OK
    reached: int | None = None
    reads: Mapping[str, int] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    barriers: tuple[str, ...] = ()
    duration: float = 0.0
    overrides: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    @property
    def place(self) -> str:
        """How a text calls it: ``In [3]``, or ``execution 3`` where the count is not known."""
        return f"In [{self.count}]" if self.count is not None else f"execution {self.number}"


@dataclass(frozen=True, slots=True)
class Program:
    """The executions behind ``run``, oldest first, its own last; ``doubts`` say what may be missing, in sentences."""

    run: Run
    steps: tuple[Step, ...]
    doubts: tuple[str, ...] = ()

    @property
    def own(self) -> Step:
        """The run's own execution."""
        return self.steps[-1]


def program(run: Run) -> Program:
    """Return the program behind a run, with every source read from the store.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("by hand", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> program(nbtrack.run(opened.id, store=store))
    Traceback (most recent call last):
    nbtrack.errors.ProgramMissing: run ... is of no cell: it was opened by hand...

    Raises:
        ProgramMissing: nothing was recorded of what it depends on, or a source is not in the store.
    """
    executions = run.slice["executions"]
    if not executions:
        raise ProgramMissing(f"run {run.short} {_why_none(run)}")
    try:
        steps = tuple(_step(run, each, own=each is executions[-1]) for each in executions)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ProgramMissing(
            f"the record of the cells that run {run.short} depends on is damaged ({problem!r})"
        ) from None
    return Program(run, steps, tuple(dict.fromkeys(_doubts(run, steps))))


def _why_none(run: Run) -> str:
    if run.cell is None:
        return "is of no cell: it was opened by hand, and what ran is not known to nbtrack"
    if run.status == "running":
        return "is still running; its program is recorded when its cell has ended"
    return "has no record of the cells it depends on; its kernel may have died before they were written"


def _step(run: Run, document: ExecutionDocument, *, own: bool) -> Step:
    return Step(
        number=document["n"],
        cell=document.get("cell"),
        count=document.get("count"),
        source=_source(run, document, own=own),
        times=document.get("times", 1),
        outcome=document.get("outcome", _OK),
        reached=document.get("reached"),
        reads=MappingProxyType(dict(document.get("reads", {}))),
        writes=tuple(document.get("writes", ())),
        mutates=tuple(document.get("mutates", ())),
        barriers=tuple(document.get("barriers", ())),
        duration=document.get("duration", 0.0),
        overrides=MappingProxyType({name: untag(each) for name, each in document.get("overrides", {}).items()}),
        seed=document.get("seed"),
    )


def _source(run: Run, document: ExecutionDocument, *, own: bool) -> str:
    name = document.get("source")
    if name is None:
        if own and run.cell is not None:
            return run.cell.source
        raise ProgramMissing(f"run {run.short}: the source of {_place(document)} was not recorded")
    try:
        return run.stored(name).decode("utf-8", "replace")
    except StoreError as problem:
        if own and run.cell is not None:
            return run.cell.source
        raise ProgramMissing(f"run {run.short}: the source of {_place(document)} cannot be read: {problem}") from None


def _place(document: ExecutionDocument) -> str:
    count = document.get("count")
    return f"In [{count}]" if count is not None else f"execution {document['n']}"


def _doubts(run: Run, steps: tuple[Step, ...]) -> Iterator[str]:
    for verdict in run.slice["verdicts"]:
        if verdict.get("kind") in _DOUBTFUL:
            yield verdict.get("text", "")
    for step in steps:
        if _HIDDEN in step.source:
            yield f"{step.place} held a secret, which is not recorded; it stands there as {_HIDDEN}…]"
        if step.outcome == "interrupted" and step is not steps[-1]:
            yield f"{step.place} was interrupted; what it had done by then cannot be done again exactly"
