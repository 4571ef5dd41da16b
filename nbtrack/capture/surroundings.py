"""The part of capture that records the environment of a run: stored once by content, a reference in each run."""

import json
from collections.abc import Mapping

from nbtrack.capture.environment import Environment, environment
from nbtrack.capture.scene import Part, Scene
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.store.base import Store


class Surroundings(Part):
    """Records the interpreter, packages and variables a run ran with."""

    name = "environment"

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Mapping[str, Json]] = {}

    def begun(self, scene: Scene) -> None:
        """Record a reference to the environment as it is now."""
        if scene.run.store is not None:
            scene.run.record(event.ENVIRONMENT, self._reference(scene.run.store, environment()))

    def _reference(self, store: Store, now: Environment) -> Mapping[str, Json]:
        known = (id(store), now.digest)
        if known not in self._known:
            kept = store.put(json.dumps(now.document).encode())
            brief = {name: value for name, value in now.document.items() if not isinstance(value, Mapping | list)}
            self._known[known] = {**brief, "digest": now.digest, "sha256": kept.sha256, "size": kept.size}
        return self._known[known]
