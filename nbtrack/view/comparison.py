"""The comparison of many runs: a readable table at once, and a script that enhances it in place."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from nbtrack.model.run import Run
from nbtrack.view.bundle import Bundle
from nbtrack.view.columns import Column, columns_of, static_table, text_rows
from nbtrack.view.escape import island, own, render, script
from nbtrack.view.payload import INLINE, PAGE, Budget, comparison_payload

WHOLE: Final = 149_000  # bytes of a saved output, of which the columns of 100 runs take a third


@dataclass(frozen=True, slots=True)
class Fragment:
    """A comparison: ``html`` with style, table, data and script, and the ``script`` alone, to be hashed."""

    html: Markup
    script: str


def comparison_html(runs: Sequence[Run], title: str = "") -> Bundle:
    """Return the comparison of ``runs``, in their order, as a display that needs no kernel and no network."""
    columns = columns_of(runs)
    return Bundle(
        str(_fragment(runs, columns, title, INLINE).html), text_rows(runs, columns) if runs else "No runs to compare."
    )


def comparison_fragment(runs: Sequence[Run]) -> Fragment:
    """Return the same comparison for a page of its own, where there is room for whole sources and fine curves."""
    return _fragment(runs, columns_of(runs), "", PAGE)


def _fragment(runs: Sequence[Run], columns: Sequence[Column], title: str, budget: Budget) -> Fragment:
    name = f"nbt-{secrets.token_hex(6)}"
    parts = {
        "css": own("compare.css"),
        "script": script("compare", name),
        "table": render("table.html", {"count": len(runs), **static_table(runs, columns)}) if runs else "",
    }
    data = comparison_payload(runs, title, _beside(parts.values(), budget))
    html = render("comparison.html", {"name": name, "title": title, "data": island(data), **parts})
    return Fragment(html, str(parts["script"]))


def _beside(parts: Iterable[str], budget: Budget) -> Budget:
    """Return the budget of the data, given what else is part of an output that is bounded as a whole."""
    if budget.room is None:
        return budget
    return replace(budget, room=WHOLE - sum(len(part.encode()) for part in parts))
