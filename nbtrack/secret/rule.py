"""What a rule of the redaction engine is: the words that make it worth running, and what it finds in a text."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from nbtrack.secret.value import may_be_secret


class Span(NamedTuple):
    """Where in a text a secret stands, and what is written in its place."""

    start: int
    end: int
    hidden: str


_MARK: Final = re.compile(r"(?<=\[redacted:)[a-z0-9-]{1,20}(?=\])")
_BLANK: Final = "·"  # no letter and no blank: part of no name, and the end of none


Find = Callable[[str], Iterable[Span]]


class Rule(NamedTuple):
    """One kind of secret: ``find`` yields where it stands, in order."""

    keywords: tuple[str, ...]  # lower case: the rule runs when the text has one of them
    find: Find


def shape(name: str, keywords: str, pattern: str, is_secret: Callable[[str], bool] = may_be_secret) -> Rule:
    """Return a rule that finds group ``s`` of each match that ``is_secret``."""
    hidden = f"[redacted:{name}]"

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(pattern)

    def find(text: str) -> Iterator[Span]:
        return (Span(*match.span("s"), hidden) for match in compiled().finditer(text) if is_secret(match["s"]))

    return Rule(tuple(keywords.split()), find)


def blinded(text: str) -> str:
    """Return ``text``, as long as it was, with marks that say no rule's name: ``authorization]: x`` is no header.

    >>> blinded("Bearer [redacted:jwt]: x")
    'Bearer [redacted:···]: x'
    """
    return _MARK.sub(lambda mark: _BLANK * len(mark[0]), text) if "[redacted:" in text else text


def replaced(text: str, spans: Iterable[Span]) -> tuple[str, list[Span]]:
    """Return ``text`` with ``spans``, which are in order, replaced, and those of them that overlap no earlier one."""
    parts: list[str] = []
    taken: list[Span] = []
    at = 0
    for span in spans:
        if span.start >= at:
            parts += [text[at : span.start], span.hidden]
            at = span.end
            taken.append(span)
    return ("".join([*parts, text[at:]]), taken) if taken else (text, taken)


def one_of(words: list[str]) -> str:
    """Return a pattern that matches one of ``words``, sharing their beginnings, so that few are tried at any place."""
    by_first: dict[str, list[str]] = {}
    for word in words:
        by_first.setdefault(word[:1], []).append(word[1:])
    may_end = by_first.pop("", None) is not None
    parts = [re.escape(first) + one_of(rest) for first, rest in by_first.items()]
    return f"(?:{'|'.join(parts)}){'?' * may_end}" if parts else ""
