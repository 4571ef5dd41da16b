"""Which files one side has and the other lacks: told from two listings, without looking into what is the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from nbtrack.share.holder import Entry
from nbtrack.share.seen import Seen
from nbtrack.share.transferred import Direction
from nbtrack.share.wishes import Wishes
from nbtrack.store.exchange.naming import Changes, Segment, placed
from nbtrack.store.runs.reading import segment_name


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be looked at: files of runs by run, files of the meta log; and which runs the target has already."""

    runs: Mapping[str, tuple[str, ...]]
    changes: tuple[str, ...]
    there: frozenset[str]

    def without(self, deleted: frozenset[str]) -> "Plan":
        """Return the plan without deleted runs that the target has not: they stay deleted."""
        kept = {run_id: places for run_id, places in self.runs.items() if run_id in self.there or run_id not in deleted}
        return Plan(kept, self.changes, self.there)

    def empty(self) -> "Plan":
        """Return a plan of no records, for whoever only wants objects."""
        return Plan({}, (), self.there)


def plan(way: Direction, source: Mapping[str, Entry], target: Mapping[str, Entry], seen: Seen, wishes: Wishes) -> Plan:
    """Return what of ``source`` may be new to ``target``."""
    runs: dict[str, list[str]] = {}
    changes: list[str] = []
    begun: set[str] = set()
    for place, entry in source.items():
        at = placed(place)
        if isinstance(at, Segment) and at.name.startswith("ev-"):
            begun.add(at.run)
        if seen.is_settled(way, place, entry, target.get(place)):
            continue
        if isinstance(at, Changes):
            changes.append(place)
        elif isinstance(at, Segment) and wishes.wants(at.run) and not _is_in_columns(at, source, target):
            runs.setdefault(at.run, []).append(place)
    there = {at.run for place in target if isinstance(at := placed(place), Segment)}
    whole = {run_id: tuple(sorted(runs[run_id])) for run_id in sorted(runs) if run_id in begun}
    return Plan(whole, tuple(sorted(changes)), frozenset(there))


def _is_in_columns(at: Segment, source: Mapping[str, Entry], target: Mapping[str, Entry]) -> bool:
    """Tell whether the same points are there, or come along, as columns: a segment that was sealed and compacted."""
    named = segment_name(at.name)
    if named is None or named.kind != "mx":
        return False
    block = Segment(at.run, f"mb-{named.writer}-{named.number}.block").place
    return block in target or block in source
