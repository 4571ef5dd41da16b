"""Two runs beside each other, and the best of many."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from nbtrack.errors import MetricNotFound, ObjectMissing
from nbtrack.model.direction import Direction, direction, is_of_training
from nbtrack.model.folds import behind
from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.caret import shown
from nbtrack.query.changes import Change, changes, difference, flat, is_number, metric_changes, same
from nbtrack.query.environments import Objects, package_changes
from nbtrack.query.facts import facts_of
from nbtrack.query.likelihood import likely_first
from nbtrack.query.nearest import nearest
from nbtrack.query.source_diff import Line, source_diff
from nbtrack.query.statistics import seed_like
from nbtrack.query.upstream import CellDiff, patch_diff, upstream_diff

Space = Literal["params", "metrics", "tags"]
SECTIONS: Final = (
    *("metrics", "params", "source", "data", "slice", "seeds", "environment", "code", "hardware", "tags"),
)
"""What came out, then what may have caused it: what usually moves a metric comes first."""
_ALWAYS_DIFFERENT: Final = frozenset({"sha256", "size", "rng_states", "imported"})
TITLES: Final[Mapping[str, str]] = {"code": "commit", "slice": "upstream cells"}
"""What people read in place of a section's name: ``code`` is the repository's state, not the cell's source."""
_FACTS: Final = frozenset({"data", "slice", "seeds", "environment", "code", "hardware"})
_NAMED: Final = 4
_LISTED: Final = 20
_PACKAGES: Final = "packages."
_DIGEST: Final = re.compile("[0-9a-f]{8,} · ")


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between run ``a`` and run ``b``, section by section.

    An empty section says that they are the same in it, or that neither recorded anything: ``alike`` and ``absent``
    tell which. In ``environment`` the packages, when their lists could be read, come last. ``facts`` has in few words
    what people read of data, slice, seeds, environment, code and hardware; ``upstream`` the cells before the runs' own
    that differ, and ``patch`` the uncommitted changes, where the sources could be read.
    """

    a: Run
    b: Run
    params: tuple[Change, ...]
    metrics: tuple[Change, ...]
    tags: tuple[Change, ...]
    source: tuple[Line, ...]
    data: tuple[Change, ...]
    code: tuple[Change, ...]
    environment: tuple[Change, ...]
    facts: Mapping[str, tuple[Change, ...]]
    upstream: tuple[CellDiff, ...] = ()
    patch: tuple[Line, ...] = ()

    def same(self, section: str) -> bool:
        """Tell whether nothing recorded differs in one of ``SECTIONS``."""
        if section == "source":
            return not any(line.sign != "=" for line in self.source)
        return not (self.facts[section] if section in _FACTS else getattr(self, section))

    def recorded(self, section: str) -> bool:
        """Tell whether either run has anything in one of ``SECTIONS``."""
        if section == "source":
            return bool(_source(self.a) or _source(self.b))
        if section == "seeds":
            return any(run.environment.get("rng") for run in (self.a, self.b))
        return any(run.document.get(section) for run in (self.a, self.b))

    @property
    def alike(self) -> tuple[str, ...]:
        """The titles of the sections that were recorded and do not differ."""
        return tuple(TITLES.get(each, each) for each in SECTIONS if self.same(each) and self.recorded(each))

    @property
    def absent(self) -> tuple[str, ...]:
        """The titles of the sections of which neither run recorded anything."""
        return tuple(TITLES.get(each, each) for each in SECTIONS if not self.recorded(each))


@dataclass(frozen=True, slots=True)
class Best:
    """The run with the best value of a metric, and what sets it apart from the runner-up."""

    run: Run
    metric: str
    way: Direction
    value: float
    runner_up: Run | None
    margin: float | None
    why: Diff | None

    def sentence(self) -> str:
        """Return in plain words what won, by how much, and what differs."""
        best = "lowest" if self.way == "min" else "highest"
        won = f"{_called(self.run)} has the {best} {shown(self.metric)}: {self.value:.6g}"
        if self.runner_up is None or self.why is None:
            return f"{won}. No other finished run has this metric."
        return f"{won}, {self._distance()} {_called(self.runner_up)}. {_reasons(self.why)}"

    def _distance(self) -> str:
        if not self.margin:
            return "the same as"
        return f"{self.margin:.4g} {'below' if self.way == 'min' else 'above'}"


def diff(a: Run, b: Run, objects: Objects | None = None) -> Diff:
    """Return what differs between two runs; ``a`` is the old one.

    Args:
        a: the old one.
        b: the new one.
        objects: reads kept bytes by their hash (``store.get``), for the packages of the two environments.
    """
    packages = package_changes(a, b, objects) if objects else ()
    facts = {kind: changes(*told) for kind, told in facts_of((a, b), objects or _unread).items()}
    return Diff(
        a,
        b,
        params=changes(a.params, b.params),
        metrics=metric_changes(a.metrics, b.metrics),
        tags=changes(a.tags, b.tags),
        source=source_diff(_source(a), _source(b)),
        data=changes(_data(a), _data(b)),
        code=changes(_flat(a, "code"), _flat(b, "code")),
        environment=(*changes(_flat(a, "environment"), _flat(b, "environment")), *packages),
        facts={
            **facts,
            "data": _comparable(facts["data"]),
            "environment": _surroundings(facts["packages"], facts["env"]),
        },
        upstream=upstream_diff(a, b, objects) if objects else (),
        patch=patch_diff(a, b, objects) if objects else (),
    )


def _unread(name: str) -> bytes:
    raise ObjectMissing(name)


def _comparable(data: Iterable[Change]) -> tuple[Change, ...]:
    """A digest that one run lacks tells nothing: data are said to differ by what both have of them."""

    def known(text: object) -> str:
        return _DIGEST.sub("", str(text))

    def unknown(change: Change) -> bool:
        one, other = (_DIGEST.match(str(value)) is not None for value in (change.old, change.new))
        return change.kind == "changed" and one is not other and known(change.old) == known(change.new)

    return tuple(change for change in data if not unknown(change))


def _surroundings(packages: Sequence[Change], others: Sequence[Change]) -> tuple[Change, ...]:
    """Return what differs around a run; that there are more packages is no news beside which ones."""
    named = [replace(change, name=f"{_PACKAGES}{change.name}") for change in packages]
    return (*named, *(change for change in others if not (named and change.name == "packages")))


def listed(diff: Diff, section: str) -> list[Change]:
    """Return the changes of a section that people should read; ``left_out`` says how many others there are.

    What a person chose comes before seeds, these before what was left at its default, and the largest relative change
    first. Defaults that only one run's estimator has are no one's choice, and of many packages the first will do.
    """
    if section == "metrics":
        main = judging(diff.a, diff.b)
        return sorted(diff.metrics, key=lambda change: change.name != main)
    if section not in _FACTS:
        found = [change for change in getattr(diff, section) if section != "params" or not _came_along(change, diff)]
        return likely_first(found, lambda change: _idle(change, diff) if section == "params" else 0)
    if section == "environment":
        packages = [change for change in diff.facts[section] if change.name.startswith(_PACKAGES)]
        return [*packages[:_LISTED], *(change for change in diff.facts[section] if change not in packages)]
    return likely_first(diff.facts[section])


def left_out(diff: Diff, section: str) -> list[str]:
    """Return what ``listed`` leaves out of a section, in words; empty when it leaves out nothing."""
    if section not in {"params", "environment"}:
        return []
    whole = diff.facts[section] if section in _FACTS else getattr(diff, section)
    count = len(whole) - len(listed(diff, section))
    words = "that only one run has, at default" if section == "params" else "packages more"
    return [f"{count} {words}"] if count else []


def judging(a: Run, b: Run) -> str | None:
    """Return the metric that people care about: both have it, its name tells which way is better, and it moved.

    Of several such the first that is not one of training data; where none is all of that, the next best.
    """
    names = list(dict.fromkeys((*a.metrics, *b.metrics)))
    both = [name for name in names if is_number(a.metrics.get(name)) and is_number(b.metrics.get(name))] or names
    moved = {name for name in both if not same(a.metrics.get(name), b.metrics.get(name))}
    return max(both, key=lambda name: (bool(direction(name)), name in moved, not is_of_training(name)), default=None)


def _idle(change: Change, diff: Diff) -> int:
    """Return how little a changed param explains: a seed only draws other numbers, and a default nobody chose."""
    return 2 * all_defaults(change.name, (diff.a, diff.b)) + seed_like(change.name)


def _came_along(change: Change, diff: Diff) -> bool:
    return change.kind != "changed" and all_defaults(change.name, (diff.a, diff.b))


def differing(runs: Sequence[Run], space: Space) -> list[str]:
    """Return all names the runs have in ``space``, those whose values differ (or that some run lacks) first.

    Params that were left at an estimator's default in every run come after those somebody chose; of the others, those
    that most runs have come first, and folds after the metrics that are their means.
    """
    return [trait.name for trait in traits(runs, space)]


@dataclass(frozen=True, slots=True)
class Trait:
    """A param, metric or tag that some of several runs have.

    ``held`` is how many have it, ``alike`` whether all have the same, ``default`` whether nobody chose it.
    """

    name: str
    held: int
    alike: bool
    default: bool


def traits(runs: Iterable[Run], space: Space) -> list[Trait]:
    """Return what the runs have in ``space``, in the order of ``differing``; one pass over the runs."""
    known = list(runs)
    held: list[Mapping[str, Any]] = [getattr(run, space) for run in known]
    counts = Counter(name for values in held for name in values)
    chosen = {name for run in known for name in _chosen(run)} if space == "params" else counts.keys()
    found = [Trait(name, count, _alike(name, held), name not in chosen) for name, count in counts.items()]
    aside = behind(counts) if space == "metrics" else ()
    return sorted(found, key=lambda trait: (trait.alike, trait.default, trait.name in aside, -trait.held))


def all_defaults(param: str, runs: Sequence[Run]) -> bool:
    """Tell whether no run chose this param: wherever it is, it is an estimator's default."""
    return all(_is_default(run, param) for run in runs if param in run.params)


