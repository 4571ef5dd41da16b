"""Numbers about data by their labels: one for each column of a table, or for each feature of a model.

``df.corr()["target"]`` and ``pd.Series(model.coef_, index=X.columns)`` are no scores, although a column may be called
``radius error``, as ten are in a well-known data set. A table whose columns are mostly scores is one of results.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from nbtrack.capture.results.told import is_pandas_table
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node
from nbtrack.model.direction import direction

_FEATURES: Final = frozenset(
    "columns feature_names feature_names_in_ feature_names_out get_feature_names_out get_feature_names features".split()
)
_TABLES: Final = 50
_COLUMNS: Final = 2_000


def are_about_data(labels: Collection[str], node: ast.AST, namespace: Mapping[str, Any], wider: int = 0) -> bool:
    """Tell whether labelled numbers that ``node`` computed say something about the columns of a table of data.

    Looked at are tables with more columns than ``wider``.
    """
    return _is_indexed_by_features(node) or are_columns(labels, namespace, wider)


def are_columns(labels: Collection[str], namespace: Mapping[str, Any], wider: int = 0) -> bool:
    """Tell whether these are all columns of one table of data that is in reach, with more columns than ``wider``."""
    return any(map(_are_of_data, _tables_with(labels, namespace, wider)))


def _is_indexed_by_features(node: ast.AST) -> bool:
    words = (
        word.value
        for call in every_node(node)
        if isinstance(call, ast.Call)
        for word in call.keywords
        if word.arg == "index"
    )
    return any(
        last_name(part) in _FEATURES for word in words for part in every_node(word) if isinstance(part, ast.expr)
    )


def _tables_with(labels: Collection[str], namespace: Mapping[str, Any], wider: int) -> Iterator[frozenset[str]]:
    """Yield the columns of those tables in reach that have all of these."""
    tables = (value for value in list(namespace.values()) if is_pandas_table(value))
    for table in islice(tables, _TABLES):
        if wider < table.shape[1] <= _COLUMNS:
            columns = frozenset(name for name in table.columns.tolist() if type(name) is str)
            if columns.issuperset(labels):
                yield columns


def _are_of_data(columns: Collection[str]) -> bool:
    """Tell whether these are columns of a table of data, and not of one of results."""
    return 2 * sum(direction(name) is not None for name in columns) < len(columns)
