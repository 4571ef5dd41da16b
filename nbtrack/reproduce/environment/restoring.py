"""The environment of a run, had again: the same Python, the same packages by their hashes, apart from the user's."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from nbtrack.errors import EnvironmentMissing
from nbtrack.model.distribution import NEEDED_BY_NBTRACK
from nbtrack.model.reproduction import Cause, Restored
from nbtrack.model.run import Run
from nbtrack.reproduce.environment.building import Built, build
from nbtrack.reproduce.environment.differences import package_differences, python_difference
from nbtrack.reproduce.environment.installation import installed_in, packages_of
from nbtrack.reproduce.environment.interpreter import Interpreter, find_interpreter
from nbtrack.reproduce.environment.local import metadata_folder, source_folders
from nbtrack.reproduce.environment.lock import Lock, make_lock
from nbtrack.reproduce.environment.means import Means
from nbtrack.reproduce.environment.needed import Needed, needed
from nbtrack.reproduce.environment.recorded import Distribution, Recorded, recorded

Mode = Literal["restore", "current"]
_NAMED: Final = 8  # packages in a sentence


@dataclass(frozen=True, slots=True)
class Restoration:
    """An environment to run in.

    ``python`` is its interpreter; ``local`` are folders to put on ``sys.path``, the run's own modules first.
    ``restored`` says where things were had from, ``causes`` in what the environment differs from the recorded one.
    """

    python: Path
    restored: tuple[Restored, ...] = ()
    causes: tuple[Cause, ...] = ()
    local: tuple[Path, ...] = ()


def restore_environment(
    run: Run,
    into: Path,
    *,
    mode: Mode = "restore",
    say: Callable[[str], None] = lambda _: None,
    root: Path | None = None,
    everything: bool = False,
    means: Means | None = None,
) -> Restoration:
    """Return an environment to run a run's program in.

    Args:
        run: the run, read from its store.
        into: the folder where environments are kept (``places.Places.environments``); what was made once is used again.
        mode: ``"restore"`` installs what was recorded; ``"current"`` installs nothing, and says what differs here.
        say: is told what takes time, a line each.
        root: the run's restored code (``Sources.root``), in which ``local`` folders are found.
        everything: install all that was installed, not only what the run needs.
        means: what to make it with; by default what this machine has.

    Raises:
        EnvironmentMissing: it was not recorded, or cannot be had here; the message says what to do.
    """
    if mode == "current":
        return _current(run, into, root)
    try:
        return _had_again(run, into, root, say, means or Means.here(), everything=everything)
    except OSError as problem:
        raise EnvironmentMissing(
            f"the environment cannot be made: {problem.strerror} ({problem.filename})"
        ) from problem


def _had_again(
    run: Run, into: Path, root: Path | None, say: Callable[[str], None], means: Means, *, everything: bool
) -> Restoration:
    was = recorded(run)
    wanted = needed(was, everything=everything)
    means = _finding(wanted, means)
    interpreter = find_interpreter(was.python, was.implementation, means)
    lock = make_lock([*wanted.pinned, *_added(was)], was.locks, interpreter, means, into / "locks")
    _refuse_missing(run, was, wanted, lock)
    try:
        built = _built(into, interpreter, lock, wanted, means, say)
    except EnvironmentMissing as problem:
        raise EnvironmentMissing(
            f"the environment of run {run.short} could not be made: {problem}; "
            "try again, or reproduce with --env current"
        ) from problem
    there = installed_in(packages_of(built.folder))
    installed = [pin.name for pin in lock.pins if pin.name in was.distributions]
    causes = [
        *python_difference(was, interpreter.version),
        *package_differences(was, there, [*installed, *(each.name for each in wanted.commits)]),
        *_without(was, wanted, lock),
    ]
    restored = (*_restored(was, interpreter, lock, wanted, built), *_edited(was))
    return Restoration(built.python, restored, tuple(causes), _local(was, into, root))


def _current(run: Run, into: Path, root: Path | None) -> Restoration:
    """Return the environment we run in, and in what it differs; nothing recorded means nothing to compare."""
    python = Path(sys.executable)
    ours = ".".join(map(str, sys.version_info[:3]))
    here = Restored(kind="environment", name="packages", origin="current environment", text=f"this Python, {ours}")
    try:
        was = recorded(run)
    except EnvironmentMissing as problem:
        text = str(problem).partition(";")[0]
        return Restoration(python, (here,), (Cause(kind="environment", name="environment", text=text),))
    there = installed_in(Path(folder) for folder in sys.path if folder)
    wanted = needed(was)
    names = [each.name for each in (*wanted.pinned, *wanted.commits)]
    causes = (*python_difference(was, ours, sys.implementation.name), *package_differences(was, there, names))
    return Restoration(python, (here,), causes, (*_local(was, into, root), *_told_of()))


def _told_of() -> tuple[Path, ...]:
    """Return folders of packages that this Python was told of: by ``PYTHONPATH`` or ``pip install --user``.

    A replay has another home folder and few variables, and would not find them.
    """
    own = {Path(each).resolve() for each in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    folders = [Path(each).resolve() for each in sys.path if each]
    strange = [folder for folder in folders if not own & {folder, *folder.parents}]
    return tuple(dict.fromkeys(folder for folder in strange if any(folder.glob("*.dist-info"))))


def _built(
    into: Path, interpreter: Interpreter, lock: Lock, wanted: Needed, means: Means, say: Callable[[str], None]
) -> Built:
    sources = [each.source for each in wanted.commits]
    tool = "uv" if means.uv else "pip; uv does it forty times faster: pip install 'nbtrack[reproduce]'"
    say(f"{len(lock.pins) + len(sources)} packages, Python {interpreter.version} ({tool})")
    return build(into, interpreter, lock, sources, means, say)


def _finding(wanted: Needed, means: Means) -> Means:
    """Return the means with the folders of archives that the run's packages came from among those to look in."""
    folders = {str(Path(each.url).expanduser().parent) for each in wanted.pinned if each.kind == "archive"}
    there = sorted(folder for folder in folders if Path(folder).is_dir())
    return means.looking_in(there) if there else means