def _chosen(run: Run) -> Iterator[str]:
    return (name for name in run.params if not _is_default(run, name))


def _is_default(run: Run, param: str) -> bool:
    return str(run.sources["params"].get(param, "")).endswith(" default")


def best(runs: Sequence[Run], metric: str | None = None) -> Best | None:
    """Return the finished run with the best ``metric``; by default the metric most runs have whose name tells the way.

    None when no finished run has such a metric. NaN never wins.

    Raises:
        MetricNotFound: ``metric`` was named, and no run has it.
    """
    runs = list(runs)
    finished = [run for run in runs if run.status == "finished"]
    chosen = metric or _usual_metric(finished)
    if chosen is None:
        return None
    if metric and not any(metric in run.metrics for run in runs):
        raise MetricNotFound(_no_metric(metric, runs))
    way = direction(chosen) or "max"
    ranked = _ranked(finished, chosen, way)
    return _best(ranked, chosen, way) if ranked else None


def _best(ranked: Sequence[Run], metric: str, way: Direction) -> Best:
    first, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    value = first.metrics[metric]
    if second is None:
        return Best(first, metric, way, value, None, None, None)
    margin = abs(difference(value, second.metrics[metric]))
    return Best(first, metric, way, value, second, margin, diff(second, first))


def _ranked(runs: Sequence[Run], metric: str, way: Direction) -> list[Run]:
    """Best first; of equals the one that came first in time, because the later ones did not improve on it."""
    having = sorted((run for run in runs if is_number(run.metrics.get(metric))), key=lambda run: (run.started, run.id))
    return sorted(having, key=lambda run: run.metrics[metric], reverse=way == "max")


