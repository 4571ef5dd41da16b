"""Classes of well-known libraries, recognised without importing them, and the plain value each stands for.

A class is recognised when the module it names is loaded and holds that very class, so nothing can pass for
``numpy.float32`` but itself, and the methods called here are the library's, never the user's. What is lazy, remote or
large is told by shape and type: only a 0-d array is asked for its number, only a small one in memory for its items.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from nbtrack.model.tagged import Described, Json
from nbtrack.record.unasked import class_name, derives, full_name, is_genuine, module_name

SMALL: Final = 1000  # items of an array that are told one by one

Reducer = Callable[[Any], object]


class Tagged(NamedTuple):
    """JSON that is ready: one of the forms of ``model.tagged``."""

    json: Json


def reducer(kind: type) -> Reducer | None:
    """Return the function that turns a value of this class into plain Python, ``Tagged`` or ``Described``; or None."""
    chosen = _LIBRARIES.get(module_name(kind).partition(".")[0])
    if chosen is None or not is_genuine(kind):
        return None
    return chosen(kind) if callable(chosen) else chosen.get(class_name(kind))


def _told(value: Any) -> Described:
    return Described(str(value), full_name(type(value)))


def _shown(value: Any) -> Described:
    return Described(repr(value), full_name(type(value)))


def _missing(_value: Any) -> None:
    return None


def _decimal(value: Any) -> object:
    text = str(value)
    return Tagged({"$d": text}) if len(text) < 4000 else Described(text, "decimal.Decimal")


def _iso(value: Any) -> Tagged:
    return Tagged({"$t": value.isoformat()})


def _facts(value: Any) -> tuple[str, ...]:
    home = module_name(type(value)).partition(".")[0]
    # numpy's is always the CPU, and pandas would look for a label of that name, in a table of all of them
    names = ("dtype",) if home in {"numpy", "pandas"} else ("dtype", "device")
    return tuple(name for name in names if hasattr(value, name))


def _shape(value: Any) -> Described:
    facts = [f"shape={tuple(value.shape)}"]
    if class_name(type(value)) != "DataFrame":  # pandas would look for a column of that name
        facts += [f"{name}={getattr(value, name)}" for name in _facts(value)]
    return Described(f"{class_name(type(value))}({', '.join(facts)})", full_name(type(value)))


def _numpy(kind: type) -> Reducer | None:
    numpy: Any = sys.modules["numpy"]
    if derives(kind, numpy.generic):
        return _numpy_time if class_name(kind) in ("datetime64", "timedelta64") else _numpy_scalar
    if derives(kind, numpy.dtype):
        return _told
    return {"ndarray": _numpy_array, "ufunc": _shown}.get(class_name(kind))


def _numpy_scalar(value: Any) -> object:
    plain = value.item()
    return plain if type(plain) is not type(value) else float(value)  # Python has no long double: the nearest float


def _numpy_time(value: Any) -> object:
    text = str(value)
    if text == "NaT":
        return None
    is_date = class_name(type(value)) == "datetime64" and len(text) >= len("2026-11-21")
    return Tagged({"$t": text}) if is_date else _told(value)


def _numpy_array(value: Any) -> object:
    if value.ndim == 0:
        return value[()]
    return list(value) if value.size <= SMALL else _shape(value)


def _torch_tensor(value: Any) -> object:
    if tuple(value.shape) == ():
        return _shape(value) if value.device.type == "meta" or _is_replayed(value.device.type) else value.item()
    return value.tolist() if value.device.type == "cpu" and value.numel() <= SMALL else _shape(value)


def _is_replayed(device: str) -> bool:
    """Tell whether torch is noting operations to repeat them later: asking for a number would be one, or end it."""
    torch: Any = sys.modules["torch"]
    return torch.jit.is_tracing() or (device == "cuda" and torch.cuda.is_current_stream_capturing())


def _array(value: Any) -> object:
    """Tell an array of jax, cupy or mlx: its number when it has no dimensions."""
    return value.item() if tuple(value.shape) == () else _shape(value)


def _eager_tensor(value: Any) -> object:
    return value.numpy().item() if tuple(value.shape) == () else _shape(value)


_LIBRARIES: Final[Mapping[str, Callable[[type], Reducer | None] | Mapping[str, Reducer]]] = {
    "numpy": _numpy,
    "torch": {
        "Tensor": _torch_tensor,
        "Parameter": _torch_tensor,
        **dict.fromkeys(("device", "dtype", "layout"), _told),
    },
    "jaxlib": {"ArrayImpl": _array, "Array": _array},
    "tensorflow": {"EagerTensor": _eager_tensor},
    "cupy": {"ndarray": _array},
    "mlx": {"array": _array},
    "pandas": {
        "Timestamp": _iso,
        "NaTType": _missing,
        "NAType": _missing,
        "Timedelta": _told,
        **dict.fromkeys(("DataFrame", "Series", "Index", "RangeIndex"), _shape),
    },
    "polars": {"DataFrame": _shape, "Series": _shape},
    "datetime": {"timedelta": _told, "timezone": _told},
    "decimal": {"Decimal": _decimal},
    "fractions": {"Fraction": _told},
    "pathlib": dict.fromkeys(("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"), str),
    "uuid": {"UUID": str},
    "re": {"Pattern": _shown},
}


def is_clock(kind: type) -> bool:
    """Tell whether a ``tzinfo`` class is one whose rules are no code of the user's."""
    return module_name(kind).partition(".")[0] in ("datetime", "zoneinfo", "pytz", "dateutil") and is_genuine(kind)
