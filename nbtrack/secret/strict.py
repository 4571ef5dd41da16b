"""The stricter look at what leaves as a file: rather a harmless value hidden than a secret handed on.

    rule     what it finds beside all that ``secret.redact`` does
    name     anything quoted under a secret name: short passwords, and those that are words
    encoded  base64 and percent-encoded text that holds a secret
    random   24 or more letters and digits, capitals among them, that form no words: a token of an unknown vendor

Hashes, UUIDs, the ids of runs and the base64 of images and arrays stay.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from string import digits
from typing import Final
from urllib.parse import unquote

from nbtrack.secret.arrays import holds_numbers
from nbtrack.secret.pair import WEAK_PAIRS
from nbtrack.secret.redact import Sifted, redact, settled, sift_by
from nbtrack.secret.rule import Rule, Span
from nbtrack.secret.value import looks_random, reads_as_words

_BASE64: Final = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{16,}+={0,2}")
_PERCENT: Final = re.compile(r"(?<![^\s\"'<>%])[^\s\"'<>%]*+(?:%[0-9A-Fa-f]{2}[^\s\"'<>%]*+)++")
_RANDOM: Final = re.compile(r"(?<![\w+/.=-])[A-Za-z0-9_-]{24,128}+(?![\w+/.=-])")
_PUBLIC: Final = re.compile(r"(?i:sha\d{1,3}-)|AAAA[A-Z]3NzaC1")  # hashes of files in pages and lock files, public keys
_APART: Final = re.compile(r"[-_]")
_SIZE: Final = 4  # letters and digits of a part such as ``70B`` or ``3x3``
_MUCH: Final = 12  # letters that are no words: half of the shortest token
_LONGEST: Final = 8192  # characters of base64 that are decoded: images are longer, keys shorter


def redact_strictly(text: str) -> tuple[str, int]:
    """Return ``text`` with whatever may be a secret replaced by ``[redacted:<rule>]``, and how much was.

    >>> redact_strictly('password = "abc", step = 12')
    ('password = "[redacted:name]", step = 12', 1)
    """
    return settled(_sift_once, text)[:2]


def _sift_once(text: str) -> Sifted:
    clean, found = redact(text)
    lower = clean.lower()
    chosen = (rule for rule in _RULES if not rule.keywords or any(word in lower for word in rule.keywords))
    strict = sift_by(chosen, clean)
    return Sifted(strict.text, found + strict.found, strict.secrets)


def _holding(pattern: re.Pattern[str], decoded: Callable[[str], str]) -> Callable[[str], Iterator[Span]]:
    """Return what finds matches that hold a secret once they are decoded."""

    def find(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if redact(decoded(match[0]))[1]:
                yield Span(*match.span(), "[redacted:encoded]")

    return find


def _from_base64(text64: str) -> str:
    """Return the text that base64 stands for; nothing where it stands for none."""
    if len(text64) > _LONGEST:
        return ""
    plain = text64.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        text = b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
    except (NotBase64, ValueError):
        return ""
    return text if text.isprintable() or "-----BEGIN" in text or "\n" in text else ""


def _random(text: str) -> Iterator[Span]:
    for match in _RANDOM.finditer(text):
        word = match[0]
        is_mixed = not (word.islower() or word.isupper()) and sum(map(str.isdigit, word)) >= 2
        if is_mixed and looks_random(word) and not (_PUBLIC.match(word) or holds_numbers(word) or _is_name(word)):
            yield Span(*match.span(), "[redacted:random]")


def _is_name(word: str) -> bool:
    """Tell whether a word is put together of words, numbers and sizes, as ``Llama-3-70B-Instruct-2024-07-23`` is."""
    parts = (part.rstrip(digits) for part in _APART.split(word))
    return sum(len(part) for part in parts if len(part) > _SIZE and not reads_as_words(part)) < _MUCH


_RULES: Final = (
    WEAK_PAIRS,
    Rule((), _holding(_BASE64, _from_base64)),
    Rule(("%",), _holding(_PERCENT, unquote)),
    Rule((), _random),
)
