r"""What programs print in colours: text with ANSI escapes as pieces with the names of styles, bounded.

Only colours and weights are kept (ECMA-48, "Select Graphic Rendition"); every other sequence moves a cursor that a page
does not have, or is meant for a terminal, and is left out. A line that was written over (``\r``) shows what it showed
last, as in a terminal.
"""

import re
from collections.abc import Iterator
from typing import Final

Piece = tuple[str, str]  # names of styles, "" for none, and text
Lines = tuple[tuple[Piece, ...], ...]

HEAD: Final = 120  # lines shown of the beginning of a long text
TAIL: Final = 40  # and of its end
MOST: Final = 200  # lines that are shown whole
_WIDEST: Final = 4_000  # characters of a line
_PIECE: Final = 1_800
_SEQUENCE: Final = re.compile(
    r"\x1b(?:\[(?P<codes>[\d;:]*)(?P<final>[ -/]*[@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_COLOURS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_WEIGHTS: Final = {1: "bold", 2: "faint", 3: "italic", 4: "underline"}


def printed(text: str) -> Lines:
    r"""Return the lines of a text.

    >>> printed("\x1b[31mbad\x1b[0m\n 10%\r100%\n")
    ((('red', 'bad'),), (('', '100%'),))
    """
    return tuple(_styled(_lines(text)))


def shortened(text: str) -> tuple[str, int, str]:
    r"""Return a text, or its first lines, how many are left out, and its last ones; each line is cut to what is shown.

    >>> head, left_out, tail = shortened("x\n" * 1000)
    >>> head.count("x"), left_out, tail.count("x")
    (120, 840, 40)
    """
    lines = _lines(text)
    if len(lines) <= MOST:
        return "\n".join(map(_bounded, lines)), 0, ""
    head, tail = lines[:HEAD], lines[-TAIL:]
    return "\n".join(map(_bounded, head)), len(lines) - HEAD - TAIL, "\n".join(map(_bounded, tail))


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _bounded(line: str) -> str:
    return _cut(_overwritten(line))


def plain(text: str) -> str:
    r"""Return a text without its escapes.

    >>> plain("\x1b[1;31mValueError\x1b[0m: no")
    'ValueError: no'
    """
    return _SEQUENCE.sub("", text)


def _styled(lines: list[str]) -> Iterator[tuple[Piece, ...]]:
    style: frozenset[str] = frozenset()
    for line in lines:
        pieces: list[Piece] = []
        last = 0
        text = _bounded(line)
        for found in _SEQUENCE.finditer(text):
            pieces += _pieces(style, text[last : found.start()])
            if found["final"] == "m":
                style = _changed(style, found["codes"] or "0")
            last = found.end()
        yield (*pieces, *_pieces(style, text[last:]))


def _overwritten(line: str) -> str:
    r"""What a progress bar writes is many lines in one, each begun by ``\r``; the last that says anything stays."""
    if "\r" not in line:
        return line
    said = [part for part in line.split("\r") if plain(part).strip()]
    return said[-1] if said else ""


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}… {len(line) - _WIDEST:,} more characters"


def _pieces(style: frozenset[str], text: str) -> Iterator[Piece]:
    text = text.replace("\b", "").expandtabs(8)
    for start in range(0, len(text), _PIECE):
        yield " ".join(sorted(style)), text[start : start + _PIECE]


def _changed(style: frozenset[str], codes: str) -> frozenset[str]:
    numbers = iter([int(code) if code else 0 for code in re.split("[;:]", codes)][:32])
    for code in numbers:
        if code == 0:
            style = frozenset()
        elif code in _WEIGHTS:
            style |= {_WEIGHTS[code]}
        elif code == 22:
            style -= {"bold", "faint"}
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = _recoloured(style, _COLOURS[code % 10])
        elif code == 39:
            style = _recoloured(style, "")
        elif code in {38, 48}:
            style = _indexed(style, code, next(numbers, 0), numbers)
    return style


def _recoloured(style: frozenset[str], colour: str) -> frozenset[str]:
    return (style - set(_COLOURS)) | ({colour} if colour else set())


def _indexed(style: frozenset[str], code: int, form: int, numbers: Iterator[int]) -> frozenset[str]:
    """Of 256 colours the first 16 have names; of any other the text keeps the colour that reads in light and dark."""
    values = [next(numbers, 0) for _ in range(1 if form == 5 else 3)]
    if code == 38 and form == 5 and 0 <= values[0] < 16:
        return _recoloured(style, _COLOURS[values[0] % 8])
    return _recoloured(style, "") if code == 38 else style
