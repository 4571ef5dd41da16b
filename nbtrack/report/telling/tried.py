"""What was tried: which runs, when, how they ended, what varied between them and what did not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.query.compare import Trait, traits
from nbtrack.query.statistics import seed_like
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.phrases import counted, cut, listed, opening, value
from nbtrack.report.telling.study import Study, ids
from nbtrack.view.wording import duration_text

_FEW: Final = 3
_NAMED: Final = 6
_ENDS: Final = {
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
    "running": "still running when this was written",
    "lost": "lost (the process ended without a word)",
}


def tried(study: Study) -> Iterator[Sentence]:
    """Yield what was tried; of no runs, that there are none."""
    if not study.runs:
        yield Sentence("There are no runs to tell of.", "tried")
        return
    yield Sentence(f"{_recorded(study.runs)}{_ended(study.runs)}", "tried", ids(study.runs))
    found = traits(study.runs, "params")
    if not found:
        yield Sentence("No params were recorded, so nothing tells what the runs were set to.", "tried")
    elif len(study.runs) == 1:
        yield from _set(study.runs[0], found)
    else:
        yield from _varied(study.runs, found)


def _recorded(runs: Sequence[Run]) -> str:
    names = Counter(run.experiment for run in runs)
    common = [cut(name) for name, _ in names.most_common()]
    where = (
        f"experiment {common[0]}" if len(common) == 1 else f"{counted(len(common), 'experiment')} ({listed(common)})"
    )
    verb = "was" if len(runs) == 1 else "were"
    return f"{opening(len(runs), 'run')} of {where} {verb} recorded {_period(runs[0].started, runs[-1].started)}"


def _period(first: datetime, last: datetime) -> str:
    days = f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
    times = f"{first:%H:%M}", f"{last:%H:%M}"
    if days[0] != days[1]:
        return f"between {days[0]} and {days[1]}"
    if times[0] != times[1]:
        return f"on {days[0]} between {times[0]} and {times[1]} UTC"
    return f"on {days[0]} at {times[0]} UTC"


def _ended(runs: Sequence[Run]) -> str:
    counts = Counter[str](run.status for run in runs)
    took = sum(run.duration for run in runs if run.duration is not None)
    if len(runs) == 1:
        word = _ENDS.get(runs[0].status, runs[0].status)
        after = f" after {duration_text(took)}" if took and word in {"finished", "failed"} else ""
        return f"; it {'' if word in {'finished', 'failed'} else 'was '}{word}{after}."
    parts = [f"{counts[name]:,} {words}" for name, words in _ENDS.items() if counts[name]]
    whole = {"finished": "all finished", "failed": "all failed"}
    said = whole.get(runs[0].status, listed(parts)) if len(counts) == 1 else listed(parts)
    return f": {said}. Together they ran for {duration_text(took)}." if took else f": {said}."


def _set(run: Run, found: Sequence[Trait]) -> Iterator[Sentence]:
    chosen = [trait for trait in found if not trait.default]
    named = listed((f"{cut(each.name)} = {value(run.params[each.name])}" for each in chosen), _NAMED)
    rest = len(found) - len(chosen)
    default = f"{counted(rest, 'param')} {'was' if rest == 1 else 'were'} at a library's default" if rest else ""
    text = f"It was set to {named}" if chosen else ""
    yield Sentence(f"{text}{'; ' if text and default else ''}{default}.", "tried", (run.id,))


def _varied(runs: Sequence[Run], found: Sequence[Trait]) -> Iterator[Sentence]:
    chosen = [_Held.of(runs, trait) for trait in found if not trait.default]
    seeds = [each for each in chosen if seed_like(each.name)]
    others = [each for each in chosen if each not in seeds]
    varied = [each for each in others if len(each.values) > 1]
    if varied:
        yield Sentence(f"Varied: {listed((each.text() for each in varied), _NAMED, 'params')}.", "tried")
    elif not any(each.partly for each in others):
        yield Sentence("No param that somebody chose varied between them.", "tried")
    partly = [each for each in others if len(each.values) == 1 and each.partly]
    if partly:
        yield Sentence(f"Set in some runs only: {listed((each.text() for each in partly), _NAMED, 'params')}.", "tried")
    if seeds:
        yield _seeded(seeds)
    fixed = [
        f"{cut(each.name)} = {value(each.values[0])}" for each in others if len(each.values) == 1 and not each.partly
    ]
    if fixed:
        yield Sentence(f"The same in all runs: {listed(fixed, _NAMED, 'params')}.", "tried")


def _seeded(seeds: Sequence["_Held"]) -> Sentence:
    if all(len(each.values) == 1 for each in seeds):
        return Sentence(f"One seed only: {listed((each.text() for each in seeds), _FEW)}.", "tried")
    return Sentence(f"Seeds: {listed((each.text() for each in seeds), _FEW)}.", "tried")


@dataclass(frozen=True, slots=True)
class _Held:
    """A param with its different values, in how many runs it is set, and how many runs there are."""

    name: str
    values: tuple[Any, ...]
    held: int
    count: int

    @classmethod
    def of(cls, runs: Sequence[Run], trait: Trait) -> "_Held":
        if trait.alike:
            return cls(trait.name, (runs[0].params[trait.name],), trait.held, len(runs))
        values = [run.params[trait.name] for run in runs if trait.name in run.params]
        # equal numbers are one value, however they are typed; True is not 1, and NaN is NaN
        distinct = {(each if is_number(each) else repr(each)): each for each in values}
        return cls(trait.name, tuple(distinct.values()), trait.held, len(runs))

    @property
    def partly(self) -> bool:
        """Whether some runs do not have it."""
        return self.held < self.count

    def text(self) -> str:
        """Say which values it had: few by themselves, many numbers by their range."""
        partly = f" (in {self.held:,} of {self.count:,} runs)" if self.partly else ""
        name, many = cut(self.name), len(self.values)
        numbers = sorted(each for each in self.values if is_number(each))
        if many == 1:
            return f"{name} = {value(self.values[0])}{partly}"
        if many <= _FEW:
            return f"{name} {listed(map(value, numbers if len(numbers) == many else self.values))}{partly}"
        if len(numbers) == many:
            return f"{name} over {many:,} values from {value(numbers[0])} to {value(numbers[-1])}{partly}"
        some = ", ".join(value(each) for each in self.values[:2])
        return f"{name} over {many:,} values such as {some}{partly}"
