"""A table of runs, to be read: what ``%runs`` shows, and a ``Runs`` as the last expression of a cell."""

from collections.abc import Sequence

from nbtrack.model.run import Run
from nbtrack.view.bundle import Bundle
from nbtrack.view.columns import columns_of, static_table, text_rows
from nbtrack.view.escape import render, sheet


def listing(runs: Sequence[Run]) -> Bundle:
    """Return ``runs`` in their order as a plain table, without any script."""
    columns = columns_of(runs)
    context = {**sheet("listing.css"), "count": len(runs), **static_table(runs, columns)}
    return Bundle(str(render("listing.html", context)), text_rows(runs, columns) if runs else "No runs.")
