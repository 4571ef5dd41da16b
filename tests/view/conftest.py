"""Runs without a store."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.model.run import Run

_FAKES = runpy.run_path(str(Path(__file__).with_name("fake_runs.py")))


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    return _FAKES["make_run"]


@pytest.fixture(scope="session")
def study() -> Callable[..., list[Run]]:
    return _FAKES["study"]
