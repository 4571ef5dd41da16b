"""Which parts of capture watch a tracked cell, in the order in which they look."""

from collections.abc import Sequence
from typing import Any

from nbtrack.capture.background import Background
from nbtrack.capture.confidential import Confidential
from nbtrack.capture.data import Data
from nbtrack.capture.files import FileLog
from nbtrack.capture.lineage import Lineage
from nbtrack.capture.notebook_snapshot import NotebookSnapshot
from nbtrack.capture.repository import Repository
from nbtrack.capture.saved import Saved
from nbtrack.capture.scene import Part
from nbtrack.capture.session import Session
from nbtrack.capture.surroundings import Surroundings
from nbtrack.capture.system import System
from nbtrack.hosts.outputs import Outputs


def parts(shell: Any, session: Session, files: FileLog) -> Sequence[Part]:
    """Return the parts for a shell, the log of its session, and that of the files its cells open."""
    background = Background()
    saved = Saved()
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
