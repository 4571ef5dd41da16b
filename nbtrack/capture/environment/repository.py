"""The part of capture that records which code a run belongs to: its commit, and what no commit has.

The commit is read by hand before the cell runs. Asking git what differs from it takes some milliseconds: that is done
in the background, once for all runs that began meanwhile, and recorded when it is known.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nbtrack.capture.environment.beginning import Beginning
from nbtrack.capture.environment.code import GitFolder, find_repository, state_of
from nbtrack.capture.environment.environment import environment
from nbtrack.capture.environment.modules import Loaded, Source, edited_folders, own_sources
from nbtrack.capture.environment.uncommitted import PATCH, Uncommitted, changes_in, modules_in
from nbtrack.capture.environment.worktree import Unreadable, look_at
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.later import Found, Kept, Later, Shelf, record_all
from nbtrack.capture.guard.together import Look, Together
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.store.base import Store


@dataclass(slots=True)
class Waiting:
    """A run whose code is looked at later."""

    later: Later
    folder: Path
    repository: GitFolder | None
    commit: str | None
    modules: dict[str, Json] = field(default_factory=dict)  # that were recorded


class Shelved(NamedTuple):
    """What one look found, once a store has it: its texts by name, what a run's record says of it, and the modules."""

    kept: dict[str, Kept]
    about: dict[str, Json]
    modules: dict[str, Json]


class Repository(Part):
    """Records the commit, branch and remote around the notebook, uncommitted changes, and the person's own modules."""

    name = "code"

    def __init__(self, background: Background) -> None:
        self._looks = Together(background, self._look)
        self._shelf = Shelf()
        self._began = Beginning()
        self._loaded = Loaded()
        self._own: Sequence[Source] = ()
        self._running: dict[str, tuple[Waiting, Look]] = {}

    def begun(self, scene: Scene) -> None:
        """Record the commit, and have the rest looked at."""
        repository = find_repository(scene.folder)
        code = state_of(repository) if repository else {}
        if told := code | self._began.places(scene, repository):
            scene.run.record(event.CODE, told)
        commit = code.get("commit")
        known = commit if isinstance(commit, str) else None
        waiting = Waiting(Later(scene.run), scene.folder, repository, known)
        self._running[scene.run.id] = waiting, self._looks.add(waiting)

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - failed or not
        """Have the modules looked at that the cell imported; wait for the rest as long as the cell's length allows."""
        waiting, look = self._running.pop(scene.run.id, (None, None))
        if waiting and look and look.missed_imports(scene.run):
            self._looks.background.soon(lambda: self._look_at([waiting], whole=False))

    def drop(self, scene: Scene) -> None:
        """Forget an execution that became no run."""
        self._running.pop(scene.run.id, None)

    def close(self) -> None:
        """Finish what was begun."""
        self._looks.background.close()
        self._running.clear()

    def _look(self, runs: list[Waiting]) -> None:
        """Look at the code of some runs, once for each state it may be in."""
        alike: dict[object, list[Waiting]] = {}
        for waiting in runs:
            alike.setdefault((waiting.repository, waiting.commit, waiting.folder), []).append(waiting)
        for group in alike.values():
            self._look_at(group)

    def _look_at(self, group: list[Waiting], *, whole: bool = True) -> None:
        """Look once, and record with every run of the group what is found, or that it failed."""
        try:
            found = list(_looks(group[0], self._sources(group[0]), whole=whole))
            self._record(group, found)
        except Exception as problem:  # noqa: BLE001 - in the background nobody else would say so
            for waiting in group:
                with suppress(Exception):
                    waiting.later.record(event.WARNING, f"capture incomplete: code: {type(problem).__name__}")

    def _sources(self, waiting: Waiting) -> Sequence[Source]:
        """Return the person's own modules that are loaded; looked for when others are, or elsewhere."""
        edited = edited_folders(environment().document.get("origins"))
        roots = [_home(waiting), str(waiting.folder), *edited, *self._began.added()]
        if not self._loaded.are_as_before(sys.modules, roots):
            self._own = own_sources(sys.modules, roots)
        return self._own

    def _record(self, group: list[Waiting], found: Sequence[Uncommitted]) -> None:
        """Record what was found with every run; its texts are put once into each store that they are in."""
        stores = {waiting.later.run.store for waiting in group} - {None}
        shelved = {store: self._shelved(store, found) for store in stores if store is not None}
        records: list[Found] = []
        for waiting in group:
            if waiting.later.run.store is None:
                continue
            kept, about, modules = shelved[waiting.later.run.store]
            waiting.modules |= modules
            told = about | ({"modules": dict(waiting.modules)} if waiting.modules else {})
            if told:
                records.append((waiting.later, event.CODE, told))
            records += waiting.later.named(kept)
        record_all(records)

    def _shelved(self, store: Store, found: Sequence[Uncommitted]) -> "Shelved":
        """Put the texts that were found into a store."""
        kept = {name: self._shelf.put(store, text) for part in found for name, text in part.texts.items()}
        committed = {name: self._shelf.put(store, text) for part in found for name, text in part.committed.items()}
        places = kept | committed
        about: dict[str, Json] = {}
        modules: dict[str, Json] = {}
        for part in found:
            about |= part.record
            modules |= {name: _with_hash(told, places.get(f"code/{name}")) for name, told in part.modules.items()}
            if part.files:
                about["files"] = {name: _whole(store, content) for name, content in part.files.items()}
        if PATCH in kept:
            about["patch"] = kept[PATCH].ref.sha256
        return Shelved(kept, about, modules)


def _home(waiting: Waiting) -> str:
    return waiting.repository.top if waiting.repository else str(waiting.folder)


def _looks(waiting: Waiting, own: Sequence[Source], *, whole: bool) -> Iterator[Uncommitted]:
    """Yield what git says, if there is a repository, and the modules that are not known yet."""
    home = _home(waiting)
    sources = [each for each in own if each.name not in waiting.modules]
    if waiting.repository is None or not (whole or sources):
        yield modules_in(sources, None, home=home)
        return
    try:
        with look_at(waiting.repository, waiting.commit) as worktree:
            changes = worktree.changes()
            if whole:
                yield changes_in(worktree, changes)
            yield modules_in(sources, worktree, changes, home)
    except Unreadable as problem:
        yield Uncommitted({"dirty": None, "unknown": str(problem)})
        yield modules_in(sources, None, home=home)


def _with_hash(about: Mapping[str, Json], kept: Kept | None) -> Mapping[str, Json]:
    return {**about, "sha256": kept.ref.sha256} if kept else about


def _whole(store: Store, content: bytes) -> Json:
    return {"sha256": store.put(content).sha256, "size": len(content)}