def _added(was: Recorded) -> Iterator[Distribution]:
    """Yield what a replay cannot do without and the run's environment had not: as it is here."""
    for name in NEEDED_BY_NBTRACK if was.complete or "ipython" not in was.distributions else ():
        if name not in was.distributions:
            try:
                yield Distribution(name, version(name))
            except PackageNotFoundError:
                continue


def _refuse_missing(run: Run, was: Recorded, wanted: Needed, lock: Lock) -> None:
    """Refuse to go on without what the run had imported, or what every replay needs."""
    vital = frozenset([*was.imported, "ipython", "orjson"])
    reasons = {each.pin: f"it {why}" for each, why in wanted.unknown if each.name in vital}
    reasons |= {_named(was, name): why for name, why in lock.missing.items() if name in vital}
    if reasons:
        told = "\n".join(f"  {name}: {why}" for name, why in list(reasons.items())[:_NAMED])
        more = f"\n  and {len(reasons) - _NAMED} more" if len(reasons) > _NAMED else ""
        raise EnvironmentMissing(
            f"the environment of run {run.short} cannot be had again:\n{told}{more}\n"
            "Name an index that has them (UV_INDEX, or a folder of wheels in UV_FIND_LINKS), "
            "or reproduce with --env current"
        )


def _without(was: Recorded, wanted: Needed, lock: Lock) -> Iterator[Cause]:
    """Yield what is not there although it was, and what is not proven to be the same."""
    reasons = {each.name: f"it {why}" for each, why in wanted.unknown} | dict(lock.missing)
    for name, why in reasons.items():
        if name in was.distributions:
            text = f"{_named(was, name)} was left out: {why}"
            yield Cause(kind="package", name=name, was=was.distributions[name].version, now=None, text=text)
    if lock.unhashed:
        names = _listed(lock.unhashed)
        yield Cause(kind="package", name="hashes", text=f"no index tells a hash of {names}: taken as they were found")
    if "conda.json" in was.locks:
        text = "the run used a conda environment; of it only Python packages can be installed, from an index"
        yield Cause(kind="package", name="conda", text=f"{text}: compiled libraries may be other builds")
    for name in was.refused:
        yield Cause(kind="package", name=name, text=f"{name} in the records cannot be a package; left out")
    for edited in was.edited.values():
        if edited.within is None:
            text = (
                f"{edited.name} was edited in place outside of the repository: only the modules the run used were kept"
            )
            yield Cause(kind="code", name=edited.name, was=edited.version, text=text)


def _restored(was: Recorded, interpreter: Interpreter, lock: Lock, wanted: Needed, built: Built) -> Iterator[Restored]:
    exact = "" if interpreter.version == was.python else f" (the run used {was.python})"
    yield _entry(
        f"python {interpreter.version}", "this machine", f"Python {interpreter.version} of this machine{exact}"
    )
    count = len(lock.pins)
    origin = "kept environment" if not built.new else _origin(lock)
    checked = "by their hashes" if not lock.unhashed else f"without a hash for {_listed(lock.unhashed)}"
    yield _entry(f"{count} packages", origin, f"{count} packages from {_spoken(origin)}, {checked}")
    for each in wanted.commits:
        yield _entry(f"{each.name} {each.version}", "commit", f"{each.name} built from commit {each.commit[:8]}")


def _edited(was: Recorded) -> Iterator[Restored]:
    for each in was.edited.values():
        yield _entry(
            f"{each.name} {each.version}", "store", f"{each.name}, edited in place: its source is part of the code"
        )


def _named(was: Recorded, name: str) -> str:
    """Return what is wanted of a name, and who had installed it if that says why it is hard to get."""
    known = was.distributions.get(name)
    return known.pin + known.brought if known else name


def _entry(name: str, origin: str, text: str) -> Restored:
    return Restored(kind="environment", name=name, origin=origin, text=text)


def _origin(lock: Lock) -> str:
    origins = {pin.origin for pin in lock.pins}
    return "uv cache" if origins <= {"uv cache", "kept lock"} else "index"


def _spoken(origin: str) -> str:
    return {"kept environment": "an environment made before", "uv cache": "uv's cache"}.get(origin, "the index")


def _local(was: Recorded, into: Path, root: Path | None) -> tuple[Path, ...]:
    folders = source_folders(was, root) if root else ()
    return (*folders, *metadata_folder(was, into))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
