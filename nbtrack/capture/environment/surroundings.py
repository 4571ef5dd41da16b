"""The part of capture that records the environment of a run: stored once by content, a reference in each run.

What can be told by names of folders is recorded when the run begins. What takes milliseconds - which packages are
imported, BLAS, conda, lock files, seeds - is found out in the background, once for all runs that began meanwhile.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinMethodType, MethodType
from typing import Final, NamedTuple

from nbtrack.capture.environment.code import find_repository
from nbtrack.capture.environment.conda import Conda
from nbtrack.capture.environment.container import IMAGES, container
from nbtrack.capture.environment.environment import Environment, environment
from nbtrack.capture.environment.imported import Imported
from nbtrack.capture.environment.installed import Installed
from nbtrack.capture.environment.lock_files import LockFiles
from nbtrack.capture.environment.numerics import Pools, numerics
from nbtrack.capture.environment.rng import Seeds, Snapshot, states
from nbtrack.capture.environment.seeds import LAST
from nbtrack.capture.guard.background import Background
from nbtrack.capture.guard.later import Found, Kept, Later, Shelf, record_all
from nbtrack.capture.guard.together import Look, Together
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.capture.session.session import Session
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.store.base import Store

_IMPORTS_RANDOM: Final = re.compile(r"(?:import|from)[^\n]*\brandom\b")


@dataclass(slots=True)
class Begun:
    """A run whose environment is looked at later, with what of it holds for the moment it began only."""

    later: Later
    folder: Path
    source: str
    past: Past | None  # its execution in the session's log
    states: Snapshot  # of the random generators
    seeds: Mapping[str, int]  # they were given by nbtrack
    loaded: int  # modules
    told: bool = False
    drawn: tuple[str, ...] = ()  # the generators its cell drew from, once it has run

    @property
    def number(self) -> int:
        """That of its execution in the session's log; 0 where it has none."""
        return self.past.number if self.past else 0


class Surroundings(Part):
    """Records interpreter, packages, variables, machine, seeds - and the files that pin the packages."""

    name = "environment"

    def __init__(self, background: Background, session: Session) -> None:
        self._looks = Together(background, self._look)
        self._session = session
        self._known: dict[tuple[int, str], Mapping[str, Json]] = {}
        self._states: dict[str, Snapshot] = {}
        self._running: dict[str, tuple[Begun, Look]] = {}
        self._slow = Slow()

    def before(self, scene: Scene) -> None:
        """Take the state of the random generators, before the cell draws from them."""
        if scene.run.id not in self._states:
            self._states[scene.run.id] = states()

    def begun(self, scene: Scene) -> None:
        """Record a reference to the environment as it is now, and have the rest looked at."""
        self.before(scene)
        if scene.run.store is None:
            return
        scene.run.record(event.ENVIRONMENT, self._reference(scene.run.store, environment()))
        found = self._states[scene.run.id]
        later = Later(scene.run)
        begun = Begun(later, scene.folder, scene.cell.source, scene.past, found, dict(LAST), len(sys.modules))
        self._running[scene.run.id] = begun, self._looks.add(begun)

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - failed or not
        """Have a second look at what the cell imported."""
        self._states.pop(scene.run.id, None)
        begun, look = self._running.pop(scene.run.id, (None, None))
        if begun:
            self._record_drawn(scene, begun)
        if begun and look and look.missed_imports(scene.run):
            self._looks.add(begun)

    def _record_drawn(self, scene: Scene, begun: Begun) -> None:
        """Record at once what the cell's random numbers hang on, if it drew any: the card says when that is nothing."""
        still = scene.past.still if scene.past else frozenset()
        if begun.states.taken.keys() <= still and len(sys.modules) == begun.loaded:
            return  # the session has looked at all of them just now, and with less work
        later = states()
        new = later.taken.keys() - begun.states.taken.keys() if "random" in begun.source else ()  # loaded by the cell
        moved = begun.states.moved(later)
        if "random" in moved and len(sys.modules) != begun.loaded and not _reaches_random(scene):
            moved = tuple(name for name in moved if name != "random")  # what was imported drew: it sets up its own
        begun.drawn = (*moved, *new)
        if begun.drawn:
            scene.run.record(event.ENVIRONMENT, self._slow.rng(list(self._session.log.values()), begun))

    def drop(self, scene: Scene) -> None:
        """Forget an execution that became no run."""
        self._states.pop(scene.run.id, None)
        self._running.pop(scene.run.id, None)

    def close(self) -> None:
        """Finish what was begun."""
        self._looks.background.close()
        self._states.clear()
        self._running.clear()

    def _reference(self, store: Store, now: Environment) -> Mapping[str, Json]:
        known = (id(store), now.digest)
        if known not in self._known:
            kept = store.put(json.dumps(now.document).encode())
            brief = {name: value for name, value in now.document.items() if not isinstance(value, Mapping | list)}
            self._known[known] = {**brief, "digest": now.digest, "sha256": kept.sha256, "size": kept.size}
        return self._known[known]

    def _look(self, runs: list[Begun]) -> None:
        for folder in dict.fromkeys(begun.folder for begun in runs):
            group = [begun for begun in runs if begun.folder == folder]
            try:
                self._record(group)
            except Exception as problem:  # noqa: BLE001 - in the background nobody else would say so
                for begun in group:
                    with suppress(Exception):
                        begun.later.record(event.WARNING, f"capture incomplete: environment: {type(problem).__name__}")

    def _record(self, group: list[Begun]) -> None:
        """Record the environment of runs in one folder, looked at once for each store that they are in."""
        facts = self._slow.facts()
        executed = list(self._session.log.values())
        stores = {begun.later.run.store for begun in group} - {None}
        looks = {store: self._slow.look(store, group[0].folder, facts) for store in stores if store is not None}
        records: list[Found] = []
        for begun in group:
            if begun.later.run.store is None:
                continue
            look = looks[begun.later.run.store]
            first = {} if begun.told else look.pinned | self._slow.rng(executed, begun)
            files = look.installed if begun.told else look.installed | look.locks
            begun.told = True
            records.append((begun.later, event.ENVIRONMENT, look.facts | first))
            records += begun.later.named({f"environment/{name}": kept for name, kept in files.items()})
        record_all(records)


