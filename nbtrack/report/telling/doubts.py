"""What makes runs hard to compare: other experiments, data, code or machines, training data, missing seeds, order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.checklist.known import mapping
from nbtrack.query.proportion import measured_on, on_training_data
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.phrases import agreeing, called, counted, cut, listed, opening, part_of
from nbtrack.report.telling.study import Study, ids

_LISTED: Final = 3
_MACHINE: Final = ("cpu", "machine", "gpus", "gpu")


def doubts(study: Study) -> Iterator[Sentence]:
    """Yield what makes the runs hard to compare, the gravest first."""
    if not study.compared:
        return
    for told in (_experiments, _training, _rows_differ, _files_differ, _surroundings, _unseeded, _order):
        yield from told(study)


def _experiments(study: Study) -> Iterator[Sentence]:
    count = len({run.experiment for run in study.ranked})
    if count > 1:
        why = f"whether {cut(study.metric)} means the same in all of them is not recorded"
        yield Sentence(f"The runs compared are of {count:,} experiments: {why}.", "unknown")


def _training(study: Study) -> Iterator[Sentence]:
    own = [run for run in study.ranked if on_training_data(run, study.metric)]
    if own:
        whose = "" if len(own) == len(study.ranked) else f" in {counted(len(own), 'run')}"
        what = f"{cut(study.metric)} was computed on training data{whose}, as its name or its variables say"
        yield Sentence(f"{what}: it does not tell how well a model does on new data.", "unknown", ids(own))


def _rows_differ(study: Study) -> Iterator[Sentence]:
    apart = _versions((name, each) for run in study.ranked for name, each in measured_on(run, study.metric).items())
    if apart:
        what = f"{cut(study.metric)} was not measured on the same data in all runs ({listed(apart, _LISTED)})"
        yield Sentence(f"{what}, so part of a difference may be the data's.", "unknown")


def _files_differ(study: Study) -> Iterator[Sentence]:
    apart = _versions(file for run in study.compared for file in _files(run))
    if apart:
        files = "A file that runs read" if len(apart) == 1 else f"{opening(len(apart), 'file')} that runs read"
        why = "Runs from before and after are not comparable as they stand."
        yield Sentence(f"{files} changed between them: {listed(apart, _LISTED)}. {why}", "unknown")


def _versions(told: Iterator[tuple[str, str]]) -> list[str]:
    """Return what is there in several versions, and in how many."""
    states: dict[str, set[str]] = {}
    for name, digest in told:
        states.setdefault(name, set()).add(digest)
    return [f"{cut(name)} ({len(found):,} versions)" for name, found in states.items() if len(found) > 1]


def _files(run: Run) -> Iterator[tuple[str, str]]:
    entries: Sequence[Any] = run.document["data"]  # a record's JSON, of whatever shape
    for each in map(untag, entries):
        if isinstance(each, Mapping) and each.get("kind") in {"file", "folder"} and each.get("mode") == "read":
            digest = each.get("sha256") or each.get("digest")
            if digest and not each.get("made"):
                yield str(each.get("path")), str(digest)


def _surroundings(study: Study) -> Iterator[Sentence]:
    found, own = [], []
    for states, short, told in _KINDS:
        known = {run.id: told(run) for run in study.compared}
        count = len(set(known.values()) - {""})
        if count > 1:
            found.append(f"{count:,} {states}")
            own += [short] if len({known[run.id] for run in study.ranked[:2]}) > 1 else []
    if found:
        best = f" The best and the runner-up differ in {listed(own)} themselves." if own else ""
        text = f"The runs come from {listed(found)}: part of a difference may be due to that.{best}"
        yield Sentence(text, "unknown")


def _code(run: Run) -> str:
    code = mapping(run.code)
    modules = {name: mapping(about) for name, about in mapping(code.get("modules")).items()}
    own = sorted(f"{name}{about.get('sha256') or about.get('blob')}" for name, about in modules.items())
    return f"{code['commit']} {code.get('patch')} {own}" if code.get("commit") else ""


def _packages(run: Run) -> str:
    told = mapping(run.environment)
    return f"{told.get('python')} {told['digest']}" if told.get("digest") else ""


def _machine(run: Run) -> str:
    told = mapping(run.hardware)
    return " ".join(f"{name}={told[name]}" for name in _MACHINE if told.get(name))


_KINDS: Final[Sequence[tuple[str, str, Callable[[Run], str]]]] = (
    ("states of the code", "the code", _code),
    ("sets of packages", "the packages", _packages),
    ("kinds of machine", "the machine", _machine),
)


def _unseeded(study: Study) -> Iterator[Sentence]:
    drawn = {run.id: _drawn_unseeded(run) for run in study.compared}
    own = [run for run in study.compared if drawn[run.id]]
    if own:
        names = listed(dict.fromkeys(name for run in own for name in drawn[run.id] or ()))
        what = f"{part_of(len(own), len(study.compared), 'run')} drew random numbers ({names}) without a seed"
        again = f"running {agreeing(len(own), 'it', 'them')} again gives other values"
        yield Sentence(f"{what}: {again}.", "unknown", ids(own))
    silent = [run for run in study.compared if drawn[run.id] is None]
    if silent:
        of = "" if len(silent) == len(study.compared) else f"Of {counted(len(silent), 'run')} "
        it = "it" if of else "It"
        yield Sentence(f"{of}{it} is not recorded whether the random generators were seeded.", "unknown", ids(silent))


def _drawn_unseeded(run: Run) -> tuple[str, ...] | None:
    """Return from which shared generators a run drew without a seed; None where that is not recorded."""
    told = mapping(mapping(run.environment).get("rng"))
    if not told:
        return None
    drawn = told.get("drawn")
    names = [each for each in drawn if isinstance(each, str)] if isinstance(drawn, list) else []
    return tuple(name for name in names if not str(told.get(name, "")).startswith(("seeded", "explicit")))


def _order(study: Study) -> Iterator[Sentence]:
    own = {run.id: found for run in study.compared if (found := _flaws(run))}
    first = study.ranked[0] if study.ranked and study.ranked[0].id in own else None
    if first is not None:
        texts = listed((cut(text.rstrip("."), 160) for text in own[first.id]), 2)
        what = f"{called(first)} is not sure to be what its notebook gives from top to bottom"
        yield Sentence(f"{what}: {texts}.", "unknown", (first.id,))
    rest = [run for run in study.compared if run.id in own and run is not first]
    if rest:
        whole = part_of(len(rest), len(study.compared), "run")
        what = opening(len(rest), "other run") if first is not None else whole
        verb = agreeing(len(rest), "depends", "depend")
        yield Sentence(f"{what} {verb} on cells that were edited, deleted or run out of order.", "unknown", ids(rest))


def _flaws(run: Run) -> list[str]:
    verdicts: Sequence[Any] = run.slice["verdicts"]
    doubted = (each for each in verdicts if isinstance(each, Mapping) and each.get("kind") != "clean")
    return [str(each.get("text") or each.get("kind")) for each in doubted]
