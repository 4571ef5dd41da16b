"""With what certainty it won: what repeated runs tell, what the number of test rows tells, and what neither does."""

from collections.abc import Iterator
from math import isfinite

from nbtrack.model.reproduction import GOOD
from nbtrack.query.better import Verdict, judge
from nbtrack.query.proportion import on_training_data, scored_rows, wilson
from nbtrack.query.statistics import Summary
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.phrases import agreeing, called, chance, counted, cut, fixed, opening, precise
from nbtrack.report.telling.study import Setting, Study
from nbtrack.view.wording import moment_text

_FEW = 6  # runs of a group; with fewer a t test leans on the shape of the scatter
_LEVEL = 0.05


def certainty(study: Study) -> Iterator[Sentence]:
    """Yield how certain the ranking is."""
    if not study.ranked:
        return
    yield from _repeats(study) if study.repeated else _once(study)
    yield from _rows(study)
    yield from _reproduced(study)


def _once(study: Study) -> Iterator[Sentence]:
    metric = cut(study.metric)
    if len(study.ranked) == 1:
        text = f"One run does not tell how far {metric} would move with another seed or split."
    else:
        text = (
            "Every setting was run once, so these runs cannot tell a real difference from chance: "
            f"how far {metric} moves by itself is not known. Repeating the best settings with several seeds would tell."
        )
    yield Sentence(text, "certainty")


def _repeats(study: Study) -> Iterator[Sentence]:
    top, others = study.repeated[0], study.repeated[1:]
    if not study.noise[0]:
        yield _without_spread(study)
        return
    yield _mean(study, top)
    baseline = [each for each in others if study.baseline in each.runs]
    for other in dict.fromkeys((*others[:1], *baseline)):
        yield _apart(study, top, other)
    yield from _single(study, top)


def _without_spread(study: Study) -> Sentence:
    count = len(study.repeated)
    what = f"{opening(count, 'setting')} {agreeing(count, 'was', 'were')} run more than once and gave"
    same = f"{what} the same {cut(study.metric)} each time"
    if any(each.seeds > 1 for each in study.repeated):
        return Sentence(f"{same}, with different seeds too: the seed does not reach this result.", "certainty")
    why = "repeats without another seed show that the result is stable, not that it would hold with other data or seeds"
    return Sentence(f"{same}; {why}.", "certainty")


def _mean(study: Study, top: Setting) -> Sentence:
    told, metric, label = top.told, cut(study.metric), study.label(top)
    seeds = f" with {counted(top.seeds, 'seed')}" if top.seeds > 1 else ""
    low, high = _ends(told, told.low, told.high)
    interval = f"95 % t interval {low} to {high}" if told.sd else "all the same"
    value = f"{_rounded(told, told.mean)} over {counted(told.n, 'run')}{seeds} ({interval})"
    many = len(study.repeated)
    text = (
        f"{label} has the best mean {metric}: {value}, the best of {many:,} settings that were repeated."
        if many > 1
        else f"{label} was repeated: mean {metric} {value}."
    )
    if told.sd and top.seeds < 2:
        text += " The runs do not record different seeds, so what moved it is not known."
    return Sentence(text, "certainty", tuple(run.id for run in top.runs))


def _rounded(told: Summary, value: float) -> str:
    return precise(value, (told.high - told.low) / 2)


def _ends(told: Summary, *ends: float) -> list[str]:
    return [_rounded(told, end) for end in ends]


def _apart(study: Study, top: Setting, other: Setting) -> Sentence:
    found = judge(other.values, top.values, [each.values for each in study.repeated])
    ids = tuple(run.id for run in (*top.runs, *other.runs))
    label = study.label(other)
    if study.baseline in other.runs and other is not study.repeated[1]:
        label = f"the setting of the first run, {label}"
    way = "below" if study.way == "min" else "above"
    if found.kind == "still":
        gap = fixed(abs(found.test.difference), study.places)
        return Sentence(f"That is {gap} {way} {label}; neither varies, so no test applies.", "certainty", ids)
    gap = f"{_gap(found, study.way == 'min')} {way} {label}"
    return Sentence(f"That is {gap}: {_test(found)}{_effect(found)}. {_judged(found)}", "certainty", ids)


def _gap(found: Verdict, lower_is_better: bool) -> str:  # noqa: FBT001 - private
    """Return the difference with its interval, counted so that the better side is positive."""
    sign = -1 if lower_is_better else 1
    half = (found.test.high - found.test.low) / 2
    low, high = sorted((sign * found.test.low, sign * found.test.high))
    gap = precise(sign * found.test.difference, half)
    return f"{gap} (95 % interval {precise(low, half)} to {precise(high, half)})"


