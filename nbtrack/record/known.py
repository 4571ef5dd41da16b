"""Secrets this process knows: the values of its secret environment variables, and those found in text once.

No rule can tell that a bare ``x8Yq0pLz…`` in a cell's output is a secret, but where ``api_key = "x8Yq0pLz…"`` stood in
a cell before, or ``MY_TOKEN`` holds it, it is one. Nothing of this ever leaves the memory of the process.
"""

import json
import os
import time
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from nbtrack.secret.argument import Places, calls_rule
from nbtrack.secret.name import grade, is_secret_name
from nbtrack.secret.rule import Rule, blinded, replaced
from nbtrack.secret.value import is_phrase, is_telling, looks_random, may_be_secret

_MOST: Final = 100  # the newest; each costs a search in every text
_FRESH: Final = 0.05  # seconds in which a variable's new value may go unnoticed; a new variable never does
_HIDDEN: Final = "[redacted:known]"
_REMEMBERED: Final = 4096  # texts
_ENVIRONMENT: Final = os.environ
_HELD: Final = getattr(os.environ, "_data", os.environ)  # what it is kept in: its length takes one call, not three


class Known:
    """What is known to be secret, in every form in which text may hold it.

    Any thread may ask and tell. There is no lock, which a fork could leave locked: each step is one of Python's own.
    """

    def __init__(self) -> None:
        self._learned: dict[str, tuple[str, ...]] = {}
        self._variables: dict[str, tuple[str, ...]] = {}
        self._forms: tuple[str, ...] = ()
        self._places: tuple[dict[str, Places], dict[str, Places]] = ({}, {})  # of calls: of secrets, and of what may be
        self._calls: tuple[Rule, ...] = ()
        self._plain: set[str] = set()
        self._size = -1
        self._looked = 0.0
        self._held: object = None  # the environment as it was read

    def learn(self, secrets: Iterable[str]) -> None:
        """Remember secrets that were found; the oldest are forgotten when they become too many."""
        new = [secret for secret in secrets if secret not in self._learned]
        for secret in new:
            self._learned[secret] = forms(secret)
        for oldest in list(self._learned)[:-_MOST]:
            self._learned.pop(oldest, None)
        if new:
            self._gather()

    def learn_named(self, texts: Iterable[tuple[str, str]]) -> None:
        """Remember the texts that are kept under names only secrets have."""
        self.learn([text for name, text in texts if grade(name) > 1 and (_is_secret(text) or _is_phrase(text))])

    def learn_places(self, call: str, secrets: Places, likely: Places) -> None:
        """Remember that a call that is written like this takes secrets at these places, and at others likely ones."""
        new = False
        for known, places in zip(self._places, (secrets, likely), strict=True):
            if places and known.get(call) != places:
                known[call], new = places, True
            for oldest in list(known)[:-_MOST]:
                known.pop(oldest, None)
        if new:
            self._gather()

    def forget(self) -> None:
        """Remember nothing but the environment."""
        self._learned = {}
        self._places = ({}, {})
        self._gather()

    def without(self, text: str) -> tuple[str, int]:
        """Return ``text`` without any form of any known secret, and how many were in it."""
        self.plain()
        return self.hide(text)

    def hide(self, text: str) -> tuple[str, int]:
        """Do the same with what is known already, for whoever has just asked for ``plain``."""
        found = 0
        for form in self._forms:
            if form in text:
                found += text.count(form)
                text = text.replace(form, _HIDDEN)
        for rule in self._calls:
            if any(call in text for call in rule.keywords):
                text, spans = replaced(text, rule.find(blinded(text)))
                found += len(spans)
        return text, found

    def plain(self) -> set[str]:
        """Return the texts that were found to hold nothing secret; add to them what is found to hold nothing now.

        They are others as soon as more is known: names and words come again with every run, and are cleaned once. The
        environment is looked at again, at once when a variable was added.
        """
        held: Any = _HELD if os.environ is _ENVIRONMENT else os.environ  # a dictionary, or whatever somebody put there
        now, size = time.monotonic(), len(held)
        if size != self._size or now - self._looked >= _FRESH:
            self._size, self._looked = size, now
            self._look(held)
        if len(self._plain) >= _REMEMBERED:
            self._plain = set()
        return self._plain

    def _look(self, held: object) -> None:
        """Look which variables of the environment are secret, unless it is as it was."""
        if type(held) is dict:
            if held == self._held:  # compared as a whole: looking at each name takes two hundred calls
                return
            self._held = held.copy()
        named = {name: os.environ.get(name, "") for name in list(os.environ) if is_secret_name(name)}
        secrets = {text for name, text in named.items() if _is_secret(text) or (grade(name) > 1 and _is_phrase(text))}
        if secrets != self._variables.keys():
            self._variables = {value: forms(value) for value in sorted(secrets)}
            self._gather()

    def _gather(self) -> None:
        every = [*list(self._learned.values()), *list(self._variables.values())]
        self._forms = tuple(sorted({form for each in every for form in each}, key=len, reverse=True))
        self._calls = tuple(
            calls_rule([f"{call}(" for call in places], dict(places), judge)
            for places, judge in zip(self._places, (_may_stand, looks_random), strict=True)
            if places
        )
        before, self._plain = self._plain, set()  # after the forms: what is added from now on was held against these
        before.clear()  # whoever is cleaning with it goes on with care


def forms(secret: str) -> tuple[str, ...]:
    """Return how a secret may be written: as it is, percent-encoded, escaped, and within text in base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    written = {secret, quote(secret, safe="", errors="surrogatepass"), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    return (*sorted(written), *(_core(raw, before) for before in range(3) if len(raw) >= 12))


def _core(raw: bytes, before: int) -> str:
    """Return the base64 digits that ``raw`` alone decides when ``before`` bytes stand before it, whatever follows."""
    digits = b64encode(b"\0" * before + raw).decode("ascii")
    return digits[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def _may_stand(value: str) -> bool:
    return may_be_secret(value, 4)


def _is_secret(value: str) -> bool:
    return may_be_secret(value) and is_telling(value)


def _is_phrase(value: str) -> bool:
    return may_be_secret(value) and is_phrase(value)


KNOWN: Final = Known()
