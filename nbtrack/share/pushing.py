"""``nbtrack.push``: runs of this store to another place, only what is new there, and nothing there ever removed."""

from collections.abc import Callable
from os import PathLike

from nbtrack.errors import StoreError, UsageError
from nbtrack.query.choosing import choose
from nbtrack.share.address import Address
from nbtrack.share.exchange import Exchange
from nbtrack.share.holder import Holder
from nbtrack.share.opening import other_side
from nbtrack.share.outgoing import ADDRESS, Outgoing, search
from nbtrack.share.remotes import chosen, is_remembered
from nbtrack.share.retrying import Asking
from nbtrack.share.seen import Seen
from nbtrack.share.stored import StoreHolder
from nbtrack.share.transferred import Transferred
from nbtrack.share.wishes import JOBS, Progress, Wishes
from nbtrack.store.base import Store
from nbtrack.store.discovery import open_store
from nbtrack.store.local import LocalStore

Agree = Callable[[Outgoing, Address], bool]


def push(
    url: str | PathLike[str] | None = None,
    *,
    runs: str | None = None,
    store: Store | str | PathLike[str] | None = None,
    objects: bool = True,
    jobs: int = JOBS,
    verify: bool = False,
    dry_run: bool = False,
    agree: Agree | bool = False,
    progress: Progress | None = None,
) -> Transferred:
    """Bring the runs of this store to another place, and return what went there.

    Only what is new there is sent, objects before the records that name them. Nothing there is replaced but by more of
    the same, and nothing is removed; a run that was deleted on either side stays so. An interrupted push goes on the
    next time.

    Args:
        url: a folder that others share, an address such as ``s3://bucket/team``, or the name of a remembered remote;
            by default that of ``nbtrack remote add``.
        runs: ids or a filter; all runs by default.
        store: a store or its folder; by default the one of this notebook or folder.
        objects: whether artifacts and other objects go along.
        jobs: how many requests may be under way at once.
        verify: whether everything that was sent is read back and compared.
        dry_run: only tell what would be sent.
        agree: whether values that look like secrets may be sent, or who is asked; folders are not asked about.
        progress: is told how far it has come.

    Raises:
        UsageError: the address cannot be used, or what looks like a secret would be sent and nobody agreed.
        RemoteError: the remote cannot be reached or written; what arrived is whole and stays.

    >>> import tempfile
    >>> import nbtrack
    >>> with tempfile.TemporaryDirectory() as top:
    ...     with nbtrack.start_run("first", store=f"{top}/mine/.nbtrack") as run:
    ...         run.log(loss=0.5)
    ...     done = nbtrack.push(f"{top}/shared", store=f"{top}/mine/.nbtrack")
    ...     there = [run.name for run in nbtrack.runs(store=f"{top}/shared")]
    >>> len(done.runs), there
    (1, ['first'])
    """
    local = recorded_store(store)
    address = chosen(local, url)
    asking = Asking(address)
    other = other_side(address, local, asking)
    wanted = frozenset(run.id for run in choose(runs, store=local)) if runs is not None else None
    wishes = Wishes(wanted, objects, checked_jobs(jobs), verify, dry_run, progress=progress)
    return push_to(address, local, other, asking, wishes, agree=agree, typed=not is_remembered(local, url))


def push_to(
    address: Address,
    local: LocalStore,
    other: Holder,
    asking: Asking,
    wishes: Wishes,
    *,
    agree: Agree | bool,
    typed: bool,
) -> Transferred:
    """Push to a side that is open already; as ``push``. ``typed`` says that the person named the address just now."""
    seen = Seen(local.path, address)
    exchange = Exchange("push", StoreHolder(local), other, asking, wishes, seen)
    if address.leaves_machine and not wishes.dry_run:
        if not typed and not seen.is_accepted(ADDRESS):
            _ask(Outgoing({}, frozenset({ADDRESS})), address, seen, agree)
        there = {*other.objects(), *other.records()}
        found = search(local, exchange.plan(), there, wishes.runs, seen, objects=wishes.objects)
        _ask(found, address, seen, agree)
        seen.accept([ADDRESS])
    if not wishes.dry_run:
        other.prepare()
    try:
        return exchange.carry_out(exchange.plan())
    finally:
        if not wishes.dry_run:
            seen.save()


def _ask(found: Outgoing, address: Address, seen: Seen, agree: Agree | bool) -> None:  # noqa: FBT001 - a person, or their word
    """Have a person agree, once."""
    if not found:
        return
    if not (agree(found, address) if callable(agree) else agree):
        raise UsageError(f"{found}; nothing was sent to {address}. Agree with --yes, or choose runs with --runs")
    seen.accept(found.contents)
    seen.save()


def local_store(store: Store | str | PathLike[str] | None) -> LocalStore:
    """Return the store that is exchanged with others.

    Raises:
        UsageError: it is no folder.
    """
    found = store if isinstance(store, Store) else open_store(store)
    if not isinstance(found, LocalStore):
        raise UsageError(f"{found!r} is not a folder; only a store in a folder is pushed and pulled")
    return found


def recorded_store(store: Store | str | PathLike[str] | None) -> LocalStore:
    """Return a store that has records.

    Raises:
        StoreError: nothing was ever recorded there.
    """
    found = local_store(store)
    if found.id is None:
        raise StoreError(f"there is no store in {found.path}; `nbtrack init` creates one")
    return found


def checked_jobs(jobs: int) -> int:
    """Return how many requests may be under way at once.

    Raises:
        UsageError: less than one, or so many that no server would be glad of it.
    """
    if not 1 <= jobs <= 256:
        raise UsageError(f"jobs must be between 1 and 256, not {jobs}")
    return jobs
