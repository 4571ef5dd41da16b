"""How much of the data that runs read is kept with them: ``keep_data`` of a project's preferences."""

import re
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 10_000_000  # bytes of one file
_TIMES: Final = 10  # as much of all files of a run
_SIZE: Final = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)i?b?\s*", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: bytes of one file, and of all files of a run; 0 keeps nothing."""

    file: int = LARGEST

    @property
    def run(self) -> int:
        """Bytes of all files of a run."""
        return self.file * _TIMES


DEFAULT: Final = Bounds()


def bounds(asked: object) -> Bounds:
    """Return what ``keep_data`` asks for: a number of bytes, or a text like ``"10 MB"``; 0 and false switch it off.

    >>> bounds("1.5 GB"), bounds(0)
    (Bounds(file=1500000000), Bounds(file=0))

    Raises:
        ValueError: it is none of these.
    """
    if asked is False:
        return Bounds(0)
    if isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0:
        return Bounds(asked)
    found = _SIZE.fullmatch(asked) if isinstance(asked, str) else None
    if found is None:
        raise ValueError(f'keep_data must be a size, like "10 MB", or 0, not {asked!r}'[:300])
    return Bounds(int(float(found[1]) * _UNITS[found[2].lower()]))