def _test(found: Verdict) -> str:
    """Name the test with its p, and the p that is left when all pairs of settings are counted."""
    ranks = found.ranks
    exact = "an exact " if ranks and ranks.exact else "a "
    if found.by == "ranks":
        text = f"{exact}Mann-Whitney rank test (most values are tied), {chance(found.p)}"
    else:
        text = f"Welch's t test, {chance(found.p)}"
    if found.by == "Welch" and ranks and min(found.a.n, found.b.n) < _FEW:
        least = chance(ranks.least).removeprefix("p = ")
        told = f"{chance(ranks.p)}; it cannot go below {least}"
        text += f" ({exact}rank test, which assumes no bell shape, {told})"
    if found.pairs > 1:
        text += (
            f", {chance(found.corrected)} with {found.correction}'s correction for {found.pairs:,} pairs of settings"
        )
    return text


def _effect(found: Verdict) -> str:
    if not isfinite(found.size.g):
        return ""
    sign = 1 if found.size.g >= 0 else -1
    low, high = sorted((sign * found.size.low, sign * found.size.high))
    interval = f", 95 % interval {low:.2g} to {high:.2g}" if isfinite(low) else ""
    return f"; effect size {abs(found.size.g):.2g} standard deviations (Hedges' g{interval})"


def _judged(found: Verdict) -> str:
    if found.kind == "apart":
        return "Chance alone would seldom make so large a difference."
    if found.pairs > 1 and found.p < _LEVEL:
        return "Alone this pair would pass at the 5 % level; as the best of several it does not, so it may be chance."
    return "These runs cannot tell the two apart: so large a difference may be chance."


def _single(study: Study, top: Setting) -> Iterator[Sentence]:
    """Say so where the best run is not one of the best setting, and how many settings were run once."""
    first = study.ranked[0]
    own = next(each for each in study.settings if first in each.runs)
    is_lonely = len(own.runs) == 1
    if is_lonely:
        text = f"The setting of the best single run, {called(first)}, was run once: whether it would hold is not known."
        yield Sentence(text, "certainty", (first.id,))
    elif own is not top:
        text = (
            f"The best single run, {called(first)}, is of another setting, {study.label(own)}, whose mean is "
            f"{_rounded(own.told, own.told.mean)} over {counted(own.told.n, 'run')}: its place owes something to luck."
        )
        yield Sentence(text, "certainty", (first.id,))
    rest = len(study.settings) - len(study.repeated) - is_lonely
    if rest:
        what = opening(rest, "other setting" if is_lonely else "setting")
        once = agreeing(rest, "was run once only and is", "were run once only and are")
        yield Sentence(f"{what} {once} in none of these tests.", "certainty")


def _rows(study: Study) -> Iterator[Sentence]:
    """Say how far an accuracy counted on so many rows may be from the truth."""
    first = study.ranked[0]
    rows = scored_rows(first, study.metric)
    if rows is None or on_training_data(first, study.metric):
        return
    low, high = wilson(rows.hits, rows.n)
    half = (high - low) / 2
    counts = f"{counted(rows.n, 'row')} ({rows.hits:,} right)"
    interval = f"{precise(low, half)} to {precise(high, half)} (Wilson's score interval)"
    text = f"The {cut(study.metric)} of {called(first)} was counted on {counts}, "
    text += f"which leaves a 95 % interval of {interval}"
    if inside := _inside(study, low, high):
        text += f"; {inside} within it. A paired test of the predictions, such as McNemar's, could tell more"
    yield Sentence(f"{text}.", "certainty", (first.id,))


def _inside(study: Study, low: float, high: float) -> str:
    others = [run.metrics[study.metric] for run in study.ranked[1:]]
    inside = sum(low <= other <= high for other in others)
    if not inside:
        return ""
    if inside < len(others):
        return f"the values of {inside:,} of the {len(others):,} other runs {agreeing(inside, 'lies', 'lie')}"
    return agreeing(inside, "the other run's value lies", "all other runs' values lie")


def _reproduced(study: Study) -> Iterator[Sentence]:
    first = study.ranked[0]
    if first.verdict in GOOD and first.reproductions:
        at = moment_text(first.reproductions[-1]["at"])
        yield Sentence(f"{called(first)} was reproduced on {at}: {first.verdict}.", "certainty", (first.id,))
