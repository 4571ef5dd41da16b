"""Which recorded executions are of which cell of a saved notebook, and how sure that is.

    card       the cell's saved output names the run: nbtrack's own card of it
    id         the run was recorded with the id that the cell has in the file
    source     the cell's source is the one that ran
    likeness   the cell resembles what ran, and no other cell does so more

Runs that were recorded with one id are of one cell, and stay together: where one of them is known, all are. A cell that
has runs by its own id takes none by likeness from another: that other cell existed beside it. Nothing is guessed where
no cell resembles a run; it is of a cell that is not there any more.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal

from nbtrack.model.run import Run
from nbtrack.report.notebook_file import SavedCell, SavedNotebook
from nbtrack.secret.redact import redact

How = Literal["card", "id", "source", "likeness"]
ALIKE: Final = 0.75
ALIKE_NAMED: Final = 0.5  # for cells that are tracked under the same name
_WORDS: Final = 400
_BITS: Final = 512
_LINE: Final = "%%track"


@dataclass(frozen=True, slots=True)
class Match:
    """One run of a cell: how it was found to be, and in words what is doubtful about that; "" where nothing is."""

    run: Run
    how: How
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Former:
    """A cell that is not in the notebook any more: its runs, oldest first."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """The runs of each cell by its place, oldest first; those of former cells; and those that no cell made."""

    cells: Mapping[int, tuple[Match, ...]]
    former: tuple[Former, ...]
    by_hand: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Runs that are surely of one cell, oldest first; ``id`` is that of the cell where it had one."""

    id: str | None
    runs: list[Run] = field(default_factory=list)

    @property
    def source(self) -> str:
        return _source(self.runs[-1])


def match(notebook: SavedNotebook, runs: Iterable[Run]) -> Matching:
    """Return which of ``runs`` are of which cell of ``notebook``.

    >>> from nbtrack.report.notebook_file import SavedNotebook
    >>> match(SavedNotebook("empty.ipynb", "python", ()), []).cells
    {}
    """
    ordered = sorted(runs, key=lambda run: (run.started, run.id))
    found = _Found(notebook)
    left = [group for group in _groups(run for run in ordered if run.cell is not None) if not found.exactly(group)]
    left = [group for group in reversed(left) if not found.alike(group)]
    return Matching(
        {
            place: tuple(sorted(each, key=lambda one: (one.run.started, one.run.id)))
            for place, each in sorted(found.matches.items())
        },
        tuple(_former(left)),
        tuple(run for run in ordered if run.cell is None),
    )


def essence(source: str) -> str:
    r"""Return what makes a source the program it is: no ``%%track`` line, no white space at the ends of lines.

    >>> essence("%%track a\nx = 1  \n")
    'x = 1'
    """
    lines = (line.rstrip() for line in source.splitlines() if line.split(maxsplit=1)[:1] != [_LINE])
    return "\n".join(lines).strip("\n")


def tracked_line(source: str) -> str | None:
    r"""Return what a cell's ``%%track`` line asks for, None where it has none.

    >>> tracked_line("# a note\n%%track rf lr=0.1\nx = 1"), tracked_line("x = 1")
    ('rf lr=0.1', None)
    """
    for line in source.splitlines():
        if line.split(maxsplit=1)[:1] == [_LINE]:
            return line.strip()[len(_LINE) :].strip()
        if line.strip() and not line.lstrip().startswith(("#", "%%")):
            return None
    return None


def recorded(source: str) -> str:
    """Return a source as a record has it: without secrets."""
    return redact(source)[0]


def likeness(one: str, other: str, least: float = ALIKE) -> float:
    """Return how much two sources are alike, from 0 to 1, by words and signs; 0 for anything less than ``least``.

    By letters any two pieces of Python are alike, and by lines every edit is a new cell.
    """
    a, b = _fingerprint(one), _fingerprint(other)
    if not a.words or not b.words or a.at_most(b) < least:
        return 0.0
    matcher = SequenceMatcher(None, a.words, b.words, autojunk=False)
    ratio = matcher.ratio()
    return ratio if ratio >= least else 0.0


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    words: tuple[str, ...]
    counts: Counter[str]
    bits: int

    def at_most(self, other: "_Fingerprint") -> float:
        """Return what the likeness cannot exceed; most pairs are told apart by their bits alone."""
        length = len(self.words) + len(other.words)
        kinds = (self.bits & other.bits).bit_count()
        if 4 * kinds < min(self.bits.bit_count(), other.bits.bit_count()):
            return 0.0
        return 2.0 * (self.counts & other.counts).total() / length


@lru_cache(maxsize=8192)
def _fingerprint(source: str) -> _Fingerprint:
    words = tuple(re.findall(r"\w+|[^\w\s]", essence(source))[:_WORDS])
    counts = Counter(words)
    bits = 0
    for word in counts:
        bits |= 1 << (sum(word.encode("utf-8", "replace")) * 31 + len(word)) % _BITS
    return _Fingerprint(words, counts, bits)


