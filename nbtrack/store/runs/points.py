"""The whole history of one metric, read from the files of a run: columns where they are blocks, else line by line."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.errors import MetricNotFound
from nbtrack.model import event
from nbtrack.model.column import Column
from nbtrack.model.document import RunDocument
from nbtrack.model.run import History
from nbtrack.store.lines.block import Flaw, opened
from nbtrack.store.lines.quick import quick
from nbtrack.store.lines.record import dumps, exact
from nbtrack.store.lines.scan import scan, sift
from nbtrack.store.lines.stretch import Stretch, end_to_end, number_of, stretch_of
from nbtrack.store.runs.reading import Named, segment_name
from nbtrack.store.system.disk import names, read

Record = Mapping[str, Any]
_TRIES = 10  # a segment may become a block between two looks; ten times in a row it does not


class Place(NamedTuple):
    """Where a file of a run lies: its name, and ``size`` bytes of ``path`` from ``start`` on, all when it is None."""

    name: str
    path: Path
    start: int = 0
    size: int | None = None


def find_history(files: Callable[[], Iterable[Place]], metric: str) -> History | None:
    """Return the history of a metric from the files of a run, which are asked for again when one is gone."""
    for left in reversed(range(_TRIES)):
        try:
            return _gathered(files(), metric)
        except FileNotFoundError:  # it is a block now, or in a pack, which the list did not have
            if not left:
                raise
    return None


def loose_files(folder: Path) -> list[Place]:
    """Return the files of a run that lie in its folder."""
    return [Place(name, folder / name) for name in _listed(folder)]


def _listed(folder: Path) -> list[str]:
    """List a folder until it stays the same: a list made while a segment becomes a block may have neither of them."""
    found = sorted(names(folder))
    while found != (again := sorted(names(folder))):
        found = again
    return found


def _gathered(files: Iterable[Place], metric: str) -> History | None:
    records: list[Record] = []
    stretches: list[Stretch] = []
    for file in files:
        named = segment_name(file.name)
        if named is not None and named.kind == "mb":
            _from_block(file, metric, records, stretches)
        elif named is not None:
            records += _from_lines(file, named, metric)
    return history(metric, records, stretches)


def _from_lines(file: Place, named: Named, metric: str) -> list[dict[str, Any]]:
    """Return the records of a segment that may hold values of the metric."""
    loads, needle = (quick, dumps(metric).encode("ascii") + b":") if named.kind == "mx" else (exact, b"")
    if file.size is None:
        return scan(file.path, loads=loads, having=needle).records
    lines = read(file.path, file.start, file.size).split(b"\n")[:-1]
    return sift(file.path, lines, file.start, loads, needle).records


def _from_block(file: Place, metric: str, records: list[Record], stretches: list[Stretch]) -> None:
    """Add what a block has of the metric; a part that is damaged has nothing."""
    needle = dumps(metric).encode("ascii") + b":"
    with opened(file.path, file.start, file.size) as parts:
        for part in parts:
            with suppress(ValueError, LookupError, TypeError):
                if isinstance(part, Flaw):
                    continue
                if metric in part.metrics:
                    stretches.append(stretch_of(part, metric))
                elif not part.metrics:
                    lines = part.lines().split(b"\n")[:-1]
                    records += sift(file.path, lines, part.offset, quick, needle).records


def history(metric: str, records: Iterable[Record], stretches: Sequence[Stretch] = ()) -> History | None:
    """Return all points of a metric in step order; without a series, its single values as steps 0, 1, 2.

    None when there is no value of the metric.
    """
    records = list(records)
    loose = {(r["s"], str(r.get("w")), r["n"]): r for r in records if _has(r, event.POINT, metric) and _placed(r)}
    if stretches and not loose and (joined := end_to_end(stretches)):
        return joined
    rows = {key: (number_of(r["v"][metric]), number_of(r.get("t")) / 1000) for key, r in loose.items()}
    for each in stretches:
        rows.update(each.points())
    if rows:
        return _ordered([(key[0], *rows[key]) for key in sorted(rows)])
    singles = {(_clock(r), str(r.get("w"))): r for r in records if _has(r, event.METRICS, metric)}
    found = [singles[key] for key in sorted(singles)]
    return _ordered([(at, number_of(r["v"][metric]), number_of(r.get("t")) / 1000) for at, r in enumerate(found)])


def _ordered(rows: Sequence[tuple[int, float, float]]) -> History | None:
    if not rows:
        return None
    steps, values, times = zip(*rows, strict=True)
    return History(Column(_compact(steps)), Column(array("d", values)), Column(array("d", times)))


def _compact(steps: Sequence[int]) -> Sequence[int]:
    try:
        return array("q", steps)
    except OverflowError:  # typed by hand; we write none
        return steps


def no_metric(run: RunDocument, metric: str) -> MetricNotFound:
    """Return the error for a metric that a run does not have: it names the one most like it, or those there are."""
    near = get_close_matches(metric[:80], run["metrics"], 1)
    known = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(sorted(run['metrics'])[:12]) or 'none'}"
    return MetricNotFound(f"run {run['id']} has no metric {metric[:80]!r}; {known}")


def _clock(record: Record) -> int:
    clock = record.get("l")
    return clock if isinstance(clock, int) else 0


def _has(record: Record, kind: str, metric: str) -> bool:
    value = record.get("v")
    return record.get("k") == kind and isinstance(value, dict) and metric in value


def _placed(record: Record) -> bool:
    return isinstance(record.get("s"), int) and isinstance(record.get("n"), int)
