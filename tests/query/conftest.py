"""Tables of documents written by hand, so that asking is tested without a disk."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nbtrack.errors import MetricNotFound
from nbtrack.model.run import History
from nbtrack.query.runs import Runs
from nbtrack.store.index.table import RunsTable


def document(number: int, **members: Any) -> dict[str, Any]:
    blank = {
        "id": f"20261121t101530-{number:08d}",
        "name": f"run {number}",
        "experiment": "notebook",
        "status": "finished",
        "started": 1795255200000 + number * 1000,
        "ended": 1795255200000 + number * 1000 + 500,
        "duration": 0.5,
        "params": {},
        "metrics": {},
        "curves": {},
        "tags": {},
        "note": None,
        "sources": {"params": {}, "metrics": {}},
        "cell": None,
        "notebook": None,
        "session": None,
        "artifacts": [],
        "data": [],
        "code": None,
        "environment": None,
        "hardware": {},
        "warnings": [],
        "error": None,
        "deleted": False,
        "health": {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0},
        "condition": "whole",
    }
    return blank | members


def no_points(run_id: str, metric: str) -> History:
    raise MetricNotFound(metric)


@pytest.fixture
def table_of() -> Callable[..., RunsTable]:
    def build(*runs: Mapping[str, Any]) -> RunsTable:
        return RunsTable.of(document(number, **members) for number, members in enumerate(runs))

    return build


@pytest.fixture
def runs_of(table_of) -> Callable[..., Runs]:
    """All runs of a table of these documents, newest first."""

    def build(*runs: Mapping[str, Any]) -> Runs:
        table = table_of(*runs)
        return Runs(table, range(len(runs) - 1, -1, -1), no_points)

    return build
