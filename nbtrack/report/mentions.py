"""The sentences of a summary in pieces: text, and what they call their runs, which leads to the page of the run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.report.parts import RunPage, Sentence

_NAMED: Final = 4  # runs that a sentence does not name are told beside it; of more it speaks in general


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in pieces of text and where each leads (nowhere: an empty text), and runs to be named after it.

    ``about`` is what several sentences in a row are about, told with the first of them.
    """

    pieces: tuple[tuple[str, str], ...]
    beside: tuple[RunPage, ...]
    about: str = ""


def said(sentences: Sequence[Sentence], pages: Mapping[str, RunPage]) -> list[Said]:
    """Return sentences with links in place of what they call their runs: ``name (short id)``, or the short id alone.

    Runs that none of the sentences calls by its name or id are named after those that speak of them.
    """
    spoken = [[pages[run] for run in dict.fromkeys(each.runs) if run in pages] for each in sentences]
    pieces = [_pieces(_bound(each), of) for each, of in zip(sentences, spoken, strict=True)]
    linked = {anchor for some in pieces for _, anchor in some}
    left = [tuple(page for page in of if page.anchor not in linked) for of in spoken]
    before = ["", *(each.about for each in sentences)]
    abouts = [each.about if each.about != last else "" for each, last in zip(sentences, before, strict=False)]
    return [
        Said(some, of if len(of) <= _NAMED else (), about.removesuffix(": "))
        for some, of, about in zip(pieces, left, abouts, strict=True)
    ]


def _bound(sentence: Sentence) -> str:
    """Return the text without what it is about, its numbers bound to their unit so that no line ends between them."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", sentence.text.removeprefix(sentence.about))


def _pieces(text: str, spoken: Sequence[RunPage]) -> tuple[tuple[str, str], ...]:
    if not spoken:
        return ((text, ""),)
    by_short = {page.run.short: page.anchor for page in spoken}
    names = "|".join(rf"{re.escape(page.run.name)} \({re.escape(page.run.short)}\)" for page in spoken)
    shorts = "|".join(rf"\b{re.escape(short)}\b" for short in by_short)
    pieces, at = list[tuple[str, str]](), 0
    for found in re.finditer(f"{names}|{shorts}", text):
        short = next(short for short in by_short if found[0] == short or found[0].endswith(f"({short})"))
        pieces += [(text[at : found.start()], ""), (found[0], by_short[short])]
        at = found.end()
    return tuple(piece for piece in (*pieces, (text[at:], "")) if piece[0])
