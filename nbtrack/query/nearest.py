"""What someone probably meant by a name that no run has."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from nbtrack.query.caret import shown
from nbtrack.query.syntax import ATTRIBUTES, RUN, SPACES, Name

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable

OPEN_SPACES: Final = {"params": "param", "metrics": "metric", "tags": "tag"}
_LONGEST, _MOST, _LISTED = 100, 2_000, 5


def unknown_name(table: "RunsTable", name: Name) -> str:
    """Return the message for a name no run has: what is unknown, and the nearest name there is."""
    if name.space == RUN:
        return _unknown_attribute(table, name.key)
    what = f"no {OPEN_SPACES[name.space]} {_ticked(name.key)}"
    names = table.names(name.space)
    if near := nearest(name.key, names):
        return f"{what}; did you mean {_ticked(near)}?"
    if elsewhere := _in_another_space(table, name.key):
        return f"{what}; did you mean {_ticked(str(elsewhere))}?"
    return what + (f"; there are {_listed(names)}" if names else f"; no run has any {name.space}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``word``, if one is alike at all.

    >>> nearest("acuracy", ["accuracy", "loss"]), nearest("LR", ["lr"]), nearest("x", ["accuracy"])
    ('accuracy', 'lr', None)
    """
    if len(word) > _LONGEST:
        return None
    folded: dict[str, str] = {}
    for name in known:
        if len(name) <= _LONGEST and len(folded) < _MOST:
            folded.setdefault(name.casefold(), name)
    found = get_close_matches(word.casefold(), folded, 1, 0.6)
    return folded[found[0]] if found else None


def _unknown_attribute(table: "RunsTable", key: str) -> str:
    if key.lower() in SPACES:
        return f"{_ticked(key)} needs a name after it: `{SPACES[key.lower()]}.…`"
    what = f"runs have no {_ticked(key)}"
    meant = _in_another_space(table, key, exactly=True) or _misspelt_space(key)
    near = str(meant) if meant else nearest(key, ATTRIBUTES)
    near = near or str(_in_another_space(table, key) or "")
    if near:
        return f"{what}; did you mean {_ticked(near)}?"
    return f"{what}; write `params.…`, `metrics.…` or `tags.…` before a name of your own"


def _misspelt_space(key: str) -> Name | None:
    head, dot, rest = key.partition(".")
    near = nearest(head, SPACES) if dot else None
    return Name(SPACES[near], rest) if near else None


def _in_another_space(table: "RunsTable", key: str, *, exactly: bool = False) -> Name | None:
    for space in ("metrics", "params", "tags"):
        if key in table.names(space):
            return Name(space, key)
    for space in () if exactly else ("metrics", "params", "tags"):
        if near := nearest(key, table.names(space)):
            return Name(space, near)
    return None


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(map(_ticked, names[:_LISTED])) + more


def _ticked(name: str) -> str:
    return f"`{shown(name if len(name) <= _LONGEST else name[:_LONGEST] + '…')}`"
