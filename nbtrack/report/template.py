"""Which sections a report has, and what the author wrote between them: a named template, or a Markdown file."""

import re
from typing import Final, Literal, get_args

from nbtrack.errors import UsageError
from nbtrack.report.options import Options
from nbtrack.report.parts import SECTIONS, Markdown, Note, SectionName

NAMED: Final[dict[str, tuple[SectionName, ...]]] = {
    "full": SECTIONS,
    "brief": ("summary", "comparison", "curves", "again"),
}
_PLACE: Final = re.compile(r"^[ \t]*\{\{[ \t]*([\w-]+)[ \t]*\}\}[ \t]*$", re.MULTILINE)
_AFTER: Final = re.compile(r"^[ \t]*<!--[ \t]*after:[ \t]*([\w-]*)[ \t]*-->[ \t]*$", re.MULTILINE)
Place = SectionName | Literal[""]
_KNOWN: Final = frozenset(get_args(SectionName))


def layout(options: Options) -> tuple[tuple[SectionName, ...], tuple[Note, ...]]:
    r"""Return the sections in order, and the notes that stand between them, those of a template's own text among them.

    >>> sections, notes = layout(Options(template="# Rates\n\n{{ summary }}\n\nWhat we saw:\n\n{{ curves }}\n"))
    >>> sections, [(note.text, note.after) for note in notes]
    (('summary', 'curves'), [('# Rates', ''), ('What we saw:', 'summary')])

    Raises:
        UsageError: the template has a place for something that is no section, or the same one twice.
    """
    if options.template in NAMED:
        return NAMED[options.template], options.notes
    pieces = _PLACE.split(options.template)
    places: list[SectionName] = [_section(name, "a template's place") for name in pieces[1::2]]
    twice = next((name for at, name in enumerate(places) if name in places[:at]), None)
    if twice is not None:
        raise UsageError(f"the template has two places for {twice}; a section stands in a report once")
    before: list[Place] = ["", *places]
    texts = zip(before, pieces[::2], strict=True)
    own = tuple(Note(Markdown(text.strip()), after) for after, text in texts if text.strip())
    return tuple(places), (*own, *options.notes)


def notes_of(text: str, after: str = "summary") -> tuple[Note, ...]:
    r"""Return the notes in an author's text: what follows a line ``<!-- after: curves -->`` stands after the curves.

    >>> [(note.text, note.after) for note in notes_of("First.\n<!-- after: curves -->\nThen.")]
    [('First.', 'summary'), ('Then.', 'curves')]

    Args:
        text: Markdown.
        after: where the text begins: the name of a section, ``"top"`` for before the first.

    Raises:
        UsageError: there is no such section.
    """
    pieces = _AFTER.split(text)
    places = [_place(after), *map(_place, pieces[1::2])]
    return tuple(
        Note(Markdown(piece.strip()), place) for place, piece in zip(places, pieces[::2], strict=True) if piece.strip()
    )


def _place(name: str) -> Place:
    return "" if name in {"", "top"} else _section(name, "a note's place")


def _section(name: str, what: str) -> SectionName:
    if name not in _KNOWN:
        raise UsageError(f"{what} is one of {', '.join(SECTIONS)}, not {name[:80]!r}")
    return name  # type: ignore[return-value]  # one of them
