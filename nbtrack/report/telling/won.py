"""What won: by which metric and why by that one, by how much, what sets it apart, and what the metric goes with."""

from collections.abc import Iterator, Sequence
from typing import Final

from nbtrack.model.direction import direction, is_of_training
from nbtrack.model.run import Run
from nbtrack.query.changes import difference, is_number
from nbtrack.query.compare import all_defaults, best
from nbtrack.query.importance import Importance, importance
from nbtrack.query.statistics import seed_like
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.phrases import all_of, called, counted, cut, fixed, listed, opening, share, value
from nbtrack.report.telling.study import Study, is_baseline
from nbtrack.view.number import figure

_ENOUGH: Final = 6  # runs; among fewer nothing is beyond what chance does
_TOLD: Final = 3
_NAMED: Final = 4


def won(study: Study) -> Iterator[Sentence]:
    """Yield what won and why by this metric, or why it cannot be said that anything did."""
    if not study.runs:
        return
    if study.best is None:
        yield _nothing(study)
        return
    yield _winner(study)
    if len(study.ranked) > 1:
        yield from _apart(study)
        yield from _other_winner(study)
        yield from mattered(study)
        yield ranked_by(study)


def won_here(study: Study) -> Iterator[Sentence]:
    """Yield what won among runs of one set of data, where why by this metric is told for all sets at once."""
    yield _winner(study)
    if len(study.ranked) > 1:
        yield from _apart(study)
        yield from mattered(study)


def ranked_by(study: Study) -> Sentence:
    """Say why runs are ranked by this metric and in this direction."""
    return Sentence(f"Ranked by {cut(study.metric)}: {_why(study)}", "won")


def _nothing(study: Study) -> Sentence:
    finished = [run for run in study.runs if run.status == "finished"]
    names = list(dict.fromkeys(name for run in finished for name in run.metrics))
    if not finished:
        return Sentence("No run finished, so there is no result to compare.", "won")
    if not names:
        return Sentence("No finished run recorded a metric, so none can be called the best.", "won")
    if study.metric:
        return Sentence(f"No finished run has a finite value of {cut(study.metric)}, so none is the best.", "won")
    judged = [name for name in names if direction(name)]
    if judged:
        has = "has" if len(judged) == 1 else "have"
        return Sentence(
            f"{listed(map(cut, judged))} {has} no finite value in any finished run, so none is the best.", "won"
        )
    named = listed(map(cut, names))
    if len(names) == 1:
        told = f"The metric recorded ({named}) does not tell by its name which way is better"
    else:
        told = f"The metrics recorded ({named}) do not tell by their names which way is better"
    return Sentence(f"{told}, so no run is called the best.", "won")


def _winner(study: Study) -> Sentence:
    first = study.ranked[0]
    number = fixed(first.metrics[study.metric], study.places) if len(study.ranked) > 1 else _single(study)
    metric = cut(study.metric)
    if len(study.ranked) == 1:
        alone = "the only run" if len(study.runs) == 1 else "the only finished run with it"
        return Sentence(f"{called(first)}, {alone}, has {metric} {number}.", "won", (first.id,))
    ties = [run for run in study.ranked if run.metrics[study.metric] == first.metrics[study.metric]]
    end = "lowest" if study.way == "min" else "highest"
    if len(ties) == len(study.ranked):
        text = f"{all_of(len(ties), 'run')} that have {metric} have the same: {number}."
    elif len(ties) > 1:
        text = f"{opening(len(ties), 'run')} share the {end} {metric}, {number}; {called(first)} was the first."
    else:
        text = f"{called(first)} has the {end} {metric}: {number}."
    return Sentence(text, "won", tuple(run.id for run in ties[:_NAMED]))


def _single(study: Study) -> str:
    return figure(study.ranked[0].metrics[study.metric])


def _why(study: Study) -> str:
    finished = [run for run in study.runs if run.status == "finished"]
    names = [name for name in dict.fromkeys(n for run in finished for n in run.metrics) if direction(name)]
    count = len(study.ranked)
    having = f"{count:,} of {counted(len(finished), 'finished run')} {'has' if count == 1 else 'have'} it"
    having = f"{all_of(count, 'finished run').lower()} have it" if 1 < count == len(finished) else having
    way = "lower" if study.way == "min" else "higher"
    if direction(study.metric) is None:
        return f"its name does not tell which way is better; {way} is taken to be. {having.capitalize()}."
    if len(names) == 1:
        return f"it is the only metric whose name tells which way is better ({way}); {having}."
    usual = best(study.runs)
    if usual is None or usual.metric != study.metric:
        return f"that was asked for; {way} is better. {having.capitalize()}."
    counts = [sum(is_number(run.metrics.get(name)) for run in finished) for name in names]
    alike = [name for name, count in zip(names, counts, strict=True) if count == max(counts)]
    rule = f"it is in the most runs{_first_of(alike)}"
    return f"of {len(names):,} metrics whose names tell which way is better, {rule} ({having}); {way} is better."


def _first_of(metrics: Sequence[str]) -> str:
    """Return why the first was taken of metrics that equally many runs have."""
    if len(metrics) == 1:
        return ""
    before = metrics[: next((place for place, name in enumerate(metrics) if not is_of_training(name)), 0)]
    return " and is the first that is not of training data" if before else " and was recorded first"


