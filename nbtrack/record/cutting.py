"""Shortening text that may hold secrets: they go first, because what is left of a cut secret no rule knows."""

from collections.abc import Callable
from typing import Final

from nbtrack.record.redact import redact

_MARGIN: Final = 16 * 1024  # characters read beyond the cut: more than any secret is long


def head(text: str, limit: int) -> str:
    """Return the first ``limit`` characters of ``text`` without its secrets.

    >>> head("x" * 20 + " https://me:hunter2@example.org", 40)
    'xxxxxxxxxxxxxxxxxxxx https://[redacted:u'
    """
    return _clean(text, limit, lambda size: text[:size])[:limit]


def tail(text: str, limit: int) -> str:
    """Return the last ``limit`` characters of ``text`` without its secrets."""
    return _clean(text, limit, lambda size: text[-size:])[-limit:]


def _clean(text: str, limit: int, part: Callable[[int], str]) -> str:
    """Clean no more of a huge text than is needed for ``limit`` characters and a margin to remain."""
    size = limit + 2 * _MARGIN
    while True:
        clean = redact(part(size))[0]
        if size >= len(text) or len(clean) >= limit + _MARGIN:
            return clean
        size *= 2
