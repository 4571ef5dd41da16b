"""Whose an object is, in a person's words: which runs have to do with it, and what they call it."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from nbtrack.model.ids import short_id
from nbtrack.query.traces import Traces
from nbtrack.store.base import Store

_UNNAMED: Final = "a file"


class Owner(NamedTuple):
    """A run, by its whole id, and what it calls an object: ``model.pkl``."""

    run: str
    name: str


def whose(store: Store, objects: Iterable[str]) -> dict[str, tuple[Owner, ...]]:
    """Return the runs that have to do with objects, newest first; an object that no run speaks of has none.

    All records are looked through once, which takes a while: ask when something is wrong.
    """
    digests = {name: name.rpartition(":")[2] for name in objects}
    if not digests:
        return {}
    known = Traces(store.runs(), store).known(set(digests.values()))
    return {
        name: tuple(
            Owner(trace.run, trace.place or _UNNAMED)
            for position in known.positions([digest])
            for trace in known.of(position, [digest])[:1]
        )
        for name, digest in digests.items()
    }


def owners_text(owners: Collection[Owner]) -> str:
    """Name what an object is to people; empty where no run speaks of it.

    >>> owners_text([Owner("20261121t101530-7k3m9q2x", "model.pkl"), Owner("20261121t101528-3f6h8w1z", "model.pkl")])
    'model.pkl of run 7k3m9q and 1 more'
    """
    for run, name in owners:
        more = f" and {len(owners) - 1:,} more" if len(owners) > 1 else ""
        return f"{name} of run {short_id(run)}{more}"
    return ""
