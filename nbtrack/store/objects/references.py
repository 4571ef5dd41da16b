"""Which objects a record speaks of, and which of them it cannot do without."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbtrack.model import event
from nbtrack.model.document import FOLDER
from nbtrack.store.objects.hashing import BLAKE3, SHA256, is_name, tagged

_HASHES = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SUM = re.compile(rb"^([0-9a-f]{64})  ", re.MULTILINE)
_KIND = {"sha256": SHA256, "blake3": BLAKE3, "patch": SHA256, "source": SHA256, "$ref": SHA256}


def mentioned(line: bytes) -> list[bytes]:
    """Return everything on a line that may be an object's name: what it names is in use, whatever kind it is.

    >>> mentioned(b'{"k":"new","v":{"any":"' + b"0a" * 32 + b'"}}') == [b"0a" * 32]
    True
    """
    return _HASHES.findall(line)


def needed(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the objects a record was written together with.

    The hash of a data file names an object only where its bytes were kept.
    """
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
            yield from _all_named(_values(_member(value, "files")), "sha256")
        case event.DATA:
            for each in kept_data(value):
                yield from named(each, "blake3" if "blake3" in each else "sha256")
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
    if record.get("k") == event.DATA:
        for each in kept_data(value):
            if each.get("kind") == "folder":
                yield from named(each, "sha256")


def kept_data(value: Any) -> Iterator[dict[str, Any]]:
    """Yield those entries of a ``data`` record that name objects: files whose bytes were kept, folders likewise."""
    for each in _each(value):
        if isinstance(each, dict) and each.get("kept") is True:
            yield each


def sums(content: bytes) -> Iterator[str]:
    r"""Yield the names of the objects in a list that ``sha256sum`` would make: what a kept folder of data names.

    >>> list(sums(b"0a" * 32 + b"  x.csv\n" + b"no list")) == ["0a" * 32]
    True
    """
    for found in _SUM.finditer(content):
        yield found[1].decode("ascii")


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
