"""The part of capture that records which code a run belongs to."""

from nbtrack.capture.code import code_state
from nbtrack.capture.scene import Part, Scene
from nbtrack.model import event


class Repository(Part):
    """Records the commit, branch and remote of the repository around the notebook."""

    name = "code"

    def begun(self, scene: Scene) -> None:
        """Record the commit."""
        code = code_state(scene.folder)
        if code:
            scene.run.record(event.CODE, code)
