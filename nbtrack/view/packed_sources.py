"""The sources of many runs' cells, of the cells behind them, and of their patches, each distinct line written once.

    {"lines": [text…], "sources": [[index into lines…]…], "cells": [index into sources a run…],
     "slices": [[index into sources…]…], "upstream": [index into slices a run…], "patches": [index into sources a run…]}

An index is -1 where nothing was recorded, -2 where it was left out for want of room. Of ``slices`` the run's own cell
is no part; ``slices`` with ``upstream``, and ``patches``, are there only when some run has any.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from nbtrack.errors import StoreError
from nbtrack.model.run import Run
from nbtrack.query.facts import upstream_names
from nbtrack.view.escape import shown_code

NONE: Final = -1
LEFT_OUT: Final = -2
_PLACE: Final = 3  # bytes that a line's place takes, about
_MOST_CELLS: Final = 200  # behind one run
_SPENT: Final = 40  # bytes of room in which no more sources are looked for
_MOST_REFUSED: Final = 25  # in a row: sources are read from disk, and no others are likely to be that much smaller


class PackedSources(NamedTuple):
    """The part of a payload that this module makes, and how many distinct texts of each kind did not fit."""

    data: dict[str, Any]
    omitted: dict[str, int]


def packed_sources(runs: Sequence[Run], room: int, objects: "Objects | None" = None) -> PackedSources:
    """Return the sources of ``runs`` in about ``room`` bytes: cells first, then what lies behind them, then patches.

    Successive versions of a cell share most of their lines, so this is what keeps a saved comparison small. ``objects``
    are those that were read before, when another room was tried.
    """
    shelf, objects = _Shelf(room), objects or Objects()
    slices: list[list[int]] = []
    cells, lost_cells = _places(runs, _source, lambda _, source: shelf.put([source])[0])
    shelf.refused = 0
    upstream, lost_slices = _places(runs, upstream_names, lambda run, names: _slice(run, names, objects, shelf, slices))
    shelf.refused = 0
    patches, lost_patches = _places(runs, _patch, lambda run, name: _whole(run, (name,), objects, shelf)[0])
    data: dict[str, Any] = {"lines": list(shelf.lines), "sources": shelf.sources, "cells": cells}
    data |= {"slices": slices, "upstream": upstream} if any(at != NONE for at in upstream) else {}
    data |= {"patches": patches} if any(at != NONE for at in patches) else {}
    more = {"slices": lost_slices, "patches": lost_patches}
    return PackedSources(data, {"sources": lost_cells, **{name: count for name, count in more.items() if count}})


@dataclass(slots=True)
class _Shelf:
    """The distinct lines and sources so far, and the room that is left."""

    room: int
    lines: dict[str, int] = field(default_factory=dict)
    sources: list[list[int]] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    @property
    def spent(self) -> bool:
        """Whether it is no use to look for more."""
        return self.room < _SPENT or self.refused > _MOST_REFUSED

    def put(self, texts: Sequence[str]) -> list[int]:
        """Return the places of texts, put here together if there is room for all that are new."""
        new = {text: shown_code(text).split("\n") for text in texts if text not in self.known}
        fresh = {part for parts in new.values() for part in parts} - self.lines.keys()
        cost = sum(map(len, fresh)) + _PLACE * sum(map(len, new.values()))
        self.refused = self.refused + 1 if cost > self.room else 0
        if cost > self.room:
            return [self.known.get(text, LEFT_OUT) for text in texts]
        self.room -= cost
        for text, parts in new.items():
            self.known[text] = len(self.sources)
            self.sources.append([self.lines.setdefault(part, len(self.lines)) for part in parts])
        return [self.known[text] for text in texts]


class Objects:
    """Texts of the store's objects, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def texts(self, run: Run, names: Sequence[str]) -> list[str] | None:
        """Return the texts of objects a run names; None if one of them is not to be had."""
        found = [self._text(run, name) for name in names]
        return None if None in found else [text for text in found if text is not None]

    def _text(self, run: Run, name: str) -> str | None:
        if name not in self._known:
            try:
                self._known[name] = run.stored(name).decode("utf-8", "replace")
            except (StoreError, ValueError):  # it was made without a store, or its records name no object
                self._known[name] = None
        return self._known[name]


_Key = TypeVar("_Key", str, tuple[str, ...])


def _places(
    runs: Sequence[Run], key: Callable[[Run], _Key | None], put: Callable[[Run, _Key], int]
) -> tuple[list[int], int]:
    """Return the place of what each run has, put there the first time, and how many different ones did not fit."""
    known: dict[_Key, int] = {}
    places = []
    for run in runs:
        mine = key(run)
        if mine is not None and mine not in known:
            known[mine] = put(run, mine)
        places.append(NONE if mine is None else known[mine])
    return places, list(known.values()).count(LEFT_OUT)


def _slice(run: Run, names: tuple[str, ...], objects: Objects, shelf: _Shelf, slices: list[list[int]]) -> int:
    """Return the place of a slice, of which either every cell is kept or none."""
    places = _whole(run, names, objects, shelf) if len(names) <= _MOST_CELLS else [LEFT_OUT]
    missing = next((place for place in places if place < 0), None)
    if missing is not None:
        return missing
    slices.append(places)
    return len(slices) - 1


def _whole(run: Run, names: Sequence[str], objects: Objects, shelf: _Shelf) -> list[int]:
    """Return the places of objects that are kept together, or why they are not."""
    if names and shelf.spent:
        return [LEFT_OUT]
    texts = objects.texts(run, names)
    places = [NONE] if texts is None else shelf.put(texts)
    return [LEFT_OUT] if LEFT_OUT in places else places


def _source(run: Run) -> str | None:
    return run.cell.source or None if run.cell else None


def _patch(run: Run) -> str | None:
    name = run.code.get("patch")
    return name if isinstance(name, str) else None