def _reaches_random(scene: Scene) -> bool:
    """Tell whether a cell, or a function it may have called, names Python's own generator.

    Some libraries draw from it while they are imported (rich, for the names of its links). A cell that imports one for
    the first time and draws by no name of its own has drawn nothing that a result hangs on.
    """
    past = scene.past
    if past is None or _IMPORTS_RANDOM.search(scene.cell.source):
        return True
    module = sys.modules.get("random")
    generator = vars(module).get("_inst") if module is not None else None
    values = (scene.namespace.get(name) for name in (*past.reads, *past.writes, *past.unknown))
    methods = (MethodType, BuiltinMethodType)  # random.shuffle is a method of the generator, as random.random is
    return any(
        value is not None and (value is module or (type(value) in methods and value.__self__ is generator))
        for value in values
    )


class Looked(NamedTuple):
    """What one look found: facts, what files say of the packages, and the files by name, of both kinds."""

    facts: dict[str, Json]
    pinned: dict[str, Json]
    installed: dict[str, Kept]
    locks: dict[str, Kept]


class Slow:
    """What takes milliseconds to find out about an environment, with what is remembered of it from look to look."""

    def __init__(self) -> None:
        self._imported = Imported()
        self._installed = Installed()
        self._conda = Conda()
        self._locks = LockFiles()
        self._pools = Pools()
        self._container: tuple[tuple[str | None, ...], Json] | None = None
        self._shelf = Shelf()
        self._seeds = Seeds()
        self._lock = threading.Lock()  # a cell that has drawn asks at once, the others in the background
        self._read = 0  # the number of the last execution whose seeds are known

    def facts(self) -> dict[str, Json]:
        """Return what is the same for all runs of a moment."""
        packages = environment().document.get("packages")
        versions = packages if isinstance(packages, Mapping) else {}
        imported = {name: versions.get(name) for name in self._imported.packages(sys.modules)}
        found: dict[str, Json] = {"imported": imported, **numerics(pools=self._pools), "container": self._where()}
        return {name: value for name, value in found.items() if value}

    def _where(self) -> Json:
        """Return the container: no process is moved to another, but a cell may tell what the image is called."""
        images = tuple(map(os.environ.get, IMAGES))
        if self._container is None or self._container[0] != images:
            self._container = images, container()
        return self._container[1]

    def look(self, store: Store, folder: Path, facts: dict[str, Json]) -> "Looked":
        """Return what is the same for all runs of a folder, its files kept in the store."""
        installed = self._installed_here(store, folder, facts.get("imported"))
        pinned, locks = self._files(store, folder)
        return Looked({**facts, "installed": installed.ref.sha256}, pinned, {"installed.json": installed}, locks)

    def _installed_here(self, store: Store, folder: Path, imported: Json) -> Kept:
        """Return where the store holds what the imported packages say of themselves."""
        repository = find_repository(folder)
        names = imported if isinstance(imported, Mapping) else {}
        origins = environment().document.get("origins")
        told = self._installed.describe(names, origins, repository.top if repository else None)
        return self._shelf.put(store, told)

    def _files(self, store: Store, folder: Path) -> tuple[dict[str, Json], dict[str, Kept]]:
        """Return what is recorded of the files that pin packages, and the files themselves by name."""
        repository = find_repository(folder)
        folders = [folder, *([Path(repository.top)] if repository else [])]
        texts = self._locks.read(folders)
        packages = self._conda.packages()
        if packages is not None:
            texts["conda.json"] = json.dumps({"name": self._conda.name(), "packages": packages}, indent=1).encode()
        kept = {name: self._shelf.put(store, text) for name, text in texts.items()}
        about: dict[str, Json] = {}
        if packages is not None:
            about["conda"] = {"name": self._conda.name(), "packages": len(packages)}
        if kept:
            about["locks"] = {name: each.ref.sha256 for name, each in kept.items()}
        return about, kept

    def rng(self, executed: Sequence[Past], begun: Begun) -> dict[str, Json]:
        """Return the generators' states when a run began, and whether the cells executed until then had seeded them."""
        with self._lock:
            for past in executed:
                if self._read < past.number < begun.number:
                    self._seeds.read(past.text, past.seeds)
            self._read = max(self._read, begun.number - 1)
            digests = begun.states.digests()
            said = begun.past.seeds if begun.past else None
            unborn = dict.fromkeys(set(begun.drawn) - digests.keys(), "")
            words = self._seeds.told({**digests, **unborn}, self._seeds.read(begun.source, said), begun.seeds)
        if begun.drawn:
            words["drawn"] = list(begun.drawn)
            if all(words.get(name) == "unseeded" for name in begun.drawn):
                words["unseeded"] = True
        return {"rng": words, "rng_states": dict(digests)}
