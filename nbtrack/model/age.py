"""Ages as people write them: ``90d``, ``12h``, ``2w``."""

import re
from typing import Final

from nbtrack.errors import UsageError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_AGE: Final = re.compile(r"([0-9]{1,12})\s*(s|m|h|d|w|y)")


def seconds_of(text: str) -> float:
    """Return an age in seconds.

    >>> seconds_of("90d"), seconds_of("12 h")
    (7776000.0, 43200.0)

    Raises:
        UsageError: it is no age.
    """
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"{text[:80]!r} is no age; write a number and s, m, h, d, w or y, like 12h, 90d or 2w")
    return float(int(found[1]) * _UNITS[found[2]])


def age_text(seconds: float) -> str:
    """Return an age in the largest unit that says it exactly.

    >>> age_text(7776000.0), age_text(90.0)
    ('90d', '90s')
    """
    for unit in ("w", "d", "h", "m"):
        if seconds >= _UNITS[unit] and not seconds % _UNITS[unit] and (unit != "w" or seconds < 5 * _UNITS["w"]):
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds:.0f}s"
