"""The whole history of one metric, read from the run's metric files."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbtrack.errors import MetricNotFound
from nbtrack.model import event
from nbtrack.model.document import RunDocument
from nbtrack.model.number import as_float
from nbtrack.model.run import History
from nbtrack.model.tagged import untag
from nbtrack.store.reading import quick, segment_name
from nbtrack.store.record import dumps, exact
from nbtrack.store.scan import scan

Record = Mapping[str, Any]


def run_records(folder: Path, metric: str) -> list[Record]:
    """Return the records of a run's folder that may hold values of a metric."""
    found: list[Record] = []
    needle = dumps(metric).encode("ascii") + b":"
    for path in sorted(folder.iterdir()):
        named = segment_name(path.name)
        if named is not None:
            loads = exact if named.kind == "ev" else quick
            found.extend(scan(path, loads=loads, having=needle if named.kind == "mx" else b"").records)
    return found


def history(metric: str, records: Iterable[Record]) -> History | None:
    """Return all points of a metric in step order; without a series, its single values as steps 0, 1, 2.

    None when the records have no value of the metric.
    """
    records = list(records)
    rows = {(r["s"], str(r.get("w")), r["n"]): r for r in records if _has(r, event.POINT, metric) and _placed(r)}
    if rows:
        return _history([(key[0], rows[key]) for key in sorted(rows)], metric)
    singles = {(_clock(r), str(r.get("w"))): r for r in records if _has(r, event.METRICS, metric)}
    return _history(list(enumerate(singles[key] for key in sorted(singles))), metric) if singles else None


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


def _history(rows: list[tuple[int, Record]], metric: str) -> History:
    return History(
        tuple(step for step, _ in rows),
        tuple(_float(row["v"][metric]) for _, row in rows),
        tuple(_float(row.get("t")) / 1000 for _, row in rows),
    )


def _float(value: Any) -> float:
    plain = as_float(untag(value))
    return float(plain) if isinstance(plain, int | float) else float("nan")
