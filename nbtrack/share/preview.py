"""Which runs of a remote a filter asks for, told from their events before anything of them is taken in."""

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbtrack.query.choosing import choose
from nbtrack.share.holder import Content, Holder
from nbtrack.share.stored import StoreHolder
from nbtrack.store.exchange.naming import Changes, Segment, placed
from nbtrack.store.folder import Folder
from nbtrack.store.local import LocalStore


def chosen_runs(holder: Holder, text: str, jobs: int) -> frozenset[str]:
    """Return the ids of the runs that are named by ids, prefixes or a filter, on either side of an exchange.

    Raises:
        FilterError, RunNotFound, AmbiguousRun: as when this store is asked.
    """
    if isinstance(holder, StoreHolder):
        return frozenset(run.id for run in choose(text, store=holder.store))
    with tempfile.TemporaryDirectory(prefix="nbtrack-") as folder:
        root = Path(folder) / ".nbtrack"
        Folder(root).prepare()
        runs: dict[str, list[str]] = {}
        changes = []
        for place in holder.records():
            at = placed(place)
            if isinstance(at, Segment) and at.name.startswith("ev-"):
                runs.setdefault(at.run, []).append(place)
            elif isinstance(at, Changes):
                changes.append(place)
        with ThreadPoolExecutor(jobs, thread_name_prefix="nbtrack-preview") as pool:
            for offer in pool.map(lambda each: holder.offer(*each), runs.items()):
                _lay(root, offer.files.items())
        _lay(root, holder.offer_changes(changes, None).files.items())
        store = LocalStore(root)
        try:
            return frozenset(run.id for run in choose(text, store=store))
        finally:
            store.close()


def _lay(root: Path, files: Iterable[tuple[str, Content]]) -> None:
    """Put files where a store has them; their places were made of nothing but ids and numbers."""
    for place, content in files:
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for chunk in content.chunks():
                file.write(chunk)
