"""What became of a cell since its last run: was it edited, or what it reads from; and in which order cells ran."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from nbtrack.errors import StoreError
from nbtrack.model.run import Run
from nbtrack.report.cells import cards, essence, likeness, recorded, tracked_line
from nbtrack.report.notebook_file import SavedCell, SavedNotebook

_NAMES: Final = 3
_IMPORT: Final = re.compile(r"(?:import|from)\s")


@dataclass(frozen=True, slots=True)
class Stale:
    """A reason why a cell's latest run may not be what the notebook would give now: its ``kind`` and a sentence.

    ``cell`` is the place of the other cell that is meant, if one is.
    """

    kind: str  # edited, upstream, gone, order, output
    text: str
    cell: int | None = None


class Staleness:
    """Compares what ran with a saved notebook; sources that several runs stand on are read once."""

    def __init__(self, notebook: SavedNotebook) -> None:
        code = [cell for cell in notebook.cells if cell.kind == "code"]
        self._ids = {cell.id: cell for cell in code if cell.id is not None}
        self._essences = {essence(recorded(cell.source)): cell for cell in reversed(code)}
        self._digests = {sha256(recorded(cell.source).encode("utf-8", "replace")).hexdigest() for cell in code}
        self._cells = code
        self._read: dict[str, str | None] = {}
        self._found: dict[tuple[str | None, str], tuple[str, SavedCell | None]] = {}

    def of(self, cell: SavedCell, latest: Run, runs: Sequence[Run]) -> tuple[Stale, ...]:
        """Return why the latest of a cell's runs may be out of date, the cell's own edit first."""
        return tuple(self._reasons(cell, latest, runs))

    def _reasons(self, cell: SavedCell, latest: Run, runs: Sequence[Run]) -> Iterator[Stale]:
        ran = latest.cell.source if latest.cell is not None else ""
        if essence(recorded(cell.source)) != essence(ran):
            yield Stale("edited", "The cell was edited since its latest run.")
        elif (tracked_line(cell.source) or "") != (tracked_line(ran) or ""):
            yield Stale("line", "Its %%track line was edited since its latest run.")
        yield from self._upstream(latest)
        saved = next(iter(cards(cell)), None)
        if saved is not None and saved != latest.id and any(run.id == saved for run in runs):
            yield Stale("output", f"The output saved here is of run {_short(runs, saved)}, not of the latest.")

    def _upstream(self, run: Run) -> Iterator[Stale]:
        """Yield what the run read that other cells give now; each cell is named once."""
        recorded_as: Sequence[Any] = run.slice["executions"]  # a document may come from anywhere
        executions = [each for each in recorded_as if isinstance(each, Mapping)]
        own = executions[-1] if executions else {}
        told: set[int | None] = set()
        for each in executions[:-1]:
            state, now = self._now(run, each)
            place = now.place if now is not None else each.get("n")
            names = _read_by(own, each)
            if not state or place in told or (now is not None and self._imports(names, each, now)):
                continue
            told.add(place)
            yield Stale(state, f"{_use(names)} {_in(each)}, {_SAID[state]}.", now.place if now is not None else None)

    def _imports(self, names: Sequence[str], execution: Mapping[str, Any], now: SavedCell) -> bool:
        """Tell whether all that was read of a cell are names that it imports now as it did then."""
        then = self._read.get(str(execution.get("source"))) or ""
        both = {line.strip() for line in then.splitlines()} & {line.strip() for line in now.source.splitlines()}
        words = {word for line in both if _IMPORT.match(line) for word in re.findall(r"\w+", line)}
        return bool(names) and words.issuperset(names)

    def _now(self, run: Run, execution: Mapping[str, Any]) -> tuple[str, SavedCell | None]:
        """Return what became of the cell of an execution: "" where it is what it was, and the cell it is now."""
        digest, identity = execution.get("source"), execution.get("cell")
        if not isinstance(digest, str) or digest in self._digests:
            return "", None
        key = (identity if isinstance(identity, str) else None, digest)
        if key not in self._found:
            self._found[key] = self._looked_up(run, *key)
        return self._found[key]

    def _looked_up(self, run: Run, identity: str | None, digest: str) -> tuple[str, SavedCell | None]:
        source = self._source(run, digest)
        if source is None or essence(source) in self._essences or not essence(source):
            return "", None
        cell = self._ids.get(identity) if identity is not None else None
        if cell is not None:
            return "upstream", cell
        best = max(self._cells, key=lambda each: likeness(each.source, source), default=None)
        if best is not None and likeness(best.source, source):
            return "upstream", best
        return "gone", None

    def _source(self, run: Run, digest: str) -> str | None:
        if digest not in self._read:
            try:
                self._read[digest] = run.stored(digest).decode("utf-8", "replace")
            except StoreError:
                self._read[digest] = None
        return self._read[digest]


_SAID: Final = {"upstream": "a cell that was edited since", "gone": "a cell that is not in the notebook any more"}


def _read_by(own: Mapping[str, Any], execution: Mapping[str, Any]) -> list[str]:
    """Return the variables that the run's own cell read of an execution, in the order of the alphabet."""
    reads = own.get("reads")
    if not isinstance(reads, Mapping):
        return []
    return sorted(
        (str(name) for name, n in reads.items() if n == execution.get("n") and str(name).isidentifier()), key=str.lower
    )


