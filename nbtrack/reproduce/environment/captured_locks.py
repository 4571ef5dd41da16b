"""The hashes in lock files that were captured with a run, for the versions that were really installed."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from nbtrack.model.distribution import normal

_HASH: Final = re.compile(r"sha256[:=]([0-9a-f]{64})")
_PINNED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])? *== *([^\s;\\]+)", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Locked(NamedTuple):
    """What a lock file says of one version of a distribution."""

    name: str
    version: str
    hashes: frozenset[str]  # SHA-256, in hex


def hashes_in(locks: Mapping[str, bytes]) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """Return, for each name and version that a lock file pins by hashes, the file's name and the hashes.

    >>> found = hashes_in({"requirements.txt": b"a==1.0 --hash=sha256:" + b"0" * 64})
    >>> found["a", "1.0"][0]
    'requirements.txt'
    """
    found: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
    for file, content in locks.items():
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):  # a lock file that is none
            for locked in _read(file, content.decode("utf-8", "replace")):
                if locked.hashes:
                    found.setdefault((locked.name, locked.version), (file, locked.hashes))
    return found


def _read(file: str, text: str) -> Iterator[Locked]:
    if file in ("uv.lock", "poetry.lock", "pdm.lock"):
        yield from map(_of_package, filter(_is_from_index, tomllib.loads(text).get("package", ())))
    elif file.startswith("pylock") and file.endswith(".toml"):
        yield from map(_of_package, filter(_is_from_index, tomllib.loads(text).get("packages", ())))
    elif file == "Pipfile.lock":
        yield from _of_pipfile(json.loads(text))
    elif file.startswith("requirements") and file.endswith(".txt"):
        yield from _of_requirements(text)


def _is_from_index(package: Mapping[str, Any]) -> bool:
    """What came from a folder, an address or a repository is named alike by a stranger's package in an index."""
    source = package.get("source", {})
    elsewhere = {"git", "url", "path", "directory", "editable", "virtual", "vcs", "archive"}
    return not elsewhere & {*source, str(source.get("type", "")), *package} or bool({"registry"} & source.keys())


def _of_package(package: Mapping[str, Any]) -> Locked:
    files = [package.get("sdist"), *package.get("wheels", ()), *package.get("files", ())]
    hashes = {found for file in files if isinstance(file, Mapping) for found in _hashes(file)}
    return Locked(normal(package["name"]), str(package.get("version", "")), frozenset(hashes))


def _hashes(file: Mapping[str, Any]) -> Iterator[str]:
    """Yield the hash of one file: ``hash = "sha256:…"``, or ``hashes = {sha256 = "…"}`` in a ``pylock.toml``."""
    yield from _HASH.findall(str(file.get("hash", "")))
    told = file.get("hashes")
    digest = str(told.get("sha256", "")) if isinstance(told, Mapping) else ""
    if _SHA256.fullmatch(digest):
        yield digest


def _of_pipfile(told: Mapping[str, Any]) -> Iterator[Locked]:
    for part in ("default", "develop"):
        for name, package in told.get(part, {}).items():
            version = str(package.get("version", "")).removeprefix("==")
            yield Locked(normal(name), version, frozenset(_HASH.findall(" ".join(package.get("hashes", ())))))


def _of_requirements(text: str) -> Iterator[Locked]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        found = _PINNED.match(line.strip())
        if found:
            yield Locked(normal(found[1]), found[2], frozenset(_HASH.findall(line)))
