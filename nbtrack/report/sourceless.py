"""Runs without any source of theirs: what they were set to and what came out, not how it was written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from nbtrack.model.run import History, Run
from nbtrack.query.checklist.checklist import Checklist
from nbtrack.query.checklist.row import Row

_DEFAULT: Final = " default"


def sourceless(run: Run) -> Run:
    """Return ``run`` without sources, patches, tracebacks, and the expressions that say where values came from.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("example", store=store) as opened:
    ...     opened.log(f1=0.9)
    >>> sourceless(nbtrack.run(opened.id, store=store)).cell is None
    True
    """
    document = cast("dict[str, Any]", dict(run.document))
    document["sources"] = {space: _words(each) for space, each in run.sources.items()}
    if isinstance(document["cell"], Mapping):
        document["cell"] = {**document["cell"], "source": "", "line": ""}
    if isinstance(document.get("slice"), Mapping):
        document["slice"] = _no_sources(document["slice"])
    if isinstance(document["code"], Mapping):
        document["code"] = {name: value for name, value in document["code"].items() if name not in {"patch", "files"}}
    if isinstance(document["error"], Mapping):
        document["error"] = {name: value for name, value in document["error"].items() if name != "traceback"}

    def points(_: str, metric: str) -> History:
        return run.history(metric)

    return Run.from_document(cast("Any", document), points, run._kept)  # noqa: SLF001 - the same run, told in part


def without_evidence(found: Checklist) -> Checklist:
    """Return a checklist whose rows say what holds, without the lines of code that show it."""
    return replace(found, experiment=_bare(found.experiment), verified=found.verified, paper=_bare(found.paper))


def _bare(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(replace(row, evidence=()) for row in rows)


def _words(sources: Mapping[str, str]) -> dict[str, str]:
    """Return where values came from, without expressions: that one is a default tells nothing of the code."""
    return {name: text for name, text in sources.items() if str(text).endswith(_DEFAULT) or "(" not in str(text)}


def _no_sources(found: Mapping[str, Any]) -> dict[str, Any]:
    executions = [
        {name: value for name, value in each.items() if name != "source"}
        for each in found.get("executions", ())
        if isinstance(each, Mapping)
    ]
    return {**found, "executions": executions}
