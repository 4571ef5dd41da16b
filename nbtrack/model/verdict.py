"""What checks found and people accepted about a run's records, laid over what reading them says."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nbtrack.model import event
from nbtrack.model.document import Health, RunDocument

KINDS: Final = frozenset({event.CRASH_SEAL, event.FOUND, event.ACCEPT})
COUNTS: Final = ("damaged", "missing", "unsealed", "divergent")


def judge(document: RunDocument, records: Iterable[Mapping[str, Any]]) -> None:
    """Apply records of ``KINDS``, given in their order, to a document whose health is what reading found.

    A check counts what an ordinary look at the run does not read; more wrong than was accepted is not accepted.
    """
    last = {str(record.get("k")): record.get("v") for record in records}
    if isinstance(last.get(event.CRASH_SEAL), dict) and document["status"] == "running":
        document["status"] = "lost"
    found, accepted = counts(last.get(event.FOUND)), counts(last.get(event.ACCEPT))
    health = document["health"]
    for name, count in found.items():
        health = _with(health, name, max(health[name], count))  # type: ignore[literal-required]  # one of COUNTS
    wrong = {name: health[name] for name in COUNTS}
    if any(wrong.values()) and accepted and all(count <= accepted.get(name, 0) for name, count in wrong.items()):
        health = {**health, "ok": True, "accepted": True}
    document["health"] = health


def counts(value: Any) -> dict[str, int]:
    """Return the counts in the payload of such a record; what is no count is left out."""
    given = value if isinstance(value, dict) else {}
    return {name: given[name] for name in COUNTS if type(given.get(name)) is int and given[name] >= 0}


def sealed_writers(records: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the writers whose part was sealed for them after they died."""
    payloads = [record.get("v") for record in records if record.get("k") == event.CRASH_SEAL]
    return {writer for value in payloads if isinstance(value, dict) for writer in value}


def _with(health: Health, name: str, count: int) -> Health:
    return {**health, name: count, "ok": health["ok"] and not count}  # type: ignore[misc]  # one of COUNTS
