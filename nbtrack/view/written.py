"""A report that was just written, as a notebook shows it: a link to the file, its summary, and what it shares."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from nbtrack.view.bundle import Bundle
from nbtrack.view.escape import render, sheet


class Told(Protocol):
    """A sentence of the summary."""

    @property
    def text(self) -> str:
        """Its words."""

    @property
    def kind(self) -> str:
        """What it is about: won, certainty, tried or unknown."""


class Counted(Protocol):
    """One thing that the file shares."""

    @property
    def name(self) -> str:
        """What it is."""

    @property
    def value(self) -> str:
        """How much of it there is."""

    @property
    def note(self) -> str:
        """What else is to be known."""


class Written(Protocol):
    """A file that was written, and what is in it."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def runs(self) -> int:
        """How many runs it tells of."""

    @property
    def summary(self) -> Sequence[Told]:
        """What it says, in sentences."""

    @property
    def shared(self) -> Sequence[Counted]:
        """What it shares."""

    @property
    def notice(self) -> str:
        """What was left out."""


def written_bundle(written: Written, text: str) -> Bundle:
    """Return how a notebook shows a written report; ``text`` is the same for consoles without HTML."""
    return Bundle(written_html(written), text)


def written_html(written: Written) -> str:
    """Return a link to the file and what is in it, as HTML without any script."""
    context = {**sheet("listing.css", "answers.css"), "found": written, "link": link(written.path)}
    return str(render("written.html", context))


def link(path: Path) -> str:
    """Return the address of a file for a link in a notebook that works in the current folder; empty if it is not below.

    >>> link(Path("reports/a b.html")), link(Path("javascript:alert(1)"))
    ('./reports/a%20b.html', './javascript%3Aalert%281%29')
    """
    near = os.path.relpath(path)
    return "" if near.startswith("..") or os.path.isabs(near) else f"./{quote(Path(near).as_posix())}"  # noqa: PTH117 - text of a path
