"""The conda environment of a run as an ``environment.yml`` of exact builds."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from nbtrack.reproduce.environment.recorded import Recorded

_WORD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!-]*", re.ASCII)
_SUBFOLDER: Final = re.compile(r"(?:linux|osx|win|emscripten|wasi|zos|freebsd)-[a-z0-9_]+|noarch")
_PUBLIC: Final = ("conda.anaconda.org", "repo.anaconda.com", "repo.continuum.io")


def conda_file(was: Recorded, requirements: str) -> tuple[str, list[str]] | None:
    """Return the text of an ``environment.yml`` and what is to be said about it; None for a run outside of conda.

    Channels are named without an address, as conda knows them; one of a private server is left to the reader's own
    configuration. What pip had installed is taken from the ``requirements`` file.
    """
    packages = _packages(was)
    if packages is None:
        return None
    channels = list(dict.fromkeys(filter(None, (_channel(str(each.get("channel") or "")) for each in packages))))
    private = sorted({str(each["name"]) for each in packages if not _channel(str(each.get("channel") or ""))})
    lines = ["channels:", *(f"  - {channel}" for channel in channels), "dependencies:"]
    lines += [f"  - {each['name']}={each['version']}={each['build']}" for each in packages]
    lines += ["  - pip:", f"      - -r {requirements}"]
    notes = [f"no public channel is known to have {', '.join(private)}"] if private else []
    return "\n".join(lines) + "\n", notes


def _packages(was: Recorded) -> list[Mapping[str, Any]] | None:
    try:
        told = json.loads(was.locks["conda.json"])
        found = [each for each in told["packages"] if isinstance(each, Mapping)]
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
    return [
        each for each in found if all(_WORD.fullmatch(str(each.get(part))) for part in ("name", "version", "build"))
    ]


def _channel(told: str) -> str:
    """Return what a channel is called: ``conda-forge`` for an address that ends in it.

    >>> _channel("https://conda.anaconda.org/conda-forge/linux-64"), _channel("https://repo.anaconda.com/pkgs/main/noarch")
    ('conda-forge', 'defaults')
    """
    address, _, path = told.partition("://")[2].partition("/") if "://" in told else ("", "", told)
    parts = [part for part in path.split("/") if part and not _SUBFOLDER.fullmatch(part)]
    if (address and address not in _PUBLIC) or not parts or not all(map(_WORD.fullmatch, parts)):
        return ""
    return "defaults" if parts[0] == "pkgs" else "/".join(parts)
