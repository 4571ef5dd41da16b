"""How chosen runs of a report differ, the part that is likeliest to have moved the metric first."""

from collections.abc import Iterator, Sequence

from nbtrack.errors import RunNotFound
from nbtrack.model.run import Run
from nbtrack.query.changes import Change
from nbtrack.query.compare import SECTIONS, TITLES, Best, Diff, diff, left_out, listed
from nbtrack.query.environments import Objects
from nbtrack.report.parts import RunDifference, Side
from nbtrack.view.diff_sentence import diff_sentence
from nbtrack.view.wording import MISSING, value_text


def differences(
    runs: Sequence[Run], best: Best | None, pairs: Sequence[tuple[str, str]], objects: Objects
) -> tuple[RunDifference, ...]:
    """Return the differences of ``pairs`` (ids: old, new), or of the best run and those it is measured by.

    Raises:
        RunNotFound: a pair names a run that is not in the report.
    """
    known = {run.id: run for run in runs}
    chosen = [(_named(known, old), _named(known, new)) for old, new in pairs] or list(_telling(runs, best))
    return tuple(_difference(diff(old, new, objects)) for old, new in chosen)


def _named(known: dict[str, Run], run_id: str) -> Run:
    if run_id not in known:
        raise RunNotFound(f"run {run_id} is not among the runs of this report; name it, or widen the filter")
    return known[run_id]


def _telling(runs: Sequence[Run], best: Best | None) -> Iterator[tuple[Run, Run]]:
    """Yield the runner-up and the baseline, each with the best run after it."""
    if best is None:
        return
    others = [run for run in (best.runner_up, baseline(runs)) if run is not None and run != best.run]
    for other in dict.fromkeys(others):
        yield other, best.run


def baseline(runs: Sequence[Run]) -> Run | None:
    """Return the run that is called or tagged a baseline, or else the oldest that finished; the oldest such."""
    finished = sorted((run for run in runs if run.status == "finished"), key=lambda run: (run.started, run.id))
    called = (run for run in finished if "baseline" in run.name.lower() or run.tags.get("baseline"))
    return next(called, finished[0] if finished else None)


def _difference(found: Diff) -> RunDifference:
    sides = tuple(side for section in SECTIONS if not found.same(section) for side in _sides(found, section))
    return RunDifference(found.a.id, found.b.id, diff_sentence(found), sides)


def _sides(found: Diff, section: str) -> Iterator[Side]:
    title = TITLES.get(section, section)
    if section == "source":
        yield Side("cell source", lines=found.source)
        return
    told = (
        {"digest"}
        if section == "slice" and found.upstream
        else {"patch"}
        if section == "code" and found.patch
        else set()
    )
    rows = tuple(_row(change) for change in listed(found, section) if change.name not in told)
    more = tuple(("…", text, "") for text in left_out(found, section))
    if rows:
        yield Side(title, rows=(*rows, *more))
    for cell in found.upstream if section == "slice" else ():
        yield Side(f"cell {cell.number} of {cell.total} before it", lines=cell.lines)
    if section == "code" and found.patch:
        yield Side("uncommitted changes", lines=found.patch)


def _row(change: Change) -> tuple[str, str, str]:
    old = MISSING if change.kind == "added" else value_text(change.old)
    new = MISSING if change.kind == "removed" else value_text(change.new)
    if old == new:  # what tells them apart stands behind the digits that are shown
        old, new = repr(change.old), repr(change.new)
    return change.name, old, new
