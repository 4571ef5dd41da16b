"""Runs as a pandas DataFrame. The one file of this layer that knows pandas, imported when someone asks for one."""

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from nbtrack.store.table import RunsTable

_PLAIN = ("id", "name", "experiment", "status")
_SPACES = ("params", "metrics", "tags")


def frame(table: "RunsTable", rows: Sequence[int]) -> pd.DataFrame:
    """Return the rows of a table: the run's own columns, then those of the names that these runs have."""
    columns: dict[str, Any] = {key: _picked(table.column(key), rows) for key in _PLAIN}
    started = pd.Series(_picked(table.column("started"), rows), dtype="int64")
    columns["started"] = pd.to_datetime(started, unit="ms", utc=True)
    columns["duration"] = pd.Series(_picked(table.column("duration"), rows), dtype="float64")
    for space in _SPACES:
        for key in table.names(space):
            values = _picked(table.column(space, key), rows)
            if values.count(None) < len(values):
                columns[f"{space}.{key}"] = values
    return pd.DataFrame(columns)


def _picked(values: Sequence[Any], rows: Sequence[int]) -> list[Any]:
    """Return the values of the rows; ``itemgetter`` takes thousands of them in one step, but not fewer than two."""
    return list(itemgetter(*rows)(values)) if len(rows) > 1 else [values[row] for row in rows]