def _usual_metric(runs: Sequence[Run]) -> str | None:
    """Of equally common metrics the first one recorded wins: people write the one they care about first.

    But for those of training data, which say nothing of new data.
    """
    counts = Counter(name for run in runs for name, value in run.metrics.items() if is_number(value))
    judged = {name: count for name, count in counts.items() if direction(name)}
    return max(judged, key=lambda name: (judged[name], not is_of_training(name)), default=None)


def _no_metric(metric: str, runs: Sequence[Run]) -> str:
    near = nearest(metric, dict.fromkeys(name for run in runs for name in run.metrics))
    return f"no metric `{shown(metric)}`" + (f"; did you mean `{shown(near)}`?" if near else " in these runs")


def _alike(name: str, held: Sequence[Mapping[str, Any]]) -> bool:
    return all(name in values and same(values[name], held[0].get(name)) for values in held)


def _source(run: Run) -> str:
    return run.cell.source if run.cell else ""


def _flat(run: Run, section: Literal["code", "environment"]) -> dict[str, Any]:
    """Return a section's values by dotted name, without what differs when nothing else does.

    That is the place where the whole of it is kept, the states of random generators, and what a session had imported.
    """
    values = flat(untag(run.document[section]))
    return {name: value for name, value in values.items() if name.partition(".")[0] not in _ALWAYS_DIFFERENT}


def _data(run: Run) -> dict[str, Any]:
    """Return the hash of each file by path and the digest of each variable by name; what was written is a result.

    A record of another shape is passed over.
    """
    entries = [untag(each) for each in run.document["data"]]
    used = [each for each in entries if isinstance(each, dict) and each.get("mode") != "write"]
    return {str(each.get("path") or each.get("name")): each.get("sha256") or each.get("digest") for each in used}


def _called(run: Run) -> str:
    return f"{shown(run.name)} ({run.short})" if run.name != run.short else run.short


def _reasons(why: Diff) -> str:
    """Say what differs between the winner (``why.b``) and the runner-up, the nearest cause first."""
    chosen = [change for change in why.params if not all_defaults(change.name, (why.a, why.b))]
    reasons = [_reason(change) for change in chosen[:_NAMED]]
    if len(chosen) > _NAMED:
        reasons.append(f"{len(chosen) - _NAMED} more params")
    others = {
        "source": "the cell's source",
        "data": "the data",
        "slice": "the cells before it",
        "seeds": "the seeds",
        "environment": "the environment",
        "code": "the commit",
        "hardware": "the hardware",
    }
    reasons += [words for section, words in others.items() if not why.same(section)]
    if not reasons and why.params:
        return "Only params left at their defaults differ between the two."
    if not reasons:
        return "Nothing recorded differs between the two."
    return f"What differs: {', '.join(reasons)}."


def _reason(change: Change) -> str:
    name = shown(change.name)
    match change.kind:
        case "added":
            return f"{name} {_brief(change.new)} (not set there)"
        case "removed":
            return f"{name} not set ({_brief(change.old)} there)"
    return f"{name} {_brief(change.new)} instead of {_brief(change.old)}"


def _brief(value: Any) -> str:
    text = shown(str(value))
    return text if len(text) <= 40 else text[:39] + "…"
