"""The number of a metric point as a record holds it, and as people calculate with it."""

import sys
from math import inf
from typing import Any, Final

from nbtrack.model.tagged import Json

_SAFE: Final = 1 << 53  # integers beyond it are rounded by other readers of JSON

_FLOATS: Final = int(sys.float_info.max)


def plain(value: Json) -> Json:
    """Return JSON for a number: what JSON has no word for is tagged, a subclass becomes its base.

    >>> plain(float("nan")), plain(1 << 60), plain(0.5)
    ({'$f': 'nan'}, {'$i': '1152921504606846976'}, 0.5)
    """
    if isinstance(value, float):
        return float(value) if -inf < value < inf else {"$f": float.__repr__(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value) if -_SAFE <= value <= _SAFE else {"$i": str(int(value))}
    return value


def as_float(value: Any) -> Any:
    """Return an integer that no float can hold as an infinity, so that nobody's arithmetic fails; the rest as it is.

    >>> as_float(10**400), as_float(-(10**400)), as_float(3)
    (inf, -inf, 3)
    """
    if type(value) is not int or -_FLOATS <= value <= _FLOATS:
        return value
    return inf if value > 0 else -inf
