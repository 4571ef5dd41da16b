"""Seeding everything that random numbers are drawn from, when the person asks for it."""

import importlib.util
import os
import random
import sys
from collections.abc import Callable
from typing import Any, Final

LARGEST: Final = 2**32 - 1  # what NumPy takes
LAST: dict[str, int] = {}
"""The number each generator was seeded with here, last."""


def seed_everything(seed: int) -> dict[str, str]:
    """Seed ``random``, NumPy, and torch and TensorFlow when they are loaded; return what was done to each.

    torch is also told to compute deterministically, on the GPU too, with a warning where an operation cannot. Call it
    after your imports: a library imported later is not seeded. JAX has no seed to set, its keys are explicit.
    ``PYTHONHASHSEED`` is set for processes that are started from here; for this one, start Python with it.

    >>> seed_everything(42)["random"]
    'seeded 42'

    Raises:
        ValueError: ``seed`` is no integer from 0 to 4294967295.
    """
    if type(seed) is not int or not 0 <= seed <= LARGEST:
        raise ValueError(f"a seed is an integer from 0 to {LARGEST}, not {seed!r}")
    done = _seed(seed, [name for name in _SEEDERS if name in sys.modules or name in {"random", "numpy"}])
    done |= {"jax": "not seeded: its keys are explicit"} if "jax" in sys.modules else {}
    return done | _hash_seed(seed)


def seed_all(number: int, source: str) -> list[str]:
    """Seed as ``seed_everything`` does, before a cell runs; torch also when the cell is only about to import it."""
    if "torch" in source and "torch" not in sys.modules and importlib.util.find_spec("torch"):
        importlib.import_module("torch")
    return [name for name in seed_everything(number) if name in LAST]


def _seed(number: int, names: list[str]) -> dict[str, str]:
    done: dict[str, str] = {}
    for name in names:
        if name in sys.modules or importlib.util.find_spec(name):
            _SEEDERS[name](importlib.import_module(name), number)
            LAST[name] = number
            done[name] = f"seeded {number}"
    return done


def _torch(torch: Any, number: int) -> None:
    torch.manual_seed(number)  # every GPU as well; those that sleep are seeded when they wake
    cudnn = torch.backends.cudnn
    cudnn.deterministic, cudnn.benchmark = True, False
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, cuBLAS is not deterministic
    torch.use_deterministic_algorithms(mode=True, warn_only=True)


def _hash_seed(number: int) -> dict[str, str]:
    """Set the seed of ``hash`` for child processes. Our own was fixed when the interpreter started."""
    mine = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = str(number)
    if mine == _STARTED == str(number):
        return {"PYTHONHASHSEED": f"{number}"}
    return {
        "PYTHONHASHSEED": f"{number} for new processes; restart the kernel with PYTHONHASHSEED={number} for this one"
    }


_STARTED: Final = os.environ.get("PYTHONHASHSEED")
_SEEDERS: Final[dict[str, Callable[[Any, int], None]]] = {
    "random": lambda _, number: random.seed(number),
    "numpy": lambda numpy, number: numpy.random.seed(number),
    "torch": _torch,
    "tensorflow": lambda tensorflow, number: tensorflow.random.set_seed(number),
}
