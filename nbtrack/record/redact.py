"""Secrets out of text, before its first byte reaches a file: known shapes only, never a guess by entropy.

    rule           what it finds
    private-key    a PEM block with PRIVATE KEY in its title
    url            user-info in a URL of any scheme, a token as the user too; a plain ``git@`` stays
    authorization  an Authorization header's value, ``Bearer x``, ``Basic x``, a Cookie header
    <vendor>       tokens with a known prefix: github, huggingface, openai, aws, slack, … (``secret_shape``)
    jwt            three base64 parts, the first a JSON object
    webhook        addresses of chat hooks, which are passwords
    query          secret parameters of a URL: signatures, ``?token=``
    netrc          ``login u password p``
    login          ``login("x")``, ``login(key="x")``, ``auth=("user", "x")``
    option         ``--api-key x``
    name           ``name = "x"`` and the like in Python, JSON, YAML, .env, ``%env`` and DSNs, when the name is secret

A name is secret by its words, split at ``_`` and capitals: ``api_key`` and ``dbPassword`` are, ``tokenizer``,
``max_tokens``, ``cls_token`` and ``secretary`` are not. Each rule runs only on text that has one of its keywords, and
every pattern takes linear time. Hashes, run ids and base64 images have no shape a rule knows.

Known limits: a secret that is split over lines or pieces of text, in base64, or an unremarkable word under an
unremarkable name is not found.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, count
from typing import Any, Final

from nbtrack.model.tagged import Json
from nbtrack.record.secret_name import is_secret_name
from nbtrack.record.secret_pair import PAIRS
from nbtrack.record.secret_shape import SHAPES
from nbtrack.record.secret_value import may_be_secret

_HOST = re.compile(r"[\w.-]*(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?")
_SHORT: Final = 40
_RULES: Final = SHAPES + PAIRS
_KEYWORDS: Final = tuple((word, at) for at, rule in enumerate(_RULES) for word in rule.keywords)


def redact(text: str) -> tuple[str, int]:
    """Return ``text`` with each secret replaced by ``[redacted:<rule>]``, and how many were.

    >>> redact("git clone https://me:hunter2@example.org/x.git")
    ('git clone https://[redacted:url]@example.org/x.git', 1)
    """
    return _known(text) if len(text) <= _SHORT else _searched(text)


def _searched(text: str) -> tuple[str, int]:
    found = 0
    lower = text.lower()
    for at in sorted({at for word, at in _KEYWORDS if word in lower}):
        text, count = _RULES[at].apply(text)
        found += count
    return text, found


_known = lru_cache(maxsize=4096)(_searched)  # the names of params and metrics come again with every run


class Names:
    """What names are called once the secrets in them are gone: different names stay different.

    >>> names = Names()
    >>> [names.clean(f"https://{user}@example.org")[0] for user in ("me:hunter2", "you:hunter3", "me:hunter2")]
    ['https://[redacted:url]@example.org', 'https://[redacted:url]@example.org_2', 'https://[redacted:url]@example.org']
    """

    def __init__(self) -> None:
        self._called: dict[str, str] = {}
        self._taken: set[str] = set()

    def clean(self, name: str) -> tuple[str, int]:
        """Return what ``name`` is called, the same each time, and how many secrets went."""
        if name in self._called:
            return self._called[name], 0
        stem, found = redact(name)
        if not found and "[redacted:" not in name:
            return name, 0
        numbered = (f"{stem}_{number}" for number in count(2))
        called = next(one for one in chain([stem], numbered) if one not in self._taken)
        self._taken.add(called)
        self._called[name] = called
        return called, found


def redact_json(value: Json, names: Names | None = None) -> tuple[Json, int]:
    """Return JSON with the secrets in its text and names, and the text under secret names, replaced; and how many were.

    Args:
        value: any JSON.
        names: what names have been called elsewhere and are to be called here.

    >>> redact_json({"api_key": "x8Yq0pLz", "tokenizer": "bert-base", "max_tokens": 512})
    ({'api_key': '[redacted:name]', 'tokenizer': 'bert-base', 'max_tokens': 512}, 1)
    """
    walk = _Walk(Names() if names is None else names)
    return walk.json(value), walk.found


def clean_url(url: str) -> str:
    """Return an address without user-info (``git@`` stays), query, fragment, tokens in its path and the home folder.

    What cannot be parsed keeps its scheme only.

    >>> clean_url("https://me:pw@example.org/a/b.git?x=1"), clean_url("git@example.org:a/b.git")
    ('https://example.org/a/b.git', 'git@example.org:a/b.git')
    """
    scheme, mark, rest = url.strip().partition("://")
    if mark:
        authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
        user, _, host = authority.rpartition("@")
        if not _HOST.fullmatch(host):
            return f"{scheme}://"  # a password with a slash or hash in it: where it ends is anyone's guess
        plain = f"{scheme}://{'git@' if user == 'git' else ''}{host}{slash}{path}"
    else:
        plain = re.sub(r"^(?!git@)[^@/\s]*@(?=[^/\s:]+:)", "", scheme)
    return redact(without_home(re.sub(r"/t/[^/]+/", "/t/[redacted:url]/", plain)))[0]


def without_home(text: str) -> str:
    """Return ``text`` with the user's home folder written ``~``."""
    home = os.path.expanduser("~")  # noqa: PTH111 - text in, text out
    if len(home) < len("/x") or home not in text:
        return text
    return re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)


