"""What earlier executions gave to a cell: the statements that made what it reads, and nothing else of their cells.

A slice is what it takes to make a run again: a cell that only drew from the same generator belongs to it, as does
one whose import is used. What was set there is no setting of the run.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from nbtrack.capture.session.past import Past
from nbtrack.capture.session.readings import Readings, readable
from nbtrack.capture.syntax.syntax import Part, Reading, needed

_BESIDE: Final = "⟂"  # how the names begin of what no variable holds: generators, the working directory, files
_FILE: Final = "⟂file:"
_DRAWS: Final = "⟂rng:"


class Supply(NamedTuple):
    """What one execution gave: its statements that were needed, and every name that they or later ones read."""

    reading: Reading
    parts: Sequence[Part]
    names: AbstractSet[str]


class Supplies(NamedTuple):
    """What a cell stands on, the latest first, and how the generators were seeded that any of it drew from."""

    given: Sequence[Supply] = ()
    seeds: Sequence[Sequence[tuple[str, int | str | None]]] = ()


NOTHING: Final = Supplies()


def supplies(past: Past, log: Mapping[int, Past], behind: Sequence[Past], readings: Readings) -> Supplies:
    """Return what earlier executions gave to ``past``.

    Args:
        past: an execution that has ended.
        log: the executions of the session by their numbers.
        behind: its slice, the oldest first.
        readings: what the cells' syntax tells.
    """
    wanted: dict[int, set[str]] = {}
    if past.reads:
        _want(past, past.reads.keys(), wanted)
    draws = _draws(past)
    if not wanted and not draws:
        return NOTHING
    texts = readable(behind[:-1])
    gave: dict[tuple[str, AbstractSet[str], Sequence[str]], Supply] = {}
    given: list[Supply] = []
    while wanted:
        number = max(wanted)
        names, each = wanted.pop(number), log.get(number)
        if each is None:
            continue
        if each.text not in texts:  # which of its statements were needed, nobody knows
            draws = draws or _draws(each)
            _want(each, each.reads.keys(), wanted)
            continue
        key = each.text, frozenset(names), each.mutates
        if (supply := gave.get(key)) is None:  # the same cell may have run a hundred times
            supply = gave[key] = _supply(each, names, readings.of(each))
            given.append(supply)
        draws = draws or _draws(each) or bool(supply.parts and supply.reading.seeds)  # it seeds for what it makes
        hidden = each.reads.keys() - supply.reading.loads  # read by functions that its statements call
        # what an execution has only changed was made by one before it: ``history = model.fit(batches)``
        _want(each, supply.names | hidden if supply.parts else hidden.union(each.mutates) & names, wanted)
    if not draws:
        return Supplies(given)
    return Supplies(given, [readings.of(each).seeds for each in reversed(behind[:-1]) if each.text in texts])


def _supply(past: Past, names: AbstractSet[str], reading: Reading) -> Supply:
    """Return what a cell's statements gave of these names; who wrote a file is told by no name of a variable."""
    changed = set(past.mutates)
    if any(name.startswith(_FILE) for name in names):
        read = set[str]().union(*(part.loads for part in reading.parts if not part.plain))
        names, changed = names | read, changed | read
    parts, read = needed(reading, names, changed)
    return Supply(reading, parts, read)


def _want(past: Past, names: AbstractSet[str], wanted: dict[int, set[str]]) -> None:
    """Note of which earlier execution each of these names was read."""
    for name in names:
        number = past.reads.get(name, past.number)
        if number >= past.number or (name[:1] == _BESIDE and not name.startswith(_FILE)):
            continue
        if number in wanted:
            wanted[number].add(name)
        else:
            wanted[number] = {name}


def _draws(past: Past) -> bool:
    if past.draws is None:  # asked of every execution behind every run
        names = (*past.reads, *past.writes, *past.mutates, *past.deletes)
        past.draws = bool(names) and any(name.startswith(_DRAWS) for name in names)
    return past.draws
