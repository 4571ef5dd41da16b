"""A reproduction in a notebook: what it will do, how it goes, and what it found."""

from collections.abc import Sequence
from typing import Protocol

from nbtrack.view.bundle import Bundle
from nbtrack.view.escape import own, render, shown
from nbtrack.view.text import text_table


class Lines(Protocol):
    """A heading and its lines; ``grave`` is what a person should not overlook."""

    @property
    def title(self) -> str:
        """The heading."""

    @property
    def lines(self) -> Sequence[str]:
        """The lines."""

    @property
    def grave(self) -> bool:
        """Whether it stands out."""


class Row(Protocol):
    """A metric as recorded and as reproduced, in texts."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def was(self) -> str:
        """The recorded value."""

    @property
    def now(self) -> str:
        """The reproduced value, or several."""

    @property
    def change(self) -> str:
        """How far they are apart."""

    @property
    def allowed(self) -> str:
        """How far they may be."""

    @property
    def level(self) -> str:
        """What that makes of it."""


def planned(headline: str, sections: Sequence[Lines]) -> Bundle:
    """Return what a reproduction will do."""
    html = _html(headline=headline, sections=sections)
    return Bundle(html, f"{shown(headline)}\n{_text(sections)}")


def judged(
    level: str, headline: str, rows: Sequence[Row], sections: Sequence[Lines], *, good: bool, trace: str = ""
) -> Bundle:
    """Return what a reproduction found; ``trace`` is the traceback of the cell that failed."""
    allowed = "predicted" if any("…" in row.allowed for row in rows) else "allowed"
    html = _html(headline=headline, sections=sections, level=level, rows=rows, allowed=allowed, good=good, trace=trace)
    texts = [(row.name, row.was, row.now, row.change, row.allowed, row.level) for row in rows]
    table = text_table(("metric", "was", "now", "change", allowed, ""), texts) if rows else ""
    return Bundle(html, "\n".join(filter(None, (f"{level}: {shown(headline)}", table, _text(sections)))))


def going_on(line: str, tail: Sequence[str]) -> Bundle:
    """Return how far a reproduction has come: a line, and the last lines of what its program wrote."""
    context = {"css": own("reproduction.css"), "line": line, "tail": tail}
    return Bundle(str(render("reproducing.html", context)), shown(line))


def _html(
    *,
    headline: str,
    sections: Sequence[Lines],
    level: str = "",
    rows: Sequence[Row] = (),
    allowed: str = "",
    good: bool = True,
    trace: str = "",
) -> str:
    context: dict[str, object] = {"headline": headline, "level": level, "rows": rows, "sections": sections}
    context |= {"mark": "✓" if good else "✗", "good": good, "allowed": allowed, "trace": trace}
    return str(render("reproduction.html", {"css": own("reproduction.css"), **context}))


def _text(sections: Sequence[Lines]) -> str:
    wide = max((len(each.title) for each in sections), default=0)
    lines = []
    for each in sections:
        lines += [f"{'' if at else each.title:<{wide}}  {shown(line)}" for at, line in enumerate(each.lines)]
    return "\n".join(lines)