class _Walk:
    """One JSON value on its way to being clean, and how much was found in it."""

    __slots__ = ("_names", "found")

    def __init__(self, names: Names) -> None:
        self.found = 0
        self._names = names

    def json(self, value: Json, *, is_secret: bool = False) -> Json:
        """Return the value without secrets; ``is_secret`` when it stands under a secret name."""
        if isinstance(value, str):
            return self.text(value, is_secret=is_secret)
        if isinstance(value, Mapping):
            return self.object(value, is_secret=is_secret)
        if isinstance(value, list | tuple):
            return [self.json(item, is_secret=is_secret) for item in value]
        return value

    def object(self, value: Mapping[str, Json], *, is_secret: bool) -> Json:
        """Return an object without secrets, or one of the tagged forms, whose own names are no one's choice."""
        pairs: Any = value.get("$map")
        if isinstance(pairs, list):
            return {"$map": [self.pair(*pair) for pair in pairs]}
        if "$repr" in value:
            is_text = value.get("type") in ("str", "bytes", "bytearray")
            return {name: self.description(part, is_secret=is_secret and is_text) for name, part in value.items()}
        return {self.name(name): self.json(item, is_secret=is_secret_name(name)) for name, item in value.items()}

    def pair(self, name: Json, item: Json) -> Json:
        """Return a key and value of a mapping whose keys are not all text."""
        return [self.json(name), self.json(item, is_secret=isinstance(name, str) and is_secret_name(name))]

    def name(self, name: str) -> str:
        """Return a name without secrets, different from that of every other name."""
        clean, count = self._names.clean(name)
        self.found += count
        return clean

    def description(self, part: Json, *, is_secret: bool) -> Json:
        """Return a member of a description. What was cut from a text under a secret name may be half cleaned."""
        if is_secret and isinstance(part, str) and may_be_secret(part.replace("[redacted:", "")):
            self.found += 1
            return "[redacted:name]"
        return self.json(part)

    def text(self, value: str, *, is_secret: bool = False) -> str:
        """Return a text without secrets, nothing of it when it is one."""
        clean, count = ("[redacted:name]", 1) if is_secret and may_be_secret(value) else redact(value)
        self.found += count
        return clean


__all__ = ["Names", "clean_url", "is_secret_name", "redact", "redact_json", "without_home"]
