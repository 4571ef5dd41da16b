"""Where a session began: the working directory its programs start in, and the folders they add to import from."""

import os
import sys
from typing import Final

from nbtrack.capture.environment.code import GitFolder
from nbtrack.capture.session.scene import Scene
from nbtrack.model.tagged import Json
from nbtrack.record.redact import without_home

_TOOLS: Final = (".ipython", "site-packages", "dist-packages")


class Beginning:
    """The state of a process when nbtrack was loaded into it."""

    def __init__(self) -> None:
        self._folder = _working_folder()
        self._imports = frozenset(sys.path)
        self._told: tuple[object, dict[str, Json]] = None, {}

    def places(self, scene: Scene, repository: GitFolder | None) -> dict[str, Json]:
        """Return where a run's program has to run, as ``code`` records have it.

        ``folder`` is the notebook's, from the top of the repository on; ``place`` is where that lies, if no notebook
        tells; ``cwd`` the working directory as seen from there, where it is another.
        """
        asked = scene.folder, scene.notebook, repository and repository.top
        if self._told[0] != asked:  # the file system is asked once, not by every cell
            self._told = asked, self._places(scene, repository)
        return self._told[1]

    def _places(self, scene: Scene, repository: GitFolder | None) -> dict[str, Json]:
        folder = os.path.realpath(scene.folder)
        told: dict[str, Json] = {}
        if repository is not None:
            told["folder"] = _written(os.path.relpath(folder, repository.top))
        if scene.notebook is None or folder != str(scene.notebook.parent):
            told["place"] = _written(without_home(folder))
        if self._folder and self._folder != folder:
            told["cwd"] = self._from(folder, repository)
        return told

    def added(self) -> list[str]:
        """Return the folders that the person's code imports from beside those that were there."""
        added = [each for each in sys.path if type(each) is str and each not in self._imports]
        return [each for each in added if os.path.isdir(each) and not any(tool in each for tool in _TOOLS)]  # noqa: PTH112 - text in

    def _from(self, folder: str, repository: GitFolder | None) -> str:
        """Return the way to the working directory: a relative one as far as it stays in the same project."""
        project = repository.top if repository else folder
        shared = os.path.commonpath([project, self._folder]) if _same_drive(project, self._folder) else ""
        is_near = shared in {project, self._folder} and shared != os.path.dirname(shared)  # noqa: PTH120 - text in
        return _written(os.path.relpath(self._folder, folder) if is_near else without_home(self._folder))


def _working_folder() -> str:
    try:
        return os.path.realpath(os.getcwd())  # noqa: PTH109 - may have been removed
    except OSError:
        return ""


def _same_drive(one: str, other: str) -> bool:
    return os.path.splitdrive(one)[0] == os.path.splitdrive(other)[0]


def _written(path: str) -> str:
    return os.fsencode(path.replace(os.sep, "/")).decode("utf-8", "replace")
