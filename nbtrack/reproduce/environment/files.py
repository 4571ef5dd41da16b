"""The environment of a run as files that others can use: requirements, conda and uv locks, a container."""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from nbtrack.errors import ProgramMissing, UsageError
from nbtrack.export.exporting import export
from nbtrack.model.run import Run
from nbtrack.query.runs import run as find_run
from nbtrack.reproduce.code import Told, restore_code
from nbtrack.reproduce.environment.conda_file import conda_file
from nbtrack.reproduce.environment.dockerfile import Context, devcontainer, docker_ignore, dockerfile
from nbtrack.reproduce.environment.interpreter import NOWHERE, Interpreter
from nbtrack.reproduce.environment.local import metadata_files
from nbtrack.reproduce.environment.lock import Lock, Pin, make_lock
from nbtrack.reproduce.environment.means import Means
from nbtrack.reproduce.environment.needed import Needed, needed
from nbtrack.reproduce.environment.recorded import Recorded, recorded
from nbtrack.reproduce.environment.requirements_file import PINNED, requirements_files, without
from nbtrack.reproduce.layout import Layout, layout
from nbtrack.reproduce.places import Places
from nbtrack.reproduce.writing import NewFolder
from nbtrack.secret.address import without_home
from nbtrack.secret.strict import redact_strictly
from nbtrack.store.base import Store

FORMATS: Final = ("requirements", "uv", "conda", "docker", "devcontainer")
_LOCKS: Final = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "pyproject.toml")
_CONDA_LOCKS: Final = ("conda-lock.yml", "pixi.lock")
_PUBLIC: Final = ("pypi.org", "files.pythonhosted.org", "conda.anaconda.org", "repo.anaconda.com", "github.com")
_ADDRESS: Final = re.compile(r"\b(?:git\+)?(?:https?|ssh|git|file)://[^\s\"'<>)\]},]+")
PROGRAM: Final = "program.py"
_CODE: Final = "code"
_METADATA: Final = ".metadata"


