"""What an array of numpy, scipy or torch looks like: its shape and type, and the digest of a sample of its values."""

import mmap
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from nbtrack.capture.data.sampling import ALL_VALUES, Digest, value_positions
from nbtrack.record.unasked import class_name, derives, instance_dict, module_name


class Told(NamedTuple):
    """What is told of data beside their class."""

    shape: tuple[int, ...] | None = None
    dtypes: str | Mapping[str, str] | None = None
    digest: str | None = None


def array(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell an array that is numpy's own."""
    name = type_name(value.dtype)
    if not sample or is_mapped(value):
        return Told(value.shape, name)
    digest = Digest("array", value.shape, name)
    return Told(value.shape, name, digest.text() if _add_values(digest, value) else None)


def shape_only(value: Any, _sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell an array of a class of somebody else's by what is numpy's own in it."""
    kind: Any = sys.modules["numpy"].ndarray
    return Told(kind.shape.__get__(value), type_name(kind.dtype.__get__(value)))


def is_mapped(value: Any) -> bool:
    """Tell whether an array's memory is a file's: reading it may read the disk."""
    kind: Any = sys.modules["numpy"].ndarray
    for _ in range(20):
        if class_name(type(value)) == "memmap":
            return True
        value = kind.base.__get__(value)
        if not derives(type(value), kind):
            owner = value.obj if type(value) is memoryview else value
            return type(owner) is mmap.mmap
    return True


def _add_values(digest: Digest, array: Any) -> bool:
    """Look at some values of an array of any layout, copying no others."""
    numpy: Any = sys.modules["numpy"]
    if array.dtype.hasobject and array.dtype.kind not in "OT":
        return False
    if array.size > ALL_VALUES:
        flat = _numpy_positions(array.size)
        array = array[numpy.unravel_index(flat, array.shape) if array.ndim > 1 else flat]
    if array.dtype.kind in "OT":
        digest.items(array.ravel().tolist())
    else:
        digest.add(array.tobytes())
    return True


@lru_cache(maxsize=16)
def _numpy_positions(count: int) -> Any:
    return sys.modules["numpy"].array(value_positions(count), dtype="int64")


_NAMES: dict[str, str] = {}


def type_name(dtype: Any) -> str:
    """Return the name of a column's type: numpy's or pandas' own word, of others the class's name."""
    top = module_name(type(dtype)).partition(".")[0]
    if top == "numpy":
        code = dtype.str
        if code not in _NAMES or dtype.names is not None:
            _NAMES[code] = str(dtype)
        return _NAMES[code]
    return str(dtype) if top in {"pandas", "polars", "pyarrow"} else class_name(type(dtype))


def sparse(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a sparse array or matrix by the arrays that it is made of."""
    held = instance_dict(value)
    kind: Any = sys.modules["numpy"].ndarray
    parts = {name: each for name, each in sorted(held.items()) if type(each) is kind}
    for number, each in enumerate(held.get("coords") or ()):
        if type(each) is kind:
            parts[f"coords{number}"] = each
    kept = held.get("_shape")
    shape = tuple(map(int, kept)) if type(kept) is tuple else None
    name = type_name(held["data"].dtype) if type(held.get("data")) is kind else None
    if not sample or shape is None or not parts:
        return Told(shape, name)
    digest = Digest("sparse", class_name(type(value)), shape, name)
    for label, part in parts.items():
        digest.items([label, part.shape, type_name(part.dtype)])
        _add_values(digest, part)
    return Told(shape, name, digest.text())


def tensor(value: Any, sample: bool) -> Told:  # noqa: FBT001 - one signature for all
    """Tell a tensor; the values of one on a device stay there."""
    shape, name = tuple(value.shape), str(value.dtype).removeprefix("torch.")
    if value.device.type != "cpu":
        return Told(shape, f"{name} on {value.device.type}")
    if not sample or str(value.layout) != "torch.strided" or value.is_quantized:
        return Told(shape, name)
    digest = Digest("tensor", shape, name)
    with suppress(Exception):  # what is only marked as conjugated has no values of its own in memory
        values = _in_numpy(value.detach())
        return Told(shape, name, digest.text() if not is_mapped(values) and _add_values(digest, values) else None)
    return Told(shape, name)


def _in_numpy(tensor: Any) -> Any:
    """Return a tensor's memory as an array; numbers that numpy has no word for, as ``bfloat16``, as whole ones."""
    try:
        return tensor.numpy()
    except TypeError:
        torch: Any = sys.modules["torch"]
        return tensor.view({1: torch.uint8, 2: torch.int16, 4: torch.int32}[tensor.element_size()]).numpy()
