"""Run ids: sortable by time, unique without coordination, short enough to say aloud."""

import re
import time
from os import urandom
from typing import Final

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_DIGITS: Final = "".join(_ALPHABET[byte & 31] for byte in range(256)).encode()  # any byte's five lowest bits
RUN_ID: Final = re.compile(r"[0-9]{8}t[0-9]{6}-[0-9a-hjkmnp-tv-z]{8}")
SHORT = 6


def new_run_id(now: float | None = None) -> str:
    """Return a fresh id such as ``20261121t101530-7k3m9q2x``: UTC time to the second and 40 random bits."""
    stamp = time.strftime("%Y%m%dt%H%M%S", time.gmtime(now))
    return f"{stamp}-{urandom(8).translate(_DIGITS).decode()}"


def is_run_id(text: str) -> bool:
    """Tell whether ``text`` is a whole run id. Only such text ever becomes part of a path."""
    return RUN_ID.fullmatch(text) is not None


def month_of(run_id: str) -> str:
    """Return the month folder of a run, ``2026-11``."""
    return f"{run_id[:4]}-{run_id[4:6]}"


def short_id(run_id: str) -> str:
    """Return the part of an id that people use: the first characters of its random half."""
    return run_id.rpartition("-")[2][:SHORT]


def matches(run_id: str, prefix: str) -> bool:
    """Tell whether ``prefix`` begins the id or its random half, the two ways people abbreviate."""
    return run_id.startswith(prefix) or run_id.rpartition("-")[2].startswith(prefix)
