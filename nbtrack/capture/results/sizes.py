"""Which numbers that an earlier cell calls by one letter are settings: ``N`` units, and not ``n`` rows of data."""

import re
from collections.abc import Collection
from typing import Any, Final

from nbtrack.capture.syntax.syntax import handles_data

_COUNTS: Final = frozenset("nNmMkK")  # what people call how many there are
_PLACES: Final = frozenset("ijxy")  # and where something is
# Calls that make data, or the place for it.
_MAKES: Final = re.compile(
    r"(?:make|load|generate|sample|synth\w*)(?:_.*|$)|rand\w*|.*(?:Tensor|Dataset|_like)|eye|identity|ndarray|manual_seed"
)
_AMOUNTS: Final = frozenset({"n", "n_samples", "num_samples", "n_points", "num", "size", "shape", "length"})  # of data
_LEARNS: Final = re.compile(r"(?:(?:partial_)?fit|train(?!_test_split)|learn|cross_val|compile|build)(?:_.*|$)")


def is_size(name: str, value: Any, given: Collection[str], passed: Collection[str]) -> bool:
    """Tell whether what an earlier cell calls by one letter is how much data there are, or a place among them.

    It sets something where it was handed to what was built or learns. Otherwise a letter that usually counts is a
    size, if it holds a whole number; any other is one if it went nowhere but into data.

    Args:
        name: what the cell calls it.
        value: what it holds.
        given: the calls that it was handed to.
        passed: the keywords that it was handed under, but for those of calls that handle data.

    >>> [is_size("N", 64, given, ()) for given in (["Net", "randn"], ["randn"], [])]
    [False, True, True]
    >>> [is_size("T", *held) for held in ((300, [], []), (100, ["zeros"], []), (0.5, ["normal"], []))]
    [False, True, False]
    """
    if len(name) != 1 or not _AMOUNTS.issuperset(passed) or any(map(_is_set_by, given)):
        return False
    if name in _PLACES:
        return True
    if type(value) is not int:
        return False
    return name in _COUNTS or (bool(given) and all(map(_takes_data, given)))


def _is_set_by(callee: str) -> bool:
    """Tell whether a call is one of a class, ``Net(N)``, or of what learns: ``train(N)``."""
    built = callee[:1].isupper() and not callee.isupper() and not _takes_data(callee)
    return built or _LEARNS.fullmatch(callee) is not None


def _takes_data(callee: str) -> bool:
    return handles_data(callee) or _MAKES.fullmatch(callee) is not None
