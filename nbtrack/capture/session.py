"""The log of a session: every cell that was executed, tracked or not, because a run depends on what came before."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.capture.cells import CellNow
from nbtrack.capture.syntax import Reading


@dataclass(slots=True)
class Past:
    """One execution of a cell, as the log of the session has it."""

    number: int  # 1, 2, 3… over the session; execution counts repeat and jump
    cell: CellNow
    reading: Reading | None = None


class Session:
    """The executions of one kernel, in order."""

    def __init__(self) -> None:
        self._log: list[Past] = []

    def begin(self, cell: CellNow, namespace: Mapping[str, Any]) -> Past:  # noqa: ARG002 - identities come next
        """Note that a cell is about to run."""
        past = Past(len(self._log) + 1, cell)
        self._log.append(past)
        return past

    def read(self, past: Past, tree: ast.Module) -> None:
        """Read the tree of a cell before it is changed and compiled."""

    def end(self, past: Past, error: BaseException | None) -> None:
        """Note that a cell has run."""
