"""Which runs may lose their artifacts: the rules of a project, read from its configuration, applied when asked for.

    [tool.nbtrack.retention]            # pyproject.toml; [retention] in nbtrack.toml
    keep = 200                          # the newest 200 runs keep their artifacts
    older-than = "90d"                  # younger runs keep theirs, however many there are
    keep-tagged = ["production"]        # and so does every run with one of these tags

    [tool.nbtrack.retention.experiments.baseline]
    keep = 20                           # this experiment counts for itself

A run loses its artifacts only when no rule keeps them; its records stay for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbtrack.errors import UsageError
from nbtrack.model.age import age_text, seconds_of
from nbtrack.model.document import RunDocument

_RULE: Final = ("keep", "older-than")
_KNOWN: Final = (*_RULE, "keep-tagged", "experiments")


@dataclass(frozen=True, slots=True)
class Rule:
    """Keep the newest ``keep`` runs, and those that began within ``older_than`` seconds; None for no such limit."""

    keep: int | None = None
    older_than: float | None = None

    def __bool__(self) -> bool:
        """Whether it lets anything go."""
        return self.keep is not None or self.older_than is not None

    def __str__(self) -> str:
        """Say which runs lose their artifacts."""
        parts = [f"beyond the newest {self.keep}"] if self.keep is not None else []
        parts += [f"older than {age_text(self.older_than)}"] if self.older_than is not None else []
        return " and ".join(parts) or "none"


@dataclass(frozen=True, slots=True)
class Retention:
    """The rules of a project; ``source`` says where they were read."""

    rule: Rule = Rule()
    keep_tagged: tuple[str, ...] = ()
    experiments: Mapping[str, Rule] = field(default_factory=dict)
    source: str = ""

    def __bool__(self) -> bool:
        """Whether any run may lose its artifacts."""
        return bool(self.rule) or any(map(bool, self.experiments.values()))

    def sentences(self) -> list[str]:
        """Explain the rules, one sentence each."""
        if not self:
            return []
        told = [f"artifacts of runs {self.rule} go"] if self.rule else []
        for name, rule in self.experiments.items():
            told.append(f"in experiment {name!r}, those of runs {rule}" if rule else f"experiment {name!r} keeps all")
        if self.keep_tagged:
            told.append(f"runs tagged {', '.join(self.keep_tagged)} keep theirs")
        return told


def retention_of(table: Mapping[str, Any], source: str) -> Retention:
    """Return the rules that a table of the configuration has.

    Raises:
        UsageError: it has something else than rules; a rule that was mistyped must not be ignored.
    """
    unknown = sorted(set(table) - set(_KNOWN))
    if unknown:
        raise UsageError(f"{source}: {', '.join(unknown)} is no rule of retention; there is: {', '.join(_KNOWN)}")
    tagged = table.get("keep-tagged", [])
    if not isinstance(tagged, list) or not all(isinstance(tag, str) for tag in tagged):
        raise UsageError(f"{source}: keep-tagged must be a list of names of tags, not {tagged!r}"[:300])
    experiments = table.get("experiments", {})
    if not isinstance(experiments, Mapping) or not all(isinstance(rule, Mapping) for rule in experiments.values()):
        raise UsageError(f"{source}: experiments must be tables, like [tool.nbtrack.retention.experiments.NAME]")
    rules = {name: _rule(rule, f"{source}, experiment {name}") for name, rule in experiments.items()}
    return Retention(_rule({key: table[key] for key in _RULE if key in table}, source), tuple(tagged), rules, source)


def _rule(table: Mapping[str, Any], source: str) -> Rule:
    unknown = sorted(set(table) - set(_RULE))
    if unknown:
        raise UsageError(f"{source}: {', '.join(unknown)} is no rule for runs; there is: {', '.join(_RULE)}")
    keep, older = table.get("keep"), table.get("older-than")
    if keep is not None and (type(keep) is not int or keep < 0):
        raise UsageError(f"{source}: keep must be a number of runs, not {keep!r}"[:300])
    if older is not None and not isinstance(older, str):
        raise UsageError(f'{source}: older-than must be an age like "90d", not {older!r}'[:300])
    return Rule(keep, seconds_of(older) if older is not None else None)


def released(documents: Iterable[RunDocument], retention: Retention, now: float) -> dict[str, str]:
    """Return the runs that may lose their artifacts, each with the rule that says so.

    Runs that are running, deleted or tagged to be kept are never among them; deleted ones do not count as newest.
    """
    groups: dict[str, list[RunDocument]] = {}
    for document in documents:
        if not document["deleted"]:
            own = document["experiment"] if document["experiment"] in retention.experiments else ""
            groups.setdefault(own, []).append(document)
    found: dict[str, str] = {}
    for name, group in groups.items():
        rule = retention.experiments.get(name, retention.rule)
        if rule:
            found.update(dict.fromkeys(_let_go(group, rule, retention.keep_tagged, now), str(rule)))
    return found


def _let_go(group: Sequence[RunDocument], rule: Rule, keep_tagged: Sequence[str], now: float) -> list[str]:
    newest_first = sorted(group, key=lambda document: (document["started"], document["id"]), reverse=True)
    before = None if rule.older_than is None else (now - rule.older_than) * 1000
    return [
        document["id"]
        for document in newest_first[rule.keep or 0 :]
        if (before is None or document["started"] < before)
        and document["status"] != "running"
        and not any(tag in document["tags"] for tag in keep_tagged)
    ]
