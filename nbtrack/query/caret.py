"""Errors in a filter, pointing at the place: one line that says what, then the filter with a caret under it."""

import unicodedata

from nbtrack.errors import FilterError

_BEFORE, _AFTER = 60, 40


def filter_error(message: str, text: str, at: int) -> FilterError:
    """Return the error to raise: ``message``, the part of ``text`` around ``at``, and a caret below it.

    >>> print(filter_error("no metric `acuracy`", "metrics.acuracy > 0.9", 8))
    no metric `acuracy`
      metrics.acuracy > 0.9
              ^
    """
    at = min(max(at, 0), len(text))
    start = max(text.rfind("\n", 0, at) + 1, at - _BEFORE)
    end = text.find("\n", at)
    stop = min(len(text) if end < 0 else end, at + _AFTER)
    before = ("…" if start and text[start - 1] != "\n" else "") + shown(text[start:at])
    after = shown(text[at:stop]) + ("…" if stop < len(text) and text[stop] != "\n" else "")
    return FilterError(f"{message}\n  {before}{after}\n  {' ' * _width(before)}^")


def shown(text: str) -> str:
    """Return ``text`` with each character that would move the caret or the cursor replaced by a dot."""
    return "".join("·" if unicodedata.category(letter)[0] in "CZ" and letter != " " else letter for letter in text)


def _width(text: str) -> int:
    """Return how many columns a terminal gives to ``text``."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)
