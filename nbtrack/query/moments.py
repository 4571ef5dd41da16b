"""Dates as filters write them, on the scale the records use: milliseconds since 1970, UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta

_DAY = re.compile(r"\s*\d{4}-\d\d-\d\d\s*", re.ASCII)
DAY = 86_400_000


def milliseconds(moment: date | datetime) -> float:
    """Return a date (its first moment) or time as milliseconds since 1970; without a zone it is UTC."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)


def read_moment(text: str) -> float | None:
    """Return ISO 8601 text as milliseconds since 1970, or None when it is not a date.

    >>> read_moment("2026-11-01"), read_moment("2026-11-01T12:00+02:00"), read_moment("soon")
    (1793491200000.0, 1793527200000.0, None)
    """
    try:
        return milliseconds(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        return None


def is_day(text: str) -> bool:
    """Tell whether ``text`` is a date without a time of day, which ``=`` takes for the whole day."""
    return _DAY.fullmatch(text) is not None
