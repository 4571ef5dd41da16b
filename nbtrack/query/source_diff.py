"""Two sources side by side, line by line."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Final, Literal

_TOKEN: Final = re.compile(r"[\w.]+|\s+|.", re.DOTALL)
_ALIKE: Final = 0.3
_LONG: Final = 300  # lines
_LONGEST_LINE: Final = 500  # a longer line is marked whole: finding what changed inside takes quadratic time


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``=`` in both, ``-`` only in the old, ``+`` only in the new; ``marks`` are the changed words in it."""

    sign: Literal["=", "-", "+"]
    text: str
    marks: tuple[tuple[int, int], ...] = ()


def source_diff(old: str, new: str) -> tuple[Line, ...]:
    r"""Return every line of both sources in order.

    >>> [line.sign + line.text for line in source_diff("a = 1\nb", "a = 2\nb")]
    ['-a = 1', '+a = 2', '=b']
    """
    before, after = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for start, stop, begin, end in _divided(before, after):
        lines += _stretch(before[start:stop], after[begin:end])
    return tuple(lines)


def _divided(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield stretches of both to be compared with each other.

    Long sources are divided at the lines that are there once in each, as far as they keep their order (patience): the
    time the matcher takes grows with the square of what it is given.
    """
    start = begin = 0
    for place, there in _anchors(before, after) if max(len(before), len(after)) > _LONG else ():
        yield start, place, begin, there
        yield place, place + 1, there, there + 1
        start, begin = place + 1, there + 1
    yield start, len(before), begin, len(after)


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest sequence of pairs of places, rising in both, of lines that are there once in each."""
    once = Counter(before), Counter(after)
    there = {line: place for place, line in enumerate(after) if once[1][line] == 1}
    pairs = [(place, there[line]) for place, line in enumerate(before) if once[0][line] == 1 and line in there]
    tops, last, chain = list[int](), list[int](), list[int]()
    for at, (_, second) in enumerate(pairs):
        length = bisect_left(tops, second)
        tops[length : length + 1] = [second]
        last[length : length + 1] = [at]
        chain.append(last[length - 1] if length else -1)
    found, at = list[tuple[int, int]](), last[-1] if last else -1
    while at >= 0:
        found.append(pairs[at])
        at = chain[at]
    return found[::-1]


def _stretch(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    for tag, start, stop, begin, end in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            yield from (Line("=", text) for text in before[start:stop])
        else:
            yield from _replaced(before[start:stop], after[begin:end])


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """Lines replaced one for one are marked inside; a block of another length is not."""
    paired = len(before) == len(after)
    marks = [_marks(*pair) for pair in zip(before, after, strict=True)] if paired else []
    yield from (Line("-", text, marks[i][0] if paired else ()) for i, text in enumerate(before))
    yield from (Line("+", text, marks[i][1] if paired else ()) for i, text in enumerate(after))


Spans = tuple[tuple[int, int], ...]


def _marks(old: str, new: str) -> tuple[Spans, Spans]:
    """Return the words that changed; nothing where little is left of the line, which then reads as a new one."""
    if max(len(old), len(new)) > _LONGEST_LINE:
        return (), ()
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    kept = sum(len("".join(before[a:b]).strip()) for tag, a, b, _, _ in codes if tag == "equal")
    if kept < _ALIKE * max(len(old.strip()), len(new.strip())):
        return (), ()
    changed = [code for code in codes if code[0] != "equal"]
    return _spans(before, [code[1:3] for code in changed]), _spans(after, [code[3:5] for code in changed])


def _spans(tokens: Sequence[str], places: Sequence[tuple[int, int]]) -> Spans:
    """Return places among tokens as places in the text, without blanks at their ends."""
    starts = [0, *accumulate(map(len, tokens))]
    texts = [("".join(tokens[a:b]), starts[a]) for a, b in places]
    trimmed = [(start + len(text) - len(text.lstrip()), text.strip()) for text, start in texts]
    return tuple((start, start + len(text)) for start, text in trimmed if text)