class _Found:
    """What is known so far of the runs of each cell."""

    def __init__(self, notebook: SavedNotebook) -> None:
        self.matches: dict[int, list[Match]] = {}
        self._cells = [cell for cell in notebook.cells if cell.kind == "code" and essence(cell.source)]
        self._ids = {cell.id: cell for cell in reversed(self._cells) if cell.id is not None}
        self._cards = {run_id: cell for cell in self._cells for run_id in cards(cell)}
        self._essences: dict[str, list[SavedCell]] = {}
        for cell in self._cells:
            self._essences.setdefault(essence(recorded(cell.source)), []).append(cell)

    def exactly(self, group: _Group) -> bool:
        """Take a group whose cell is known by its id, by a card or by its source; tell whether it was."""
        if group.id is not None:
            return self._whole(group)
        rest = [run for run in group.runs if not self._by_card(run) and not self._by_source(run)]
        group.runs[:] = rest
        return not rest

    def _whole(self, group: _Group) -> bool:
        cell = self._ids.get(group.id or "")
        if cell is not None:
            return self._add(cell, group.runs, "id")
        carded = next((self._cards[run.id] for run in reversed(group.runs) if run.id in self._cards), None)
        if carded is not None:
            return self._add(carded, group.runs, "card")
        same = self._essences.get(essence(group.source), [])
        if not same:
            return False
        doubt = "" if len(same) == 1 else f"{len(same)} cells have this source; this is the first of them"
        return self._add(same[0], group.runs, "source", doubt)

    def _by_card(self, run: Run) -> bool:
        cell = self._cards.get(run.id)
        return cell is not None and self._add(cell, [run], "card")

    def _by_source(self, run: Run) -> bool:
        source = _source(run)
        same = self._essences.get(essence(source), [])
        exact = [cell for cell in same if recorded(cell.source).strip() == source.strip()]
        numbered = [cell for cell in exact or same if run.cell is not None and cell.count == run.cell.count]
        best = exact if len(exact) == 1 else numbered or exact or same
        if not best:
            return False
        doubt = "" if len(best) == 1 else f"{len(best)} cells have this source; this is the first of them"
        return self._add(best[0], [run], "source", doubt)

    def alike(self, group: _Group) -> bool:
        """Take a group whose cell is known by likeness only; tell whether there is one."""
        best, ratio = self._nearest(group)
        if best is None:
            return False
        doubt = f"taken for this cell because it is {ratio:.0%} alike"
        return self._add(best, group.runs, "likeness", doubt)

    def _nearest(self, group: _Group) -> tuple[SavedCell | None, float]:
        best: tuple[SavedCell | None, float] = (None, 0.0)
        name = _name(group.source)
        for cell in self._cells:
            had = self.matches.get(cell.place, [])
            if group.id is not None and any(one.run.cell is not None and one.run.cell.id is not None for one in had):
                continue  # it stood beside that one
            for known in {cell.source, *(_source(one.run) for one in had[-1:])}:
                least = ALIKE_NAMED if name and name == _name(known) else ALIKE
                ratio = likeness(group.source, known, max(least, best[1]))
                if ratio > best[1]:
                    best = (cell, ratio)
        return best

    def _add(self, cell: SavedCell, runs: Iterable[Run], how: How, doubt: str = "") -> bool:
        self.matches.setdefault(cell.place, []).extend(Match(run, how, doubt) for run in runs)
        return True


def cards(cell: SavedCell) -> Iterator[str]:
    """Yield the ids of the runs whose cards stand in a cell's saved outputs."""
    for output in cell.outputs:
        ours = output.metadata.get("nbtrack")
        if isinstance(ours, dict) and ours.get("kind") == "card" and isinstance(ours.get("run"), str):
            yield ours["run"]


def _groups(runs: Iterable[Run]) -> list[_Group]:
    """Return runs by the cell they were recorded of: by its id, or else by what it is without its ``%%track`` line."""
    groups: dict[tuple[str | None, str], _Group] = {}
    for run in runs:
        identity = run.cell.id if run.cell is not None and isinstance(run.cell.id, str) else None
        key = (identity, "" if identity is not None else essence(_source(run)))
        groups.setdefault(key, _Group(identity)).runs.append(run)
    return [group for group in groups.values() if group.runs]


def _former(groups: Sequence[_Group]) -> Iterator[Former]:
    """Yield cells that are gone, the latest used first; without ids, what is alike was one cell."""
    cells: list[_Group] = []
    for group in sorted(groups, key=lambda each: each.runs[-1].started, reverse=True):
        same = next((one for one in cells if group.id is None and one.id is None and _one_cell(group, one)), None)
        if same is None:
            cells.append(group)
        else:
            same.runs[:0] = group.runs
    yield from (Former(tuple(sorted(group.runs, key=lambda run: (run.started, run.id)))) for group in cells)


def _one_cell(older: _Group, newer: _Group) -> bool:
    return likeness(_source(older.runs[-1]), _source(newer.runs[0])) > 0


def _source(run: Run) -> str:
    return run.cell.source if run.cell is not None and isinstance(run.cell.source, str) else ""


def _name(source: str) -> str:
    """Return the name on a ``%%track`` line, "" where there is none."""
    words = (tracked_line(source) or "").split()
    return words[0] if words and "=" not in words[0] and not words[0].startswith("-") else ""
