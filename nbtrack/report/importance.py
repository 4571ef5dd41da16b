"""Which runs matter most to a reader: who is told of at length, and whose pictures are shown, when there are many."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.query.compare import Best
from nbtrack.report.differences import baseline

_WORST: Final = 5
_FAILED: Final = 50


def winners_first(runs: Sequence[Run], best: Best | None, named: Iterable[str] = ()) -> list[Run]:
    """Return the runs with those the author named first, then from the best to the worst; unjudged ones last."""
    asked = set(named)
    ranked = _ranked(runs, best)
    return [*(run for run in ranked if run.id in asked), *(run for run in ranked if run.id not in asked)]


def told_at_length(runs: Sequence[Run], best: Best | None, named: Iterable[str], most: int) -> frozenset[str]:
    """Return the ids of the at most ``most`` runs that have a page: all, where there are no more.

    Beyond that: the author's, the best, runner-up and baseline, the worst, those that failed, then the next best.
    """
    if len(runs) <= most:
        return frozenset(run.id for run in runs)
    ranked = _ranked(runs, best)
    judged = [run for run in ranked if best is not None and is_number(run.metrics.get(best.metric))]
    failed = (run for run in runs if run.status == "failed")
    leading = [each for each in (best.run if best else None, best.runner_up if best else None, baseline(runs)) if each]
    order = [
        *named,
        *(run.id for run in leading),
        *(run.id for run in judged[-_WORST:]),
        *(run.id for run in islice(failed, _FAILED)),
        *(run.id for run in ranked),
    ]
    return frozenset(islice(dict.fromkeys(order), most))


def _ranked(runs: Sequence[Run], best: Best | None) -> list[Run]:
    if best is None:
        return list(runs)
    sign = 1 if best.way == "min" else -1

    def place(run: Run) -> tuple[bool, bool, float, bool]:
        value = run.metrics.get(best.metric)
        number = sign * float(value) if is_number(value) else 0.0  # type: ignore[arg-type]  # is_number saw it
        return (not is_number(value), run.status != "finished", number, run.id != best.run.id)  # of equals, the best

    return sorted(runs, key=place)
