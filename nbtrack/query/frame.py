"""Runs as a pandas DataFrame. The one file of this layer that knows pandas, imported when someone asks for one."""

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbtrack.query.syntax import RUN

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable

_PLAIN = ("id", "name", "experiment", "status")
_SPACES = ("params", "metrics", "tags")


def frame(table: "RunsTable", rows: Sequence[int]) -> pd.DataFrame:
    """Return the rows of a table: the run's own columns, then those of the names that these runs have."""
    picked = _Picked(table, rows)
    columns: dict[str, Any] = {key: picked.values(RUN, key) for key in _PLAIN}
    started = pd.Series(picked.numbers(RUN, "started"), dtype="int64")
    columns["started"] = pd.to_datetime(started, unit="ms", utc=True)
    columns["duration"] = pd.Series(picked.numbers(RUN, "duration"), dtype="float64")
    columns["condition"] = picked.values(RUN, "condition")
    columns["verdict"] = picked.values(RUN, "verdict")
    for space in _SPACES:
        for key in table.names(space):
            values = picked.column(space, key)
            if values is not None:
                columns[f"{space}.{key}"] = values
    try:
        return pd.DataFrame(columns, copy=False)  # they are nobody else's
    except OverflowError:
        return pd.DataFrame({name: _kept(values) for name, values in columns.items()}, copy=False)


def _kept(values: Any) -> Any:
    """Keep whole numbers that no float can hold as they are, which pandas 2 does only when told to."""
    try:
        return pd.Series(values)
    except OverflowError:
        return pd.Series(values, dtype=object)


class _Picked:
    """Some rows of a table's columns."""

    def __init__(self, table: "RunsTable", rows: Sequence[int]) -> None:
        self._table = table
        self._rows = rows
        self._places = np.fromiter(rows, dtype=np.intp, count=len(rows))

    def column(self, space: str, key: str) -> Any:
        """Return a column with the type its values have, None where none of these runs has one."""
        numbers = self.numbers(space, key)
        if numbers is None or _may_be_whole(numbers):
            values = self.values(space, key)
            return values if values.count(None) < len(values) else None
        return numbers if not np.isnan(numbers).all() else None

    def numbers(self, space: str, key: str) -> Any:
        """Return numbers without an object for each of them; None for a column of anything else."""
        found = self._table.numbers(space, key)
        return None if found is None else np.frombuffer(found, dtype=found.typecode)[self._places]

    def values(self, space: str, key: str) -> list[Any]:
        """Return the values; ``itemgetter`` takes thousands of them in one step, but not fewer than two."""
        values, rows = self._table.column(*((key,) if space == RUN else (space, key))), self._rows
        return list(itemgetter(*rows)(values)) if len(rows) > 1 else [values[row] for row in rows]


def _may_be_whole(numbers: Any) -> bool:
    """Tell whether floats stand for whole numbers, which are missing only in runs that were not asked for."""
    if numbers.dtype.kind != "f" or not len(numbers) or numbers[0] != np.floor(numbers[0]):
        return False
    return bool((numbers == np.floor(numbers)).all())
