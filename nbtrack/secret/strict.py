"""The stricter look at what leaves as a file: rather a harmless value hidden than a secret handed on.

    rule     what it finds beside all that ``secret.redact`` does
    name     anything quoted under a secret name: short passwords, and those that are words
    encoded  base64 and percent-encoded text that holds a secret
    random   24 or more letters and digits, capitals among them, that form no words: a token of an unknown vendor

Hexadecimal hashes, UUIDs, the ids of runs and the base64 of images and arrays stay.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from nbtrack.secret.pair import WEAK_PAIRS
from nbtrack.secret.redact import redact, sift_by
from nbtrack.secret.rule import Rule, Span
from nbtrack.secret.value import looks_random

_BASE64: Final = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{16,}+={0,2}")
_PERCENT: Final = re.compile(r"(?<![^\s\"'<>%])[^\s\"'<>%]*+(?:%[0-9A-Fa-f]{2}[^\s\"'<>%]*+)++")
_RANDOM: Final = re.compile(r"(?<![\w+/.=-])[A-Za-z0-9_-]{24,128}+(?![\w+/.=-])")
_LONGEST: Final = 8192  # characters of base64 that are decoded: images are longer, keys shorter


def redact_strictly(text: str) -> tuple[str, int]:
    """Return ``text`` with whatever may be a secret replaced by ``[redacted:<rule>]``, and how much was.

    >>> redact_strictly('password = "abc", step = 12')
    ('password = "[redacted:name]", step = 12', 1)
    """
    clean, found = redact(text)
    lower = clean.lower()
    chosen = (rule for rule in _RULES if not rule.keywords or any(word in lower for word in rule.keywords))
    strict = sift_by(chosen, clean)
    return strict.text, found + strict.found


def _holding(pattern: re.Pattern[str], decoded: Callable[[str], str]) -> Callable[[str], Iterator[Span]]:
    """Return what finds matches that hold a secret once they are decoded."""

    def find(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if redact(decoded(match[0]))[1]:
                yield Span(*match.span(), "[redacted:encoded]")

    return find


def _from_base64(digits: str) -> str:
    """Return the text that ``digits`` stand for; nothing where they stand for no text."""
    if len(digits) > _LONGEST:
        return ""
    plain = digits.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        text = b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
    except (NotBase64, ValueError):
        return ""
    return text if text.isprintable() or "-----BEGIN" in text or "\n" in text else ""


def _random(text: str) -> Iterator[Span]:
    for match in _RANDOM.finditer(text):
        word = match[0]
        if not (word.islower() or word.isupper()) and sum(map(str.isdigit, word)) >= 2 and looks_random(word):
            yield Span(*match.span(), "[redacted:random]")


_RULES: Final = (
    WEAK_PAIRS,
    Rule((), _holding(_BASE64, _from_base64)),
    Rule(("%",), _holding(_PERCENT, unquote)),
    Rule((), _random),
)
