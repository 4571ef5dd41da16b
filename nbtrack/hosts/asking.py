"""What the asking magics show: from a line of text and a store to something to display."""

from nbtrack.errors import UsageError
from nbtrack.query.compare import diff as between
from nbtrack.query.runs import run
from nbtrack.query.runs import runs as asked
from nbtrack.store.base import Store
from nbtrack.view.bundle import Bundle
from nbtrack.view.difference import differences
from nbtrack.view.listing import listing

_MOST = 4  # runs side by side


def runs(line: str, store: Store) -> Bundle:
    """Return the table for ``%runs``."""
    return listing(asked(line, store=store))


def diff(line: str, store: Store) -> Bundle:
    """Return the differences for ``%diff A B``; of up to four runs, those of each other from the first."""
    words = line.split()
    if not 2 <= len(words) <= _MOST:
        raise UsageError(
            f"%diff needs two runs, not {len(words)}: %diff A B, each an id or its beginning; %runs lists them"
        )
    first, *others = (run(word, store) for word in words)
    return differences([between(first, other, store.get) for other in others])
