"""Which parts of capture watch a tracked cell, in the order in which they look."""

from collections.abc import Sequence
from typing import Any

from nbtrack.capture.data.data import Data
from nbtrack.capture.data.files import FileLog
from nbtrack.capture.environment.confidential import Confidential
from nbtrack.capture.environment.repository import Repository
from nbtrack.capture.environment.surroundings import Surroundings
from nbtrack.capture.environment.system import System
from nbtrack.capture.guard.background import Background
from nbtrack.capture.session.lineage import Lineage
from nbtrack.capture.session.notebook_snapshot import NotebookSnapshot
from nbtrack.capture.session.saved import Saved
from nbtrack.capture.session.scene import Part
from nbtrack.capture.session.session import Session
from nbtrack.hosts.outputs import Outputs


def parts(shell: Any, session: Session, files: FileLog, saved: Saved) -> Sequence[Part]:
    """Return the parts for a shell, the log of its session, that of the files its cells open, and its notebook."""
    background = Background()
    return (
        Confidential(),
        Surroundings(background, session),
        Repository(background),
        System(background),
        Outputs(shell),
        Lineage(session, saved),
        Data(files, session.slice),
        NotebookSnapshot(session, saved, background),
    )
