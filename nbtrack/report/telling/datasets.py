"""Sets of data that have nothing in common: a score on one is no match for a score on another."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.proportion import measured_on
from nbtrack.report.parts import Sentence
from nbtrack.report.telling.phrases import called, counted, cut, fixed, listed, value
from nbtrack.report.telling.study import Study

_PARAM: Final = re.compile(r"\A(?:.*\.)?(?:data_?set|corpus|benchmark|task)(?:_?name)?\Z", re.IGNORECASE)
TOLD: Final = 3  # sets of data, of which each takes several sentences


def by_data(study: Study) -> Mapping[str, Study]:
    """Return a study of each set of data that ranked runs were made of, by its name; nothing where there is but one.

    A param such as ``dataset`` tells the sets apart where all runs have it and are not measured on the same rows.
    Otherwise runs are of one set if they read a variable of the same name, content or length: versions of a table are
    comparable with caution, which other sentences advise, while two tables with nothing in common are not.
    """
    if len(study.ranked) < 2:
        return {}
    parts = _by_param(study) or _by_tables(study.ranked)
    return {name: Study.of(runs, study.metric) for name, runs in parts.items()} if len(parts) > 1 else {}


def sets_of_data(runs: Sequence[Run], metric: str | None = None) -> dict[str, str]:
    """Return the set of data of each ranked run, by its id; nothing where all are of one, or where nothing tells."""
    return {run.id: name for name, own in by_data(Study.of(list(runs), metric)).items() for run in own.runs}


def told_apart(study: Study, parts: Mapping[str, Study]) -> Iterator[Sentence]:
    """Yield what is best on each of several sets of data, and that they are several."""
    metric = cut(study.metric)
    first = [(name, own.ranked[0]) for name, own in parts.items()]
    best = listed((f"{called(run)} with {_score(study, run)} on {name}" for name, run in first), TOLD, "sets of data")
    yield Sentence(f"Best {metric}: {best}.", "won", tuple(run.id for _, run in first[:TOLD]))
    sets = listed((f"{name} ({counted(len(own.ranked), 'run')})" for name, own in parts.items()), TOLD, "sets")
    why = f"{metric} on one is no match for {metric} on another, so each is told by itself"
    yield Sentence(f"These are {len(parts):,} sets of data, {sets}: {why}.", "won")


def named(name: str, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Yield sentences about one of several sets of data, its name before them."""
    about = f"On {name}: "
    return (Sentence(f"{about}{each.text}", each.kind, each.runs, about) for each in sentences)


def _score(study: Study, run: Run) -> str:
    return fixed(run.metrics[study.metric], study.places)


def _by_param(study: Study) -> dict[str, list[Run]]:
    names = [name for name in study.ranked[0].params if _PARAM.match(name)]
    for name in names:
        if all(isinstance(run.params.get(name), str) for run in study.ranked) and not _measured_alike(study):
            parts: dict[str, list[Run]] = {}
            for run in study.ranked:
                parts.setdefault(value(run.params[name]), []).append(run)
            if len(parts) > 1:
                return parts
    return {}


def _measured_alike(study: Study) -> bool:
    """Tell whether all runs were measured on the same rows, whatever they had learnt from."""
    found = [frozenset(measured_on(run, study.metric).values()) for run in study.ranked]
    return bool(frozenset.intersection(*found))


def _by_tables(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Part runs by tables that have nothing in common; in one part if any run does not tell what it read."""
    parts: list[tuple[set[object], dict[str, None], list[Run]]] = []
    for run in runs:
        tables = list(_tables(run))
        if not tables:
            return {}
        marks = {mark for table in tables for mark in _marks(table)}
        names = dict.fromkeys(cut(str(table.get("name")), 40) for table in tables)
        own = [run]
        for part in [part for part in parts if part[0] & marks]:
            parts.remove(part)
            marks, names, own = marks | part[0], part[1] | names, [*part[2], *own]
        parts.append((marks, names, own))
    return {listed(names, 2): own for _, names, own in parts}


def _tables(run: Run) -> Iterator[Mapping[str, Any]]:
    for each in map(untag, run.document["data"]):
        if isinstance(each, Mapping) and each.get("kind") == "variable" and each.get("shape"):
            yield each


def _marks(table: Mapping[str, Any]) -> tuple[object, ...]:
    shape: Sequence[Any] = table["shape"]
    digest = [("digest", table["digest"])] if table.get("digest") else []
    return (("name", table.get("name")), ("rows", shape[0]), *digest)
