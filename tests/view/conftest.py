"""Runs without a store."""

import base64
import json
import re
import runpy
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run

_FAKES = runpy.run_path(str(Path(__file__).with_name("fake_runs.py")))


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    return _FAKES["make_run"]


@pytest.fixture(scope="session")
def study() -> Callable[..., list[Run]]:
    return _FAKES["study"]


def _read_island(text: str) -> Any:
    """Return the data of an island, as ``static/compare/island.js`` reads it."""
    plain = text if text[:1] in "[{" else zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS).decode()
    return json.loads(plain)


@pytest.fixture(scope="session")
def read_island() -> Callable[[str], Any]:
    return _read_island


@pytest.fixture(scope="session")
def payload_of() -> Callable[[str], Any]:
    """Return the data that a comparison's HTML carries."""

    def found(html: str) -> Any:
        island = re.search(r'class="nbt-data">([^<]+)</script>', html)
        assert island
        return _read_island(island[1])

    return found
