"""A verdict in a sentence or two: what came out, by how much, and what is likeliest to be why."""

from collections.abc import Mapping, Sequence
from typing import Final

from nbtrack.model.reproduction import Cause, MetricDifference, ReproductionDocument
from nbtrack.model.run import Run
from nbtrack.reproduce.judged_metrics import CLOSE, LIKELY, MISSING, OTHER, SAME, UNJUDGED, words
from nbtrack.reproduce.judged_outputs import MISSING as GONE
from nbtrack.reproduce.judged_outputs import OTHER as CHANGED
from nbtrack.reproduce.judged_outputs import SAME as ALIKE
from nbtrack.reproduce.judged_outputs import deciding

_FEW: Final = 5  # reproductions; the interval of fewer is so wide that little is outside of it
_NAMED: Final = 3


def summing_up(was: Run, now: Sequence[Run], document: ReproductionDocument) -> str:
    """Return the text of a verdict whose other parts are there."""
    level, causes = document["level"], document.get("causes", [])
    if level in {"failed", "cannot run"}:
        return f"{level}: {document.get('error') or _first(causes) or 'the program did not start'}"
    told = _metrics(document["metrics"], level, len(now)) or _outputs_alone(document.get("outputs", {}), level)
    if was.status == "failed":
        told += _ends(was, now)
    elif was.status != "finished":
        told += f"; the recorded run was {was.status}, so its values are those of that moment"
    aside = _outputs(document.get("outputs", {})) if document["metrics"] else ""
    why = f"; likeliest cause: {_first(causes)}" if level == "different" and causes else ""
    return f"{level}: {told}{aside}{why}"


def percent(change: float) -> str:
    """Return a relative change with its sign.

    >>> percent(0.00123), percent(-2.5), percent(1e-12)
    ('+0.12 %', '-250 %', '+1e-10 %')
    """
    size = abs(change) * 100
    text = f"{size:.2g}" if size < 100 else f"{size:,.0f}" if size < 1e6 else f"{size:.1e}"
    return f"{'-' if change < 0 else '+'}{text} %"


def _metrics(metrics: Mapping[str, MetricDifference], level: str, runs: int) -> str:
    """Say what is furthest; nothing where no metric was judged."""
    by_level: dict[str, list[str]] = {}
    for name, each in metrics.items():
        by_level.setdefault(str(each.get("level")), []).append(name)
    judged = [name for name in metrics if metrics[name].get("level") in {SAME, CLOSE, LIKELY, OTHER, MISSING}]
    if not judged:
        return ""
    if level == "identical":
        return f"{_counted(len(judged), 'metric')} the same{_rounded(metrics)}{_unjudged(by_level)}"
    if level == "different":
        other = [*by_level.get(OTHER, []), *by_level.get(MISSING, [])]
        if not other:
            return f"{_counted(len(judged), 'metric')} the same"
        more = f", and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
        return f"{'; '.join(_moved(name, metrics[name]) for name in other[:_NAMED])}{more}"
    if level == "statistically consistent":
        few = f" (of {runs} runs only: the interval is wide)" if runs < _FEW else ""
        names = ", ".join(by_level[LIKELY][:_NAMED])
        return f"the recorded {names} may well be one more of {runs} reproductions, with 95 % confidence{few}"
    close = by_level.get(CLOSE, [])
    most = max(close, key=lambda name: abs(metrics[name].get("change") or 0.0))
    same = f", {len(by_level[SAME])} of {len(judged)} are identical" if SAME in by_level else ""
    return f"the largest change: {_moved(most, metrics[most])}{same}"


def _moved(name: str, each: MetricDifference) -> str:
    was = words(each.get("was"))
    if each.get("level") == MISSING:
        return f"{name} was {was}, and is not there"
    change, tolerance = each.get("change"), each.get("tolerance")
    moved = "" if change is None else f"{percent(change)}, " if was not in {"0", "0.0"} else f"{change:+.3g}, "
    allowed = "" if tolerance is None else f" ({moved}allowed {percent(tolerance)[1:]})"
    series = f" ({each['series']})" if each.get("series") and not change else ""
    return f"{name} was {was}, is {words(each.get('now'))}{allowed if change or not series else ''}{series}"


def _rounded(metrics: Mapping[str, MetricDifference]) -> str:
    count = sum(each.get("rounding") is True for each in metrics.values())
    return f", {count} but for the last digits, which adding up in another order changes" if count else ""


def _unjudged(by_level: Mapping[str, Sequence[str]]) -> str:
    count = len(by_level.get(UNJUDGED, ()))
    return f", {count} that measure{'s'[: count == 1]} time not judged" if count else ""


def _outputs_alone(outputs: Mapping[str, str], level: str) -> str:
    if not deciding(outputs):
        given = ", but it was given other data" if level == "different" else ", and was given the same data"
        return f"it ran to its end and left nothing that could be compared{given}"
    if level == "different":
        return f"without metrics, outputs tell{_outputs(outputs).replace(';', ':', 1)}"
    same = sum(state == ALIKE for state in outputs.values())
    return f"without metrics, outputs tell: {same} of {len(outputs)} are the same{_outputs(outputs)}"


def _outputs(outputs: Mapping[str, str]) -> str:
    differing = [name for name, state in outputs.items() if state in {CHANGED, GONE}]
    if not differing:
        return ""
    names = ", ".join(differing[:_NAMED]) + (", …" if len(differing) > _NAMED else "")
    return f"; {len(differing)} of {len(outputs)} outputs differ{'s'[: len(differing) == 1]} ({names})"


def _ends(was: Run, now: Sequence[Run]) -> str:
    recorded = str((was.error or {}).get("type", "an error"))
    ends = {str((run.error or {}).get("type")) if run.status == "failed" else run.status for run in now}
    if ends == {recorded}:
        return f"; it failed with {recorded}, as recorded"
    return f"; the recorded run failed with {recorded}, this one {', '.join(sorted(ends))}"


def _counted(count: int, noun: str) -> str:
    return f"the only {noun} is" if count == 1 else f"both {noun}s are" if count == 2 else f"all {count} {noun}s are"


def _first(causes: Sequence[Cause]) -> str:
    return str(causes[0].get("text", "")) if causes else ""
