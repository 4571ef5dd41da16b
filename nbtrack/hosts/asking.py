"""What the asking magics show: from a line of text and a store to something to display."""

from nbtrack.errors import UsageError
from nbtrack.query.choosing import choose
from nbtrack.query.compare import diff as differences
from nbtrack.query.runs import run
from nbtrack.query.runs import runs as asked
from nbtrack.store.base import Store
from nbtrack.view.bundle import Bundle
from nbtrack.view.comparison import comparison_html
from nbtrack.view.difference import difference
from nbtrack.view.listing import listing


def runs(line: str, store: Store) -> Bundle:
    """Return the table for ``%runs``."""
    return listing(asked(line, store=store))


def compare(line: str, store: Store) -> Bundle:
    """Return the comparison for ``%compare``, oldest run first."""
    return comparison_html(sorted(choose(line, store=store), key=lambda run: run.started))


def diff(line: str, store: Store) -> Bundle:
    """Return the differences for ``%diff A B``."""
    words = line.split()
    if len(words) != 2:
        raise UsageError(
            f"%diff needs two runs, not {len(words)}: %diff A B, each an id or its beginning; %runs lists them"
        )
    return difference(differences(run(words[0], store), run(words[1], store), store.get))
