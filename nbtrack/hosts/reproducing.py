"""``nbtrack.reproduce``: a run's program run again elsewhere, what comes out compared, and the verdict kept."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from nbtrack.errors import EnvironmentMissing, NbtrackError, ProgramMissing, StoreError, UsageError
from nbtrack.model import event
from nbtrack.model.reproduction import GOOD, Cause, Level, ReproductionDocument, Restored
from nbtrack.model.run import Run
from nbtrack.query.runs import opened_store
from nbtrack.query.runs import run as find_run
from nbtrack.record.clean import annotate
from nbtrack.reproduce.attempting import Attempt, Reporter, attempt
from nbtrack.reproduce.judging import judge
from nbtrack.reproduce.places import Places
from nbtrack.reproduce.plan import Options, Plan, plan
from nbtrack.reproduce.tolerance import Tolerances
from nbtrack.store.base import Store
from nbtrack.view.bundle import Bundle

DECLINED: Final = "nothing was run"
STOPPED: Final = "stopped; nothing of it is left running, and there is no verdict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reproduction found; the same as ``document`` says in plain JSON.

    ``level`` is identical, within tolerance, statistically consistent, different, failed or cannot run; ``good`` tells
    whether it is one of the first three. ``metrics`` and ``outputs`` say of each how it compares, ``causes`` what
    differed and may be why, likeliest first, and ``restored`` what was taken from where. ``recorded`` tells whether the
    verdict is kept with the run; ``folder`` is where the reproduction is, when it was to be kept.
    """

    run: Run
    document: ReproductionDocument = field(repr=False)
    traceback: str = field(default="", repr=False)
    recorded: bool = True
    notice: str = field(default="", repr=False)
    folder: Path | None = None

    @property
    def level(self) -> Level:
        """The verdict in a word or two."""
        return self.document["level"]

    @property
    def good(self) -> bool:
        """Whether the result came again: identical, within tolerance, or statistically consistent."""
        return self.level in GOOD

    @property
    def text(self) -> str:
        """The verdict in a sentence."""
        return self.document["text"]

    @property
    def metrics(self) -> Mapping[str, Any]:
        """How each metric compares: ``was``, ``now``, ``change``, ``tolerance``, ``level``."""
        return self.document["metrics"]

    @property
    def outputs(self) -> Mapping[str, str]:
        """Whether each file and output kept with the run is the same."""
        return self.document.get("outputs", {})

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What differed, likeliest first."""
        return tuple(self.document.get("causes", ()))

    @property
    def restored(self) -> tuple[Restored, ...]:
        """What was needed, and where it was taken from."""
        return tuple(self.document.get("restored", ()))

    def __repr__(self) -> str:
        """Say in one line what was found."""
        return f"<Verdict {self.level!r} run {self.run.short}: {self.text}>"

    def bundle(self) -> Bundle:
        """Return how it shows itself: HTML, and the same as text."""
        from nbtrack.hosts import reproduce_text as told  # noqa: PLC0415 - when it is shown
        from nbtrack.view.reproduction import judged  # noqa: PLC0415 - same

        headline = f"run {self.run.short} {self.run.name}"
        sentence = told.verdict_sentence(self.document)
        rows, sections = told.metric_rows(self.document), told.verdict_sections(self.document)
        trace = self.traceback if self.level == "failed" else ""
        return judged(self.level, headline, rows, sections, sentence=sentence, trace=trace)

    def _repr_html_(self) -> str:
        return self.bundle().html


class Conversation(Protocol):
    """Whoever talks with the person: shows the plan, asks, and shows how it goes."""

    def show_plan(self, plan: Plan) -> None:
        """Show what will be done."""

    def agreed(self) -> bool:
        """Ask whether to go on."""

    def reporter(self, plan: Plan) -> Reporter:
        """Return who shows how it goes."""

    def close(self) -> None:
        """Leave the screen as it should stay; called however it ends."""

    def stopped(self, told: str) -> None:
        """Say that it ended before there was a verdict, because the person wanted it so."""


def reproduce(
    run: Run | str,
    *,
    tol: str | float | None = None,
    tol_metrics: Mapping[str, str | float] | None = None,
    env: Literal["restore", "current"] = "restore",
    data: Literal["recorded", "current"] = "recorded",
    seeds: int = 0,
    from_store_only: bool = False,
    timeout: float | None = None,
    network: bool = True,
    keep: bool = False,
    yes: bool = False,
    store: Store | str | PathLike[str] | None = None,
) -> Verdict:
    """Run a run's program again, elsewhere and from the records alone, and return how near its results are.

    What will be executed is shown first, and asked about. Code and data are restored into a folder of their own, the
    environment apart from yours; the program gets no secrets, and can write nowhere else. The verdict is kept with the
    run: ``nbtrack.runs("verdict = 'identical'")`` finds it.

    Args:
        run: the run, its id or the beginning of it.
        tol: how far a metric may be from the recorded one, as ``"0.5%"`` (the usual) or ``0.005``.
        tol_metrics: other tolerances, by metric: ``{"rmse": "1%"}``.
        env: ``"restore"`` installs the recorded packages apart; ``"current"`` takes this environment as it is.
        data: ``"recorded"``, by hash; ``"current"`` takes the files as they are now.
        seeds: run as often with other seeds (2 to 100), and see whether the recorded value is one of such values.
        from_store_only: take code and data from the store, whatever is beside.
        timeout: seconds after which a replay is stopped.
        network: whether the program may reach the network.
        keep: leave the folder there; ``Verdict.folder`` says where.
        yes: do not ask.
        store: where the run is kept, a store or its folder; by default the store of the notebook.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("by hand", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> nbtrack.reproduce(opened.id, store=store).level
    'cannot run'

    Raises:
        UsageError: an option that means nothing, or nobody there to ask (say ``yes=True``).
        RunNotFound: there is no such run.
        KeyboardInterrupt: the person stopped it, or said no. Nothing is left running.
    """
    from nbtrack.hosts.reproduce_conversation import conversation  # noqa: PLC0415 - rich or IPython, when needed

    kept = opened_store(store)
    options = Options(
        tolerances=Tolerances.read(tol, [f"{name}={value}" for name, value in (tol_metrics or {}).items()]),
        environment=env,
        data=data,
        seeds=seeds,
        from_store_only=from_store_only,
        timeout=timeout,
        network=network,
        keep=keep,
    )
    return reproduced(find_run(run.id if isinstance(run, Run) else run, kept), options, conversation(), kept, yes=yes)


def reproduced(
    run: Run, options: Options, talk: Conversation, store: Store, *, yes: bool = False, places: Places | None = None
) -> Verdict:
    """Plan, ask, attempt and record; return the verdict.

    Raises:
        UsageError: nobody can be asked, or a tolerance is for a metric that the run has not.
        KeyboardInterrupt: the person stopped it, or said no.
    """
    if os.name == "nt":
        raise UsageError("runs are reproduced on Linux and macOS only; on Windows, do it in WSL")
    options.tolerances.check(run.metrics)
    try:
        planned = plan(run, options)
    except (ProgramMissing, EnvironmentMissing) as problem:
        return _kept(store, run, Attempt(_cannot_run(run, options, str(problem)), "", None))
    talk.show_plan(planned)
    if not yes and not talk.agreed():
        talk.stopped(DECLINED)
        raise KeyboardInterrupt(DECLINED)
    try:
        found = _attempted(planned, talk, store, places)
    except KeyboardInterrupt:
        talk.stopped(STOPPED)
        raise
    return _kept(store, run, found)


def _attempted(planned: Plan, talk: Conversation, store: Store, places: Places | None) -> Attempt:
    try:
        return attempt(planned, store, talk.reporter(planned), beside=beside(planned.run, store), places=places)
    finally:
        talk.close()


def beside(run: Run, store: Store) -> Path | None:
    """Return the person's own folder that a run belongs to: the notebook's, or the one the store lies in."""
    notebook = run.document["notebook"]
    if isinstance(notebook, str) and (folder := Path(notebook).expanduser().parent).is_absolute() and folder.is_dir():
        return folder
    path = getattr(store, "path", None)
    return path.parent if isinstance(path, Path) and path.parent.is_dir() else None


def _cannot_run(run: Run, options: Options, problem: str) -> ReproductionDocument:
    return judge(run, error=problem, started=False, tolerances=options.tolerances, options=options.document())


def _kept(store: Store, run: Run, found: Attempt) -> Verdict:
    """Keep the verdict with the run; where the store cannot be written, say so and go on."""
    notice = ""
    try:
        annotate(store, run.id, event.REPRODUCTION, dict(found.document))  # type: ignore[arg-type]  # a TypedDict of JSON
    except (StoreError, OSError) as problem:
        notice = f"the verdict is not kept with the run: {problem}"
    with suppress(NbtrackError):
        run = find_run(run.id, store)  # as it is now, with its verdict
    return Verdict(run, found.document, found.traceback, not notice, notice, found.folder)


def tolerances_of(tol: str | None, tol_metrics: Iterable[str]) -> Tolerances:
    """Return the tolerances that options of a command line name."""
    return Tolerances.read(tol, tol_metrics)
