"""Which parts of capture watch a tracked cell, in the order in which they look."""

from collections.abc import Sequence
from typing import Any

from nbtrack.capture.repository import Repository
from nbtrack.capture.scene import Part
from nbtrack.capture.session import Session
from nbtrack.capture.surroundings import Surroundings


def parts(shell: Any, session: Session) -> Sequence[Part]:  # noqa: ARG001 - the parts to come take them
    """Return the parts for a shell, and the log of its session."""
    return (Surroundings(), Repository())
