"""A kernel without IPython, for what concerns only the log of its cells."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.session import Session


class Kernel:
    """A kernel without IPython: it runs cells in one namespace and tells the session of each, as the tracker does."""

    def __init__(self) -> None:
        self.session = Session()
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def run(self, source: str, cell_id: str | None = None, metadata: dict[str, Any] | None = None) -> Past:
        past = self.session.begin(CellNow(source, cell_id, self.session._number + 1), self.names, metadata)
        error: BaseException | None = None
        try:
            tree = ast.parse(source)
            self.session.read(past, tree)
            exec(compile(tree, f"<cell {past.number}>", "exec"), self.names)
        except BaseException as problem:  # noqa: BLE001 - a cell may raise anything
            error = problem
        self.session.end(past, error)
        return past

    def slice(self, *sources: str) -> list[int]:
        """Run cells and return the numbers of those the last one depends on, its own included."""
        return self.session.slice_numbers([self.run(source) for source in sources][-1])


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()
