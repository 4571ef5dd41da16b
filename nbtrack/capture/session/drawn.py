"""Which shared random generators a cell drew from, whatever it called to do so: an estimator without a seed draws, too.

The syntax tells of ``numpy.random.normal()``; that ``forest.fit(X, y)`` moves the same generator only its state tells.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

EVERY: Final = frozenset({"random", "numpy", "torch", "tensorflow"})  # what moves none that anybody looks at
_FRESH: Final = 624  # where a Mersenne Twister stands that was seeded and not drawn from (Matsumoto, Nishimura 1998)


class Mark(NamedTuple):
    """What tells one state of a generator from the next, and whether nobody has drawn since it was seeded."""

    state: Any
    fresh: bool


def marks(modules: Mapping[str, Any] = sys.modules) -> dict[str, Mark]:
    """Return a mark of each shared generator that is loaded; costs some 20 microseconds, and moves none.

    >>> import random
    >>> random.seed(1)
    >>> seeded = marks()["random"]
    >>> _ = random.random()
    >>> seeded.fresh, marks()["random"] == seeded
    (True, False)
    """
    found = {}
    for name, (module, mark) in _GENERATORS.items():
        loaded = modules.get(module)
        if loaded is not None:
            with suppress(Exception):  # half loaded, or replaced by something of the person's
                found[name] = mark(loaded)
    return found


def moved(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> dict[str, bool]:
    """Return the generators that were moved, and whether each was only seeded; one that was loaded meanwhile is not."""
    return {name: mark.fresh for name, mark in after.items() if name in before and mark.state != before[name].state}


def _python(module: Any) -> Mark:
    _, words, gauss = module.getstate()
    return Mark((words[0], words[-2], words[-1], gauss), words[-1] == _FRESH)


def _numpy(module: Any) -> Mark:
    state = module.get_state(legacy=False)
    words = state["state"]
    if "key" not in words:
        return Mark(repr(state), fresh=False)
    key, place = words["key"], words["pos"]
    return Mark((int(key[0]), int(key[-1]), place, state["has_gauss"], state["gauss"]), place == _FRESH)


def _torch(module: Any) -> Mark:
    return Mark((module.initial_seed(), module.get_rng_state().numpy().tobytes()), fresh=False)


_GENERATORS: Final = {"random": ("random", _python), "numpy": ("numpy.random", _numpy), "torch": ("torch", _torch)}
