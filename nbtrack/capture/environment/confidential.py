"""The part of capture that knows which variables are secret, so that what a cell prints of them is not kept."""

from collections.abc import Mapping

from nbtrack.capture.session.scene import Part, Scene
from nbtrack.record.known import KNOWN
from nbtrack.secret.name import grade


class Confidential(Part):
    """Learns the values of variables that only secrets are called after, before a cell and when it has run.

    ``password = getpass()`` is in no source, but ``print(password)`` shows it. First of all parts: others keep text.
    """

    name = "secrets"

    def __init__(self) -> None:
        self._graded: set[str] = set()  # names that were looked at,
        self._telling: list[str] = []  # and those that only secrets are called by

    def before(self, scene: Scene) -> None:
        """Learn what earlier cells bound."""
        self._learn(scene.namespace)

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - what every part is told
        """Learn what this cell bound."""
        self._learn(scene.namespace)

    def _learn(self, namespace: Mapping[str, object]) -> None:
        """Grade names that are new, and look again at what the few telling ones hold."""
        for name in namespace.keys() - self._graded:
            if type(name) is str and not _is_ipythons(name) and grade(name) > 1:
                self._telling.append(name)
            self._graded.add(name)
        if self._telling:
            named = [(name, namespace.get(name)) for name in self._telling]
            KNOWN.learn_named((name, text) for name, text in named if type(text) is str)


def _is_ipythons(name: str) -> bool:
    """Tell whether this is an input or an output that IPython numbers, as it does for each cell: ``_i12``, ``_12``."""
    return name[:1] == "_" and name.lstrip("_i").isdecimal()
