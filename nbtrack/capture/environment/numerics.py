"""What computes the numbers: BLAS and its threads, CUDA and cuDNN, and whether libraries were told to be deterministic.

Only libraries that are loaded are looked at, and nothing is asked that would start one up: a GPU is not woken.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import Any, Final

from nbtrack.model.tagged import Json

_PLAIN: Final = (bool, int, str)
_SET_BY_IMPORT: Final = "KMP_DUPLICATE_LIB_OK"  # what importing threadpoolctl sets for the process and its children
_OURS: Final = "_nbtrack_threadpoolctl"
_OLD: Final = 30.0  # seconds; some libraries are loaded by their first use, when no module is


class Pools:
    """Knows the loaded libraries that have threads of their own: they are looked for when modules were loaded since.

    Looking for them reads the process's map of memory, some milliseconds; asking known ones takes microseconds.
    """

    def __init__(self) -> None:
        self._known: tuple[int, float, Any] | None = None  # how many modules, when, what was found

    def told(self) -> list[Mapping[str, Any]]:
        """Return what threadpoolctl tells of each library now, nothing where it is not installed."""
        library = _own_threadpoolctl()
        if library is None:
            return []
        modules, now = len(sys.modules), time.monotonic()
        if self._known is None or self._known[0] != modules or now - self._known[1] > _OLD:
            self._known = modules, now, library.ThreadpoolController()
        told: list[Mapping[str, Any]] = self._known[2].info()
        return told


@cache
def _own_threadpoolctl() -> Any:
    """Return a copy of threadpoolctl that only we see; None where it is not installed.

    Imported as usual, it would change the environment now, and no more when the person's own cell imports it. And where
    a cell has put something in the place of ``open``, that is not for us to call.
    """
    there = find_spec("threadpoolctl")
    spec = spec_from_file_location(_OURS, there.origin) if there is not None and there.origin else None
    if spec is None or spec.loader is None:
        return None
    library, was = module_from_spec(spec), os.environ.get(_SET_BY_IMPORT)
    sys.modules[_OURS] = library  # its data classes look for their module
    vars(library)["open"] = io.open
    try:
        spec.loader.exec_module(library)
    finally:
        if was is None:
            os.environ.pop(_SET_BY_IMPORT, None)
    return library


def numerics(modules: Mapping[str, Any] = sys.modules, pools: Pools | None = None) -> dict[str, Json]:
    """Return ``blas``, ``cuda``, ``cudnn``, ``threads`` and ``determinism``, each where something is known of it."""
    found: dict[str, Json] = {
        "blas": _blas(pools or Pools()) if "numpy" in modules or "torch" in modules else {},
        **_cuda(modules),
        "threads": _asked(modules.get("torch"), {"torch": lambda torch: torch.get_num_threads()}),
        "determinism": _determinism(modules),
    }
    return {name: value for name, value in found.items() if value not in (None, "", {})}


def _blas(pools: Pools) -> dict[str, Json]:
    """Return version and threads of each library threadpoolctl finds, without where it lies."""
    found: dict[str, Json] = {}
    for each in sorted(pools.told(), key=_place):  # not in the order they were loaded, which is another each time
        wanted = {
            "version": "version",
            "threads": "num_threads",
            "architecture": "architecture",
            "layer": "threading_layer",
        }
        about = {name: each[key] for name, key in wanted.items() if type(each.get(key)) in _PLAIN}
        found.setdefault(str(each.get("internal_api")), about)
    return dict(sorted(found.items()))


def _place(library: Mapping[str, Any]) -> tuple[bool, str]:
    """Return what puts numpy's own library before the copies that scipy and others bring: it is the one recorded."""
    path = str(library.get("filepath"))
    return "numpy" not in path, path.rpartition("/")[2]


def _cuda(modules: Mapping[str, Any]) -> dict[str, Json]:
    """Return the versions torch or TensorFlow was built for, and of the cuDNN at work if CUDA is."""
    torch, built = modules.get("torch"), modules.get("tensorflow.python.platform.build_info")
    found = _asked(
        built,
        {"cuda": lambda of: of.build_info["cuda_version"], "cudnn": lambda of: of.build_info["cudnn_version"]},
    )
    found |= _asked(modules.get("torch.version"), {"cuda": lambda version: version.cuda})
    if _asked(torch, {"awake": lambda torch: torch.cuda.is_initialized()}).get("awake") is True:
        found |= _asked(torch, {"cudnn": lambda torch: _version(torch.backends.cudnn.version())})
    return found


def _determinism(modules: Mapping[str, Any]) -> dict[str, Json]:
    return _asked(
        modules.get("torch"),
        {
            "torch.deterministic_algorithms": lambda torch: torch.are_deterministic_algorithms_enabled(),
            "torch.cudnn.deterministic": lambda torch: torch.backends.cudnn.deterministic,
            "torch.cudnn.benchmark": lambda torch: torch.backends.cudnn.benchmark,
            "torch.float32_matmul_precision": lambda torch: torch.get_float32_matmul_precision(),
        },
    )


def _asked(library: Any, questions: Mapping[str, Callable[[Any], Any]]) -> dict[str, Json]:
    """Return the plain answers; a library that is half loaded, or another version, leaves a question open."""
    found: dict[str, Json] = {}
    for name, ask in questions.items() if library is not None else ():
        with suppress(Exception):
            answer = ask(library)
            if type(answer) in _PLAIN:
                found[name] = answer
    return found


def _version(number: int) -> str:
    """Return ``90100`` as cuDNN's people write it: ``9.1.0``; below 9 it was ``8902``, ``8.9.2``."""
    major, rest = divmod(number, 10000 if number >= 90000 else 1000)
    return f"{major}.{rest // 100}.{rest % 100}"
