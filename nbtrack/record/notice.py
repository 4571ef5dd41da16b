"""Telling the person something by Python's own warnings, in a way that can never interrupt their code."""

import sys
import warnings


def notice(text: str, category: type[Warning] = UserWarning) -> None:
    """Show a warning at the line of the caller's own code.

    Where warnings are errors, or whatever shows them fails, nothing is shown: a record must not depend on it.
    """
    try:
        warnings.warn(text, category, stacklevel=_level())
    except Exception:  # noqa: BLE001 - a filter that makes warnings errors, a hook of the user's
        return


def _level() -> int:
    """Return how many frames up the first one outside this package is."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - what the warnings module itself asks
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "nbtrack":
        frame = frame.f_back
        level += 1
    return level
