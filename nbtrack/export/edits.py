"""Edits of a text by place: what is replaced, and what is put around."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the text from ``start`` to ``end``: ``text`` in its place, or ``before`` and ``after`` around it."""

    start: int
    end: int
    text: str | None = None
    before: str = ""
    after: str = ""


def edited(source: str, edits: Sequence[Edit]) -> str:
    """Return a text with edits made, those inside others first; what is inside a replaced part is lost with it.

    >>> edited("print(score(y))", [Edit(6, 14, before="told(", after=")"), Edit(12, 13, "x")])
    'print(told(score(x)))'
    """
    ordered = sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, -edit.end, edit.text is None))
    return _inside(source, 0, len(source), ordered)


def _inside(source: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    parts, place, at = [], start, 0
    while at < len(edits):
        edit = edits[at]
        inner = at + 1
        while (
            inner < len(edits) and edits[inner].end <= edit.end and edits[inner].start < max(edit.end, edit.start + 1)
        ):
            inner += 1
        if edit.start >= place:
            parts += [source[place : edit.start], edit.before]
            kept = _inside(source, edit.start, edit.end, edits[at + 1 : inner]) if edit.text is None else edit.text
            parts += [kept, edit.after]
            place = edit.end
        at = inner
    return "".join([*parts, source[place:end]])
