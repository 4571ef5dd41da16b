"""Room for deep syntax trees: Python compiles expressions that nest deeper than its own code may walk them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

LEVELS = 20_000  # frames of Python code, which since 3.11 take no room on the C stack


@contextmanager
def deep_trees() -> Iterator[None]:
    """Let our own walks over a tree go as deep as the compiler's; the user's limit is back when this ends."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, LEVELS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
