"""The verdict: a recorded run beside its reproductions, judged by what came out, with what may be why.

    identical                  every judged metric is the same number; without metrics, all that it showed and wrote
    within tolerance           every metric is as near as is allowed, in every reproduction
    statistically consistent   the recorded values lie where one more of several reproductions is expected
    different                  some metric, or without metrics some output, is another, or is missing
    failed                     the program raised, and the recorded run did not
    cannot run                 code, data or environment could not be had

Pure: two documents in, one out. Nothing is run, imported or written here.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final, cast

from nbtrack.model.reproduction import Cause, Level, MetricDifference, ReproductionDocument, Restored
from nbtrack.model.run import Run
from nbtrack.model.tagged import Json
from nbtrack.reproduce.bounds import bounded
from nbtrack.reproduce.causes import causes as causes_of
from nbtrack.reproduce.causes import inputs_differ, run_environment
from nbtrack.reproduce.failing import failing
from nbtrack.reproduce.judged_metrics import judged_metrics, worst
from nbtrack.reproduce.judged_outputs import MISSING, OTHER, deciding, judged_outputs
from nbtrack.reproduce.summing_up import summing_up
from nbtrack.reproduce.tolerance import Tolerances

_OTHERWISE: Final = frozenset({"within tolerance", "statistically consistent", "different"})
_MACHINE: Final = ("python", "implementation", "os")


def judge(
    was: Run,
    now: Sequence[Run] = (),
    *,
    tolerances: Tolerances | None = None,
    restored: Sequence[Restored] = (),
    causes: Sequence[Cause] = (),
    error: str | None = None,
    started: bool | None = None,
    duration: float = 0.0,
    options: Mapping[str, Json] | None = None,
    paths: Mapping[str, str] | None = None,
    at: int | None = None,
) -> ReproductionDocument:
    """Return the verdict on ``was`` that its reproductions ``now`` allow. Raises nothing on whatever was recorded.

    Args:
        was: the recorded run.
        now: its reproductions, in any order; none where the program did not come as far as the run.
        tolerances: how far a metric may be, half a percent by default.
        restored: what was needed, and where it was taken from.
        causes: what restoring found to differ.
        error: what stopped it, in a line; None when nothing did.
        started: whether the program was begun. Without a run that makes the difference between ``failed`` and
            ``cannot run``; told from ``now`` where it is not given.
        duration: seconds the reproduction took.
        options: what was asked for.
        paths: folders of the recorded run, as its reproductions call them: differing only so is the same.
        at: when, in ms since 1970; now by default.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for r2 in (0.5, 0.501):
    ...     with nbtrack.start_run("fit", store=store) as opened:
    ...         opened.log(r2=r2)
    >>> was, now = nbtrack.runs("order by metrics.r2", store=store)
    >>> verdict = judge(was, [now])
    >>> verdict["level"], round(verdict["metrics"]["r2"]["change"], 6)
    ('within tolerance', 0.002)
    """
    metrics = judged_metrics(was, now, tolerances or Tolerances())
    outputs = judged_outputs(was, now, paths)
    began = bool(now) if started is None else started
    level = _early(was, now, error, started=began) or _level(was, now, metrics, outputs)
    said = error or (_error(now) if level == "failed" else "")
    known = [*(failing(said) if level == "failed" else ()), *causes]
    document: ReproductionDocument = {
        "level": level,
        "at": time.time_ns() // 1_000_000 if at is None else at,
        "duration": duration,
        "text": "",
        "metrics": metrics,
        "outputs": outputs,
        "causes": causes_of(was, now[0] if now else None, known, differs=level in _OTHERWISE),
        "restored": list(restored),
        "machine": _machine(now[0]) if now else {},
        "options": dict(options or {}),
    }
    if said:
        document["error"] = said
    document["text"] = summing_up(was, now, document)
    return bounded(document)


def _early(was: Run, now: Sequence[Run], error: str | None, *, started: bool) -> Level | None:
    """Return the verdict on what did not come as far as the recorded run did."""
    if not now:
        return "failed" if started else "cannot run"
    if was.status == "failed":
        return None if all(_same_end(was, run) for run in now) else "different"
    return "failed" if error or any(run.status in {"failed", "lost", "interrupted"} for run in now) else None


def _level(was: Run, now: Sequence[Run], metrics: Mapping[str, MetricDifference], outputs: Mapping[str, str]) -> Level:
    """Of a run that left nothing to compare it is known at least whether its cell was given the same."""
    level = worst(str(each.get("level")) for each in metrics.values())
    if level is None:
        states = deciding(outputs)
        differs = {OTHER, MISSING}.intersection(states) if states else inputs_differ(was, now)
        level = OTHER if differs else "identical"
    return cast("Level", level)


def _same_end(was: Run, now: Run) -> bool:
    return now.status == "failed" and (was.error or {}).get("type") == (now.error or {}).get("type")


def _machine(run: Run) -> dict[str, Json]:
    environment = run_environment(run)
    return {**{key: environment[key] for key in _MACHINE if key in environment}, **run.document["hardware"]}


def _error(now: Sequence[Run]) -> str:
    told = [f"{run.error.get('type', 'error')}: {run.error.get('message', '')}" for run in now if run.error]
    return told[0] if told else ""
