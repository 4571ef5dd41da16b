"""Which objects a record speaks of, and which of them it cannot do without."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbtrack.model import event
from nbtrack.model.document import FOLDER
from nbtrack.store.objects.hashing import BLAKE3, SHA256, is_name, tagged

_HASHES = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_KIND = {"sha256": SHA256, "blake3": BLAKE3, "patch": SHA256, "source": SHA256, "$ref": SHA256}


def mentioned(line: bytes) -> list[bytes]:
    """Return everything on a line that may be an object's name: what it names is in use, whatever kind it is.

    >>> mentioned(b'{"k":"new","v":{"any":"' + b"0a" * 32 + b'"}}') == [b"0a" * 32]
    True
    """
    return _HASHES.findall(line)


def needed(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the objects a record was written together with. Hashes of data files are no objects."""
    value = record.get("v")
    match record.get("k"):
        case event.ARTIFACT:
            for each in _each(value):
                yield from named(each, "sha256", "blake3")
        case event.ENVIRONMENT:
            yield from named(value, "sha256")
            yield from _all_named([{"sha256": lock} for lock in _values(_member(value, "locks"))], "sha256")
        case event.CODE:
            yield from named(value, "patch")
            yield from _all_named(_values(_member(value, "modules")), "sha256")
        case event.SLICE:
            yield from _all_named(_each(_member(value, "executions")), "source")
        case event.PARAMS | event.TAGS:
            yield from _all_named(_values(value), "$ref")


def listings(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of those objects that list others, as the manifest of a folder does."""
    value = record.get("v")
    if record.get("k") == event.ARTIFACT:
        for each in _each(value):
            if _member(each, "media_type") == FOLDER:
                yield from named(each, "sha256", "blake3")


def named(value: Any, *members: str) -> Iterator[str]:
    """Yield the names of objects that these members of a mapping hold."""
    for member in members:
        digest = _member(value, member)
        if isinstance(digest, str) and is_name(name := tagged(_KIND[member], digest)):
            yield name


def _all_named(values: Iterable[Any], member: str) -> Iterator[str]:
    for value in values:
        yield from named(value, member)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []
