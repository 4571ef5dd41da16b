"""What a table of pandas, polars or pyarrow looks like: shape, types of columns, and the digest of a sample of rows."""

import sys
from functools import lru_cache
from typing import Any, Final

from nbtrack.capture.data.array_prints import Told, is_mapped, type_name
from nbtrack.capture.data.sampling import Digest, column_positions, row_positions
from nbtrack.record.unasked import class_name, is_genuine, module_name, stored

MOST_NAMED: Final = 100  # columns whose types are listed
_MOST_TEXT_COLUMNS: Final = 16  # reading text costs ten times what reading numbers does


def frame(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a DataFrame of pandas."""
    rows, columns = shape = value.shape
    names = [_label(label, place) for place, label in enumerate(value.columns[:MOST_NAMED].tolist())]
    dtypes = {name: type_name(value._get_column_array(place).dtype) for place, name in enumerate(names)}  # noqa: SLF001
    if columns > MOST_NAMED:
        dtypes["…"] = f"{columns - MOST_NAMED} more columns"
    if not sample:
        return Told(shape, dtypes)
    digest, texts = Digest("frame", shape, list(dtypes.items())), 0
    for place in column_positions(columns):
        column = value._get_column_array(place)  # noqa: SLF001 - 40 times as fast as by position, and no copy
        is_numeric = type(column) is sys.modules["numpy"].ndarray and column.dtype.kind != "O"
        texts += not is_numeric
        if is_numeric or texts <= _MOST_TEXT_COLUMNS:
            _add_column(digest, column, rows)
    _add_index(digest, value.index)
    return Told(shape, dtypes, digest.text())


def frame_shape(value: Any, _sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a subclass's shape by the axes that pandas keeps, which no method of the subclass is asked for."""
    manager: Any = stored(value, "_mgr")
    if manager is None or not _is_pandas(type(manager)):
        return Told()
    lengths = tuple(len(axis) for axis in manager.axes if _is_pandas(type(axis)))
    return Told(lengths[::-1] if len(lengths) == len(manager.axes) else None)


def series(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a Series of pandas."""
    name = type_name(value.dtype)
    if not sample:
        return Told(value.shape, name)
    digest = Digest("series", value.shape, name)
    _add_column(digest, value._values, value.shape[0])  # noqa: SLF001 - the array itself, not a copy
    _add_index(digest, value.index)
    return Told(value.shape, name, digest.text())


def index(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell an Index of pandas."""
    name = type_name(value.dtype)
    if not sample:
        return Told(value.shape, name)
    digest = Digest("index", value.shape, name)
    _add_index(digest, value)
    return Told(value.shape, name, digest.text())


def _add_index(digest: Digest, index: Any) -> None:
    kind = class_name(type(index))
    if kind == "RangeIndex":
        digest.items([kind, index.start, index.stop, index.step])
    elif kind == "MultiIndex" or not _is_pandas(type(index)):
        digest.items([kind, index.shape[0]])
    else:
        _add_column(digest, index._values, index.shape[0])  # noqa: SLF001 - as in series


def _add_column(digest: Digest, column: Any, rows: int) -> None:
    """Look at some rows of a column: the array numpy keeps it in, or what pandas' own kinds of columns are made of."""
    if type(column) is sys.modules["numpy"].ndarray:
        kind = column.dtype.kind
        if kind in "OT":
            digest.items(column[_numpy_rows(rows)].tolist())
        elif not column.dtype.hasobject and not is_mapped(column):
            digest.add(column[_numpy_rows(rows)].tobytes())
    elif _is_pandas(type(column)):
        arrow = stored(column, "_pa_array")
        digest.items(_arrow_items(arrow, rows) if arrow is not None else _items(column, rows))


def _arrow_items(chunks: Any, rows: int) -> list[object]:
    if chunks.num_chunks == 1:
        return list(chunks.chunk(0).take(_arrow_rows(rows)).to_pylist())
    return [chunks[place].as_py() for place in row_positions(rows)]  # take would join the chunks first, all of them


@lru_cache(maxsize=16)
def _numpy_rows(count: int) -> Any:
    return sys.modules["numpy"].array(row_positions(count), dtype="int64")


@lru_cache(maxsize=16)
def _arrow_rows(count: int) -> Any:
    return sys.modules["pyarrow"].array(row_positions(count))


def _items(column: Any, rows: int) -> list[object]:
    picked = column[_numpy_rows(rows)]
    kind = class_name(type(column))
    if kind in {"DatetimeArray", "TimedeltaArray", "PeriodArray"}:
        return list(picked.asi8.tolist())
    if kind == "Categorical":
        return list(picked.astype(object).tolist())
    data, mask = stored(picked, "_data"), stored(picked, "_mask")
    if data is not None and mask is not None:
        pairs = zip(data.tolist(), mask.tolist(), strict=True)  # type: ignore[attr-defined]  # numpy arrays
        return [None if is_missing else item for item, is_missing in pairs]
    return list(picked.tolist()) if kind == "StringArray" else []


def _is_pandas(kind: type) -> bool:
    return module_name(kind).partition(".")[0] == "pandas" and is_genuine(kind)


def _label(label: object, place: int) -> str:
    if type(label) is str:
        return label
    return repr(label) if type(label) in {int, float, bool} else f"#{place}"


def polars_frame(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a DataFrame of polars."""
    rows, columns = shape = value.shape
    names, types = value.columns, [str(dtype) for dtype in value.dtypes[:MOST_NAMED]]
    dtypes = dict(zip(names, types, strict=False))
    if columns > MOST_NAMED:
        dtypes["…"] = f"{columns - MOST_NAMED} more columns"
    if not sample:
        return Told(shape, dtypes)
    chosen = [names[place] for place in column_positions(columns) if str(value.dtypes[place]) != "Object"]
    digest = Digest("frame", shape, list(dtypes.items()))
    if chosen and rows:
        for column in zip(*value[list(row_positions(rows)), chosen].rows(), strict=True):
            digest.items(column)
    return Told(shape, dtypes, digest.text())


def polars_series(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a Series of polars."""
    shape, name = value.shape, str(value.dtype)
    if not sample or name == "Object":
        return Told(shape, name)
    digest = Digest("series", shape, name)
    digest.items(value[list(row_positions(shape[0]))].to_list())
    return Told(shape, name, digest.text())


def arrow_table(value: Any, _sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a Table of pyarrow."""
    dtypes = {field.name: str(field.type) for field in list(value.schema)[:MOST_NAMED]}
    return Told(value.shape, dtypes)
