"""What a variable with data looks like: its class, its shape, the types of its columns, and the digest of a sample.

Whatever is lazy, remote, on a device or mapped from a file is told by its class alone; nothing of it is loaded. Only
where the class is exactly one of these are values looked at (``sampling`` says which), in well under a millisecond:

    numpy     ndarray that is in memory
    pandas    DataFrame, Series, Index: the columns, and the index; of other libraries' column types only the name
    polars    DataFrame, Series
    scipy     sparse arrays and matrices: their coordinates and values
    torch     Tensor on the CPU; a Dataset, and a DataLoader's, by the data that its attributes hold
    pyarrow   Table: its shape and schema only, because its values may lie in a file

A subclass of an array or a frame - a GeoDataFrame, a memory map - is told by class and shape, for its methods are
somebody else's. Sampled is what was there before the cell ran, which may change it.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from nbtrack.capture.data.array_prints import Told, array, shape_only, sparse, tensor
from nbtrack.capture.data.sampling import Digest, value_positions
from nbtrack.capture.data.table_prints import (
    arrow_table,
    frame,
    frame_shape,
    index,
    polars_frame,
    polars_series,
    series,
)
from nbtrack.record.unasked import class_name, full_name, instance_dict, is_genuine, module_name

MOST_PARTS: Final = 10  # of a plain container
_MOST_ATTRIBUTES: Final = 50
_DEEPEST: Final = 4  # a loader of a subset of a subset of tensors


class Fingerprint(NamedTuple):
    """What is told of a variable. ``dtypes`` is one type's name, or the name of each column's."""

    type: str
    shape: tuple[int, ...] | None = None
    dtypes: str | Mapping[str, str] | None = None
    digest: str | None = None


def fingerprint(value: object, *, sample: bool = True) -> Fingerprint | None:
    """Return what a value with data looks like; None when its class is not known to hold data.

    Args:
        value: anything. No method of the user's is called.
        sample: whether to look at values; without, class, shape and types are told.
    """
    kind = type(value)
    if kind in _COMMON:
        return None
    known = _known(kind)
    if known is None:
        return None
    base, is_exact = known
    name = base if is_exact and base.startswith("pandas.") else full_name(kind)  # of pandas 2: pandas.core.frame...
    try:
        told = (_EXACT if is_exact else _DERIVED).get(base, _nothing)(value, sample)
    except Exception:  # noqa: BLE001 - a library's object in an odd state, or of a version we do not know
        told = Told()
    return Fingerprint(name, *told)


_COMMON: Final = frozenset(
    {int, float, str, bool, type(None), type, list, dict, tuple, set, type(sys), type(lambda: 0)}
)
_SIMPLE: Final = _COMMON - {list, dict, tuple}  # nothing is in them, either
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "numpy": frozenset({"ndarray"}),
    "pandas": frozenset("DataFrame Series Index RangeIndex DatetimeIndex TimedeltaIndex PeriodIndex CategoricalIndex "
                        "IntervalIndex MultiIndex".split()),
    "polars": frozenset("DataFrame Series LazyFrame".split()),
    "scipy": frozenset("csr_matrix csc_matrix coo_matrix csr_array csc_array coo_array bsr_matrix bsr_array dia_matrix "
                       "dia_array lil_matrix dok_matrix spmatrix sparray".split()),
    "torch": frozenset("Tensor Parameter Dataset IterableDataset DataLoader".split()),
    "pyarrow": frozenset("Table RecordBatch ChunkedArray Dataset FileSystemDataset Scanner ParquetFile".split()),
    "dask": frozenset("DataFrame Series Index Array Bag FrameBase".split()),
    "pyspark": frozenset("DataFrame RDD Column".split()),
    "vaex": frozenset({"DataFrame"}),
    "ibis": frozenset({"Table", "Column", "Value"}),
    "h5py": frozenset({"Dataset", "Group", "File"}),
    "zarr": frozenset({"Array", "Group"}),
    "xarray": frozenset({"DataArray", "Dataset"}),
    "datasets": frozenset("Dataset DatasetDict IterableDataset IterableDatasetDict".split()),
    "tensorflow": frozenset({"DatasetV2", "Tensor", "EagerTensor"}),
    "jaxlib": frozenset({"ArrayImpl", "Array"}),
    "cupy": frozenset({"ndarray"}),
    "cudf": frozenset({"DataFrame", "Series"}),
    "modin": frozenset({"DataFrame", "Series"}),
    "duckdb": frozenset({"DuckDBPyRelation"}),
    "_duckdb": frozenset({"DuckDBPyRelation"}),
    "netCDF4": frozenset({"Dataset", "Variable"}),
}  # fmt: skip
_ELSEWHERE: Final = frozenset({"dask", "jaxlib", "ibis", "_duckdb", "pyspark", "datasets"})  # told by class only
_mro = type.__dict__["__mro__"].__get__


def _known(kind: type) -> tuple[str, bool] | None:
    """Return which class of data this is or derives from, ``pandas.DataFrame``, and whether it is that very class."""
    for base in _mro(kind):
        top = module_name(base).partition(".")[0]
        if top in _KNOWN and class_name(base) in _KNOWN[top] and _is_genuine(base):
            return f"{top}.{class_name(base)}", base is kind
    return None


def _is_genuine(kind: type) -> bool:
    """Tell whether a library's class is what it says; a compiled one may be kept under another module's name."""
    return is_genuine(kind) or module_name(kind).partition(".")[0] in _ELSEWHERE


def _nothing(_value: object, _sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    return Told()


def held(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell an object by the data that its attributes hold: nothing of it is called, and it is not gone through."""
    digest, dtypes, known = Digest("held"), dict[str, str](), True
    for name, item in islice(_held_in(value, "", 0), MOST_PARTS):
        if type(item) is list or type(item) is range:  # which rows a subset has
            digest.items([name, len(item), *(item[place] for place in value_positions(len(item)))])
            continue
        found = fingerprint(item, sample=sample)
        if found is not None:
            dtypes[name] = f"{found.dtypes if type(found.dtypes) is str else found.type} {found.shape or ''}".rstrip()
            digest.items([name, found.digest])
            known = known and found.digest is not None
    return Told(None, dtypes or None, digest.text() if dtypes and known else None)


