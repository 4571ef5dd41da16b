"""Which runs a filter asks for that are not in a store yet, told from their records before anything is taken in."""

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from nbtrack.export.whole_file import not_written
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
    with laid_out(_records_of(holder, jobs)) as store:
        return frozenset(run.id for run in choose(text, store=store))


@contextmanager
def laid_out(files: Iterable[tuple[str, Content]]) -> Iterator[LocalStore]:
    """Give a store of these record files to ask, for a moment; their places are made of nothing but ids and numbers.

    Raises:
        FileNotWritten: there is no room for them in the system's temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="nbtrack-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / ".nbtrack"
        Folder(root).prepare()
        for place, content in files:
            _lay(root / place, content)
        store = LocalStore(root)
        try:
            yield store
        finally:
            store.close()


def _records_of(holder: Holder, jobs: int) -> Iterator[tuple[str, Content]]:
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
            yield from offer.files.items()
    yield from holder.offer_changes(changes, None).files.items()


def _lay(path: Path, content: Content) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for chunk in content.chunks():
                file.write(chunk)
    except OSError as error:
        raise not_written(error, path) from error
