"""What is known of a run beside what was set and measured: data, slice, seeds, environment, code and machine, briefly.

A fact is a short value with a name. Hashes are cut to eight digits: enough to tell a few thousand apart.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.changes import flat
from nbtrack.query.environments import Environments, Objects

Facts = Mapping[str, Any]
KINDS: Final = ("data", "slice", "seeds", "packages", "env", "code", "hardware")

_HASH: Final = re.compile(r"[0-9a-f]{32,}")
_DIGITS: Final = 8
_UNITS: Final = ("B", "KB", "MB", "GB", "TB")
_THOUSAND: Final = 1000
_NOISE: Final = frozenset({"sha256", "size", "rng", "rng_states", "imported"})
"""What differs when nothing else does: where the whole is kept, and what a session had imported until then."""


def data_facts(run: Run) -> Facts:
    """Return hash, size and shape of each file and variable the run used, by path or name; what it wrote is a result.

    >>> from nbtrack.query.facts import used_data_text
    >>> used_data_text({"kind": "file", "path": "a.csv", "sha256": "2c26b46b68ffc68f", "size": 1234})
    '2c26b46b · 1.2 KB'
    """
    return {_called(entry): used_data_text(entry) for entry in _used(run)}


def slice_facts(run: Run) -> Facts:
    """Return how many ``cells`` lie behind the run, a ``digest`` of their sources, and the ``doubts`` about them."""
    executions = _upstream(run)
    if executions is None:
        return {}
    text = "\n".join(str(each.get("source")) for each in executions)
    verdicts: Sequence[Any] = run.slice["verdicts"]  # as they were recorded: a document may come from anywhere
    kinds = dict.fromkeys(str(each.get("kind")) for each in verdicts if isinstance(each, dict))
    doubts = [kind for kind in kinds if kind != "clean"]
    brief = {"cells": len(executions), "digest": sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGITS]}
    return brief | ({"doubts": ", ".join(doubts)} if doubts else {})


def seed_facts(run: Run) -> Facts:
    """Return how each random generator was seeded; where the cell drew from it, also the state that it began with."""
    told, states = _mapping(run.environment.get("rng")), _mapping(run.environment.get("rng_states"))
    found: dict[str, Any] = {}
    drawn = told.get("drawn")
    for name, value in told.items():
        if name == "unseeded":
            continue
        found[name] = ", ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(drawn, list) and name in drawn and name in states:
            found[f"{name}.state"] = str(states[name])[:_DIGITS]
    return found


def environment_facts(run: Run) -> Facts:
    """Return interpreter, system, numeric libraries and container by dotted name; packages come separately."""
    return _brief({name: value for name, value in run.environment.items() if name not in _NOISE})


def code_facts(run: Run) -> Facts:
    """Return commit, branch, ``dirty`` and what differed from the commit."""
    return _brief(run.code)


def hardware_facts(run: Run) -> Facts:
    """Return processor, memory and graphics cards."""
    return _brief(run.document["hardware"])


_KINDS: Final[Mapping[str, Callable[[Run], Facts]]] = {
    "data": data_facts,
    "slice": slice_facts,
    "seeds": seed_facts,
    "env": environment_facts,
    "code": code_facts,
    "hardware": hardware_facts,
}


def facts_of(runs: Sequence[Run], objects: Objects | None = None) -> dict[str, list[Facts]]:
    """Return, for each kind of facts, those of every run: data, slice, seeds, packages, env, code, hardware.

    ``packages`` are versions by name, none for all runs where the list of one cannot be read.

    Args:
        runs: one or more.
        objects: reads kept bytes by their name; by default each run's own store, every environment once.
    """
    environments = Environments(objects)
    packages = [environments.packages(run) for run in runs]
    known = [versions for versions in packages if versions is not None]
    whole = len(known) == len(runs)
    found: dict[str, list[Facts]] = {kind: [facts(run) for run in runs] for kind, facts in _KINDS.items()}
    found["packages"] = [*known] if whole else [{} for _ in runs]
    found["env"] = [
        _surroundings(facts, environments.variables(run), versions, whole=whole)
        for run, facts, versions in zip(runs, found["env"], packages, strict=True)
    ]
    return {kind: found[kind] for kind in KINDS}


def _surroundings(facts: Facts, variables: Facts, versions: Facts | None, *, whole: bool) -> Facts:
    """Return the facts of an environment; where every package is told, its digest tells nothing more."""
    told = {name: value for name, value in facts.items() if not (whole and name == "digest")}
    return {**told, **variables, **({} if versions is None else {"packages": len(versions)})}


def used_data_text(entry: Mapping[str, Any]) -> str:
    """Return what tells one state of a file or variable from another, in a few words."""
    return " · ".join(_data_parts(entry)) or "?"


def upstream_names(run: Run) -> tuple[str, ...] | None:
    """Return the names of the objects with the sources behind the run, oldest first; None where none was recorded."""
    executions = _upstream(run)
    return None if executions is None else tuple(str(each.get("source")) for each in executions)


def _data_parts(entry: Mapping[str, Any]) -> Iterator[str]:
    digest = entry.get("sha256") or entry.get("digest")
    if digest:
        yield str(digest)[:_DIGITS]
    elif "state" in entry:  # nothing else tells whether it is the same
        yield f"no hash ({entry['state']})"
        yield _moment(entry.get("mtime"))
    if isinstance(size := entry.get("size"), int):
        yield bytes_text(size)
    if isinstance(files := entry.get("files"), int):
        yield f"{files} files"
    if isinstance(shape := entry.get("shape"), list):
        yield " x ".join(map(str, shape)).replace("x", "×") or "scalar"  # noqa: RUF001 - the sign of a shape
    if isinstance(kind := entry.get("dtypes"), str):
        yield kind


def bytes_text(count: int) -> str:
    """Return a number of bytes with the unit that fits it.

    >>> [bytes_text(count) for count in (12, 1234, 5_600_000)]
    ['12 B', '1.2 KB', '5.6 MB']
    """
    size, unit = float(count), 0
    while size >= _THOUSAND and unit < len(_UNITS) - 1:
        size, unit = size / _THOUSAND, unit + 1
    return f"{size:.3g} {_UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.2g} {_UNITS[unit]}"


def _moment(milliseconds: Any) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(" ", "seconds")[:19]
    except (TypeError, ValueError, OverflowError, OSError):
        return "?"


def _used(run: Run) -> list[Mapping[str, Any]]:
    """A record of another shape is passed over."""
    entries = [untag(each) for each in run.document["data"]]
    return [each for each in entries if isinstance(each, dict) and each.get("mode") != "write"]


def _called(entry: Mapping[str, Any]) -> str:
    return str(entry.get("path") or entry.get("name"))


def _upstream(run: Run) -> list[Mapping[str, Any]] | None:
    """Return the executions before the run's own, which is the last."""
    if "slice" not in run.document:
        return None
    executions: Sequence[Any] = run.slice["executions"]
    return [each for each in executions[:-1] if isinstance(each, dict)]


def _brief(values: Any) -> dict[str, Any]:
    return {name: _shortened(value) for name, value in flat(_mapping(untag(values))).items()}


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_shortened(each)) for each in value)
    return value[:_DIGITS] if isinstance(value, str) and _HASH.fullmatch(value) else value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
