"""The comparison of many runs: a readable table at once, and a script that enhances it in place."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from nbtrack.model.run import Run
from nbtrack.view.bundle import Bundle
from nbtrack.view.columns import ONE_SET, Column, Sets, columns_of, static_table, text_rows
from nbtrack.view.escape import edition, island, packed_front_end, render, script, starter, styled, waiter
from nbtrack.view.payload import INLINE, PAGE, Budget, Packing, sets_of
from nbtrack.view.static_charts import curve_chart, dot_chart

WHOLE: Final = 149_000  # bytes of a saved output
TABLE: Final = 12_000  # of which the table and the charts for readers without scripts take about
CHARTS: Final = 5_000  # so much
_SHARES: Final = (3.0, 1.4, 1.0)  # how much longer than its compressed form the data may be, tried in turn
_FRAME, _HEAD, _ROW = 75, 53, 28  # the app's height: tabs and filter, column heads, a row
_LOWEST, _TALLEST = 106, 459  # of the column heads and all rows together
_SHEETS: Final = ("static.css", "compare.css")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A comparison: ``html`` with style, table, data and scripts, and the ``scripts`` alone, to be hashed."""

    html: Markup
    scripts: tuple[str, ...]


def comparison_html(runs: Sequence[Run], title: str = "", *, name: str = "", state: int = 0) -> Bundle:
    """Return the comparison of ``runs``, in their order, as a display that needs no kernel and no network.

    ``name`` is the id of its element in the page, ``state`` that of what a live kernel has told so far
    (``view.follow``).
    """
    runs = list(runs)  # each is read once, not each time it is looked at
    columns = columns_of(runs)
    return Bundle(str(_fragment(runs, columns, title, INLINE, name, state).html), _text(runs, columns))


def comparison_text(runs: Sequence[Run]) -> str:
    """Return the comparison for a console, which is what ``comparison_html`` has beside its HTML."""
    runs = list(runs)
    return _text(runs, columns_of(runs))


def _text(runs: Sequence[Run], columns: Sequence[Column]) -> str:
    return text_rows(runs, columns) if runs else "No runs to compare."


def comparison_fragment(runs: Sequence[Run]) -> Fragment:
    """Return the same comparison for a page of its own, where there is room for whole sources and fine curves."""
    runs = list(runs)
    return _fragment(runs, columns_of(runs), "", PAGE)


def _fragment(
    runs: Sequence[Run], columns: Sequence[Column], title: str, budget: Budget, name: str = "", state: int = 0
) -> Fragment:
    name = name or f"nbt-{secrets.token_hex(6)}"
    version = edition(*_SHEETS)
    parts = {
        "css": styled("static.css", version),
        "edition": version,
        "wait": waiter(name) if runs else "",
        "code": "" if budget.room is None else packed_front_end("compare"),
        "script": (script if budget.room is None else starter)("compare", name),
        "table": _table(runs, columns, name) if runs else "",
        "charts": _charts(runs),
    }
    room = None if budget.room is None else WHOLE - sum(len(part.encode()) for part in parts.values())
    data = _data(runs, title, budget, room, state)
    context = {"name": name, "title": title, "height": _height(len(runs)), "data": data, **parts}
    return Fragment(
        render("comparison.html", context), tuple(str(parts[part]) for part in ("wait", "script") if parts[part])
    )


def _table(runs: Sequence[Run], columns: Sequence[Column], name: str) -> Markup:
    return render("table.html", {"name": name, "count": len(runs), **static_table(runs, columns, TABLE)})


def _charts(runs: Sequence[Run]) -> Markup:
    """Return the charts for readers without scripts, as many of them as fit."""
    dots, curves = dot_chart(runs), curve_chart(runs)
    both = render("charts.html", {"dots": dots, "curves": curves})
    return both if len(both.encode()) <= CHARTS else render("charts.html", {"dots": dots, "curves": None})


def _data(runs: Sequence[Run], title: str, budget: Budget, room: int | None, state: int) -> Markup:
    """Return the data and the style of the app, with as much of sources and curves as fits when it is compressed."""
    more = {"style": styled("compare.css", edition(*_SHEETS)), **({"state": state} if state else {})}
    packing = Packing(runs, title, budget)
    if room is None:
        return island(packing.payload(None) | more)
    for share in _SHARES:
        data = island(packing.payload(int(room * share)) | more)
        over = len(data.encode()) - room
        if over <= 0 or over > budget.source + budget.curves:  # columns alone fill it: less of the rest helps nothing
            break
    return data


def _height(runs: int) -> int:
    """Return how high the app will be, so that nothing moves when it takes the static table's place."""
    return _FRAME + max(_LOWEST, min(_TALLEST, _HEAD + _ROW * runs))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a comparison is made of, for a page that puts it together itself: the report.

    ``numbers`` are the columns of the table, after the four that every run has, that stand to the right.
    """

    table: Markup
    numbers: Sequence[int]
    dots: Markup
    curves: Markup
    data: Markup
    height: int


def comparison_parts(
    runs: Sequence[Run],
    columns: Sequence[Column],
    budget: Budget = PAGE,
    room: int = TABLE,
    sets: Sets = ONE_SET,
) -> Parts:
    """Return the table and the two charts for readers without scripts, the data for the front end, and its height.

    ``columns`` are those of ``columns_of(runs, sets)``, ``room`` is about how many bytes the table may take.
    """
    runs = list(runs)
    rows = static_table(runs, columns, room)
    return Parts(
        table=render("table.html", {"count": len(runs), **rows, "parted": bool(sets)}),
        numbers=rows["numbers"],
        dots=render("charts.html", {"dots": dot_chart(runs, sets), "curves": None}),
        curves=render("charts.html", {"dots": None, "curves": curve_chart(runs)}),
        data=island(Packing(runs, "", budget).payload(None) | sets_of(runs, sets)),
        height=_height(len(runs)),
    )
