"""Which runs of a table are not as they were in an older one, without reading those that cannot have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbtrack.model.document import RunDocument
    from nbtrack.store.index.table import RunsTable


def changed_rows(before: RunsTable, after: RunsTable) -> set[int]:
    """Return the rows of ``after`` whose runs were not in ``before``, or with another document.

    What can change is in memory: a run on disk was settled before it came there, and comes back when it changes. Runs
    that came straight to disk are not among them.
    """
    if before is after:
        return set()
    known = dict(_in_memory(before).values())
    settled = {id(span.rows) for span in before.documents.spans}
    now = _in_memory(after).items()
    changed = {row for row, (run_id, document) in now if _differ(document, known.get(run_id))}
    return changed | _landed(known, after, settled)


def _differ(document: RunDocument, was: RunDocument | None) -> bool:
    return document is not was and document != was


def _in_memory(table: RunsTable) -> dict[int, tuple[str, RunDocument]]:
    """Return the documents that are in memory, by their rows."""
    from nbtrack.store.index.rows import LooseRows  # noqa: PLC0415 - keeps `import nbtrack` cheap

    found: dict[int, tuple[str, RunDocument]] = {}
    start = 0
    for span in table.documents.spans:
        if isinstance(span.rows, LooseRows):
            for at, document in enumerate(span.rows.documents(span.start, span.stop)):
                found[start + at] = document["id"], document
        start += span.stop - span.start
    return found


def _landed(known: dict[str, RunDocument], after: RunsTable, settled: set[int]) -> set[int]:
    """Return the rows of runs that went to disk since, with another document than they had in memory."""
    found, start = set(), 0
    ids = after.column("id")
    for span in after.documents.spans:
        stop = start + span.stop - span.start
        if known and id(span.rows) not in settled:
            rows = (row for row in range(start, stop) if ids[row] in known)
            found |= {row for row in rows if after.documents[row] != known[ids[row]]}
        start = stop
    return found
