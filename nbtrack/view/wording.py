"""Recorded values, durations and states in words."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from nbtrack.model.condition import WHOLE
from nbtrack.model.reproduction import GOOD
from nbtrack.model.run import Run
from nbtrack.view.number import figure

MISSING: Final = "–"  # noqa: RUF001 - an en dash, as in printed tables
_LONG: Final = 8  # longer numbers are shown with few digits, as in column.js
_FEW: Final = 5
MARKS: Final = {"running": "◌", "finished": "✓", "failed": "✕", "interrupted": "■", "lost": "?"}
SIGNS: Final = {
    "identical": "✓",
    "within tolerance": "≈",
    "statistically consistent": "∼",  # noqa: RUF001 - the sign of "about"
    "different": "≠",
    "failed": "✕",
    "cannot run": "⊘",
}
"""Of what a reproduction found; the words always stand beside them."""

STYLES: Final = {level: "good" if level in GOOD else "bad" for level in SIGNS}


def verdict_text(level: str) -> str:
    """Return the level of a reproduction with its sign: ``✓ identical``."""
    return f"{SIGNS.get(level, '?')} {level}"


def level_text(level: str) -> str:
    """Return what became of one metric with the sign of the verdicts, where it has one.

    >>> [level_text(each) for each in ("identical", "different", "not judged")]
    ['✓ identical', '≠ different', '  not judged']
    """
    return f"{SIGNS.get(level, '✗' if level == 'missing' else ' ')} {level.removeprefix('statistically ')}"


def moment_text(milliseconds: Any) -> str:
    """Return a moment in ms since 1970 as people read it, in UTC; a dash for what is none.

    >>> moment_text(1795279469483), moment_text("soon") == MISSING
    ('2026-11-21 16:44 UTC', True)
    """
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (TypeError, ValueError, OverflowError, OSError):
        return MISSING


def value_text(value: Any, limit: int = 300) -> str:
    """Return a param, tag or metric as its user would write it, cut to ``limit`` characters.

    >>> [value_text(v) for v in ("rbf", None, True, 0.1, 1e-05, 0.30000000000000004, [1, "a"])]
    ['rbf', 'None', 'True', '0.1', '1e-05', '0.3', '[1, "a"]']
    """
    match value:
        case str():
            text = value
        case bool() | None:
            text = str(value)
        case int():
            text = figure(value, 6)
        case float():
            text = written if len(written := repr(value)) <= _LONG else figure(value, _FEW)
        case Mapping() | Sequence():
            text = json.dumps(_with_texts_for_keys(value), ensure_ascii=False, default=str)
        case _:
            text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _with_texts_for_keys(value: Any) -> Any:
    """Return a value with those keys of its dictionaries as texts that JSON has none for: ``{("a", 1): 0.5}``."""
    match value:
        case Mapping():
            plain = str | int | float | bool | None
            return {k if isinstance(k, plain) else str(k): _with_texts_for_keys(v) for k, v in value.items()}
        case list() | tuple():
            return [_with_texts_for_keys(each) for each in value]
    return value


def state_text(run: Run) -> str:
    """Return a run's status and, where its records are not whole, what they are: ``finished, damaged``."""
    return run.status if run.condition == WHOLE else f"{run.status}, {run.condition}"


def error_text(run: Run) -> str:
    """Return what ended a run: the type of its error and the message, ``""`` where there was none."""
    if not run.error:
        return ""
    kind, message = str(run.error.get("type", "")), str(run.error.get("message", ""))
    return f"{kind}: {message}" if message else kind


def duration_text(seconds: float | None) -> str:
    """Return a duration with the unit that fits it.

    >>> [duration_text(s) for s in (0.00042, 0.25, 1.437, 75, 7384)]
    ['0.4 ms', '250 ms', '1.44 s', '1 min 15 s', '2 h 3 min']
    """
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
