"""A run's code and data of then, in a new folder: what its program needs, and where each part is from."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.model.reproduction import Cause, Restored
from nbtrack.model.run import Run
from nbtrack.query.program import Program
from nbtrack.reproduce.code import Code, Told, restore_code
from nbtrack.reproduce.data import Data, Theirs, Which, here
from nbtrack.reproduce.dvc import find_dvc
from nbtrack.reproduce.inputs import addresses, inputs
from nbtrack.reproduce.layout import HOME, Layout, layout, written
from nbtrack.reproduce.writing import NewFolder, Progress
from nbtrack.store.base import Store
from nbtrack.store.git.foreign_repository import find_repository

_HOMELY: Final = ("~", "home", "HOME", "expanduser")  # words of a program that looks into the home folder
_NOBODY: Final = ".nbtrack-working"  # a file that is never there
_MAKING: Final = ("mkdir", "makedirs", "copytree", "extractall", "clone")  # of one that makes folders


@dataclass(frozen=True, slots=True)
class Sources:
    """A run's code and data in a new folder.

    ``root`` is the repository (the notebook's folder where there was none), ``folder`` the working directory to run in,
    ``home`` a HOME to run with (None where nothing of it is used), ``local`` folders to import from. ``paths`` says
    where absolute paths of then - also below ``~`` - are now. ``restored`` says of each thing where it is from; without
    an origin it is not there, but nothing is known to have used it. ``missing`` is what the run used and could not be
    had, ``changed`` what is there and is not what it was: data taken as they are now, sources without a secret.
    """

    root: Path
    folder: Path
    home: Path | None
    paths: Mapping[str, str]
    restored: tuple[Restored, ...]
    missing: tuple[Cause, ...]
    changed: tuple[Cause, ...] = ()
    local: tuple[Path, ...] = ()


def restore_sources(
    run: Run,
    program: Program | None,
    into: Path,
    *,
    store: Store,
    beside: Path | None = None,
    from_store_only: bool = False,
    data: Which = "recorded",
    may_fetch: bool = False,
    progress: Progress | None = None,
) -> Sources:
    """Make a run's code and data of then in a new folder; return where they are, and what could not be had.

    Nothing stands in for anything: data with another hash than recorded are in ``missing``, of kind "data", with both
    hashes. ``beside``, the person's own folder, is only read, and nothing of it is executed.

    >>> import nbtrack, tempfile
    >>> store, folder = nbtrack.MemoryStore(), Path(tempfile.mkdtemp())
    >>> with nbtrack.start_run("by hand", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> sources = restore_sources(nbtrack.run(opened.id, store=store), None, folder / "then", store=store)
    >>> sources.folder.name, sources.missing
    ('then', ())

    Args:
        run: which.
        program: what is to run, where something is.
        into: a folder that is empty, or not there yet.
        store: where the run is kept.
        beside: the person's folder, the notebook's or any of its repository's; by default only the store is asked.
        from_store_only: ask nothing but the store, whatever is beside.
        data: ``"recorded"``, or ``"current"`` for the files as they are now; those that differ are in ``changed``.
        may_fetch: whether ``dvc`` may be run to fetch what only a remote of it has.
        progress: told what is being copied, how many bytes are done, and how many there are.

    Raises:
        UsageError: ``into`` is not empty, or cannot be made.
    """
    folder = _new(into)
    beside = None if from_store_only else beside
    where = layout(run, folder.path)
    told = Told()
    where.root.mkdir(parents=True, exist_ok=True)
    code = restore_code(run, where, folder, told, beside=beside, progress=progress)
    given = _restore_data(run, where, folder, told, store, beside, data=data, may_fetch=may_fetch, progress=progress)
    working = _working(where, folder, told)
    _make_room(run, program, where, folder)
    home = _home(program, where, given, code)
    paths = MappingProxyType(_paths(run, where, given, beside))
    return Sources(
        where.root, working, home, paths, tuple(told.restored), tuple(told.missing), tuple(told.changed), code.local
    )


def _new(into: Path) -> NewFolder:
    """Make the folder, which nobody else may write to."""
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise UsageError(f"{into} is not empty; name a new folder")
    except OSError as problem:
        raise UsageError(f"{into} cannot be made ({problem.strerror}); name another folder") from problem
    return NewFolder(into)


def _working(where: Layout, folder: NewFolder, told: Told) -> Path:
    """Make the working directory of then; links of the commit's are not followed out of the folder."""
    working = where.where(where.working)
    try:
        if working != folder.path:
            folder.room_for(working / _NOBODY)
        if not working.is_dir():
            raise NotADirectoryError(f"{working} is a file")
    except OSError as problem:
        told.left("working directory", f"the working directory could not be made ({problem})")
        return where.root
    return working


def _make_room(run: Run, program: Program | None, where: Layout, folder: NewFolder) -> None:
    """Make the folders that files were written to, as they were there; git keeps none that is empty or ignored.

    Not where the program makes folders: making one again may be an error.
    """
    if any(word in step.source for step in (program.steps if program is not None else ()) for word in _MAKING):
        return
    for entry in run.data:
        if entry.get("mode") != "write" or entry.get("kind") != "file":
            continue
        with suppress(ValueError, OSError):  # it says why when it is to be written
            place = where.parts(str(entry.get("path")).replace("\\", "/"))
            if not where.is_elsewhere(place):
                folder.room_for(where.where(place[:-1]) / _NOBODY)


def _restore_data(
    run: Run,
    where: Layout,
    folder: NewFolder,
    told: Told,
    store: Store,
    beside: Path | None,
    *,
    data: Which,
    may_fetch: bool,
    progress: Progress | None,
) -> Data:
    commit = run.code.get("commit")
    given = Data(
        layout=where,
        folder=folder,
        store=store,
        theirs=_theirs(run, beside),
        told=told,
        dvc=find_dvc(beside) if beside is not None else None,
        commit=commit if isinstance(commit, str) else None,
        may_fetch=may_fetch,
        which=data,
        progress=progress,
    )
    for each in inputs(run):
        given.restore(each)
    for address in addresses(run):
        told.had(address, "network", f"{address} is read again where it is; its bytes were not recorded", kind="data")
    return given


def _theirs(run: Run, beside: Path | None) -> Theirs:
    if beside is None:
        return Theirs(None, may_look=False)
    repository = find_repository(beside) if isinstance(run.code.get("commit"), str) else None
    return Theirs(repository.top if repository else Path(os.path.realpath(beside)), may_look=True)


def _home(program: Program | None, where: Layout, given: Data, code: Code) -> Path | None:
    """Return a home folder where something of it is used; what the new folder stands for is found in it as well."""
    sources = [step.source for step in program.steps] if program is not None else []
    used = any(place[0] == HOME for place in given.places) or any(
        word in source for source in sources for word in _HOMELY
    )
    used = used or any(where.home in folder.parents for folder in code.local)
    if not used:
        return None
    where.home.mkdir(parents=True, exist_ok=True)
    if where.base[0] == HOME and len(where.base) > 1:
        _link(where.home.joinpath(*where.base[1:]), where.into)
    return where.home


def _link(path: Path, target: Path) -> None:
    """Have the new folder found at its place in the home folder, too."""
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.path.relpath(target, path.parent), target_is_directory=True)


def _paths(run: Run, where: Layout, given: Data, beside: Path | None) -> dict[str, str]:
    """Return where recorded absolute places are now, as they may stand in sources; longer ones first."""
    found = {place: str(path) for place, path in given.places.items()}
    if isinstance(run.document["notebook"], str) or isinstance(run.code.get("place"), str):
        found |= {where.top: str(where.root), where.base: str(where.into)}
    paths = {}
    for place, path in found.items():
        paths[written(place)] = path
        if place[0] == HOME:
            paths[str(here(place))] = path
    top = given.theirs.top
    if beside is not None and top is not None:
        paths.setdefault(str(top), str(where.root))
    return dict(sorted(paths.items(), key=lambda pair: (-len(pair[0]), pair[0])))
