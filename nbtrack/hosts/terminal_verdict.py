"""What was found when a run was reproduced, as ``nbtrack show`` tells it: attempt by attempt, the newest first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from nbtrack.model.reproduction import GOOD
from nbtrack.view.escape import shown
from nbtrack.view.wording import duration_text, moment_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN: Final = 5
_TWO_DAYS: Final = 2 * 86_400


def verdict_cell(level: str) -> Text:
    """Return the level of a reproduction with its sign, in a colour that only underlines it."""
    return Text(verdict_text(level), style="green" if level in GOOD else "red")


def verdict_lines(reproductions: Sequence[Mapping[str, Any]], now: float | None = None) -> Table:
    """Return the last attempts to reproduce a run: the level, how long ago, and what was found.

    Args:
        reproductions: their documents, oldest first.
        now: seconds since 1970, by default the clock's.
    """
    grid = Table.grid(padding=(0, 2))
    for each in [*reversed(reproductions)][:_SHOWN]:
        level = str(each.get("level"))
        text = shown(str(each.get("text") or "").removeprefix(f"{level}: "), 300)
        grid.add_row("", verdict_cell(shown(level)), Text(ago(each.get("at"), now), style="dim"), Text(text))
    if len(reproductions) > _SHOWN:
        grid.add_row("", Text(f"… and {len(reproductions) - _SHOWN} before", style="dim"))
    return grid


def ago(at: Any, now: float | None = None) -> str:
    """Return how long ago a moment in ms since 1970 was, or its date where that is two days or more.

    >>> ago(0, 7200), ago(0, 90), ago(0, 10**6), ago("?")
    ('2 h 0 min ago', '1 min 30 s ago', '1970-01-01 00:00 UTC', '')
    """
    if type(at) is not int:
        return ""
    seconds = (time.time() if now is None else now) - at / 1000
    if not 0 <= seconds < _TWO_DAYS:
        return moment_text(at)
    return f"{duration_text(round(seconds))} ago" if seconds >= 1 else "just now"
