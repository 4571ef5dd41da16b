"""One attempt to reproduce a run: code and data, then the environment, then the program, then the comparison."""

import hashlib
import json
import os
import site
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from nbtrack.errors import EnvironmentMissing
from nbtrack.model.reproduction import Cause, ReproductionDocument, Restored
from nbtrack.model.run import Run
from nbtrack.query.environments import Environments
from nbtrack.query.runs import runs
from nbtrack.reproduce.child_environment import child_environment
from nbtrack.reproduce.confine import confinement
from nbtrack.reproduce.environment.restoring import Restoration, restore_environment
from nbtrack.reproduce.job import Job, tasks
from nbtrack.reproduce.judging import judge
from nbtrack.reproduce.kept_sources import kept_sources, lay_aside
from nbtrack.reproduce.paths import as_recorded, notebook_place, places_of_paths
from nbtrack.reproduce.places import Place, Places, remove
from nbtrack.reproduce.plan import Plan
from nbtrack.reproduce.running import Listener, Outcome, run_job
from nbtrack.reproduce.workspace import Sources, restore_sources
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore

PHASES: Final = ("code and data", "environment", "running", "comparing")
_THREADS: Final = {"openblas": "OPENBLAS_NUM_THREADS", "mkl": "MKL_NUM_THREADS", "openmp": "OMP_NUM_THREADS"}


class Reporter(Listener, Protocol):
    """Who shows a person how an attempt goes. What it raises - an interrupt, say - ends the attempt."""

    def phase(self, name: str) -> None:
        """Hear that one of ``PHASES`` begins."""

    def say(self, text: str) -> None:
        """Hear what the phase is doing now."""


@dataclass(slots=True)
class _Found:
    """What an attempt has come to."""

    now: list[Run] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    error: str | None = None
    paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it: the verdict, the traceback of the cell that failed, and the folder, where that was kept."""

    document: ReproductionDocument
    traceback: str
    folder: Path | None


def attempt(
    plan: Plan, store: Store, reporter: Reporter, *, beside: Path | None = None, places: Places | None = None
) -> Attempt:
    """Do what a plan says, and return what came of it.

    Whatever ends it, no process of it is left, and no folder but the one the person asked to keep: environments, and
    code and data on which nothing has run yet, stay in the cache for the next attempt.

    Args:
        plan: what to do.
        store: where the run is kept; it is only read.
        reporter: hears how it goes.
        beside: the person's own folder, which is only read.
        places: where reproductions happen; the person's cache by default.
    """
    places = places or Places()
    places.tidy()
    began, found = time.monotonic(), _Found()
    with places.attempt(plan.run.short, _digest(plan.options.document()), keep=plan.options.keep) as place:
        outcome = _replays(plan, store, reporter, beside, places, place, found)
        reporter.phase("comparing")
        document = judge(
            plan.run,
            found.now,
            tolerances=plan.options.tolerances,
            restored=found.restored,
            causes=found.causes,
            error=found.error,
            started=outcome is not None,
            duration=time.monotonic() - began,
            options=plan.options.document(),
            paths=found.paths,
        )
    kept = place.folder if plan.options.keep else None
    return Attempt(document, outcome.traceback if outcome is not None else "", kept)


def _replays(
    plan: Plan, store: Store, reporter: Reporter, beside: Path | None, places: Places, place: Place, found: _Found
) -> Outcome | None:
    """Restore what is needed and run the program, as often as asked; note in ``found`` what there is to say of it."""
    reporter.phase("code and data")
    sources = _sources(plan, store, reporter, beside, place)
    _note_sources(sources, found)
    if found.error:
        return None
    reporter.phase("environment")
    environment = _environment(plan, reporter, places, sources, found)
    if environment is None:
        return None
    reporter.phase("running")
    place.finished.unlink(missing_ok=True)
    outcome = None
    for turn in range(max(plan.options.seeds, 1)):
        if turn:
            sources = _sources(plan, store, reporter, beside, place, turn)
        found.paths = places_of_paths(plan.run, sources, place)
        outcome = _replay(plan, sources, environment, found.paths, reporter, place, turn)
        now, damage = _recorded(plan.run, place.store(turn), outcome)
        if now is not None:
            notebook = notebook_place(plan.run, place.sources(turn))
            folder = notebook.parent if notebook else sources.folder
            now = as_recorded(now, plan.run, found.paths, sources.home or place.home, folder)
            found.now.append(now)
        if not outcome.confined and outcome.finished:
            found.causes.extend(_unconfined())
        if outcome.error or now is None:
            found.error = _said(plan, outcome) if outcome.error else damage
            found.now = [now] if now else []
            break
    return outcome


def _sources(plan: Plan, store: Store, reporter: Reporter, beside: Path | None, place: Place, turn: int = 0) -> Sources:
    """Return code and data, restored - or left by an attempt that was interrupted before anything ran on them."""
    if not turn and (kept := kept_sources(place)) is not None:
        reporter.say("as restored by the attempt that was interrupted")
        return kept
    options = plan.options
    sources = restore_sources(
        plan.run,
        plan.program,
        _emptied(place.sources(turn)),
        store=store,
        beside=beside,
        from_store_only=options.from_store_only,
        data=options.data,
        may_fetch=options.network and not options.from_store_only,
        progress=lambda what, done, size: reporter.say(f"{what} {done:,} of {size:,} bytes" if size else what),
    )
    if not turn and not sources.missing:
        lay_aside(place, sources)
    return sources


def _note_sources(sources: Sources, found: _Found) -> None:
    found.restored += sources.restored
    found.causes += [*sources.missing, *sources.changed]
    if sources.missing:
        found.error = "; ".join(cause.get("text", "") for cause in sources.missing)


def _environment(plan: Plan, reporter: Reporter, places: Places, sources: Sources, found: _Found) -> Restoration | None:
    """Return the environment to run in; None, with the reason noted, where there is none."""
    try:
        restoration = restore_environment(
            plan.run, places.environments, mode=plan.options.environment, say=reporter.say, root=sources.root
        )
    except EnvironmentMissing as problem:
        found.error = str(problem)
        return None
    found.restored += restoration.restored
    found.causes += restoration.causes
    return restoration


def _replay(
    plan: Plan,
    sources: Sources,
    environment: Restoration,
    paths: Mapping[str, str],
    reporter: Reporter,
    place: Place,
    turn: int,
) -> Outcome:
    """Run the program once."""
    home = sources.home or place.home
    job = Job(
        tasks=tasks(plan.steps),
        folder=sources.folder,
        store=place.store(turn),
        confinement=confinement(place.writable(turn), _homes(), network=plan.options.network),
        paths=paths,
        seed=turn + 1 if plan.options.seeds else None,
    )
    variables = child_environment(
        {**os.environ, "PATH": os.pathsep.join([str(environment.python.parent), os.environ.get("PATH", os.defpath)])},
        {**_threads(plan.run), **Environments().variables(plan.run)},
        home=home,
        temporary=place.temporary,
        store=place.store(turn),
        path=[place.modules, *sources.local, *environment.local],
        network=plan.options.network,
    )
    if (notebook := notebook_place(plan.run, place.sources(turn))) is not None:
        variables["NBTRACK_NOTEBOOK"] = str(notebook)
    if plan.options.environment == "current":  # packages below the home folder belong to it, and HOME is another here
        variables["PYTHONUSERBASE"] = site.getuserbase()
    return run_job(job, [environment.python], place.folder, variables, reporter, timeout=plan.options.timeout)


def _recorded(was: Run, store: Path, outcome: Outcome) -> tuple[Run | None, str]:
    """Return the run that a replay recorded, or why there is none: its store was the program's to damage."""
    try:
        found = own_run(was, LocalStore(store), outcome)
    except Exception as problem:  # noqa: BLE001 - whatever it made of its store, it is a verdict that was asked for
        return None, f"what the last cell recorded cannot be read ({type(problem).__name__}: {problem})"[:500]
    return found, "" if found else "the last cell ran and recorded no run"


