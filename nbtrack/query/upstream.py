"""What differs in the cells that two runs stand on, and in what their code has that its commit has not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from nbtrack.errors import StoreError
from nbtrack.model.run import Run
from nbtrack.query.environments import Objects
from nbtrack.query.facts import upstream_names
from nbtrack.query.source_diff import Line, source_diff

_LONGEST: Final = 200_000  # characters of a patch that are compared
_MOST: Final = 40  # cells that are compared


@dataclass(frozen=True, slots=True)
class CellDiff:
    """One cell before the runs' own that differs: the ``number``-th of ``total``, and its lines."""

    number: int
    total: int
    lines: tuple[Line, ...]


def upstream_diff(a: Run, b: Run, objects: Objects) -> tuple[CellDiff, ...]:
    """Return the cells behind two runs that differ, in the order they ran; none where a source cannot be read.

    Between cells that are the same in both, cells are compared one by one in that order.
    """
    old, new = upstream_names(a), upstream_names(b)
    if old is None or new is None or old == new:
        return ()
    pairs = list(_pairs(old, new))
    differing = [(at, pair) for at, pair in enumerate(pairs, 1) if pair[0] != pair[1]][:_MOST]
    try:
        return tuple(
            CellDiff(at, len(pairs), source_diff(_text(before, objects), _text(after, objects)))
            for at, (before, after) in differing
        )
    except (StoreError, ValueError):
        return ()


def patch_diff(a: Run, b: Run, objects: Objects) -> tuple[Line, ...]:
    """Return what differs between the uncommitted changes of two runs, as lines of their patches."""
    old, new = _patch(a), _patch(b)
    if old == new:
        return ()
    try:
        return source_diff(_text(old, objects)[:_LONGEST], _text(new, objects)[:_LONGEST])
    except (StoreError, ValueError):
        return ()


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    for _, start, stop, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield from zip_longest(old[start:stop], new[begin:end])


def _text(name: str | None, objects: Objects) -> str:
    return "" if name is None else objects(name).decode("utf-8", "replace")


def _patch(run: Run) -> str | None:
    name: Any = run.code.get("patch")
    return name if isinstance(name, str) else None
