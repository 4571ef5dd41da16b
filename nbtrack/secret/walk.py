"""Secrets out of JSON: out of its texts, out of its names, and whatever text stands under a secret name."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain, count
from typing import Any, Final, cast

from nbtrack.model.tagged import Json
from nbtrack.secret.arrays import is_typed_array
from nbtrack.secret.name import grade
from nbtrack.secret.redact import redact
from nbtrack.secret.value import may_be_secret

Clean = Callable[[str], tuple[str, int]]
_NO_TEXT: Final = frozenset({int, float, bool})


class Names:
    """What names are called once the secrets in them are gone: different names stay different.

    >>> names = Names()
    >>> [names.clean(f"https://{user}@example.org")[0] for user in ("me:hunter2", "you:hunter3", "me:hunter2")]
    ['https://[redacted:url]@example.org', 'https://[redacted:url]@example.org_2', 'https://[redacted:url]@example.org']
    """

    def __init__(self, clean: Clean = redact) -> None:
        self._clean = clean
        self._called: dict[str, str] = {}
        self._taken: set[str] = set()

    @property
    def called(self) -> Mapping[str, str]:
        """Names that held secrets, and what they are called."""
        return self._called

    def clean(self, name: str) -> tuple[str, int]:
        """Return what ``name`` is called, the same each time, and how many secrets went."""
        if name in self._called:
            return self._called[name], 0
        stem, found = self._clean(name)
        if not found and "[redacted:" not in name:
            return name, 0
        numbered = (f"{stem}_{number}" for number in count(2))
        called = next(one for one in chain([stem], numbered) if one not in self._taken)
        self._taken.add(called)
        self._called[name] = called
        return called, found


class Walk:
    """One JSON value on its way to being clean: how much was ``found`` in it, and which texts a name gave away.

    Args:
        clean: what takes the secrets out of a text.
        names: what names have been called elsewhere and are to be called here.
        plain: texts known to come out as they are, names among them.
    """

    __slots__ = ("_clean", "_names", "_plain", "found", "secrets")

    def __init__(self, clean: Clean, names: Names, plain: AbstractSet[str] = frozenset()) -> None:
        self.found = 0
        self.secrets: list[str] = []
        self._clean = clean
        self._names = names
        self._plain = plain

    def json(self, value: Json, *, is_secret: bool = False) -> Json:
        """Return the value without secrets; ``is_secret`` when it stands under a secret name."""
        if value is None or type(value) in _NO_TEXT:
            return value
        if type(value) is dict:  # what it is mostly comes first: whether a list is a Mapping is found out in Python
            return self.object(value, is_secret=is_secret)
        if isinstance(value, str):
            return self.text(value, is_secret=is_secret)
        if type(value) is not list and isinstance(value, Mapping):
            return self.object(value, is_secret=is_secret)
        if isinstance(value, list | tuple):
            return [self.json(item, is_secret=is_secret) for item in value]
        return value

    def object(self, value: Mapping[str, Json], *, is_secret: bool) -> Json:
        """Return an object without secrets."""
        if "$map" in value or "$repr" in value or "bdata" in value:
            tagged = self.tagged(value, is_secret=is_secret)
            if tagged is not None:
                return tagged
        plain, clean = self._plain, {}
        for name, item in value.items():  # of most records all is known: nothing is called for that
            called = name if name in plain else self.name(name)
            if item is None or (kind := type(item)) in _NO_TEXT or (kind is str and item in plain and not grade(name)):
                clean[called] = item
            else:
                clean[called] = self.json(item, is_secret=grade(name) > 0)
        return clean

    def tagged(self, value: Mapping[str, Json], *, is_secret: bool) -> Json:
        """Return a tagged form, whose own names are no one's choice, without secrets; None where it is none."""
        if "$map" in value and isinstance(pairs := value["$map"], list):
            return {"$map": [self.pair(*pair) for pair in cast("Any", pairs)]}
        if "$repr" in value:
            is_text = value.get("type") in ("str", "bytes", "bytearray")
            return {name: self.description(part, is_secret=is_secret and is_text) for name, part in value.items()}
        if "bdata" in value and is_typed_array(value):  # stays, whatever its digits spell
            parts = ((name, part, grade(name) > 0) for name, part in value.items())
            return {name: part if name == "bdata" else self.json(part, is_secret=told) for name, part, told in parts}
        return None

    def pair(self, name: Json, item: Json) -> Json:
        """Return a key and value of a mapping whose keys are not all text."""
        return [self.json(name), self.json(item, is_secret=isinstance(name, str) and grade(name) > 0)]

    def name(self, name: str) -> str:
        """Return a name without secrets, different from that of every other name."""
        if name in self._plain:
            return name
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
        if is_secret and may_be_secret(value):
            self.secrets.append(value)
            self.found += 1
            return "[redacted:name]"
        if value in self._plain:
            return value
        clean, count = self._clean(value)
        self.found += count
        return clean
