"""``nbtrack.sync``: a pull and then a push, so that both sides have the same runs."""

from os import PathLike

from nbtrack.query.choosing import choose
from nbtrack.share.opening import other_side
from nbtrack.share.preview import chosen_runs
from nbtrack.share.pulling import pull_from
from nbtrack.share.pushing import Agree, checked_jobs, push_to, recorded_store
from nbtrack.share.remotes import chosen, is_remembered
from nbtrack.share.retrying import Asking
from nbtrack.share.transferred import Transferred
from nbtrack.share.wishes import JOBS, Progress, Wishes
from nbtrack.store.base import Store


def sync(
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
) -> tuple[Transferred, Transferred]:
    """Bring this store and another place to the same runs; return what came, and what went there.

    ``nbtrack.pull`` and then ``nbtrack.push``, with one look at what is there; arguments and errors as they have them.

    >>> import tempfile
    >>> import nbtrack
    >>> with tempfile.TemporaryDirectory() as top:
    ...     for folder in ("mine", "shared"):
    ...         with nbtrack.start_run(f"in {folder}", store=f"{top}/{folder}/.nbtrack") as run:
    ...             run.log(loss=0.5)
    ...     came, went = nbtrack.sync(f"{top}/shared", store=f"{top}/mine/.nbtrack")
    >>> len(came.runs), len(went.runs)
    (1, 1)
    """
    local = recorded_store(store)
    address = chosen(local, url)
    asking = Asking(address)
    other = other_side(address, local, asking)
    wanted = None
    is_there = other.exists()
    if runs is not None:
        wanted = frozenset(run.id for run in choose(runs, store=local))
        wanted |= chosen_runs(other, runs, checked_jobs(jobs)) if is_there else frozenset()
    wishes = Wishes(wanted, objects, checked_jobs(jobs), verify, dry_run, progress=progress)
    came = pull_from(address, local, other, asking, wishes) if is_there else Transferred("pull", str(address))
    typed = not is_remembered(local, url)
    return came, push_to(address, local, other, asking, wishes, agree=agree, typed=typed)
