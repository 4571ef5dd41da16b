"""The table a search over parameters leaves behind: ``cv_results_``, a row for each candidate, as CSV."""

import csv
import io
from typing import Any

from nbtrack.record.unasked import instance_dict
from nbtrack.record.values import to_json

MOST_ROWS = 2000
MOST_COLUMNS = 200


def search_table(search: Any) -> str | None:
    """Return the results of a fitted search as CSV, None for anything else.

    Columns are those of scikit-learn's ``cv_results_`` but for ``params``, which the ``param_`` columns repeat.
    """
    results = instance_dict(search).get("cv_results_")
    if type(results) is not dict or not results:
        return None
    columns = {str(name): list(column) for name, column in results.items() if name != "params" and _is_column(column)}
    names = list(columns)[:MOST_COLUMNS]
    if not names:
        return None
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(names)
    for row in zip(*(columns[name][:MOST_ROWS] for name in names), strict=False):
        writer.writerow([_cell(item) for item in row])
    return table.getvalue()


def _is_column(column: Any) -> bool:
    return type(column) is list or getattr(type(column), "__module__", "").startswith("numpy")


def _cell(item: object) -> object:
    told = to_json(item)
    if isinstance(told, dict):
        return told.get("$f", told.get("$repr", ""))
    return "" if told is None else told
