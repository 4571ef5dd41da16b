"""What a rule of the redaction engine is: the words that make it worth running, and what it replaces."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from nbtrack.record.secret_value import may_be_secret

Apply = Callable[[str], tuple[str, int]]


class Rule(NamedTuple):
    """One kind of secret: ``apply`` returns the text without those, and how many there were."""

    keywords: tuple[str, ...]  # lower case: the rule runs when the text has one of them
    apply: Apply


def shape(name: str, keywords: str, pattern: str, is_secret: Callable[[str], bool] = may_be_secret) -> Rule:
    """Return a rule that replaces group ``s`` of each match that ``is_secret``."""
    hidden = f"[redacted:{name}]"

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(pattern)

    def apply(text: str) -> tuple[str, int]:
        found = (match.span("s") for match in compiled().finditer(text) if is_secret(match["s"]))
        return replaced(text, ((start, end, hidden) for start, end in found))

    return Rule(tuple(keywords.split()), apply)


def replaced(text: str, spans: Iterable[tuple[int, int, str]]) -> tuple[str, int]:
    """Return ``text`` with ``(start, end, replacement)`` applied, in order and without overlaps, and how many were."""
    parts: list[str] = []
    at = count = 0
    for start, end, hidden in spans:
        if start >= at:
            parts += [text[at:start], hidden]
            at = end
            count += 1
    return ("".join([*parts, text[at:]]), count) if count else (text, 0)
