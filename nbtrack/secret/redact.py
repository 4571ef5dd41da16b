"""Secrets out of text: known shapes only, never a guess by entropy.

    rule           what it finds
    private-key    a PEM block with PRIVATE KEY in its title
    url            user-info in a URL of any scheme, a token as the user too; a plain ``git@`` stays
    authorization  an Authorization header's value, ``Bearer x``, ``Basic x``, a Cookie header
    <vendor>       tokens with a known prefix: github, huggingface, openai, aws, slack, … (``secret.vendor``)
    jwt            three base64 parts, the first a JSON object
    webhook        addresses of chat hooks, which are passwords
    query          secret parameters of a URL: signatures, ``?token=``
    netrc          ``login u password p``
    login          ``login("x")``, ``login(key="x")``, ``auth=("user", "x")``, ``curl -u me:x``, ``docker login -p x``;
                   ``Minio(host, "me", "x")``: places of arguments that only a secret has
    option         ``--api-key x``
    name           ``name = "x"`` and the like in Python, JSON, YAML, .env, ``%env`` and DSNs, when the name is secret;
                   what a generator made after the word password in a sentence or a table

A name is secret by its words, split at ``_`` and capitals: ``api_key`` and ``dbPassword`` are, ``tokenizer``,
``max_tokens``, ``cls_token`` and ``secretary`` are not. A secret that was found goes wherever else it stands in the
same text; what is left is searched again, until nothing more is found. Each rule runs only on text that has one of its
keywords, and every pattern takes linear time. Hashes, run ids and base64 images have no shape a rule knows.

Known limits: a secret that is split over lines or pieces of text, in base64, or an unremarkable word under an
unremarkable name is not found.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from nbtrack.secret.argument import ARGUMENTS
from nbtrack.secret.pair import PAIRS
from nbtrack.secret.rule import Rule, Span, blinded, one_of, replaced
from nbtrack.secret.shape import SHAPES
from nbtrack.secret.value import is_telling
from nbtrack.secret.vendor import SHORTEST, VENDORS

_SHORT: Final = 160
_PASSES: Final = 10  # of which the second finds nothing, but where secrets stand side by side without a blank
_RULES: Final = SHAPES + ARGUMENTS + PAIRS
_ALWAYS: Final = frozenset({_RULES.index(VENDORS)})  # the one rule without keywords
_KEYWORDS: Final = {
    word: frozenset(at for at, rule in enumerate(_RULES) if word in rule.keywords)
    for word in sorted({word for rule in _RULES for word in rule.keywords})
}
_WORDS: Final = sorted(_KEYWORDS, key=len)
_WITHIN: Final = {word: next((each for each in _WORDS if each != word and each in word), "") for word in _WORDS}
_AROUND: Final = {word: tuple(each for each in _WORDS if _WITHIN[each] == word) for word in ("", *_WORDS)}
_ANY: Final = re.compile(one_of(list(_AROUND[""])))
_LETTERS: Final = sorted(set("".join(_WORDS)))


class Sifted(NamedTuple):
    """A text without its secrets, how many there were, and those that would be known again by themselves."""

    text: str
    found: int
    secrets: tuple[str, ...]


def redact(text: str) -> tuple[str, int]:
    """Return ``text`` with each secret replaced by ``[redacted:<rule>]``, and how many were.

    >>> redact("git clone https://me:hunter2@example.org/x.git")
    ('git clone https://[redacted:url]@example.org/x.git', 1)
    """
    return sift(text)[:2]


def sift(text: str) -> Sifted:
    """Return ``text`` and its secrets apart."""
    return _remembered(text) if len(text) <= _SHORT else _sift(text)


def _sift(text: str) -> Sifted:
    if len(text) < SHORTEST and not keywords_of(text):  # too little for the one rule that needs none
        return Sifted(text, 0, ())
    return settled(_sift_once, text)


def _sift_once(text: str) -> Sifted:
    chosen = _ALWAYS.union(*map(_KEYWORDS.__getitem__, keywords_of(text)))
    return sift_by([_RULES[at] for at in sorted(chosen)], text)


def keywords_of(text: str) -> list[str]:
    """Return the keywords in a text: ``password`` is looked for where ``pass`` is; in a short text that has none, none.

    >>> keywords_of("my Passphrase is"), keywords_of("x = 1")
    (['pass', 'passphrase'], [])
    """
    lower = text.lower()
    if len(lower) <= _SHORT and _ANY.search(lower) is None:
        return []
    missing = {letter for letter in _LETTERS if letter not in lower}  # most logs do without half of them
    found = [word for word in _AROUND[""] if missing.isdisjoint(word) and word in lower]
    for word in found:
        found += [each for each in _AROUND[word] if each in lower]
    return found


def settled(once: Callable[[str], Sifted], text: str) -> Sifted:
    """Return what is left when ``once`` finds nothing more: where a secret stood, the next word begins a name."""
    found, secrets = 0, dict[str, None]()
    for _ in range(_PASSES):
        text, more, telling = once(text)
        found += more
        secrets |= dict.fromkeys(telling)
        if not more:
            break
    return Sifted(text, found, tuple(secrets))


def sift_by(rules: Iterable[Rule], text: str) -> Sifted:
    """Return ``text`` and what ``rules``, one after the other, find in it."""
    found = 0
    secrets: dict[str, str] = {}
    read = blinded(text)
    for rule in rules:
        clean, spans = replaced(text, rule.find(read))
        if not spans:
            continue
        secrets.update((part, span.hidden) for span in spans for part in _telling(text, span))
        text, read = clean, blinded(clean)
        found += len(spans)
    for secret, hidden in secrets.items():
        if again := text.count(secret):
            text = text.replace(secret, hidden)
            found += again
    return Sifted(text, found, tuple(secrets))


def _telling(text: str, span: Span) -> Iterable[str]:
    """Return what of a secret gives it away wherever it stands: all of it; of ``user:password`` the password."""
    secret = text[span.start : span.end]
    parts = {secret, secret.partition(":")[2]} if "url" in span.hidden else {secret}
    return filter(is_telling, parts)


_remembered = lru_cache(maxsize=4096)(_sift)  # the names of params and metrics come again with every run
