"""What came out of one run against another and what differs between them, in plain words.

The front end says the same of the same two runs (``static/compare/causes.js``); a test compares them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from nbtrack.model.direction import direction
from nbtrack.model.run import Run
from nbtrack.query.changes import Change, difference, is_number
from nbtrack.query.compare import SECTIONS, TITLES, Diff, all_defaults, judging, listed
from nbtrack.view.escape import shown
from nbtrack.view.number import figure

RULE: Final = (
    "Ordered by what usually moves a metric: params, source, data, upstream cells, seeds; then environment, code, "
    "hardware. The largest relative change comes first."
)
_CAUSES: Final = tuple(section for section in SECTIONS if section not in {"metrics", "tags"})
_NAMED: Final = 3
_LONGEST: Final = 40
_SAID: Final = {
    "source": "the cell's source",
    "data": "the data",
    "slice": "the cells before it",
    "seeds": "the seeds",
    "hardware": "the hardware",
}


def diff_sentence(diff: Diff) -> str:
    """Return what the second run reached, by how much more or less, what differs, and what is the same."""
    reasons = [reason for section in _CAUSES if not diff.same(section) for reason in _reasons(diff, section)]
    same = [TITLES.get(each, each) for each in (*_CAUSES, "tags") if diff.same(each) and diff.recorded(each)]
    parts = [_outcome(diff), f"What differs: {', '.join(reasons)}." if reasons else "Nothing else recorded differs."]
    return " ".join([*parts, *([f"The same: {', '.join(same)}."] if same else [])])


def _outcome(diff: Diff) -> str:
    a, b = _names(diff.a, diff.b)
    metric = judging(diff.a, diff.b)
    if metric is None:
        return f"{a} and {b} have no metric."
    old, new = diff.a.metrics.get(metric), diff.b.metrics.get(metric)
    name = shown(metric, _LONGEST)
    sides = [(side, value) for side, value in ((a, old), (b, new)) if value is not None and is_number(value)]
    having = [f"{side} has {name} {figure(value)}" for side, value in sides]
    if old is None or new is None or len(having) < 2:
        return f"Only {having[0]}." if having else f"{a} and {b} have no number for {name}."
    if old == new:
        return f"{a} and {b} have the same {name}: {figure(old)}."
    step = difference(new, old)
    way = "higher" if step > 0 else "lower"
    better = {"max": step > 0, "min": step < 0}.get(direction(metric) or "")
    verdict = {True: " (better)", False: " (worse)", None: ""}[better]
    return f"{b} has {name} {figure(new)}, {figure(abs(step), 3)} {way} than {a}{verdict}."


def _names(a: Run, b: Run) -> Sequence[str]:
    """Return how the runs are called: with their short ids where they share a name."""
    return [shown(run.name, _LONGEST) + (f" ({run.short})" if a.name == b.name else "") for run in (a, b)]


def _reasons(diff: Diff, section: str) -> Sequence[str]:
    if section == "params":
        return _params(diff)
    found = diff.facts.get(section, ())
    if section == "environment":
        return list(_surroundings(found))
    if section == "code":
        return ["the commit" if any(change.name == "commit" for change in found) else "uncommitted changes"]
    return [_SAID[section]]


def _params(diff: Diff) -> Sequence[str]:
    chosen = [change for change in listed(diff, "params") if not all_defaults(change.name, (diff.a, diff.b))]
    if not chosen:
        return ["only defaults among the params"]
    more = len(chosen) - _NAMED
    rest = [f"{more} more param{'s'[: more > 1]}"] if more > 0 else []
    return [*(shown(change.name, _LONGEST) for change in chosen[:_NAMED]), *rest]


def _surroundings(found: Sequence[Change]) -> Iterator[str]:
    names = [change.name for change in found]
    packages = sum(name.startswith("packages.") for name in names)
    if "python" in names:
        yield "Python"
    if packages:
        yield f"{packages} package{'s'[: packages > 1]}"
    if any(not name.startswith("packages.") and name not in {"python", "packages"} for name in names):
        yield "the environment"
