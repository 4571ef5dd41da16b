"""What a push would send to a place that others can read, searched for secrets once more before it leaves.

Records and objects go as they are, since hashes name them; so a finding says where it is, and a person decides. What
they agreed to is remembered by its content, and not asked about again.
"""

from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

from nbtrack.errors import NbtrackError, RunNotFound
from nbtrack.model.ids import short_id
from nbtrack.share.bundle_scan import Scan
from nbtrack.share.meter import SILENT, Meter
from nbtrack.share.plan import Plan
from nbtrack.share.seen import Seen
from nbtrack.store.exchange.holdings import Holdings, Item, holdings
from nbtrack.store.local import LocalStore

ADDRESS: Final = "address"
_AT_ONCE = 2  # what is searched is read meanwhile


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a person must agree to before it is sent: values that look like secrets, and an address they did not type.

    ``runs`` says how many values in which run, by its short id; ``contents`` are the digests of the files they are in,
    and ``ADDRESS`` where the address stands in the store's ``config.toml`` and was never used from here: whoever made
    the store may have written it.
    """

    runs: Mapping[str, int]
    contents: frozenset[str]

    def __bool__(self) -> bool:
        """Whether there is anything to ask about."""
        return bool(self.contents)

    def __str__(self) -> str:
        """Tell it in a sentence for each.

        >>> str(Outgoing({"7k3m9q2x": 2}, frozenset({"…"})))
        '2 values that look like secrets would be sent, in run 7k3m9q2x; `nbtrack show RUN` shows them'
        """
        told = ["the address stands in the store's config.toml and was never used from here"]
        return "; ".join(told * (ADDRESS in self.contents) + [self._values()] * bool(self.runs))

    def _values(self) -> str:
        count = sum(self.runs.values())
        what = "1 value that looks like a secret" if count == 1 else f"{count:,} values that look like secrets"
        first = ", ".join(islice(self.runs, 5))
        more = f" and {len(self.runs) - 5:,} more" if len(self.runs) > 5 else ""
        return f"{what} would be sent, in run{'s' * (len(self.runs) > 1)} {first}{more}; `nbtrack show RUN` shows them"


def search(
    store: LocalStore, plan: Plan, there: Container[str], chosen: frozenset[str] | None, seen: Seen, *, objects: bool
) -> Outgoing:
    """Return what looks like a secret in what a plan sends, but for what the person agreed to send before.

    Args:
        store: where it comes from.
        plan: what would be sent.
        there: the objects that the remote has.
        chosen: the runs that were asked for, None for all.
        seen: what the person agreed to.
        objects: whether objects are sent, too.
    """
    scan, runs, contents = Scan(), dict[str, int](), set[str]()
    held = holdings(store, None if chosen is None else chosen & set(holdings(store).run_ids))

    def look(found: tuple[str, Item]) -> tuple[str, str, int]:
        name, item = found
        try:
            return name, item.digest, sum(each.many for each in scan.item(item, Meter(SILENT, "", item.size)))
        except NbtrackError:  # damaged: it is not sent, and told then
            return name, item.digest, 0

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="nbtrack-search") as pool:
        for name, digest, count in pool.map(look, _leaving(held, plan, there, objects=objects)):
            if count and not seen.is_accepted(digest):
                runs[name] = runs.get(name, 0) + count
                contents.add(digest)
    return Outgoing(runs, frozenset(contents))


def _leaving(held: Holdings, plan: Plan, there: Container[str], *, objects: bool) -> Iterator[tuple[str, Item]]:
    """Yield what is sent, each thing once, with the run in which it is."""
    told: set[str] = set()
    for item in held.changes if plan.changes else ():
        if item.place in plan.changes or item.place not in there:
            yield "the changes", item
    for run_id, places in plan.runs.items():
        try:
            found = held.run(run_id)
        except RunNotFound:
            continue
        for item in found.segments:
            if item.place in places:
                yield short_id(run_id), item
        for name in found.objects if objects else ():
            if name not in told and name not in there:
                told.add(name)
                yield short_id(run_id), held.object(name)
