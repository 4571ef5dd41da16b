"""Runs as JSON for other programs: the stable format of ``docs/json-format.md``.

Strict JSON, ASCII only. What JSON has no word for is text: ``"NaN"``, ``"Infinity"``, ``"-Infinity"``, decimals by
their digits, dates as ISO 8601, other objects by their description.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

from nbtrack.model.run import Comment, Run
from nbtrack.model.tagged import untag
from nbtrack.query.changes import Change
from nbtrack.query.compare import Best, Diff
from nbtrack.query.source_diff import Line

_SHOWN = (
    "notebook",
    "session",
    "curves",
    "sources",
    "data",
    "artifacts",
    "code",
    "environment",
    "hardware",
    "warnings",
)


def run_summary(run: Run) -> dict[str, Any]:
    """Return what ``nbtrack ls --json`` says of a run."""
    return {
        "id": run.id,
        "name": run.name,
        "experiment": run.experiment,
        "status": run.status,
        "condition": run.condition,
        "verdict": run.verdict,
        "started": _iso(run.started),
        "duration": plain_json(run.duration),
        "params": plain_json(run.params),
        "metrics": plain_json(run.metrics),
        "tags": plain_json(run.tags),
    }


def run_details(run: Run) -> dict[str, Any]:
    """Return what ``nbtrack show --json`` says of a run: its summary, and everything else recorded."""
    document = run.document
    ended = document["ended"]
    return {
        **run_summary(run),
        "note": run.note,
        "comments": [_comment(each) for each in run.comments],
        "ended": None if ended is None else _iso(datetime.fromtimestamp(ended / 1000, UTC)),
        "cell": plain_json(untag(document["cell"])),
        **{key: plain_json(untag(document[key])) for key in _SHOWN},  # type: ignore[literal-required]  # keys of RunDocument
        "error": plain_json(untag(document["error"])),
        "health": plain_json(document["health"]),
        "reproductions": [plain_json(untag(each)) for each in run.reproductions],
    }


def diff_json(diff: Diff) -> dict[str, Any]:
    """Return what ``nbtrack diff --json`` says: each section is the list of what differs."""
    sections = ("params", "metrics", "tags", "data", "code", "environment")
    changes = {section: [_change(change) for change in getattr(diff, section)] for section in sections}
    facts = {section: [_change(change) for change in diff.facts[section]] for section in ("slice", "seeds", "hardware")}
    upstream = [{"cell": cell.number, "of": cell.total, "lines": _changed(cell.lines)} for cell in diff.upstream]
    more = {**facts, "upstream": upstream, "patch": _changed(diff.patch)}
    return {"a": diff.a.id, "b": diff.b.id, **changes, "source": _changed(diff.source), **more}


def _changed(lines: Sequence[Line]) -> list[str]:
    return [f"{line.sign}{line.text}" for line in lines if line.sign != "="]


def best_json(best: Best | None) -> dict[str, Any] | None:
    """Return the best run, the metric and the sentence that says why; None when there is none."""
    if best is None:
        return None
    return {
        "id": best.run.id,
        "metric": best.metric,
        "direction": best.way,
        "value": plain_json(best.value),
        "runner_up": best.runner_up.id if best.runner_up else None,
        "margin": plain_json(best.margin),
        "why": best.sentence(),
    }


def json_text(value: Any) -> str:
    """Return the text of JSON made here: two blanks of indent, ASCII, keys in the documented order."""
    return json.dumps(value, indent=2, allow_nan=False)


def plain_json(value: Any) -> Any:
    """Return a recorded value as strict JSON.

    >>> plain_json({"loss": float("nan"), "shape": (2, 3)})
    {'loss': 'NaN', 'shape': [2, 3]}
    """
    match value:
        case float() if not isfinite(value):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        case None | bool() | int() | float() | str():
            return value
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain_json(item) for key, item in value.items()}
        case list() | tuple():
            return [plain_json(item) for item in value]
    return str(value)


def _comment(comment: Comment) -> dict[str, Any]:
    at, edited = (moment and _iso(moment) for moment in (comment.at, comment.edited))
    return {"id": comment.id, "text": comment.text, "by": comment.by, "at": at, "edited": edited}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _change(change: Change) -> dict[str, Any]:
    return {key: plain_json(value) for key, value in asdict(change).items()}