@dataclass(frozen=True, slots=True, repr=False)
class EnvironmentFiles:
    """Texts by path, ready to be written below one folder, and ``notes`` on what they lack, a sentence each."""

    run: Run
    files: Mapping[str, str]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Name the files, and what they lack."""
        notes = "".join(f"\n  note: {note}" for note in self.notes)
        return f"<environment of run {self.run.short}: {', '.join(self.files)}>{notes}"

    def save(self, to: Path, *, replace: bool = False) -> list[Path]:
        """Write the files below a folder and return their paths.

        Raises:
            UsageError: one of them is there already, and was not to be replaced.
        """
        places = {to / name: text for name, text in self.files.items()}
        there = [path for path in places if path.exists() or path.is_symlink()]
        if there and not replace:
            raise UsageError(f"{there[0]} is there already; name another folder, or say --force to replace it")
        for path, text in places.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, text)
        return list(places)


def environment(
    run: Run | str,
    to: str | os.PathLike[str] | None = None,
    *,
    formats: Sequence[str] = FORMATS,
    everything: bool = False,
    offline: bool = False,
    replace: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
) -> EnvironmentFiles:
    """Return the environment of a run as files - requirements with hashes, locks, a container - and write them.

    No address of an index, no credential and no path of this machine stands in them.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("by hand", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> nbtrack.environment(opened.id, store=store)
    Traceback (most recent call last):
    nbtrack.errors.EnvironmentMissing: run ... records no environment: it was opened by hand; ...

    Args:
        run: a run, or its id, or a prefix of it.
        to: the folder to write to; None to get the texts only.
        formats: some of "requirements", "uv", "conda", "docker" and "devcontainer"; by default all.
        everything: all that was installed, not only what the run had imported and what that needs.
        offline: ask no index for hashes; captured lock files and uv's cache may know them.
        replace: replace files that are there.
        store: where ``run`` is looked for, when it is an id; the notebook's by default.

    Raises:
        EnvironmentMissing: no environment was recorded, or it is not in the store.
        RunNotFound, AmbiguousRun: ``run`` is no id or prefix of one run.
        UsageError: there is no such format, or a file is there already.
    """
    found = run if isinstance(run, Run) else find_run(run, store)
    locks, means = Places().environments / "locks", Means.here(offline=offline)
    files = environment_files(found, formats, everything=everything, locks=locks, means=means)
    if to is not None:
        files.save(Path(to), replace=replace)
    return files


def environment_files(
    run: Run,
    formats: Sequence[str] = FORMATS,
    *,
    everything: bool = False,
    locks: Path | None = None,
    means: Means | None = None,
) -> EnvironmentFiles:
    """Return the environment of a run as files.

    No address of an index, no credential and no path of a machine stands in them; what looked like a secret was taken
    out, and is counted in the notes.

    Args:
        run: the run, read from its store.
        formats: some of ``FORMATS``.
        everything: all that was installed, not only what the run had imported and what that needs.
        locks: a folder in which locks that were made before are found, and this one is kept.
        means: what to ask for hashes; by default uv or pip, as this machine has them.

    Raises:
        EnvironmentMissing: no environment was recorded.
        UsageError: there is no such format.
    """
    unknown = set(formats) - set(FORMATS)
    if unknown:
        raise UsageError(f"there is no format {', '.join(sorted(unknown))}; there are {', '.join(FORMATS)}")
    was = recorded(run)
    wanted = needed(was, everything=everything, replay=False)
    lock = make_lock(
        wanted.pinned, was.locks, Interpreter(NOWHERE, was.python), means or Means.here(), locks, shared=True
    )
    files, notes = _made(run, was, wanted, _with_all(was, lock), formats)
    if any(pin.origin == "pip" for pin in lock.pins):
        notes.append(
            "pip tells hashes of the files for this machine only; uv those of all: pip install 'nbtrack[reproduce]'"
        )
    return _cleaned(run, files, notes)


def _with_all(was: Recorded, lock: Lock) -> Lock:
    """Return a lock with pins without hashes for what no hash could be had of: better than leaving it out."""
    bare = [Pin(name, was.distributions[name].version) for name in lock.missing if name in was.distributions]
    return Lock(tuple(sorted([*lock.pins, *bare], key=lambda pin: pin.name)), lock.missing)


def _made(
    run: Run, was: Recorded, wanted: Needed, lock: Lock, formats: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    files, notes = dict(requirements_files(run, was, wanted, lock)), without(was, wanted, lock)
    requirements = tuple(files)
    if "uv" in formats:
        _add_locks(was, _LOCKS, files, notes)
    if "conda" in formats:
        made = conda_file(was, PINNED)
        if made:
            files["environment.yml"] = made[0]
            notes += made[1]
        _add_locks(was, _CONDA_LOCKS, files, notes)
    if {"docker", "devcontainer"} & set(formats):
        context = _context(run, was, lock, requirements, files, notes)
        files["Dockerfile"] = dockerfile(run, was, context)
        files[".dockerignore"] = docker_ignore(context)
        if "devcontainer" in formats:
            files[".devcontainer/devcontainer.json"] = devcontainer(run, context)
    return files, notes


def _add_locks(was: Recorded, names: Sequence[str], files: dict[str, str], notes: list[str]) -> None:
    """Add the locks that were captured, if all they name can be reached by everybody."""
    for name in names:
        if name in was.locks:
            text = was.locks[name].decode("utf-8", "replace")
            private = {host for host in map(_host, _ADDRESS.findall(text)) if host not in _PUBLIC}
            if private:
                notes.append(f"the captured {name} was left out: it names places that others may not reach or know")
            else:
                files[name] = text


def _host(address: str) -> str:
    try:
        split = urlsplit(address.removeprefix("git+"))
        host, secret = split.hostname or split.scheme, split.username or split.password
    except ValueError:
        return "unreadable"
    return "credentials" if secret else host


def _context(
    run: Run,
    was: Recorded,
    lock: Lock,
    requirements: Sequence[str],
    files: dict[str, str],
    notes: list[str],
) -> Context:
    """Add the program and the person's own code to the files, and return where they are."""
    sources, local, folder = _sources(run, notes)
    for name, text in metadata_files(was).items():
        sources[f"{_METADATA}/{name}"] = text
    if was.edited:
        local = [*local, _METADATA]
    files.update({f"{_CODE}/{name}": text for name, text in sources.items()})
    program = _program(run, notes)
    if program:
        files[PROGRAM] = program
    return Context(
        requirements=requirements,
        program=PROGRAM if program else "",
        code=_CODE if sources else "",
        local=local,
        folder=folder,
        gpu=str(run.hardware.get("gpu") or ""),
        packages=[pin.name for pin in lock.pins],
    )


def _program(run: Run, notes: list[str]) -> str:
    """Return the run's program as a script; empty, and noted why, where there is none."""
    try:
        return str(export(run, None, "script", say=lambda note: notes.append(f"{PROGRAM}: {note}")))
    except ProgramMissing as problem:
        notes.append(f"there is no {PROGRAM}: {problem}")
        return ""


def _sources(run: Run, notes: list[str]) -> tuple[dict[str, str], list[str], str]:
    """Return the run's own modules as the store has them, the folders to import them from, and the working folder."""
    with tempfile.TemporaryDirectory(prefix="nbtrack-") as made:
        into = NewFolder(Path(made))
        where = layout(run, into.path)
        where.root.mkdir(parents=True, exist_ok=True)
        told = Told()
        code = restore_code(run, where, into, told, beside=None)
        notes += [cause["text"] for cause in told.missing if "text" in cause]
        found: dict[str, str] = {}
        for path in sorted(into.path.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[path.relative_to(into.path).as_posix()] = path.read_bytes().decode("utf-8", "replace")
        local = [Path(os.path.realpath(each)).relative_to(into.path).as_posix() for each in code.local]
        return found, local, _relative(where, into.path)


def _relative(where: Layout, into: Path) -> str:
    try:
        return where.where(where.working).relative_to(into).as_posix()
    except ValueError:
        return "."


def _cleaned(run: Run, files: Mapping[str, str], notes: Sequence[str]) -> EnvironmentFiles:
    """Return the files without secrets and the home folder; if this fails, nothing is handed on."""
    clean: dict[str, str] = {}
    removed: list[str] = []
    for name, text in files.items():
        clean[name], found = redact_strictly(without_home(text))
        if found:
            removed.append(f"{name}: {'1 value' if found == 1 else f'{found} values'} that may be a secret left out")
    return EnvironmentFiles(run, clean, (*(redact_strictly(without_home(note))[0] for note in notes), *removed))


def _write(path: Path, text: str) -> None:
    """Write beside the place and rename, so that nobody ever reads half a file."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".nbtrack-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except OSError as problem:
        Path(beside).unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written ({problem.strerror}); name another folder") from problem