def own_run(was: Run, store: Store, outcome: Outcome) -> Run | None:
    """Return the run that a replay's last cell became; cells before it may have become runs as well."""
    if outcome.own_began is None:
        return None
    since = [run for run in runs(store=store) if run.document["started"] >= outcome.own_began and run.cell is not None]
    alike = [run for run in since if was.cell is not None and run.cell is not None and run.cell.hash == was.cell.hash]
    return min(alike or since, key=lambda run: run.started, default=None)


def _said(plan: Plan, outcome: Outcome) -> str:
    """Return what went wrong and where; where the kernel refused something, that it may be the confinement's doing."""
    where = ""
    if outcome.failed is not None and outcome.failed < len(plan.steps):
        where = f"{plan.steps[outcome.failed].place}: "
    refused = "ermission denied" in outcome.error and "nbtrack reproduce" not in outcome.error
    hint = " (the program may write only below the folder it runs in, and below its home folder)" if refused else ""
    return f"{where}{outcome.error}{hint}"


def _unconfined() -> Sequence[Cause]:
    text = "the kernel did not keep the program to its own folder; only Python did"
    return [{"kind": "confinement", "name": "landlock", "text": text}]


def _threads(run: Run) -> dict[str, str]:
    """Return how many threads linear algebra had, where it would have others here: sums are added in another order."""
    told: Any = run.environment.get("blas")
    if not isinstance(told, Mapping):
        return {}
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = {}
    for name, variable in _THREADS.items():
        known = told.get(name)
        count = known.get("threads") if isinstance(known, Mapping) else None
        if isinstance(count, int) and count > 0 and count != here:
            found[variable] = str(count)
    return found


def _homes() -> list[Path]:
    """Return the person's home folder, as the environment says and as the system knows it."""
    found = [Path.home()]
    if sys.platform != "win32":
        import pwd  # noqa: PLC0415 - not on Windows

        found += [Path(pwd.getpwuid(os.getuid()).pw_dir)]
    return list(dict.fromkeys(found))


def _emptied(folder: Path) -> Path:
    remove(folder)
    return folder


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
