"""Room for deep syntax trees: Python compiles expressions that nest deeper than its own code may walk them."""

import sys

LEVELS = 20_000  # frames of Python code, which since 3.11 take no room on the C stack


class deep_trees:  # noqa: N801 - read as what it does: ``with deep_trees():``
    """Lets our own walks over a tree go as deep as the compiler's; the user's limit is back when this ends."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        """Raise the limit."""
        self._before = sys.getrecursionlimit()
        if self._before < LEVELS:
            sys.setrecursionlimit(LEVELS)

    def __exit__(self, *_: object) -> None:
        """Put it back."""
        sys.setrecursionlimit(self._before)
