"""What a cell showed, in the form in which a page draws it: a picture, a table, a frame, a figure of plotly, a text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from nbtrack.errors import UsageError
from nbtrack.query.facts import bytes_text
from nbtrack.report.html_table import Table, table_of
from nbtrack.report.parts import Shown
from nbtrack.report.plotly_figure import Figure, read_figure
from nbtrack.view.escape import framed, island, picture, pictures

Kind = Literal["picture", "table", "frame", "plotly", "markdown", "text", "absent"]
LARGEST_FRAME: Final = 300_000  # characters
MOST_FRAMES: Final = 16  # in one page: each is a document of its own, for some browsers a process
_TALLEST: Final = 480  # pixels of a frame
_LINE: Final = 26
_NUMBER: Final = re.compile(r"(?:.*/)?(\d+)-")
_SCRIPTED: Final = ("Plotly.newPlot", "vegaEmbed", "<script")
_ASKING: Final = re.compile(
    r"<(?=(?:link|meta|i?frame|frameset|fencedframe|portal|object|embed)(?![\w-])"
    r"|use(?![\w-])[^<>]{0,1000}?href\s{0,9}=\s{0,9}[\"']?\s{0,9}[^#\"'\s<>])",
    re.IGNORECASE,
)
"""Before elements by which a browser may look up or connect to a host before a policy forbids it what it asks there.

A ``use`` of another document is forbidden too, and Chromium at times waits for it for ever: the page is never loaded.
"""
_WORDS: Final = {"figure": "Figure", "plotly": "Plotly figure", "vega": "Vega figure", "table": "Table"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Something that a cell showed as the page has it.

    ``source`` is the address of a picture, the document of a frame, or the data of a figure; ``needs`` the types of
    traces that a figure is made of.
    """

    kind: Kind
    name: str
    words: str
    size: str = ""
    why: str = ""
    source: str = ""
    picture: str = ""
    table: Table | None = None
    text: str = ""
    height: int = 0
    needs: frozenset[str] = frozenset()


def drawn(shown: Sequence[Shown], *, plotly: bool) -> tuple[Drawn, ...]:
    """Return what a page shows of ``shown``, in that order; of several forms of one output only the best.

    ``plotly`` says whether figures of plotly may come with the data to draw them; else they are what stands for them.
    """
    beside = _beside(shown)
    made = [_drawn(each, beside.get(_number(each.name), ()), plotly=plotly) for each in shown]
    covered = {id(other) for each in shown if _is_chart(each) and each.content for other in beside[_number(each.name)]}
    return tuple(one for each, one in zip(shown, made, strict=True) if id(each) not in covered or _is_chart(each))


def without_many_frames(groups: Iterable[tuple[Drawn, ...]]) -> list[tuple[Drawn, ...]]:
    """Return the groups with the first ``MOST_FRAMES`` of their frames, the others only named."""
    left = iter(range(MOST_FRAMES))
    return [
        tuple(each if each.kind != "frame" or next(left, None) is not None else _named(each) for each in group)
        for group in groups
    ]


def _named(frame: Drawn) -> Drawn:
    why = f"a page shows {MOST_FRAMES} such outputs at most; it is kept with the run"
    return replace(frame, kind="absent", source="", why=why)


def _number(name: str) -> str:
    found = _NUMBER.match(name)
    return found[1] if found else name


def _beside(shown: Sequence[Shown]) -> Mapping[str, tuple[Shown, ...]]:
    groups: dict[str, list[Shown]] = {}
    for each in shown:
        groups.setdefault(_number(each.name), []).append(each)
    return {number: tuple(group) for number, group in groups.items()}


def _is_chart(shown: Shown) -> bool:
    return shown.media_type.startswith(("application/vnd.plotly", "application/vnd.vega"))


def _drawn(shown: Shown, forms: Sequence[Shown], *, plotly: bool) -> Drawn:
    if shown.content is None:
        return _absent(shown, shown.why or "not in this file")
    if shown.media_type in pictures():
        return _piece(shown, "picture", source=picture(shown.media_type, shown.content))
    if _is_chart(shown):
        return _chart(shown, forms, plotly=plotly)
    return _text(shown, shown.content.decode("utf-8", "replace"))


def _text(shown: Shown, text: str) -> Drawn:
    if shown.media_type == "text/html":
        return _html(shown, text)
    if shown.media_type == "text/markdown":
        return _piece(shown, "markdown", text=text)
    if shown.media_type.startswith("text/") or shown.media_type.partition(";")[0].endswith("json"):
        return _piece(shown, "text", text=text)
    return _absent(shown, "nothing a page can show; it is kept with the run")


def _piece(shown: Shown, kind: Kind, **more: Any) -> Drawn:
    name = shown.name.rpartition("/")[2]
    word = _WORDS.get(name.partition("-")[2].partition(".")[0], "Output")
    return Drawn(kind, name, f"{word} {name}", bytes_text(shown.size), **more)


def _absent(shown: Shown, why: str) -> Drawn:
    return _piece(shown, "absent", why=why)


def _html(shown: Shown, text: str) -> Drawn:
    label = shown.name.rpartition("/")[2]
    if found := table_of(text, f"Table {label}"):
        return _piece(shown, "table", table=found)
    if any(word in text for word in _SCRIPTED[:2]):
        return _absent(shown, "it draws itself with scripts of its own, which a report does not run")
    if len(text) > LARGEST_FRAME:
        return _absent(shown, f"larger than the {LARGEST_FRAME // 1000} kB of HTML that a page takes in")
    why = "shown without its scripts" if _SCRIPTED[2] in text else ""
    height = min(_TALLEST, 40 + _LINE * max(2, text.count("<tr"), text.count("<p"), text.count("<li")))
    return _piece(shown, "frame", source=framed(_ASKING.sub("<nbt-", text)), height=height, why=why)


def _chart(shown: Shown, forms: Sequence[Shown], *, plotly: bool) -> Drawn:
    """A picture that was recorded with the chart stands for it, else its numbers, else its data as text."""
    content = shown.content or b""
    still = next((form for form in forms if form.media_type in pictures() and form.content), None)
    source = picture(still.media_type, still.content or b"") if still else ""
    if "plotly" in shown.media_type:
        try:
            figure = read_figure(content, shown.name.rpartition("/")[2])
        except UsageError as problem:
            return _absent(shown, str(problem))
        return _figure(shown, figure, source, plotly=plotly)
    if still:
        return _piece(shown, "picture", source=source, why="a picture of the chart")
    return _piece(
        shown, "text", text=content.decode("utf-8", "replace"), why="the chart's data; no picture of it was kept"
    )


def _figure(shown: Shown, figure: Figure, source: str, *, plotly: bool) -> Drawn:
    if plotly and figure.drawable:
        return _piece(
            shown,
            "plotly",
            source=island(figure.data),
            picture=source,
            table=figure.table,
            height=figure.height,
            needs=figure.types,
        )
    why = "" if figure.drawable else f"a {figure.undrawable} needs a network, which a report has not; "
    if source:
        return _piece(shown, "picture", source=source, why=f"{why}a picture of the figure")
    return (
        _piece(shown, "table", table=figure.table, why=f"{why}the numbers of the figure")
        if figure.table
        else _absent(shown, why or "no picture of it was kept")
    )
