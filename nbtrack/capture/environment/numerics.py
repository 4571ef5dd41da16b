"""What computes the numbers: BLAS and its threads, CUDA and cuDNN, and whether libraries were told to be deterministic.

Only libraries that are loaded are looked at, and nothing is asked that would start one up: a GPU is not woken.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from nbtrack.model.tagged import Json

_PLAIN: Final = (bool, int, str)


def numerics(modules: Mapping[str, Any] = sys.modules) -> dict[str, Json]:
    """Return ``blas``, ``cuda``, ``cudnn``, ``threads`` and ``determinism``, each where something is known of it."""
    found: dict[str, Json] = {
        "blas": _blas() if "numpy" in modules or "torch" in modules else {},
        **_cuda(modules),
        "threads": _asked(modules.get("torch"), {"torch": lambda torch: torch.get_num_threads()}),
        "determinism": _determinism(modules),
    }
    return {name: value for name, value in found.items() if value not in (None, "", {})}


def _blas() -> dict[str, Json]:
    """Return version and threads of each library threadpoolctl finds, without where it lies."""
    try:
        from threadpoolctl import threadpool_info  # noqa: PLC0415 - not installed everywhere
    except ImportError:
        return {}
    found: dict[str, Json] = {}
    for each in sorted(threadpool_info(), key=_place):  # not in the order they were loaded, which is another each time
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
