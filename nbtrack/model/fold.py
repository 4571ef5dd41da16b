"""From records to a run: what happened, in any order and any number of copies, adds up to one document."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast

from nbtrack.model import event
from nbtrack.model.comments import comments
from nbtrack.model.condition import condition
from nbtrack.model.curves import Tallies, curves, merge, tally
from nbtrack.model.document import ArtifactDocument, Curve, Health, RunDocument
from nbtrack.model.ids import short_id
from nbtrack.model.number import as_float
from nbtrack.model.reproduction import LEVELS
from nbtrack.model.tagged import untag
from nbtrack.model.verdict import KINDS, judge, sealed_writers

Record = Mapping[str, Any]
WHOLE: Health = {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0}
_UNTOLD = -(1 << 62)  # milliseconds, which no record has: the run's id is asked only then
MOST_KEPT = 20  # reproductions of one run: every listing reads its document
_NUMBERS = (int, float)
_OF_ARTIFACT = {
    "name": str,
    "sha256": str,
    "blake3": str,
    "md5": str,
    "size": int,
    "media_type": str,
    "files": int,
    "total": int,
}


def fold(
    run_id: str,
    records: Iterable[Record],
    *,
    points: Mapping[str, Mapping[str, Curve]] | None = None,
    health: Health = WHOLE,
) -> RunDocument:
    """Return what the records of a run, and the meta records about it, add up to.

    Total (a malformed payload is passed over, an unknown kind ignored), independent of the order of ``records`` and of
    repeated copies. State changes apply by (logical clock, writer, number), so the last one wins everywhere alike.

    Args:
        run_id: the run.
        records: its records of any kind; points of writers that sealed the run are not needed, the seal sums them up.
        points: summaries of series by writer, for points that are not among ``records``.
        health: what reading the files found; records that contradict each other are added to it.
    """
    ordered, divergent = _unique(list(records))
    writers = {str(record.get("w")) for record in ordered if "run" not in record}
    return _folded(run_id, ordered, writers, points or {}, _health(health, divergent))


def retold(run_id: str, records: Sequence[Record]) -> RunDocument:
    """Return the same for all events of a run that one writer wrote and ended, in their order; they need no numbers."""
    return _folded(run_id, records, {str(records[0].get("w"))}, {}, {**WHOLE})


def _folded(
    run_id: str,
    ordered: Sequence[Record],
    writers: set[str],
    points: Mapping[str, Mapping[str, Curve]],
    health: Health,
) -> RunDocument:
    """Return what records add up to, each of which is there once."""
    document = _blank(run_id)
    others: defaultdict[str, list[Record]] = defaultdict(list)  # what is not just one change after the other, by kind
    for record in ordered:
        kind = str(record.get("k"))
        if kind in _APPLY:
            _APPLY[kind](document, record)
        else:
            others[kind].append(record)
    if event.ARTIFACT in others:
        document["artifacts"] = _artifacts(others[event.ARTIFACT])
    if event.COMMENT in others and (told := comments(others[event.COMMENT])):
        document["comments"] = told
    if document["started"] == _UNTOLD:
        document["started"] = _started(run_id)
    ends = _ends(document, others[event.END])
    parts = _parts(points, ends, others[event.POINT])
    if any(parts.values()):
        _finish(document, [parts[writer] for writer in sorted(parts)])
    verdicts = [] if KINDS.isdisjoint(others) else [record for kind in KINDS for record in others[kind]]
    ended = {*ends, *sealed_writers(verdicts)} if verdicts else ends.keys()
    document["sealed"] = bool(ended) and writers <= ended
    document["health"] = health
    if verdicts:
        judge(document, verdicts)
    document["condition"] = condition(document)
    return document


def _unique(records: list[Record]) -> tuple[list[Record], int]:
    """Sort, drop copies, and count identities that two different records claim (both are kept)."""
    if _is_as_written(records):
        return records, 0
    seen = {(_order(record), str(record.get("c"))): record for record in records}
    ordered = [seen[key] for key in sorted(seen)]
    if len({order[1:] for order, _ in seen}) == len(seen):
        return ordered, 0
    identities = {(str(record.get("w")), str(record.get("n"))) for record in ordered if "c" in record}
    return ordered, sum("c" in record for record in ordered) - len(identities)


def _is_as_written(records: list[Record]) -> bool:
    """Tell whether these are records of one writer in their order, each with a number of its own: the usual case."""
    writer = records[0].get("w") if records else None
    clock, number = 0, -1
    for record in records:
        later, next_number = record.get("l", 0), record.get("n", 0)
        if not (type(later) is type(next_number) is int and clock <= later and number < next_number):
            return False
        if record.get("w") != writer:
            return False
        clock, number = later, next_number
    return True


def _order(record: Record) -> tuple[int, str, int]:
    clock, number = record.get("l"), record.get("n")
    return (
        clock if isinstance(clock, int) else 0,
        str(record.get("w")),
        number if isinstance(number, int) else 0,
    )


def _blank(run_id: str) -> RunDocument:
    return {
        "id": run_id,
        "name": short_id(run_id),
        "experiment": "",
        "status": "running",
        "started": _UNTOLD,
        "ended": None,
        "duration": None,
        "params": {},
        "metrics": {},
        "curves": {},
        "tags": {},
        "note": None,
        "sources": {"params": {}, "metrics": {}},
        "cell": None,
        "notebook": None,
        "session": None,
        "artifacts": [],
        "data": [],
        "code": None,
        "environment": None,
        "hardware": {},
        "warnings": [],
        "error": None,
        "deleted": False,
        "health": WHOLE,
    }


def _started(run_id: str) -> int:
    """The id's own time, for a run whose start record is lost."""
    try:
        return int(datetime.strptime(run_id[:15], "%Y%m%dt%H%M%S").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0


def _start(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    for moment in (given.get("started"), record.get("t")):
        if isinstance(moment, int):
            document["started"] = moment
            break
    for member in ("name", "experiment", "notebook", "session"):
        if isinstance(text := given.get(member), str):
            document[member] = text
    if isinstance(hardware := given.get("hardware"), dict):
        document["hardware"].update(hardware)


def _params(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if isinstance(value, dict):
        document["params"].update(value)
        document["sources"]["params"].update(_sources(value, record))


def _metrics(document: RunDocument, record: Record) -> None:
    """Sources may name metrics without a value here: series, whose points are in the metrics segments."""
    value = record.get("v")
    if isinstance(value, dict):
        document["metrics"].update(value)
        source = record.get("src")
        given = source if isinstance(source, dict) else {}
        document["sources"]["metrics"].update({name: str(text) for name, text in given.items()})


def _sources(value: Mapping[str, Any], record: Record) -> dict[str, str]:
    source = record.get("src")
    return {name: str(source[name]) for name in value if name in source} if isinstance(source, dict) else {}


def _point(tallies: Tallies, record: Record) -> None:
    value, step = record.get("v"), record.get("s")
    if isinstance(value, dict) and isinstance(step, int):
        tally(tallies, value, step)


def _tags(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    for name, tag in value.items() if isinstance(value, dict) else ():
        if tag is None:
            document["tags"].pop(name, None)
        else:
            document["tags"][name] = tag


def _note(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if value is None or isinstance(value, str):
        document["note"] = value


def _cell(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if isinstance(value, dict) and isinstance(value.get("source"), str):
        document["cell"] = record["v"]


def _result(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if isinstance(value, str):
        document["result"] = value


def _artifacts(records: Iterable[Record]) -> list[ArtifactDocument]:
    artifacts: dict[str, Any] = {}
    for record in records:
        value = record.get("v")
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and _is_artifact(each):
                artifacts.pop(each["name"], None)  # the later one of a name is last
                artifacts[each["name"]] = {key: each[key] for key in _OF_ARTIFACT if key in each}
    return list(artifacts.values())


def _is_artifact(value: Mapping[str, Any]) -> bool:
    for key, kind in _OF_ARTIFACT.items():
        if key in value and type(value[key]) is not kind:
            return False
    needed = "name" in value and "size" in value and "media_type" in value
    return needed and ("sha256" in value) != ("blake3" in value)


def _data(document: RunDocument, record: Record) -> None:
    """A later entry about the same thing adds to it: its hash may be known only after the run."""
    value = record.get("v")
    kept = {_which(entry): entry for entry in document["data"]}
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict):
            kept[_which(entry)] = cast("Any", {**kept.get(_which(entry), {}), **entry})
    document["data"] = list(kept.values())


def _which(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(member)) for member in ("kind", "path", "name", "mode"))


def _slice(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if not isinstance(value, dict):
        return
    if isinstance(value.get("executions"), list) and isinstance(value.get("verdicts"), list):
        document["slice"] = record["v"]


def _system(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    columns = document.setdefault("system", {})
    for name, samples in value.items() if isinstance(value, dict) else ():
        if isinstance(samples, list):
            columns[name] = [*columns.get(name, []), *samples]


def _surroundings(document: RunDocument, record: Record) -> None:
    """Add a part of what is known of the code, or of the environment."""
    value = record.get("v")
    if isinstance(value, dict):
        part: Literal["code", "environment"] = record["k"]
        known = document[part]
        document[part] = {**known, **value} if known else {**value}


def _warning(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if isinstance(value, str) and value not in document["warnings"]:
        document["warnings"].append(value)


def _error(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if isinstance(value, dict):
        document["error"] = value


def _redacted(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    if type(value) is int and value > 0:
        document["redactions"] = document.get("redactions", 0) + value


def _reproduction(document: RunDocument, record: Record) -> None:
    """Keep the last attempts; the level of the last one is the run's verdict. What has no level known here is none."""
    value = record.get("v")
    if isinstance(value, dict) and value.get("level") in LEVELS:
        kept = [*document.get("reproductions", []), cast("Any", value)]
        document["reproductions"] = kept[-MOST_KEPT:]
        document["verdict"] = value["level"]


def _delete(document: RunDocument, record: Record) -> None:
    document["deleted"] = record.get("v") is True


def _ends(document: RunDocument, records: Iterable[Record]) -> dict[str, Record]:
    """Apply what ends the run, and return the last record of each writer that ended its part.

    Only the writer that began the run ends it; a forked child's seal has no status.
    """
    ends: dict[str, Record] = {}
    for record in records:
        ends[str(record.get("w"))] = record
        if record.get("st") in event.STATUSES:
            _end(document, record)
    return ends


def _end(document: RunDocument, record: Record) -> None:
    value = record.get("v")
    document["status"] = record["st"]
    document["ended"] = record["t"] if isinstance(record.get("t"), int) else None
    duration = value.get("duration") if isinstance(value, dict) else None
    if type(duration) is not float:
        duration = float(as_float(duration)) if isinstance(duration, _NUMBERS) else None
    document["duration"] = duration


def _parts(
    points: Mapping[str, Mapping[str, Curve]], ends: Mapping[str, Record], drawn: Iterable[Record]
) -> dict[str, Mapping[str, Curve]]:
    """Return the summaries of series by writer: as its end sums them up or, without that, of the points themselves."""
    sealed = {writer: _curves_of(end) for writer, end in ends.items() if sums_up(end)}
    loose: dict[str, Tallies] = {}
    for record in drawn:
        if (writer := str(record.get("w"))) not in sealed:
            _point(loose.setdefault(writer, {}), record)
    told = {writer: curves(each) for writer, each in loose.items()} if loose else {}
    return {**points, **told, **sealed}


def sums_up(end: Record) -> bool:
    """Tell whether a ``run.end`` record has the summaries of its writer's points, which were too many for it if not."""
    value = end.get("v")
    return not isinstance(value, dict) or value.get("curves", {}) is not None


def _curves_of(end: Record) -> dict[str, Curve]:
    value = end.get("v")
    found = value.get("curves") if isinstance(value, dict) else None
    if not found or not isinstance(found, dict):
        return {}
    return {name: curve for name, curve in found.items() if _is_curve(curve)}


def _is_curve(curve: Any) -> bool:
    if not isinstance(curve, dict) or not {"last", "min", "max", "count", "step"} <= curve.keys():
        return False
    return isinstance(curve["count"], int) and isinstance(curve["step"], int)


def _finish(document: RunDocument, parts: list[Mapping[str, Curve]]) -> None:
    """A metric's value is the last single number recorded for it or, failing that, the last point of its series.

    What is no number stands only where there is no series.
    """
    document["curves"] = merge(parts)
    last = {name: curve["last"] for name, curve in document["curves"].items()}
    singles = {name: value for name, value in document["metrics"].items() if name not in last or _is_number(value)}
    document["metrics"] = {**last, **singles}


def grown(document: RunDocument, series: Mapping[str, Curve]) -> RunDocument:
    """Return the document of a run whose one writer has added points since: what a fold of all its records would give.

    >>> before = fold("20261121t101530-7k3m9q2x", [])
    >>> after = grown(before, {"loss": {"last": 0.5, "min": 0.5, "max": 0.9, "count": 2, "step": 1}})
    >>> before["metrics"], after["metrics"], after["curves"]["loss"]["count"]
    ({}, {'loss': 0.5}, 2)
    """
    was, values = document["curves"], document["metrics"]
    more = {name: curve for name, curve in series.items() if name not in was or curve["count"] > was[name]["count"]}
    if not more:
        return document
    last = {name: curve["last"] for name, curve in more.items() if not _is_single(document, name)}
    changed = {"curves": {**was, **more}, "metrics": {**values, **last}}
    return cast("RunDocument", {**document, **changed})


def _is_single(document: RunDocument, name: str) -> bool:
    """Tell whether a metric's value was recorded as a single number, which stands whatever its series says."""
    values, curve = document["metrics"], document["curves"].get(name)
    if curve is not None:
        return bool(values.get(name) != curve["last"])
    return name in values and _is_number(values[name])


def _is_number(value: Any) -> bool:
    return isinstance(untag(value), _NUMBERS)


def _health(health: Health, divergent: int) -> Health:
    if not divergent:
        return {**health}
    return {**health, "ok": False, "divergent": health["divergent"] + divergent}


_APPLY: Mapping[str, Callable[[RunDocument, Record], None]] = {
    event.START: _start,
    event.CELL: _cell,
    event.RESULT: _result,
    event.PARAMS: _params,
    event.METRICS: _metrics,
    event.TAGS: _tags,
    event.NOTE: _note,
    event.DATA: _data,
    event.CODE: _surroundings,
    event.SLICE: _slice,
    event.SYSTEM: _system,
    event.ENVIRONMENT: _surroundings,
    event.WARNING: _warning,
    event.ERROR: _error,
    event.REDACTED: _redacted,
    event.DELETE: _delete,
    event.REPRODUCTION: _reproduction,
}
