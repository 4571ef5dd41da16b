"""Parsing fast what is mostly plain."""

from typing import Any

import orjson

from nbtrack.store.lines.record import exact


def quick(line: bytes) -> Any:
    """Parse JSON fast; what the fast parser refuses the exact one may know."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return exact(line)
