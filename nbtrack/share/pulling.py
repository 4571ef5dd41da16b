"""``nbtrack.pull``: runs of another place into this store, only what is new here, checked before anybody sees it."""

from os import PathLike

from nbtrack.errors import StoreError
from nbtrack.query.choosing import choose
from nbtrack.share.address import Address
from nbtrack.share.exchange import Exchange
from nbtrack.share.holder import Holder
from nbtrack.share.opening import other_side
from nbtrack.share.preview import chosen_runs
from nbtrack.share.pushing import checked_jobs, local_store
from nbtrack.share.remotes import chosen
from nbtrack.share.retrying import Asking
from nbtrack.share.seen import Seen
from nbtrack.share.stored import StoreHolder
from nbtrack.share.transferred import Transferred
from nbtrack.share.wishes import JOBS, Progress, Wishes
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore


def pull(
    url: str | PathLike[str] | None = None,
    *,
    runs: str | None = None,
    store: Store | str | PathLike[str] | None = None,
    objects: bool | str = True,
    jobs: int = JOBS,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Transferred:
    """Bring the runs of another place into this store, and return what came.

    Only what is new here is asked for. Records are checked line by line and objects by their hash before anybody sees
    them; what is damaged or not what it says it is stays out and is told in ``left``. A run that was deleted on either
    side is not brought back. An interrupted pull goes on the next time.

    Args:
        url: as for ``nbtrack.push``.
        runs: ids or a filter, asked of the other place; all runs by default.
        store: as for ``nbtrack.push``.
        objects: False leaves artifacts and other objects where they are; ids or a filter of runs that are here bring
            the objects of these, and no records.
        jobs: how many requests may be under way at once.
        dry_run: only tell what would come.
        progress: is told how far it has come.

    Raises:
        UsageError: the address cannot be used.
        RemoteError: the remote cannot be reached or read; what came is whole and stays.
        StoreFull: there is no room; likewise.

    >>> import tempfile
    >>> import nbtrack
    >>> with tempfile.TemporaryDirectory() as top:
    ...     with nbtrack.start_run("theirs", store=f"{top}/shared/.nbtrack") as run:
    ...         run.log(loss=0.5)
    ...     done = nbtrack.pull(f"{top}/shared", store=f"{top}/mine/.nbtrack")
    ...     here = [run.name for run in nbtrack.runs(store=f"{top}/mine/.nbtrack")]
    >>> len(done.runs), here
    (1, ['theirs'])
    """
    local = local_store(store)
    address = chosen(local, url)
    asking = Asking(address)
    other = other_side(address, local, asking)
    if isinstance(objects, str):
        wanted = frozenset(run.id for run in choose(objects, store=local))
        wishes = Wishes(wanted, jobs=checked_jobs(jobs), dry_run=dry_run, forced=True, progress=progress)
        return pull_from(address, local, other, asking, wishes, records=False)
    exist(other, address)
    wanted = chosen_runs(other, runs, checked_jobs(jobs)) if runs is not None else None  # type: ignore[assignment]  # None for all
    wishes = Wishes(wanted, objects, checked_jobs(jobs), dry_run=dry_run, progress=progress)
    return pull_from(address, local, other, asking, wishes)


def pull_from(
    address: Address, local: LocalStore, other: Holder, asking: Asking, wishes: Wishes, *, records: bool = True
) -> Transferred:
    """Pull from a side that is open already; as ``pull``."""
    exist(other, address)
    seen = Seen(local.path, address)
    exchange = Exchange("pull", StoreHolder(local), other, asking, wishes, seen)
    plan = exchange.plan()
    try:
        return exchange.carry_out(plan if records else plan.empty())
    finally:
        if not wishes.dry_run and local.id is not None:
            seen.save()


def exist(other: Holder, address: Address) -> None:
    """Make sure that there is a store to pull from.

    Raises:
        StoreError: there is none.
    """
    if not other.exists():
        raise StoreError(f"there is no store in {address}; `nbtrack push {address}` would make one")