def _apart(study: Study) -> Iterator[Sentence]:
    first, second = study.ranked[0], study.ranked[1]
    if study.best is None or first.metrics[study.metric] == second.metrics[study.metric]:
        return
    sides = [f"{_margin(study, first, second)} the runner-up, {called(second)}"]
    base = study.baseline
    if base is not None and base not in (first, second):
        what = "the baseline" if is_baseline(base) else "the first run"
        sides.append(f"{_margin(study, first, base)} {what}, {called(base)}")
    told = f"That is {listed(sides)}."
    if base is first:
        told += (
            " It is the baseline itself."
            if is_baseline(first)
            else " It was the first of them: no later run improved on it."
        )
    elif base is second:
        told = told.replace(
            "the runner-up",
            "the baseline and runner-up" if is_baseline(second) else "the runner-up, which was the first run",
            1,
        )
    ids = (first.id, second.id, *((base.id,) if base and base not in (first, second) else ()))
    yield Sentence(told, "won", ids)
    yield from _differs(study, first, second)


def _margin(study: Study, first: Run, other: Run) -> str:
    """Say how far two values are apart, in the metric's unit and - where both are positive - relative."""
    one, two = first.metrics[study.metric], other.metrics[study.metric]
    gap = abs(difference(one, two))
    relative = f" ({share(gap / abs(two))})" if min(one, two) > 0 else ""
    return f"{fixed(gap, study.places)}{relative} {'below' if study.way == 'min' else 'above'}"


def _differs(study: Study, first: Run, second: Run) -> Iterator[Sentence]:
    """Say which params the two best differ in; what else differs is a doubt, and told as one."""
    why = study.best.why if study.best else None
    if why is None:
        return
    chosen = [change for change in why.params if not all_defaults(change.name, (first, second))]
    if chosen and all(seed_like(each.name) for each in chosen):
        yield Sentence("The best and the runner-up are set alike but for the seed.", "won", (first.id, second.id))
        return
    if not chosen:
        return
    words = [
        f"{cut(each.name)} {value(each.new)} instead of {value(each.old)}"
        if each.kind == "changed"
        else f"{cut(each.name)} {value(each.new)} (not set there)"
        if each.kind == "added"
        else f"no {cut(each.name)} ({value(each.old)} there)"
        for each in chosen
    ]
    yield Sentence(
        f"Set otherwise than in the runner-up: {listed(words, _NAMED, 'params')}.", "won", (first.id, second.id)
    )


def _other_winner(study: Study) -> Iterator[Sentence]:
    """Say which other metrics, as widely recorded, another run wins."""
    first = study.ranked[0]
    found = []
    for name in first.metrics:
        way = direction(name)
        if name == study.metric or way is None:
            continue
        having = [run for run in study.ranked if is_number(run.metrics.get(name))]
        if len(having) < len(study.ranked) or not is_number(first.metrics.get(name)):
            continue
        top = (max if way == "max" else min)(having, key=lambda run: run.metrics[name])
        if top.metrics[name] != first.metrics[name]:
            found.append((name, top))
    if found:
        told = listed((f"by {cut(name)} it is {called(run)}" for name, run in found), _TOLD)
        ids = tuple(dict.fromkeys(run.id for _, run in found[:_TOLD]))
        yield Sentence(f"Another metric, another winner: {told}.", "won", ids)


def mattered(study: Study) -> Iterator[Sentence]:
    """Yield which params the metric goes with beyond chance, by ``query.importance``, with the uncertainty of that."""
    if len(study.ranked) < _ENOUGH or study.ranked[0].metrics[study.metric] == study.ranked[-1].metrics[study.metric]:
        return
    found = importance(study.ranked, study.metric, thorough=False)
    rows = [row for row in found if not all(all_defaults(name, study.ranked) for name in row.params)]
    if not rows:
        return
    beyond = [row for row in rows if row.value > row.chance]
    metric, most = cut(study.metric), max(row.n for row in rows)
    if not beyond:
        what = (
            "The one param that varied does not go"
            if len(rows) == 1
            else f"None of {len(rows):,} params that varied goes"
        )
        yield Sentence(f"{what} with {metric} more than chance alone could make it, in {counted(most, 'run')}.", "won")
        return
    told = "; ".join(_share(study, row) for row in beyond[:_TOLD])
    more = f" {len(beyond) - _TOLD} more go with it beyond chance." if len(beyond) > _TOLD else ""
    caution = "This is association in these runs, one param at a time, and not proof of cause."
    yield Sentence(f"What {metric} goes with: {told}.{more} {caution}", "won")


def _share(study: Study, row: Importance) -> str:
    name = listed(map(cut, row.params), _TOLD)
    always = " (always changed together)" if len(row.params) > 1 else ""
    good = row.bottom if study.way == "min" else row.top
    interval = f"90 % interval {share(row.low).removesuffix(' %')} to {share(row.high)}"
    part = f"{share(row.value)} of the variance of its ranks ({interval}, {row.n:,} runs)"
    return f"{name}{always} with {part}, best at {cut(good, 30)}"
