"""The conda environment a session runs in, from the names of the records conda keeps of its packages."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from nbtrack.capture.environment.code import read_plain
from nbtrack.model.tagged import Json
from nbtrack.record.redact import clean_url

_RECORD = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.json")
_CHANNEL = re.compile(rb'^\s*"channel":\s*("(?:[^"\\]|\\.)*")', re.MULTILINE)
_BEGINNING: Final = 1 << 12  # bytes of a record; its list of files can be megabytes


class Conda:
    """Reads the environment at a prefix and remembers it while its folder of records does not change."""

    def __init__(self, prefix: str = sys.prefix, variables: Mapping[str, str] = os.environ) -> None:
        self._records = Path(prefix, "conda-meta")
        self._variables = variables
        self._last: tuple[int, list[Json]] | None = None

    def packages(self) -> list[Json] | None:
        """Return ``name``, ``version``, ``build`` and ``channel`` of each package; None outside of conda."""
        try:
            changed = self._records.stat().st_mtime_ns
        except OSError:
            return None
        if self._last is None or self._last[0] != changed:
            self._last = changed, list(self._read())
        return self._last[1]

    def name(self) -> str:
        """Return what the environment is called."""
        return self._variables.get("CONDA_DEFAULT_ENV") or self._records.parent.name

    def _read(self) -> Iterator[Json]:
        for file in sorted(self._records.glob("*.json")):
            found = _RECORD.fullmatch(file.name)
            if found:
                yield {**found.groupdict(), "channel": _channel(file)}


def _channel(record: Path) -> str | None:
    found = _CHANNEL.search(read_plain(str(record), _BEGINNING) or b"")
    try:
        return clean_url(str(json.loads(found[1]))) if found else None
    except ValueError:
        return None
