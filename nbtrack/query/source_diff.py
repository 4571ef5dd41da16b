"""Two sources side by side, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

_LONGEST_LINE: Final = 500  # a longer line is marked whole: finding what changed inside takes quadratic time


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``=`` in both, ``-`` only in the old, ``+`` only in the new; ``marks`` are the changed spans in it."""

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
    for tag, start, stop, begin, end in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            lines += [Line("=", text) for text in before[start:stop]]
        else:
            lines += _replaced(before[start:stop], after[begin:end])
    return tuple(lines)


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """Lines replaced one for one are marked inside; a block of another length is not."""
    paired = len(before) == len(after)
    marks = [_marks(*pair) for pair in zip(before, after, strict=True)] if paired else []
    yield from (Line("-", text, marks[i][0] if paired else ()) for i, text in enumerate(before))
    yield from (Line("+", text, marks[i][1] if paired else ()) for i, text in enumerate(after))


Spans = tuple[tuple[int, int], ...]


def _marks(old: str, new: str) -> tuple[Spans, Spans]:
    if max(len(old), len(new)) > _LONGEST_LINE:
        return (), ()
    codes = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    return tuple((a, b) for _, a, b, _, _ in codes if a < b), tuple((c, d) for _, _, _, c, d in codes if c < d)
