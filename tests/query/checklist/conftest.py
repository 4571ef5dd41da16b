"""Runs written by hand for judging: sources by cell, and whatever else their documents hold."""

import importlib.util
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import ObjectMissing
from nbtrack.model.run import Run

_SPEC = importlib.util.spec_from_file_location("query_documents", Path(__file__).parents[1] / "conftest.py")
_BESIDE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_BESIDE)


class Kept:
    """Objects in a dictionary."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def read(self, name: str) -> bytes:
        if name not in self.texts:
            raise ObjectMissing(f"{name[:8]} is not in the store")
        return self.texts[name].encode()

    def paths(self, name: str) -> tuple[str, ...]:
        return ()

    def save(self, name: str, to: Path, *, folder: bool) -> None:
        raise ObjectMissing(name)


@pytest.fixture
def run_of() -> Callable[..., Run]:
    """A run of cells, the last one tracked: ``run_of("a = 1", "SVC(C=a)", params={...})``."""

    def build(*cells: str, objects: dict[str, str] | None = None, **members: Any) -> Run:
        texts = {sha256(cell.encode()).hexdigest(): cell for cell in cells} | (objects or {})
        executions = [
            {"n": n, "cell": f"c{n}", "count": n, "reads": {}, "source": sha256(cell.encode()).hexdigest()}
            for n, cell in enumerate(cells, 1)
        ]
        given = {
            "slice": {"executions": executions, "verdicts": []},
            "cell": {"source": "".join(cells[-1:]), "count": len(cells)},
        }
        document = _BESIDE.document(1, **({**given, **members} if cells else members))
        return Run.from_document(document, lambda *_: None, Kept(texts))

    return build
