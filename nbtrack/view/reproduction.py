"""A reproduction in a notebook: what it will do, how it goes, and what it found."""

from collections.abc import Sequence
from typing import Protocol

from nbtrack.model.reproduction import GOOD
from nbtrack.view.bundle import Bundle
from nbtrack.view.escape import render, sheet, shown
from nbtrack.view.text import text_table
from nbtrack.view.wording import level_text, verdict_text


class Unfolded(Protocol):
    """A cell in a line, with its whole source."""

    @property
    def place(self) -> str:
        """Where it stood."""

    @property
    def line(self) -> str:
        """What it does, in a line."""

    @property
    def note(self) -> str:
        """What else is to be known."""

    @property
    def source(self) -> Sequence[str]:
        """Its lines."""


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

    @property
    def ranked(self) -> bool:
        """Whether the first line matters most."""

    @property
    def cells(self) -> Sequence[Unfolded]:
        """The cells that the lines tell of."""


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
    level: str, headline: str, rows: Sequence[Row], sections: Sequence[Lines], *, sentence: str = "", trace: str = ""
) -> Bundle:
    """Return what a reproduction found; ``trace`` is the traceback of the cell that failed."""
    about = {"headline": headline, "level": verdict_text(level), "good": level in GOOD, "sentence": sentence}
    allowed = "predicted" if any("…" in row.allowed for row in rows) else "allowed"
    html = _html(**about, sections=sections, rows=rows, allowed=allowed, trace=trace)
    texts = [(row.name, row.was, row.now, row.change, row.allowed, level_text(row.level)) for row in rows]
    table = text_table(("metric", "was", "now", "change", allowed, ""), texts) if rows else ""
    return Bundle(
        html,
        "\n".join(
            filter(
                None,
                (f"{shown(verdict_text(level))}  {shown(headline)}", shown(sentence, 4000), table, _text(sections)),
            )
        ),
    )


def going_on(line: str, tail: Sequence[str]) -> Bundle:
    """Return how far a reproduction has come: a line, and the last lines of what its program wrote."""
    context = {**sheet("reproduction.css"), "line": line, "tail": tail}
    return Bundle(str(render("reproducing.html", context)), shown(line))


def _html(**context: object) -> str:
    nothing = {"level": "", "sentence": "", "rows": (), "allowed": "", "good": True, "trace": ""}
    return str(render("reproduction.html", {**sheet("reproduction.css"), "sign": level_text, **nothing, **context}))


def _text(sections: Sequence[Lines]) -> str:
    wide = max((len(each.title) for each in sections), default=0)
    lines = []
    for each in sections:
        lines += [f"{'' if at else each.title:<{wide}}  {shown(line)}" for at, line in enumerate(each.lines)]
    return "\n".join(lines)
