"""Whether a text under a secret name can be the secret: not a number, a place holder, a path or a variable's name."""

import re

from nbtrack.secret.name import is_secret_name

_TEMPLATE = re.compile(r"(?:\{[^{}]*\}|\$\{?\w+\}?|\$\([^()]*\)|%s|%\(\w+\)s|<[^<>]*>|\*|\.{3}|[….:_-])++")
_WORDLESS = re.compile(
    r"[xX]+|none|null|true|false|yes|no|auto|required|optional|default|changeme|object|string|category|include|omit|same-origin|[+-]?[\d_]*+\.?\d*+(?:e[+-]?\d+)?",
    re.IGNORECASE,
)
_BLANK = re.compile(  # to be filled in: ``your-api-key-here``, ``sk-...``, ``hf_xxx``
    r"(?=.*(?i:key|token|passw|secret|here|value))(?i:your|insert|enter|paste|put|replace)(?:[-_ ][a-zA-Z]{1,12}){1,6}"
    r"|(?:[a-zA-Z]{1,6}[-_]){0,3}(?:\.{3}|[xX]{3,}|\*{3,})"
)
_PATH = re.compile(
    r"(?:~|\.{0,2}|\w:)?[/\\][\w./\\ -]*\.\w{1,5}|[\w-]+\.(?:json|pem|key|txt|ya?ml|toml|env|ini|p12|crt)"
)
# Of packages that are called like a secret: PyJWT, google-auth.
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,6}){1,4}(?:\.?(?:a|b|rc|post|dev)\d{1,4})?")
_REFERENCE = re.compile(r"[a-z]+(?:_[a-z]+)*\d?|[A-Z]+(?:_[A-Z0-9]+)*|[a-z]+(?:[A-Z][a-z]{2,})*")
_LONGEST = 512
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_FOLDER = re.compile(r"(?:~|\w:)?(?:[/\\][\w .-]+){2,}[/\\]?")
TYPE = re.compile(
    r"(?:[uU]?[iI]nt|[fF]loat|complex|bool|bytes|str)\d*(?:_t)?"
    r"|(?:datetime|timedelta)64\[\w+(?:, [\w/]+)?\]|boolean|period\[\w+\]",
)
_PLAIN = (_WORDLESS, _BLANK, _PATH, _VERSION, TYPE)


def may_be_secret(value: str, shortest: int = 6) -> bool:
    """Tell whether a value under a secret name can be the secret: no number, version, type, reference or path."""
    if len(value) < shortest or not is_any(value) or any(plain.fullmatch(value) for plain in _PLAIN):
        return False
    if _FOLDER.fullmatch(value) and reads_as_words(value):
        return False
    is_reference = _REFERENCE.fullmatch(value) is not None and is_secret_name(value)
    return not is_reference and not value.startswith(("http://", "https://"))


def is_any(value: str) -> bool:
    """Tell whether a value is anything but a place holder (``{token}``, ``$TOKEN``, ``***``) or already redacted."""
    return "[redacted:" not in value and not _TEMPLATE.fullmatch(value.rstrip(";,)]") or value)


def reads_as_words(value: str) -> bool:
    """Tell whether a value is made of words (``best_token1``, ``AutoModel``) rather than of random characters.

    Random text changes between small letters, capitals and digits every other character, words do not.
    """
    runs = _RUN.findall(value)
    digits = sum(map(str.isdigit, value))
    shortest = 2 if value.islower() else 3.5
    return bool(runs) and digits <= 4 and max(map(len, runs)) <= 18 and sum(map(len, runs)) >= shortest * len(runs)


def looks_random(value: str) -> bool:
    """Tell whether a value is neither words, nor a number, nor a place holder: random letters and digits."""
    return is_any(value) and not value.isdecimal() and value.isascii() and not reads_as_words(value)


def is_phrase(value: str) -> bool:
    """Tell whether a secret is a phrase that stands nowhere by chance: three words at least, and signs between them."""
    return 12 <= len(value) <= _LONGEST and is_any(value) and len(_RUN.findall(value)) >= 3 and not value.isidentifier()


def is_telling(value: str) -> bool:
    """Tell whether a secret is so unlike other text that it may be removed wherever it stands."""
    is_mixed = len(value) >= 10 and any(map(str.isdigit, value)) and not (value.islower() or value.isupper())
    return 8 <= len(value) <= _LONGEST and is_any(value) and not value.isdecimal() and (is_mixed or looks_random(value))
