"""Secrets out of what is recorded, before its first byte reaches a file: by the rules, and by what is known already."""

from functools import partial
from typing import Final

from nbtrack.model.tagged import Json
from nbtrack.record.known import KNOWN
from nbtrack.secret.address import clean_url, without_home
from nbtrack.secret.name import is_secret_name
from nbtrack.secret.redact import sift
from nbtrack.secret.value import is_telling
from nbtrack.secret.walk import Names, Walk

_SHORT: Final = 160  # characters of texts that are remembered to be clean
_MARK: Final = "[redacted:"


def redact(text: str) -> tuple[str, int]:
    """Return ``text`` with each secret replaced by ``[redacted:<rule>]``, and how many were.

    What the rules find is known from then on, and found wherever else it is recorded.

    >>> redact("git clone https://me:hunter2@example.org/x.git")
    ('git clone https://[redacted:url]@example.org/x.git', 1)
    """
    plain = KNOWN.plain()
    return (text, 0) if text in plain else _clean(text, plain)


def _clean(text: str, plain: set[str]) -> tuple[str, int]:
    """Return a text without its secrets; one that has none is added to the ``plain`` ones of a moment ago."""
    clean, found, secrets = sift(text)
    if secrets:
        KNOWN.learn(secrets)
    clean, again = KNOWN.hide(clean)
    if not found and not again and len(text) <= _SHORT and _MARK not in text:
        plain.add(text)
    return clean, found + again


def redact_json(value: Json, called: Names | None = None) -> tuple[Json, int]:
    """Return JSON with the secrets in its text and names, and the text under secret names, replaced; and how many were.

    Args:
        value: any JSON.
        called: what names have been called elsewhere and are to be called here.

    >>> redact_json({"api_key": "x8Yq0pLz", "tokenizer": "bert-base", "max_tokens": 512})
    ({'api_key': '[redacted:name]', 'tokenizer': 'bert-base', 'max_tokens': 512}, 1)
    """
    plain = KNOWN.plain()
    walk = Walk(partial(_clean, plain=plain), Names(redact) if called is None else called, plain)
    clean = walk.json(value)
    if walk.secrets:
        KNOWN.learn(filter(is_telling, walk.secrets))
    return clean, walk.found


__all__ = ["Names", "clean_url", "is_secret_name", "redact", "redact_json", "without_home"]
