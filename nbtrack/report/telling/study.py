"""What a summary knows of some runs: looked at once, and asked by every sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import fsum, sqrt
from typing import Final

from nbtrack.errors import MetricNotFound
from nbtrack.model.direction import Direction, direction
from nbtrack.model.run import Run
from nbtrack.query.changes import is_number, same
from nbtrack.query.compare import Best, best, traits
from nbtrack.query.statistics import Summary, seed_groups, seed_like, summary
from nbtrack.report.telling.phrases import called, cut, listed, places, value

_BASELINE: Final = re.compile(r"(?:^|[^a-z])(?:baseline|dummy|naive|majority|reference)(?![a-z])", re.IGNORECASE)
_SEED: Final = re.compile(r"((?:seed|random_?state|rng)\w*\s*[=(:]\s*)\d+", re.IGNORECASE)
_NAMED: Final = 4
_MAGIC: Final = re.compile(r"\A%%\w+.*\n?")


@dataclass(frozen=True, slots=True)
class Setting:
    """Runs that differ in nothing recorded but their seed: ``values`` of the metric, one for each of ``runs``."""

    runs: tuple[Run, ...]
    values: tuple[float, ...]
    told: Summary
    seeds: int  # how many different ones are recorded


@dataclass(frozen=True)
class Study:
    """Runs, oldest first, and the metric by which they are ranked; made by ``Study.of``."""

    runs: tuple[Run, ...]
    best: Best | None
    metric: str
    way: Direction

    @classmethod
    def of(cls, runs: Sequence[Run], metric: str | None = None) -> "Study":
        """Look at runs; ``metric`` ranks them, by default the one that comparisons choose.

        Raises:
            MetricNotFound: ``metric`` was named and no run has it.
        """
        every = tuple(sorted(runs, key=lambda run: (run.started, run.id)))
        if metric is not None and not every:
            raise MetricNotFound(f"there are no runs, so none has the metric {metric[:80]!r}")
        found = best(every, metric)
        chosen = found.metric if found else metric or ""
        return cls(every, found, chosen, found.way if found else direction(chosen) or "max")

    @cached_property
    def ranked(self) -> tuple[Run, ...]:
        """The finished runs with a finite value of the metric, best first; of equals the one that came first."""
        having = [run for run in self.runs if run.status == "finished" and is_number(run.metrics.get(self.metric))]
        return tuple(sorted(having, key=lambda run: run.metrics[self.metric], reverse=self.way == "max"))

    @property
    def compared(self) -> tuple[Run, ...]:
        """The ranked runs, or all where none can be ranked."""
        return self.ranked or self.runs

    @cached_property
    def baseline(self) -> Run | None:
        """The earliest ranked run that is called a baseline, else the first ranked run there was."""
        first = sorted(self.ranked, key=lambda run: (run.started, run.id))
        return next((run for run in first if is_baseline(run)), first[0] if first else None)

    @cached_property
    def places(self) -> int | None:
        """How many decimals tell the metric's values apart."""
        return places([run.metrics[self.metric] for run in self.ranked])

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The ranked runs by what they were set to and the version of their cell, best mean first."""
        parted = chain.from_iterable(_parted(group.runs) for group in seed_groups(self.ranked))
        found = [self._setting(runs) for runs in parted]
        return tuple(sorted(found, key=lambda each: each.told.mean, reverse=self.way == "max"))

    @cached_property
    def repeated(self) -> tuple[Setting, ...]:
        """The settings of which there are several runs, best mean first."""
        return tuple(each for each in self.settings if len(each.runs) > 1)

    @cached_property
    def noise(self) -> tuple[float, int]:
        """The spread between runs of one setting, pooled over all, and the degrees of freedom it stands on."""
        df = sum(each.told.n - 1 for each in self.repeated)
        squares = fsum(each.told.sd**2 * (each.told.n - 1) for each in self.repeated)
        return (sqrt(squares / df) if df else 0.0), df

    def better(self, one: float, other: float) -> bool:
        """Tell whether one value of the metric is better than another."""
        return one > other if self.way == "max" else one < other

    @cached_property
    def _telling(self) -> tuple[str, ...]:
        """The params somebody chose in which repeated settings differ."""
        found = traits([each.runs[0] for each in self.repeated], "params")
        return tuple(each.name for each in found if not (each.alike or each.default or seed_like(each.name)))

    def label(self, setting: Setting) -> str:
        """Return what tells a setting from the other repeated ones: its params, or the name of its first run."""
        run = setting.runs[0]
        words = [f"{cut(name, 40)}={value(run.params[name])}" for name in self._telling if name in run.params]
        told = listed(words, _NAMED, "params")
        alike = any(
            other is not setting and all(same(run.params.get(n), other.runs[0].params.get(n)) for n in self._telling)
            for other in self.repeated
        )
        return f"{told} ({called(run)})" if told and alike else told or called(run)

    def _setting(self, runs: tuple[Run, ...]) -> Setting:
        values = tuple(float(run.metrics[self.metric]) for run in runs)
        return Setting(runs, values, summary(values), _seeds(runs))


def ids(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the ids of runs, as a sentence has them."""
    return tuple(run.id for run in runs)


def is_baseline(run: Run) -> bool:
    """Tell whether a run's name or one of its tags calls it a baseline."""
    words = (run.name, *(f"{name} {each if each is not True else ''}" for name, each in run.tags.items()))
    return any(_BASELINE.search(word) for word in words)


def _parted(runs: tuple[Run, ...]) -> list[tuple[Run, ...]]:
    """Part runs whose cells differ in more than a seed: what they were set to is then not all that tells them apart."""
    if len(runs) == 1:
        return [runs]
    parts: dict[str, list[Run]] = {}
    for run in runs:
        parts.setdefault(_version(run), []).append(run)
    return [tuple(own) for own in parts.values()]


def _version(run: Run) -> str:
    if run.cell is not None and run.cell.source:
        return _SEED.sub(r"\1", _MAGIC.sub("", run.cell.source))
    chosen = [name for name in run.params if not seed_like(name)]
    return "" if chosen else run.name  # of runs that were logged without params only the name tells what they are


def _seeds(runs: Sequence[Run]) -> int:
    """Return how many different seeds are recorded; where one run has several, they count together."""
    if len(runs) == 1:
        return 0
    told = (sorted((name, repr(each)) for name, each in run.params.items() if seed_like(name)) for run in runs)
    return len({tuple(each) for each in told if each})
