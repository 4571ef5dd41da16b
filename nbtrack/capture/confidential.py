"""The part of capture that knows which variables are secret, so that what a cell prints of them is not kept."""

from collections.abc import Mapping

from nbtrack.capture.scene import Part, Scene
from nbtrack.record.known import KNOWN


class Confidential(Part):
    """Learns the values of variables that only secrets are called after, before a cell and when it has run.

    ``password = getpass()`` is in no source, but ``print(password)`` shows it. First of all parts: others keep text.
    """

    name = "secrets"

    def before(self, scene: Scene) -> None:
        """Learn what earlier cells bound."""
        _learn(scene.namespace)

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - what every part is told
        """Learn what this cell bound."""
        _learn(scene.namespace)


def _learn(namespace: Mapping[str, object]) -> None:
    KNOWN.learn_named((name, text) for name, text in list(namespace.items()) if type(text) is str and type(name) is str)
