"""A report as JSON for other programs: what the page shows, in the stable format of ``docs/report-format.md``."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final

from nbtrack.query.compare import best
from nbtrack.query.json_format import best_json, plain_json, run_summary
from nbtrack.report.parts import Fact, Report, RunDifference, RunPage, Shown

FORMAT: Final = 1


def report_json(report: Report) -> dict[str, Any]:
    """Return what the page shows as strict JSON."""
    origin = report.origin
    return {
        "format": FORMAT,
        "title": report.title,
        "origin": {
            "version": origin.version,
            "made": origin.made,
            "store": origin.store,
            "question": origin.question,
            "digest": origin.digest,
            "records": dict(origin.records),
        },
        "anonymous": report.anonymous,
        "sections": list(report.sections),
        "summary": [{"text": each.text, "kind": each.kind, "runs": list(each.runs)} for each in report.summary],
        "notes": [{"text": each.text, "after": each.after} for each in report.notes],
        "runs": [run_summary(run) for run in report.runs],
        "best": best_json(best(report.runs)),
        "pages": [_page(each) for each in report.pages],
        "diffs": [_difference(each) for each in report.diffs],
        "packages": {key: {fact.name: fact.value for fact in facts} for key, facts in report.packages.items()},
        "checklists": {run_id: each.as_dict() for run_id, each in report.checklists.items()},
        "again": _facts(report.again),
        "program": report.program,
        "shared": _facts(report.shared),
        "removed": dict(report.removed),
    }


def _facts(facts: Iterable[Fact]) -> list[dict[str, str]]:
    return [{"name": fact.name, "value": fact.value, **({"note": fact.note} if fact.note else {})} for fact in facts]


def _page(page: RunPage) -> dict[str, Any]:
    spaces = ("facts", "params", "metrics", "data", "code", "environment", "verdict")
    return {
        "run": page.run.id,
        "anchor": page.anchor,
        **{space: _facts(getattr(page, space)) for space in spaces},
        "series": {name: _series(page, name) for name in page.run.curves},
        "environment_key": page.environment_key,
        "shown": [_shown(each) for each in page.shown],
        "cells": [{"label": each.label, "source": each.source, "note": each.note} for each in page.cells],
        "condition": list(page.condition),
        "comments": [{"text": each.text, "at": each.at, "by": each.by} for each in page.comments],
        "error": page.error,
    }


def _series(page: RunPage, metric: str) -> dict[str, Any]:
    """Return the points of a series as the charts draw them: at most so many, chosen to look like all."""
    found = page.run.history(metric, _POINTS)
    return {"steps": list(found.steps), "values": [plain_json(value) for value in found.values]}


_POINTS: Final = 500


def _shown(each: Shown) -> dict[str, Any]:
    told: dict[str, Any] = {"name": each.name, "media_type": each.media_type, "size": each.size}
    if each.content is None:
        return {**told, "why": each.why}
    return {**told, "base64": b64encode(each.content).decode("ascii")}


def _difference(found: RunDifference) -> dict[str, Any]:
    return {
        "old": found.old,
        "new": found.new,
        "title": found.title,
        "sides": [
            {
                "name": side.name,
                "rows": [list(row) for row in side.rows],
                "lines": [f"{line.sign}{line.text}" for line in side.lines if line.sign != "="],
            }
            for side in found.sides
        ],
    }