def _use(names: Sequence[str]) -> str:
    """Return what the run's own cell read; where nothing, it depends on the execution by way of others."""
    return (
        f"It read {', '.join(names[:_NAMES])}{', …' if len(names) > _NAMES else ''} from" if names else "It depends on"
    )


def _in(execution: Mapping[str, Any]) -> str:
    count = execution.get("count")
    return f"In [{count}]" if count is not None else f"execution {execution.get('n')}"


def _short(runs: Sequence[Run], run_id: str) -> str:
    return next((run.short for run in runs if run.id == run_id), run_id)


def out_of_order(notebook: SavedNotebook) -> dict[int, str]:
    """Return the fewest cells that, left out, make the saved execution counts rise from top to bottom; each with why.

    The rest is a longest increasing subsequence (Schensted 1961).

    >>> cells = tuple(SavedCell(at, "code", "x", count=count) for at, count in enumerate((1, 5, 2, 3)))
    >>> out_of_order(SavedNotebook("a.ipynb", "python", cells))
    {1: 'Executed out of order: In [5] ran after In [2] and In [3] below it.'}
    """
    counted = [(cell.place, cell.count) for cell in notebook.cells if cell.kind == "code" and cell.count is not None]
    kept = _rising([count for _, count in counted])
    return {
        place: _disorder(count, counted, at)
        for at, (place, count) in enumerate(counted)
        if at not in kept and (_later_below(count, counted, at) or _earlier_above(count, counted, at))
    }


def _rising(counts: Sequence[int]) -> set[int]:
    """Return the places of a longest strictly rising subsequence."""
    tops, last, before = list[int](), list[int](), list[int]()
    for at, count in enumerate(counts):
        length = bisect_left(tops, count)
        tops[length : length + 1] = [count]
        last[length : length + 1] = [at]
        before.append(last[length - 1] if length else -1)
    at, kept = (last[-1] if last else -1), set[int]()
    while at >= 0:
        kept.add(at)
        at = before[at]
    return kept


def _later_below(count: int, counted: Sequence[tuple[int, int]], at: int) -> list[int]:
    return sorted(other for _, other in counted[at + 1 :] if other < count)


def _earlier_above(count: int, counted: Sequence[tuple[int, int]], at: int) -> list[int]:
    return sorted(other for _, other in counted[:at] if other > count)


def _disorder(count: int, counted: Sequence[tuple[int, int]], at: int) -> str:
    below, above = _later_below(count, counted, at), _earlier_above(count, counted, at)
    if len(below) >= len(above):
        return f"Executed out of order: In [{count}] ran after {_cells(below)} below it."
    return f"Executed out of order: In [{count}] ran before {_cells(above)} above it."


def _cells(counts: Sequence[int]) -> str:
    shown = [f"In [{count}]" for count in counts[:_NAMES]]
    if len(counts) > _NAMES:
        return f"{', '.join(shown)} and {len(counts) - _NAMES} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
