"""Source text as words of a kind, so that a page can colour it without a script: nothing is added, nothing lost.

The kinds are those of the comparison (``view/static/compare/colour.js``), and so are their colours.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

Word = tuple[str, str]  # its kind, "" for none, and its text
Lines = tuple[tuple[Word, ...], ...]

LONGEST: Final = 100_000  # characters; a longer source is not coloured
_PIECE: Final = 1800  # characters of a word: what is shown of one is bounded
_KEYWORDS: Final = (
    "False None True and as assert async await break class continue def del elif else except finally for from global "
    "if import in is lambda nonlocal not or pass raise return try while with yield"
).split()
_PYTHON: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<magic>(?m:^)[ \t]*(?:%{1,2}\w|!)[^\n]*|(?m:^)[ \t]*@[ \t]*[^\W\d][\w.]*)
    |(?P<string>[rbuftRBUFT]{0,2}(?:\"\"\"(?:[^\\"]|\\.|"(?!""))*+(?:\"\"\"|\Z)|'''(?:[^\\']|\\.|'(?!''))*+(?:'''|\Z)
        |"(?:[^\\"\n]|\\.)*+"?|'(?:[^\\'\n]|\\.)*+'?))
    |(?P<number>(?<![\w.])(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*+(?:\.[\d_]*)?|\.\d[\d_]*+)(?:[eE][+-]?\d[\d_]*)?[jJ]?))
    |(?P<name>(?<=\bdef\ )[^\W\d]\w*+|(?<=\bclass\ )[^\W\d]\w*+)
    |(?P<keyword>\b(?:KEYWORDS)\b)
    |[^\W\d]\w*+
    """.replace("KEYWORDS", "|".join(_KEYWORDS)),
    re.VERBOSE | re.DOTALL,
)
_PYTHONS: Final = frozenset({"python", "python2", "python3", "ipython", "ipython3"})
_FOREIGN: Final = re.compile(
    r"\s*%%(?:bash|sh|script|html|HTML|javascript|js|latex|markdown|perl|ruby|R|sql|svg|writefile)\b"
)


@lru_cache(maxsize=4096)
def coloured(source: str, language: str = "python") -> Lines:
    r"""Return the lines of a source, each as words; a language that is not Python is one word a line.

    >>> coloured("x = 1  # one\nreturn")
    ((('', 'x = '), ('number', '1'), ('', '  '), ('comment', '# one')), (('keyword', 'return'),))
    """
    text = source.replace("\r\n", "\n").expandtabs(4).rstrip("\n")
    if language not in _PYTHONS or len(text) > LONGEST or _FOREIGN.match(text):
        return tuple(tuple(_pieces("", line)) for line in text.split("\n"))
    lines: list[list[Word]] = [[]]
    for kind, word in _words(text):
        for at, part in enumerate(word.split("\n")):
            if at:
                lines.append([])
            lines[-1] += _pieces(kind, part)
    return tuple(map(tuple, lines))


def _words(text: str) -> Iterator[Word]:
    """Yield the whole text in words; neighbours without a kind are one."""
    last = 0
    for found in _PYTHON.finditer(text):
        if found.lastgroup is None:
            continue
        if found.start() > last:
            yield "", text[last : found.start()]
        yield found.lastgroup, found.group()
        last = found.end()
    if last < len(text):
        yield "", text[last:]


def _pieces(kind: str, text: str) -> Iterator[Word]:
    for start in range(0, len(text), _PIECE):
        yield kind, text[start : start + _PIECE]
