"""What people write after ``compare``: some ids, or a filter."""

import re
from collections.abc import Sequence
from os import PathLike

from nbtrack.errors import FilterError, RunNotFound
from nbtrack.query.runs import Runs, kept_files, opened_store, runs
from nbtrack.store.base import Store

_PREFIX = re.compile(r"[0-9a-z][0-9a-z-]{1,63}")


def choose(text: str, *, store: Store | str | PathLike[str] | None = None) -> Runs:
    """Return the runs that ``text`` names by ids or unique prefixes, in that order, or else asks for as a filter.

    Raises:
        AmbiguousRun: a prefix that several runs share.
        FilterError: neither ids nor a filter that can be understood.
    """
    place = opened_store(store)
    words = [word.strip(",") for word in text.split()]
    if words and all(_PREFIX.fullmatch(word) for word in words):
        try:
            return named(words, store=place)
        except RunNotFound as unknown:
            return _filtered(text, place, unknown)
    return runs(text, store=place)


def _filtered(text: str, store: Store, unknown: RunNotFound) -> Runs:
    """A word may be a filter too (``limit 3``); when it is not one either, the missing run is the better answer."""
    try:
        return runs(text, store=store)
    except FilterError:
        raise unknown from None


def named(ids: Sequence[str], *, store: Store | str | PathLike[str] | None = None) -> Runs:
    """Return the runs with these ids or unique prefixes, in that order.

    Raises:
        RunNotFound: no run has one of them.
        AmbiguousRun: several runs share one of them.
    """
    place = opened_store(store)
    table = place.runs()
    rows = {run_id: row for row, run_id in enumerate(table.column("id"))}
    found = dict.fromkeys(table.find(name.strip())["id"] for name in ids)
    deleted = [run_id for run_id in found if run_id not in rows]
    if deleted:
        raise RunNotFound(f"deleted: {', '.join(deleted)}")
    return Runs(table, [rows[run_id] for run_id in found], place.points, kept_files(place))