def _held_in(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the data in an object's attributes, and in those of the datasets among them; and lists of row numbers."""
    for name, item in islice(instance_dict(value).items(), _MOST_ATTRIBUTES):
        if type(name) is not str:
            continue
        for word, each in (
            ((f"{name}[{place}]", part) for place, part in enumerate(item[:MOST_PARTS]))
            if type(item) is tuple or (type(item) is list and item and type(item[0]) is not int)
            else ((name, item),)
        ):
            known = _known(type(each)) if type(each) not in _COMMON else None
            if known is not None and known[0] in _HOLDERS:
                yield from _held_in(each, f"{path}{word}.", depth + 1) if depth < _DEEPEST else ()
            elif known is not None or (word == "indices" and type(each) in {list, range}):
                yield f"{path}{word}", each


_HOLDERS: Final = frozenset({"torch.Dataset", "torch.IterableDataset", "torch.DataLoader"})
_Teller = Callable[[Any, bool], Told]
_EXACT: Final[Mapping[str, _Teller]] = {
    "numpy.ndarray": array,
    "pandas.DataFrame": frame,
    "pandas.Series": series,
    **dict.fromkeys((f"pandas.{name}" for name in _KNOWN["pandas"] if name.endswith("Index")), index),
    "polars.DataFrame": polars_frame,
    "polars.Series": polars_series,
    "pyarrow.Table": arrow_table,
    "torch.Tensor": tensor,
    "torch.Parameter": tensor,
    "torch.DataLoader": held,
    **dict.fromkeys(
        (f"scipy.{name}" for name in _KNOWN["scipy"] if name[:3] in {"csr", "csc", "coo", "bsr", "dia"}), sparse
    ),
}
_DERIVED: Final[Mapping[str, _Teller]] = {
    "numpy.ndarray": shape_only,
    "pandas.DataFrame": frame_shape,
    "pandas.Series": frame_shape,
    "torch.Dataset": held,
    "torch.DataLoader": held,
}


def fingerprints(names: Mapping[str, object], seconds: float) -> Iterator[tuple[str, Fingerprint]]:
    """Yield what the variables with data look like, and the data one level deep in plain containers.

    When the time is up, values are looked at no more: the rest is told by class, shape and types.
    """
    until = time.perf_counter() + seconds
    for name, value in chain.from_iterable(_parts(*each) for each in names.items() if type(each[1]) not in _SIMPLE):
        found = fingerprint(value, sample=time.perf_counter() < until)
        if found is not None:
            yield name, found


def _parts(name: str, value: Any) -> list[tuple[str, object]]:
    """Return a value, or the few things in a list, tuple or dictionary that may be data."""
    kind = type(value)
    if kind is dict:
        items = islice(value.items(), MOST_PARTS)
        return [(f"{name}[{key!r}]", item) for key, item in items if type(key) is str and type(item) not in _COMMON]
    if kind is list or kind is tuple:
        parts = enumerate(value[:MOST_PARTS])
        return [(f"{name}[{place}]", item) for place, item in parts if type(item) not in _COMMON]
    return [(name, value)]
